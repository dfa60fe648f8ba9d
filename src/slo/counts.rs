//! What the answer to an SLO's query says of each window. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use super::measure::Measure;
use super::query::{COVERED, EXISTS, LABEL, TOTAL, key, slots};
use crate::evidence::Sample;

/// An answer by the parts that were asked for; what is not a finite number is no answer.
#[derive(Debug)]
pub struct Counts(BTreeMap<String, f64>);

impl Counts {
    /// Takes the samples of an answer.
    pub fn of(samples: &[Sample]) -> Self {
        let finite = samples.iter().filter(|sample| sample.value.is_finite());
        Self(
            finite
                .filter_map(|sample| Some((sample.labels.get(LABEL)?.clone(), sample.value)))
                .collect(),
        )
    }

    fn get(&self, part: &str) -> Option<f64> {
        self.0.get(part).copied()
    }
}

/// What was seen in one window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// Bad events; none when they cannot be told from good ones.
    pub bad: Option<f64>,
    /// All events.
    pub total: f64,
    /// The share of the window with samples, in 0..=1.
    pub covered: f64,
}

/// Bad and all events of one combination of labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Share {
    /// The labels.
    pub labels: BTreeMap<String, String>,
    /// Bad events.
    pub bad: f64,
    /// All events; more than none.
    pub total: f64,
}

impl Measure {
    /// What an answer says of `window`; none when it has no series of the total there.
    pub fn reading(&self, counts: &Counts, window: Duration) -> Option<Reading> {
        let total = counts.get(&key(TOTAL, window))?;
        let n_covered = counts.get(&key(COVERED, window)).unwrap_or(0.0);
        let counted = counts
            .get(&key(self.part().name(), window))
            .or_else(|| self.absent_is_zero(counts).then_some(0.0));
        Some(Reading {
            bad: counted.map(|counted| self.bad(counted, total)),
            total,
            // Subqueries are aligned to the clock: of twenty slots, up to twenty-one ends may lie in the window.
            covered: (n_covered / f64::from(slots(window).count)).min(1.0),
        })
    }

    fn absent_is_zero(&self, counts: &Counts) -> bool {
        match self {
            Measure::Ratio(ratio) => ratio.absent_is_zero(counts.get(EXISTS).is_some()),
            Measure::Threshold { .. } => true,
        }
    }

    /// What the answer to [`Measure::query_by`] says. A combination without series of the counted part has none of its
    /// events.
    pub fn split(&self, samples: &[Sample]) -> Vec<Share> {
        let mut counts: BTreeMap<BTreeMap<String, String>, [f64; 2]> = BTreeMap::new();
        for sample in samples.iter().filter(|sample| sample.value.is_finite()) {
            let mut labels = sample.labels.clone();
            let part = usize::from(labels.remove(LABEL).as_deref() == Some(TOTAL));
            counts.entry(labels).or_default()[part] += sample.value;
        }
        let counts = counts.into_iter();
        counts
            .filter(|(_, [_, total])| *total > 0.0)
            .map(|(labels, [counted, total])| Share {
                labels,
                bad: self.bad(counted, total).clamp(0.0, total),
                total,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::slo::counted::Counted;
    use crate::slo::measure::{Part, Ratio};
    use crate::slo::testing::sample;

    fn ratio(part: Part) -> Measure {
        Measure::Ratio(Arc::new(Ratio {
            part,
            counted: Counted::read("sum(y)", true).unwrap(),
            total: Counted::read("sum(x)", true).unwrap(),
        }))
    }

    #[test]
    fn parts_are_read_by_window() {
        let window = Duration::from_secs(300);
        let answer = [
            ("good 5m", 7.0),
            ("total 5m", 10.0),
            ("covered 5m", 11.0),
            ("total 1h", f64::NAN),
        ];
        let counts = Counts::of(&answer.map(|(part, value)| sample(&[(LABEL, part)], value)));
        let reading = Reading {
            bad: Some(3.0),
            total: 10.0,
            covered: 1.0,
        };
        assert_eq!(ratio(Part::Good).reading(&counts, window), Some(reading));
        assert_eq!(
            ratio(Part::Good).reading(&counts, Duration::from_secs(3_600)),
            None
        );
        let unknown = Reading {
            bad: None,
            ..reading
        };
        assert_eq!(ratio(Part::Bad).reading(&counts, window), Some(unknown));
    }

    #[test]
    fn a_combination_of_labels_has_what_was_counted() {
        let answer = [
            sample(&[(LABEL, "good"), ("a", "1")], 4.0),
            sample(&[(LABEL, "total"), ("a", "1")], 10.0),
            sample(&[(LABEL, "total"), ("a", "2")], 5.0),
            sample(&[(LABEL, "total"), ("a", "3")], 0.0),
        ];
        let shares: Vec<_> = ratio(Part::Good)
            .split(&answer)
            .into_iter()
            .map(|share| (share.bad, share.total))
            .collect();
        assert_eq!(shares, [(6.0, 10.0), (5.0, 5.0)]);
    }
}
