//! The maths of burn rates and error budgets, after "Alerting on SLOs" in The Site Reliability Workbook. Pure.
//!
//! ```text
//! error budget = 1 - objective
//! burn rate    = error ratio / error budget        1 spends exactly the budget over the SLO's window
//! remaining    = 1 - burn rate over the SLO's window
//! ```

use std::time::Duration;

/// The promised share of good events, strictly between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Objective(f64);

impl Objective {
    /// The objective `ratio`, if it lies strictly between 0 and 1.
    pub fn new(ratio: f64) -> Option<Self> {
        (0.0 < ratio && ratio < 1.0).then_some(Self(ratio))
    }

    /// The promised share of good events.
    pub fn ratio(self) -> f64 {
        self.0
    }

    /// The share of events that may be bad: `1 - objective`.
    pub fn budget(self) -> ErrorRatio {
        ErrorRatio(1.0 - self.0)
    }

    /// The burn rate of an outage in which every event is bad: `1 / (1 - objective)`. No burn rate is higher.
    pub fn highest_burn(self) -> BurnRate {
        ErrorRatio(1.0).burn(self)
    }
}

/// The observed share of bad events, in 0..=1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct ErrorRatio(f64);

impl ErrorRatio {
    /// `bad / total`, or none without events. Prometheus extrapolates counters to the edges of a window, each series for
    /// itself, so that `bad` may come out a little below zero or above `total`: the ratio is clamped.
    pub fn of(bad: f64, total: f64) -> Option<Self> {
        (bad.is_finite() && total.is_finite() && total > 0.0)
            .then(|| Self((bad / total).clamp(0.0, 1.0)))
    }

    /// The share of bad events.
    pub fn ratio(self) -> f64 {
        self.0
    }

    /// How fast this spends the error budget of `objective`.
    pub fn burn(self, objective: Objective) -> BurnRate {
        BurnRate(self.0 / (1.0 - objective.0))
    }
}

/// How fast an error budget is spent: 1 spends all of it over the SLO's window.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct BurnRate(pub f64);

impl BurnRate {
    /// The lower of two.
    pub fn min(self, other: Self) -> Self {
        Self(self.0.min(other.0))
    }

    /// What is left of the budget after burning at this rate for the SLO's whole window; negative when overspent.
    pub fn remaining(self) -> f64 {
        1.0 - self.0
    }

    /// How long a share of the budget of `window` lasts at this rate; none when nothing burns or nothing is left.
    pub fn lasts(self, share: f64, window: Duration) -> Option<Duration> {
        let seconds = window.as_secs_f64() * share / self.0;
        (self.0 > 0.0 && share > 0.0)
            .then(|| Duration::try_from_secs_f64(seconds).ok())
            .flatten()
    }
}

/// A pair of windows and the burn rate that neither may exceed at the same time. The long window keeps one bad minute from
/// failing the SLO, the short one lets it recover soon after the errors end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// The burn rate.
    pub factor: BurnRate,
    /// The long window.
    pub long: Duration,
    /// The short window, customarily a twelfth of the long one.
    pub short: Duration,
}

/// Factor, long and short window in minutes for an SLO over 30 days: The Site Reliability Workbook, chapter 5
/// (2 %, 5 % and 10 % of the budget), with the fourth pair customary since Sloth (10 % in one day as 3).
const WORKBOOK: [(f64, u64, u64); 4] = [
    (14.4, 60, 5),
    (6.0, 360, 30),
    (3.0, 1_440, 120),
    (1.0, 4_320, 360),
];

const WORKBOOK_WINDOW_MINUTES: u64 = 30 * 24 * 60;

