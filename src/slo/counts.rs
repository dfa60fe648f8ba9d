//! What the answer to an SLO's query says of each window. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use super::measure::Measure;
use super::query::{COVERED, DENSEST_HALF, EXISTS, LABEL, SAMPLES, TOTAL, key, slots, stretches};
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
        let counted = counts
            .get(&key(self.part().name(), window))
            .or_else(|| self.absent_is_zero(counts).then_some(0.0));
        Some(Reading {
            bad: counted.map(|counted| self.bad(counted, total)),
            total,
            covered: present(counts, window).min(sampled(counts, window)),
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

/// The share of the slots that have a sample nearby.
fn present(counts: &Counts, window: Duration) -> f64 {
    let n_covered = counts.get(&key(COVERED, window)).unwrap_or(0.0);
    // Subqueries are aligned to the clock: of twenty slots, up to twenty-one ends may lie in the window.
    (n_covered / f64::from(slots(window).count)).min(1.0)
}

/// The share of the samples that must have been there, where samples are counted. Into the densest half, which has `m`,
/// between `m - 1` and `m` scrape intervals fit, as a rule; into the densest slot, which may have two only, at least `m - 1`.
fn sampled(counts: &Counts, window: Duration) -> f64 {
    let Some(n_samples) = counts.get(&key(SAMPLES, window)) else {
        return 1.0;
    };
    let slots = slots(window);
    let length = slots.length.as_secs_f64() * f64::from(slots.count);
    let expected = stretches(window)
        .into_iter()
        .filter_map(|(part, stretch)| {
            let most = counts.get(&key(part, window))?;
            let spare = if part == DENSEST_HALF { 0.5 } else { 1.0 };
            Some((most - spare) * length / stretch.as_secs_f64())
        })
        .fold(0.0, f64::max);
    match expected > 0.0 {
        true => (n_samples / expected).min(1.0),
        false => 1.0,
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

    /// The share of 90 s that is covered by these counts.
    #[track_caller]
    fn check_covered(slots: f64, samples: f64, slot: f64, half: f64, expected: f64) {
        let answer = [
            ("total 1m30s", 10.0),
            ("covered 1m30s", slots),
            ("samples 1m30s", samples),
            ("densest slot 1m30s", slot),
            ("densest half 1m30s", half),
        ];
        let counts = Counts::of(&answer.map(|(part, value)| sample(&[(LABEL, part)], value)));
        let window = Duration::from_secs(90);
        let covered = ratio(Part::Bad).reading(&counts, window).unwrap().covered;
        assert!((covered - expected).abs() < 1e-9, "{covered}");
    }

    #[test]
    fn what_is_covered_is_seen_from_the_samples_where_they_are_frequent() {
        // A scrape a second, without a gap and with one of 20 s that the slots do not show.
        check_covered(10.0, 90.0, 9.0, 45.0, 1.0);
        check_covered(10.0, 70.0, 9.0, 45.0, 70.0 / 89.0);
        // Ten seconds there, ten not: halves look sparse, but some slots are full.
        check_covered(10.0, 45.0, 9.0, 25.0, 45.0 / 80.0);
        // A scrape every 30 s: no more than two in a half.
        check_covered(10.0, 3.0, 1.0, 2.0, 1.0);
        // One sample says little of the interval.
        check_covered(3.0, 1.0, 1.0, 1.0, 0.3);
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
