//! When which promise is due. Pure: the time is an argument.
//!
//! Each promise keeps its own grid: a phase derived from its id, so that a thousand promises of one interval are spread over
//! it and a restart does not shift them; what was missed is counted, never caught up.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::promise::PromiseId;

/// Time since the schedule's start.
pub type Offset = Duration;

/// The promises and when each is due next.
#[derive(Debug, Default)]
pub struct Schedule {
    due: BinaryHeap<Reverse<(Offset, PromiseId)>>,
    intervals: BTreeMap<PromiseId, (Duration, Offset)>,
}

/// A promise that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    /// Which.
    pub promise: PromiseId,
    /// Since when.
    pub due: Offset,
    /// How many earlier ticks were slept through.
    pub n_missed: u64,
}

impl Schedule {
    /// Takes these promises and intervals from `now` on. A promise that keeps its interval keeps its next tick, so that a
    /// reload neither skips nor doubles one; a new one is due within its interval.
    pub fn replace(
        &mut self,
        promises: impl IntoIterator<Item = (PromiseId, Duration)>,
        now: Offset,
    ) {
        let before = std::mem::take(&mut self.intervals);
        self.due.clear();
        for (promise, interval) in promises {
            let next = match before.get(&promise) {
                Some((same, next)) if *same == interval => *next,
                _ => now + phase(&promise, interval),
            };
            self.due.push(Reverse((next, promise.clone())));
            self.intervals.insert(promise, (interval, next));
        }
    }

    /// When the next promise is due.
    pub fn next(&self) -> Option<Offset> {
        self.due.peek().map(|Reverse((due, _))| *due)
    }

    /// The next promise that is due at `now`, if one is; its following tick is the first on its grid after `now`.
    pub fn pop(&mut self, now: Offset) -> Option<Tick> {
        if self.next()? > now {
            return None;
        }
        let Reverse((due, promise)) = self.due.pop()?;
        let (interval, next) = self.intervals.get_mut(&promise)?;
        let passed = (now - due).as_nanos() / interval.as_nanos().max(1);
        let n_missed = u64::try_from(passed).unwrap_or(u64::MAX);
        *next = due + interval.saturating_mul(u32::try_from(n_missed).unwrap_or(u32::MAX - 1) + 1);
        self.due.push(Reverse((*next, promise.clone())));
        Some(Tick {
            promise,
            due,
            n_missed,
        })
    }

    /// The interval of a promise.
    pub fn interval(&self, promise: &PromiseId) -> Option<Duration> {
        self.intervals.get(promise).map(|(interval, _)| *interval)
    }
}

/// Where on its interval a promise lies: the same in every process.
fn phase(promise: &PromiseId, interval: Duration) -> Duration {
    let hash = Sha256::digest(promise.as_str().as_bytes());
    let share = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]);
    interval.mul_f64(f64::from(share) / (f64::from(u32::MAX) + 1.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn what_was_slept_through_is_counted_and_not_caught_up() {
        let mut schedule = Schedule::default();
        let id = PromiseId::new("slo/a");
        schedule.replace([(id.clone(), seconds(10))], seconds(0));
        let first = schedule.next().unwrap();
        assert!(first < seconds(10));
        assert_eq!(schedule.pop(first).unwrap().n_missed, 0);
        assert_eq!(schedule.pop(first), None);
        let late = schedule.pop(first + seconds(35)).unwrap();
        assert_eq!((late.due, late.n_missed), (first + seconds(10), 2));
        assert_eq!(schedule.next(), Some(first + seconds(40)));
    }

    #[test]
    fn a_reload_neither_skips_nor_doubles_a_tick() {
        let mut schedule = Schedule::default();
        let (a, b) = (PromiseId::new("slo/a"), PromiseId::new("slo/b"));
        schedule.replace([(a.clone(), seconds(10))], seconds(0));
        let next = schedule.next();
        schedule.replace(
            [(a.clone(), seconds(10)), (b.clone(), seconds(1_000))],
            seconds(1),
        );
        assert_eq!(schedule.next(), next);
        schedule.replace([(b, seconds(1_000))], seconds(1));
        assert!(
            schedule
                .pop(seconds(900))
                .is_none_or(|tick| tick.promise != a)
        );
    }

    proptest! {
        #[test]
        fn ticks_lie_on_the_grid(steps in prop::collection::vec(0u64..30_000, 1..50)) {
            let mut schedule = Schedule::default();
            schedule.replace([(PromiseId::new("slo/a"), seconds(7))], seconds(0));
            let phase = schedule.next().unwrap();
            let mut now = Duration::ZERO;
            for step in steps {
                now += Duration::from_millis(step);
                while let Some(tick) = schedule.pop(now) {
                    prop_assert!(tick.due <= now);
                    prop_assert_eq!((tick.due - phase).as_nanos() % seconds(7).as_nanos(), 0);
                }
                prop_assert!(schedule.next().unwrap() > now);
                prop_assert!(schedule.next().unwrap() <= now + seconds(7));
            }
        }
    }
}