/// The Workbook's pairs for an SLO over `window`: the windows scale with it, so that each pair stands for the same share of
/// the budget. Pairs whose short window would be under a second are left out.
pub fn workbook(window: Duration) -> Vec<Pair> {
    let scaled = |minutes: u64| {
        let seconds = window.as_secs_f64() * minutes as f64 / WORKBOOK_WINDOW_MINUTES as f64;
        Duration::from_secs(seconds.round() as u64)
    };
    WORKBOOK
        .into_iter()
        .map(|(factor, long, short)| Pair {
            factor: BurnRate(factor),
            long: scaled(long),
            short: scaled(short),
        })
        .filter(|pair| !pair.short.is_zero())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_workbook_s_own_numbers() {
        // Chapter 5: for 99.9 % over 30 days, error ratios of 1.44 %, 0.6 % and 0.1 % burn at 14.4, 6 and 1.
        let objective = Objective::new(0.999).unwrap();
        for (bad, total, burn) in [
            (144.0, 10_000.0, 14.4),
            (6.0, 1_000.0, 6.0),
            (1.0, 1_000.0, 1.0),
            (0.0, 5.0, 0.0),
            (5.1, 5.0, 1_000.0),
            (-0.1, 5.0, 0.0),
        ] {
            let found = ErrorRatio::of(bad, total).unwrap().burn(objective);
            assert!((found.0 - burn).abs() < 1e-9, "{bad}/{total}: {found:?}");
        }
        assert!((objective.highest_burn().0 - 1_000.0).abs() < 1e-9);
        assert_eq!(ErrorRatio::of(0.0, 0.0), None);
        assert_eq!(ErrorRatio::of(f64::NAN, 1.0), None);
    }

    #[test]
    fn an_objective_lies_between_nothing_and_everything() {
        for ratio in [0.0, 1.0, 99.9, -0.5, f64::NAN] {
            assert_eq!(Objective::new(ratio), None, "{ratio}");
        }
    }

    #[test]
    fn a_budget_burnt_at_its_own_rate_lasts_the_window() {
        let month = Duration::from_secs(30 * 86_400);
        let days = |days: f64| Some(Duration::from_secs_f64(days * 86_400.0));
        assert_eq!(BurnRate(1.0).lasts(1.0, month), days(30.0));
        assert_eq!(BurnRate(6.0).lasts(0.5, month), days(2.5));
        assert_eq!(BurnRate(0.0).lasts(1.0, month), None);
        assert_eq!(BurnRate(2.0).lasts(-0.1, month), None);
        assert!((BurnRate(2.78).remaining() + 1.78).abs() < 1e-9);
    }

    #[test]
    fn windows_scale_and_shares_of_the_budget_stay() {
        let minutes = |window: u64| -> Vec<(f64, u64, u64)> {
            workbook(Duration::from_secs(window * 60))
                .into_iter()
                .map(|pair| (pair.factor.0, pair.long.as_secs(), pair.short.as_secs()))
                .collect()
        };
        assert_eq!(
            minutes(30 * 24 * 60),
            [
                (14.4, 3_600, 300),
                (6.0, 21_600, 1_800),
                (3.0, 86_400, 7_200),
                (1.0, 259_200, 21_600)
            ]
        );
        assert_eq!(minutes(7 * 24 * 60)[0], (14.4, 840, 70));
        // Ten minutes: 5 and 30 minutes of a month would be 0.07 and 0.4 seconds.
        assert_eq!(minutes(10), [(3.0, 20, 2), (1.0, 60, 5)]);
        assert_eq!(minutes(1), [(1.0, 6, 1)]);
    }

    proptest! {
        #[test]
        fn twice_the_errors_is_twice_the_burn(total in 1.0..1e9_f64, share in 0.0..0.5_f64, target in 0.001..0.9999_f64) {
            let objective = Objective::new(target).unwrap();
            let burn = |bad: f64| ErrorRatio::of(bad, total).unwrap().burn(objective).0;
            let once = burn(share * total);
            prop_assert!((burn(2.0 * share * total) - 2.0 * once).abs() <= 1e-9 * once.max(1.0));
        }

        #[test]
        fn no_burn_rate_exceeds_that_of_an_outage(bad in -1e3..1e9_f64, total in 1e-3..1e9_f64, target in 0.001..0.9999_f64) {
            let objective = Objective::new(target).unwrap();
            let burn = ErrorRatio::of(bad, total).unwrap().burn(objective);
            prop_assert!(BurnRate(0.0) <= burn && burn <= objective.highest_burn());
        }
    }
}
