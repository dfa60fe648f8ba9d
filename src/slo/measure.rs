//! What an SLO measures, once the indicator and an objective are put together. Pure.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::counted::Counted;
use crate::promql::Expression;

/// What is measured, ready to be asked over any window.
#[derive(Debug, Clone)]
pub enum Measure {
    /// A part of all events.
    Ratio(Arc<Ratio>),
    /// A measurement taken many times in each window: good while the comparison holds. NaN is no measurement.
    Threshold {
        /// What is measured.
        value: Expression,
        /// On which side it is good.
        op: Op,
        /// Of which value.
        limit: f64,
    },
}

/// A part of all events.
#[derive(Debug, Clone)]
pub struct Ratio {
    /// Which part is counted.
    pub part: Part,
    /// Its events.
    pub counted: Counted,
    /// All events.
    pub total: Counted,
}

/// Which part of all events an indicator counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The events as they should be.
    Good,
    /// The others.
    Bad,
}

impl Part {
    /// The key in documents, and the name of the part in our queries.
    pub fn name(self) -> &'static str {
        match self {
            Part::Good => "good",
            Part::Bad => "bad",
        }
    }
}

/// The comparison of a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// `lt`
    Below,
    /// `lte`
    AtMost,
    /// `gt`
    Above,
    /// `gte`
    AtLeast,
}

impl Op {
    /// Reads it as OpenSLO writes it.
    pub fn read(text: &str) -> Option<Self> {
        match text {
            "lt" => Some(Op::Below),
            "lte" => Some(Op::AtMost),
            "gt" => Some(Op::Above),
            "gte" => Some(Op::AtLeast),
            _ => None,
        }
    }

    /// As PromQL writes it.
    pub fn promql(self) -> &'static str {
        match self {
            Op::Below => "<",
            Op::AtMost => "<=",
            Op::Above => ">",
            Op::AtLeast => ">=",
        }
    }
}

impl Measure {
    /// What is counted, for people.
    pub fn noun(&self) -> &'static str {
        match self {
            Measure::Ratio(_) => "events",
            Measure::Threshold { .. } => "measurements",
        }
    }

    /// Which part of the events is counted beside all of them.
    pub fn part(&self) -> Part {
        match self {
            Measure::Ratio(ratio) => ratio.part,
            Measure::Threshold { .. } => Part::Good,
        }
    }

    /// The bad ones of `total` events of which so many are counted.
    pub fn bad(&self, counted: f64, total: f64) -> f64 {
        match self.part() {
            Part::Bad => counted,
            Part::Good => total - counted,
        }
    }

    /// The selectors whose samples cover a window, canonical.
    pub fn selectors(&self) -> BTreeSet<String> {
        match self {
            Measure::Ratio(ratio) => ratio.total.sample().selectors(),
            Measure::Threshold { value, .. } => value.selectors(),
        }
    }
}

impl Ratio {
    /// Whether the counted part reads no metric but those of the total.
    pub fn is_of_total(&self) -> bool {
        let metrics = self.counted.metrics();
        !metrics.is_empty() && metrics.is_subset(&self.total.metrics())
    }

    /// Whether the metrics of the counted part must be looked for by name, since those of the total do not tell whether they
    /// exist: the series of a counter that never counted is often absent, and so is that of a renamed one.
    pub fn is_looked_for(&self) -> bool {
        self.part == Part::Bad && !self.is_of_total()
    }

    /// Whether no series at all means no event, for the counted part; `exists` when its metrics were found by name.
    ///
    /// Bad events: when their metric has other series. Good events: only when the total reads the same metric, and never
    /// for buckets, since a histogram shows every bucket from the start and a missing one has another `le`.
    pub fn absent_is_zero(&self, exists: bool) -> bool {
        let is_bucket = |name: &String| name.ends_with("_bucket");
        match self.part {
            Part::Bad => self.is_of_total() || exists,
            Part::Good => self.is_of_total() && !self.counted.metrics().iter().any(is_bucket),
        }
    }
}
