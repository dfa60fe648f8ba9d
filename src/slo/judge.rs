//! From counts to burning pairs, or to why they cannot be judged. Pure.

use std::time::Duration;

use super::burn::{BurnRate, ErrorRatio, Pair};
use super::counts::{Counts, Reading};
use super::number;
use super::plan::Plan;
use crate::duration::human;
use crate::verdict::Reason;

/// The share of a window that must be covered by samples for it to be judged.
pub const NEEDED_COVERAGE: f64 = 0.8;

/// A pair that could be judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Burning {
    /// The pair.
    pub pair: Pair,
    /// Share of bad events in the short window.
    pub short: ErrorRatio,
    /// Share of bad events in the long window.
    pub long: ErrorRatio,
    /// The burn rate that both windows reach.
    pub rate: BurnRate,
}

impl Burning {
    /// Whether both windows exceed the factor.
    pub fn is_too_fast(&self) -> bool {
        self.rate > self.pair.factor
    }

    /// How close it is to its factor: above 1 it is too fast.
    pub fn strain(&self) -> f64 {
        self.rate.0 / self.pair.factor.0
    }
}

/// Why a pair could not be judged, the least telling first.
#[derive(Debug, Clone, PartialEq)]
enum Gap {
    NoSeries,
    NotCovered(f64),
    /// No event in this window, although it is covered.
    Silent(Duration),
    TooFew(u64),
    /// Bad events cannot be told from good ones.
    Unmeasured,
}

impl Gap {
    /// Orders by how much it tells, then by how little is missing.
    fn rank(&self) -> (u8, f64) {
        match self {
            Gap::NoSeries => (0, 0.0),
            Gap::NotCovered(covered) => (1, *covered),
            Gap::Silent(_) => (2, 0.0),
            Gap::TooFew(have) => (3, *have as f64),
            Gap::Unmeasured => (4, 0.0),
        }
    }
}

impl Plan {
    /// The pairs that can be judged, most urgent first; or, when there is none, why.
    ///
    /// # Errors
    /// The reason that tells most: of all pairs, the one that misses least.
    pub fn burning(&self, counts: &Counts) -> Result<Vec<Burning>, Reason> {
        let (judged, gaps): (Vec<_>, Vec<_>) = self
            .pairs
            .iter()
            .map(|pair| self.judge(pair, counts))
            .partition(Result::is_ok);
        let judged: Vec<Burning> = judged.into_iter().flatten().collect();
        if !judged.is_empty() {
            return Ok(judged);
        }
        let most_telling = gaps
            .into_iter()
            .filter_map(Result::err)
            // Of equals the most urgent pair's, which stands first.
            .rev()
            .max_by(|a, b| a.rank().partial_cmp(&b.rank()).expect("ranks are finite"));
        Err(self.reason(&most_telling.unwrap_or(Gap::NoSeries)))
    }

    fn judge(&self, pair: &Pair, counts: &Counts) -> Result<Burning, Gap> {
        let read = |window| self.measure.reading(counts, window).ok_or(Gap::NoSeries);
        let (short, long) = (read(pair.short)?, read(pair.long)?);
        let covered = short.covered.min(long.covered);
        if covered < NEEDED_COVERAGE {
            return Err(Gap::NotCovered(covered));
        }
        let have = number::events(long.total);
        if 0.0 < long.total && have < self.min_events {
            return Err(Gap::TooFew(have));
        }
        // Without any event just now nobody knows whether errors have ended.
        let (short, long) = (ratio(&short, pair.short)?, ratio(&long, pair.long)?);
        Ok(Burning {
            pair: *pair,
            short,
            long,
            rate: short.burn(self.objective).min(long.burn(self.objective)),
        })
    }

    /// What was seen of the error budget: the share of bad events over the SLO's window, and how much of it is covered.
    ///
    /// # Errors
    /// When no event was seen.
    pub fn budget(&self, counts: &Counts) -> Result<Spent, Reason> {
        let reading = self
            .measure
            .reading(counts, self.window)
            .ok_or_else(|| self.reason(&Gap::NoSeries))?;
        let ratio = ratio(&reading, self.window).map_err(|gap| self.reason(&gap))?;
        Ok(Spent {
            share: ratio.burn(self.objective),
            covered: reading.covered,
        })
    }

    fn reason(&self, gap: &Gap) -> Reason {
        match gap {
            Gap::NoSeries => Reason::NoData {
                what: format!("no traffic, nothing matches {}", self.selectors()),
            },
            Gap::NotCovered(have) => Reason::NotCovered {
                have: *have,
                need: NEEDED_COVERAGE,
            },
            Gap::Silent(window) => Reason::NoData {
                what: format!("no traffic over the last {}", human(*window)),
            },
            Gap::TooFew(have) => Reason::TooFew {
                have: *have,
                need: self.min_events,
            },
            Gap::Unmeasured => Reason::NoData {
                what: format!(
                    "no series of {} {}, so that they cannot be told from the others",
                    self.measure.part().name(),
                    self.measure.noun()
                ),
            },
        }
    }

    fn selectors(&self) -> String {
        let selectors: Vec<_> = self.measure.selectors().into_iter().collect();
        format!("`{}`", selectors.join("` or `"))
    }
}

fn ratio(reading: &Reading, window: Duration) -> Result<ErrorRatio, Gap> {
    if reading.total <= 0.0 {
        return Err(Gap::Silent(window));
    }
    let bad = reading.bad.ok_or(Gap::Unmeasured)?;
    ErrorRatio::of(bad, reading.total).ok_or(Gap::Unmeasured)
}

/// What was seen of an error budget.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spent {
    /// The share of the budget that is spent: the burn rate over the SLO's window.
    pub share: BurnRate,
    /// The share of the window that is covered by samples.
    pub covered: f64,
}
