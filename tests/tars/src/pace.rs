//! How fast the system lives: as in production, or twenty times faster for tests.

use std::time::Duration;

use clap::ValueEnum;

/// By how much `fast` divides durations.
pub const FAST_FACTOR: u32 = 20;

/// The two paces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// For tests: durations and thresholds of ten seconds or more are divided by twenty.
    Fast,
    /// As documented.
    Prod,
}

impl Profile {
    /// As written on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Prod => "prod",
        }
    }

    /// A duration of production at this pace.
    pub fn scaled(self, prod: Duration) -> Duration {
        match self {
            Self::Fast => prod / FAST_FACTOR,
            Self::Prod => prod,
        }
    }

    /// How long one episode takes to play.
    pub(crate) fn episode(self) -> Duration {
        self.scaled(Duration::from_millis(80))
    }

    /// Buckets of `tars_eval_duration_seconds`.
    pub(crate) fn evaluation_buckets(self) -> [f64; 6] {
        [10, 30, 60, 120, 300, 600].map(|s| self.scaled(Duration::from_secs(s)).as_secs_f64())
    }

    /// How long finished spans wait for others to be exported with.
    pub(crate) fn span_batch(self) -> Duration {
        match self {
            Self::Fast => Duration::from_millis(200),
            Self::Prod => Duration::from_secs(5),
        }
    }

    /// How long a stopping service waits for its work in hand.
    pub(crate) fn drain(self) -> Duration {
        match self {
            Self::Fast => Duration::from_secs(2),
            Self::Prod => Duration::from_secs(25),
        }
    }

    /// Prometheus's scrape interval; its rule interval where no group says otherwise.
    pub(crate) fn intervals(self) -> (&'static str, &'static str) {
        match self {
            Self::Fast => ("1s", "1s"),
            Self::Prod => ("15s", "30s"),
        }
    }

    /// Alertmanager's group wait, group interval and repeat interval.
    pub(crate) fn grouping(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Fast => ("1s", "1s", "12m"),
            Self::Prod => ("30s", "5m", "4h"),
        }
    }
}
