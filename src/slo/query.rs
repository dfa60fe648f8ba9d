//! One instant query for all windows of an SLO. Pure.
//!
//! ```text
//!    label_replace(sum(BAD over 5m), "steadfast", "bad 5m", "", "")
//! or label_replace(sum(TOTAL over 5m), "steadfast", "total 5m", "", "")
//! or label_replace(slots of 5m with samples, "steadfast", "covered 5m", "", "")
//! or label_replace(samples in 5m, "steadfast", "samples 5m", "", "")
//! or label_replace(most samples in a slot, and in a half of 5m, "steadfast", "densest slot 5m", "", "")
//! or … the same for 1h, …
//! ```

use std::collections::BTreeSet;
use std::time::Duration;

use super::measure::{Measure, Op};
use crate::duration;
use crate::promql::Expression;

/// The label that tells the parts of an answer apart.
pub(super) const LABEL: &str = "steadfast";
/// All events of a window.
pub(super) const TOTAL: &str = "total";
/// The slots of a window with samples.
pub(super) const COVERED: &str = "covered";
/// The samples in a window, of the series that has most in each slot.
pub(super) const SAMPLES: &str = "samples";
/// The most samples in any half of a window.
pub(super) const DENSEST_HALF: &str = "densest half";
/// Whether metrics exist.
pub(super) const EXISTS: &str = "exists";

/// How a window is looked at: in slots of this length, so many of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slots {
    /// Length of a slot.
    pub length: Duration,
    /// How many there are in the window.
    pub count: u32,
}

const SECOND: Duration = Duration::from_secs(1);
const TEN_MINUTES: Duration = Duration::from_secs(600);

/// Twenty slots, ten for windows under ten minutes, none shorter than a second.
pub fn slots(window: Duration) -> Slots {
    let wanted = if window < TEN_MINUTES { 10 } else { 20 };
    let length = (window / wanted).max(SECOND.min(window));
    let count = (window.as_millis() / length.as_millis().max(1)).max(1) as u32;
    Slots { length, count }
}

/// A slot is covered when there is a sample in this time before its end. At most Prometheus's own lookback, which keeps the
/// query cheap over long windows. In short windows at least 65 s, so that the customary scrape interval of a minute covers
/// them, but never more than a quarter of the window. A gap that is shorter stays unseen where scrapes are frequent: there
/// samples are counted, too ([`stretches`]).
fn reach(window: Duration) -> Duration {
    const LOOKBACK: Duration = Duration::from_secs(300);
    const SLOW_SCRAPE: Duration = Duration::from_secs(65);
    slots(window)
        .length
        .max(SLOW_SCRAPE.min(window / 4))
        .min(LOOKBACK)
}

/// The stretches of a window whose most samples tell how many the whole must have. The half tells the scrape interval best;
/// the slot tells it even when gaps come again and again. None where slots are as long as they reach: their presence says
/// as much, and to count over days is not cheap.
pub(super) fn stretches(window: Duration) -> Vec<(&'static str, Duration)> {
    let slot = slots(window).length;
    match slot < reach(window) {
        true => vec![("densest slot", slot), (DENSEST_HALF, window / 2)],
        false => Vec::new(),
    }
}

impl Measure {
    /// The query for `windows`.
    pub fn query(&self, windows: &BTreeSet<Duration>) -> String {
        let mut parts: Vec<String> = windows
            .iter()
            .flat_map(|window| self.parts(*window))
            .collect();
        parts.extend(self.existence().map(|query| labelled(&query, EXISTS)));
        parts.join(" or ")
    }

    fn parts(&self, window: Duration) -> Vec<String> {
        let (counted, total) = self.counts(window);
        let mut parts = vec![
            labelled(&format!("sum({counted})"), &key(self.part().name(), window)),
            labelled(&format!("sum({total})"), &key(TOTAL, window)),
            labelled(&self.covered(window), &key(COVERED, window)),
        ];
        parts.extend(self.sampled(window));
        parts
    }

    /// Queries for the events that are counted, and for all of them.
    fn counts(&self, window: Duration) -> (String, String) {
        match self {
            Measure::Ratio(ratio) => (ratio.counted.over(window), ratio.total.over(window)),
            Measure::Threshold { value, op, limit } => measurements(value, *op, *limit, window),
        }
    }

