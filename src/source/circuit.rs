//! Leaves a peer alone that does not answer, and tries again. Pure: the time and the jitter are arguments.
//!
//! One method a state: closed (ask), open (do not), probation (one may try).

use std::time::Duration;

use jiff::Timestamp;

/// Failures in a row that open the circuit.
const OPENS_AFTER: u32 = 3;
/// How long it stays open the first time; doubled after each failed try.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// How long at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What is known of a peer's health.
#[derive(Debug, Clone, Default)]
pub struct Circuit {
    failures: u32,
    pause: Duration,
    retry_at: Option<Timestamp>,
    /// Since when the peer does not answer, and what it said last.
    down: Option<(Timestamp, String)>,
    answered: bool,
}

/// Whether to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permit {
    /// Ask.
    Go,
    /// Do not; the peer has been silent since then, and this is what was wrong.
    Stop(Timestamp, String),
}

impl Circuit {
    /// Whether a request may go out at `now`. When the pause is over one may, and the rest wait for how it fares.
    pub fn permit(&mut self, now: Timestamp) -> Permit {
        match (&self.down, self.retry_at) {
            (Some((since, error)), Some(retry_at)) if now < retry_at => {
                Permit::Stop(*since, error.clone())
            }
            (_, Some(_)) => {
                self.retry_at = Some(now + self.pause);
                Permit::Go
            }
            _ => Permit::Go,
        }
    }

    /// The peer answered.
    pub fn succeeded(&mut self) {
        *self = Self {
            answered: true,
            ..Self::default()
        };
    }

    /// The peer did not answer. `jitter` in 0..=1 spreads the next try.
    pub fn failed(&mut self, now: Timestamp, error: String, jitter: f64) {
        self.failures = self.failures.saturating_add(1);
        let since = self.down.as_ref().map_or(now, |(since, _)| *since);
        self.down = Some((since, error));
        if self.failures >= OPENS_AFTER {
            let doubled = (self.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
            self.pause = doubled;
            self.retry_at = Some(now + doubled.mul_f64(0.75 + jitter.clamp(0.0, 1.0) / 4.0));
        }
    }

    /// Since when the peer does not answer, and its last error.
    pub fn down(&self) -> Option<&(Timestamp, String)> {
        self.down.as_ref()
    }

    /// Whether it has been asked and has answered since it last failed.
    pub fn is_up(&self) -> bool {
        self.answered && self.down.is_none()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(ms).unwrap()
    }

    #[test]
    fn opens_after_three_and_lets_one_try_after_the_pause() {
        let mut circuit = Circuit::default();
        for ms in [0, 1, 2] {
            assert_eq!(circuit.permit(at(ms)), Permit::Go);
            circuit.failed(at(ms), "refused".into(), 1.0);
        }
        assert_eq!(circuit.permit(at(3)), Permit::Stop(at(0), "refused".into()));
        assert_eq!(circuit.permit(at(502)), Permit::Go);
        assert_eq!(
            circuit.permit(at(503)),
            Permit::Stop(at(0), "refused".into())
        );
        circuit.succeeded();
        assert_eq!(
            (circuit.permit(at(504)), circuit.is_up()),
            (Permit::Go, true)
        );
    }

    proptest! {
        #[test]
        fn a_peer_is_tried_again_within_the_longest_pause(jitters in prop::collection::vec(0.0..=1.0, 1..40)) {
            let mut circuit = Circuit::default();
            let mut now = 0;
            for jitter in jitters {
                circuit.failed(at(now), "refused".into(), jitter);
                prop_assert_eq!(circuit.clone().permit(at(now + 5_000)), Permit::Go);
                now += 5_000;
            }
        }
    }
}
