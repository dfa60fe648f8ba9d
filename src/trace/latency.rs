//! Percentiles of spans' durations over many traces. Pure.
//!
//! The p99 of `n` durations is the one of rank `⌈0.99 n⌉` (nearest rank). Below 100 durations it is only their maximum, so
//! that fewer are too few to pass. They are enough to fail once so many are slow that even 100 could not be in time.

use std::time::Duration;

use super::contract::Latency;
use super::model::{Span, Trace};

/// What a percentile came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Percentile {
    /// Enough durations, and this is it.
    Is(Duration),
    /// Too few durations to know it, but it is above the bound, and at least so long.
    Above(Duration),
    /// Too few durations to know it.
    TooFew {
        /// How many there are.
        have: u64,
        /// How many it takes.
        need: u64,
    },
}

/// The spans a rule is about, the slowest last.
pub fn spans<'t>(rule: &Latency, traces: &'t [Trace]) -> Vec<&'t Span> {
    let all = traces.iter().flat_map(|trace| &trace.spans);
    let mut spans: Vec<&Span> = all.filter(|span| rule.span.matches(span)).collect();
    spans.sort_by_key(|span| span.duration_ns());
    spans
}

/// The `percent` percentile (1 to 99) of durations in ascending order, as far as it is known, against a bound.
pub fn percentile(sorted: &[Duration], percent: u32, bound: Duration) -> Percentile {
    let percent = percent.clamp(1, 99) as usize;
    let rank = |n: usize| (n * percent).div_ceil(100);
    let need = 100_usize.div_ceil(100 - percent);
    let have = sorted.len();
    if have >= need {
        return Percentile::Is(sorted[rank(have) - 1]);
    }
    let allowed = need - rank(need);
    match have.checked_sub(allowed + 1).map(|at| sorted[at]) {
        Some(slow) if bound < slow => Percentile::Above(slow),
        _ => Percentile::TooFew {
            have: have as u64,
            need: need as u64,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(durations_ms: impl IntoIterator<Item = u64>, percent: u32, expected: Percentile) {
        let mut sorted: Vec<_> = durations_ms
            .into_iter()
            .map(Duration::from_millis)
            .collect();
        sorted.sort();
        assert_eq!(
            percentile(&sorted, percent, Duration::from_millis(250)),
            expected
        );
    }

    #[test]
    fn nearest_rank() {
        let ms = |ms| Percentile::Is(Duration::from_millis(ms));
        check(1..=100, 99, ms(99));
        check(1..=101, 99, ms(100));
        check(1..=20, 95, ms(19));
        check(1..=21, 95, ms(20));
        check([1, 2], 50, ms(1));
        check([1, 2, 3], 50, ms(2));
    }

    #[test]
    fn few_durations_can_fail_but_not_pass() {
        let slow = Percentile::Above(Duration::from_millis(300));
        let too_few = |have, need| Percentile::TooFew { have, need };
        check([], 99, too_few(0, 100));
        check([10; 99], 99, too_few(99, 100));
        check([10, 10, 400], 99, too_few(3, 100));
        check([10, 300, 400], 99, slow);
        check([300, 400], 95, slow);
        check([250, 400], 95, too_few(2, 20));
        check([400], 50, too_few(1, 2));
    }
}