    fn covered(&self, window: Duration) -> String {
        let present = self.each_selector("present_over_time", reach(window));
        self.over_slots("count_over_time", &format!("count({present})"), window)
    }

    /// How many samples there are, and the most in each stretch.
    fn sampled(&self, window: Duration) -> Vec<String> {
        let stretches = stretches(window);
        if stretches.is_empty() {
            return Vec::new();
        }
        let most = |stretch| format!("max({})", self.each_selector("count_over_time", stretch));
        let samples = self.over_slots("sum_over_time", &most(slots(window).length), window);
        let densest = stretches.into_iter().map(|(part, stretch)| {
            let query = self.over_slots("max_over_time", &most(stretch), window);
            labelled(&query, &key(part, window))
        });
        let samples = labelled(&samples, &key(SAMPLES, window));
        std::iter::once(samples).chain(densest).collect()
    }

    /// `function` of what covers us, over `range`.
    fn each_selector(&self, function: &str, range: Duration) -> String {
        let range = duration::format(range);
        let each: Vec<_> = self
            .selectors()
            .iter()
            .map(|selector| format!("{function}({selector}[{range}])"))
            .collect();
        each.join(" or ")
    }

    /// `function` of what `seen` is in the slots of a window. A slot without measurement has none.
    fn over_slots(&self, function: &str, seen: &str, window: Duration) -> String {
        let measured = match self {
            Measure::Threshold { value, .. } => format!(" and count({})", measured(value)),
            Measure::Ratio(_) => String::new(),
        };
        format!(
            "{function}(({seen}{measured})[{}:{}])",
            duration::format(window),
            duration::format(slots(window).length)
        )
    }

    /// Finds the metrics of the counted part by name, where the total's do not tell whether they exist.
    fn existence(&self) -> Option<String> {
        let Measure::Ratio(ratio) = self else {
            return None;
        };
        let metrics = ratio.counted.metrics();
        let counts: Vec<_> = metrics
            .iter()
            .map(|name| format!("count({{__name__=\"{}\"}})", escaped(name)))
            .collect();
        (ratio.is_looked_for() && !counts.is_empty()).then(|| counts.join(" and "))
    }

    /// Bad and all events over `window` for each combination of `labels`; none when it cannot be asked.
    pub fn query_by(&self, window: Duration, labels: &[String]) -> Option<String> {
        let (counted, total) = match self {
            Measure::Ratio(ratio) => (
                ratio.counted.over_by(window, labels)?,
                ratio.total.over_by(window, labels)?,
            ),
            Measure::Threshold { value, op, limit } => {
                measurements(&value.grouped_by(labels), *op, *limit, window)
            }
        };
        let by = labels.join(", ");
        Some(format!(
            "{} or {}",
            labelled(
                &format!("(sum by ({by}) ({counted}) > 0)"),
                self.part().name()
            ),
            labelled(&format!("(sum by ({by}) ({total}) > 0)"), TOTAL),
        ))
    }
}

fn labelled(query: &str, part: &str) -> String {
    format!("label_replace({query}, \"{LABEL}\", \"{part}\", \"\", \"\")")
}

/// How a part of a window is called in the query and its answer.
pub(super) fn key(part: &str, window: Duration) -> String {
    format!("{part} {}", duration::format(window))
}

/// A measurement without NaN, which compares with nothing.
fn measured(value: &Expression) -> String {
    format!("(({value}) >= -Inf)")
}

fn measurements(value: &Expression, op: Op, limit: f64, window: Duration) -> (String, String) {
    let measured = measured(value);
    let slot = duration::format(slots(window).length);
    let range = format!("[{}:{slot}]", duration::format(window));
    (
        format!(
            "sum_over_time(({measured} {} bool {limit}){range})",
            op.promql()
        ),
        format!("count_over_time({measured}{range})"),
    )
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::slo::counted::Counted;
    use crate::slo::measure::{Part, Ratio};

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn ratio(counted: &str, total: &str) -> Measure {
        Measure::Ratio(Arc::new(Ratio {
            part: Part::Bad,
            counted: Counted::read(counted, true).unwrap(),
            total: Counted::read(total, true).unwrap(),
        }))
    }

    #[test]
    fn windows_have_slots_that_scrapes_can_fill() {
        for (window, slot_ms, count) in [
            (2_592_000, 129_600_000, 20),
            (3_600, 180_000, 20),
            (300, 30_000, 10),
            (15, 1_500, 10),
            (5, 1_000, 5),
            (1, 1_000, 1),
        ] {
            let expected = Slots {
                length: Duration::from_millis(slot_ms),
                count,
            };
            assert_eq!(slots(seconds(window)), expected, "{window} s");
        }
        // A scrape a minute covers five minutes; over a month only the time around each slot's end is read.
        assert_eq!(reach(seconds(300)), seconds(65));
        assert_eq!(reach(seconds(15)), Duration::from_millis(3_750));
        assert_eq!(reach(seconds(2_592_000)), seconds(300));
    }

    #[test]
    fn an_slo_is_one_query() {
        let query = ratio(r#"sum(x{s="5"})"#, "sum(x)").query(&BTreeSet::from([seconds(15)]));
        let parts = [
            r#"label_replace(sum(sum(increase(x{s="5"}[15s]))), "steadfast", "bad 15s", "", "")"#,
            r#"label_replace(sum(sum(increase(x[15s]))), "steadfast", "total 15s", "", "")"#,
            r#"label_replace(count_over_time((count(present_over_time(x[3750ms])))[15s:1500ms]), "steadfast", "covered 15s", "", "")"#,
            r#"label_replace(sum_over_time((max(count_over_time(x[1500ms])))[15s:1500ms]), "steadfast", "samples 15s", "", "")"#,
            r#"label_replace(max_over_time((max(count_over_time(x[1500ms])))[15s:1500ms]), "steadfast", "densest slot 15s", "", "")"#,
            r#"label_replace(max_over_time((max(count_over_time(x[7500ms])))[15s:1500ms]), "steadfast", "densest half 15s", "", "")"#,
        ];
        assert_eq!(query, parts.join(" or "));
        assert!(Expression::parse(&query).is_ok());
    }

    #[test]
    fn over_long_windows_samples_are_not_counted() {
        let query = ratio("sum(y)", "sum(x)").query(&BTreeSet::from([seconds(1_800)]));
        assert!(
            query.contains(r#"count_over_time((count(present_over_time(x[1m30s])))[30m:1m30s])"#)
        );
        assert!(!query.contains(SAMPLES), "{query}");
    }

    #[test]
    fn errors_counted_elsewhere_are_looked_for() {
        let query = ratio("sum(y)", "sum(x)").query(&BTreeSet::from([seconds(300)]));
        let existence =
            r#" or label_replace(count({__name__="y"}), "steadfast", "exists", "", "")"#;
        assert!(query.ends_with(existence), "{query}");
        assert!(Expression::parse(&query).is_ok());
    }

    #[test]
    fn a_threshold_counts_measurements_that_hold() {
        let measure = Measure::Threshold {
            value: Expression::parse("max(queue)").unwrap(),
            op: Op::AtMost,
            limit: 0.5,
        };
        let query = measure.query(&BTreeSet::from([seconds(1_800)]));
        assert_eq!(
            query,
            r#"label_replace(sum(sum_over_time((((max(queue)) >= -Inf) <= bool 0.5)[30m:1m30s])), "steadfast", "good 30m", "", "") or label_replace(sum(count_over_time(((max(queue)) >= -Inf)[30m:1m30s])), "steadfast", "total 30m", "", "") or label_replace(count_over_time((count(present_over_time(queue[1m30s])) and count(((max(queue)) >= -Inf)))[30m:1m30s]), "steadfast", "covered 30m", "", "")"#
        );
        assert!(Expression::parse(&query).is_ok());
        let query = measure.query(&BTreeSet::from([seconds(300)]));
        let samples = "sum_over_time((max(count_over_time(queue[30s])) and count(((max(queue)) >= -Inf)))[5m:30s])";
        assert!(query.contains(samples), "{query}");
        assert!(Expression::parse(&query).is_ok());
        let by = measure.query_by(seconds(300), &["a".into()]).unwrap();
        assert!(by.contains("max by (a) (queue)"), "{by}");
        assert!(Expression::parse(&by).is_ok());
    }
}
