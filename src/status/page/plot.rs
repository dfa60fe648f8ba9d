//! The plot of a figure over time: the line, its target, and the stretches in which the promise was not kept.

use jiff::Timestamp;

use super::parts::When;
use crate::report::number::quantity;
use crate::report::{HistoryPoint, Standing};
use crate::verdict::Figure;

/// Units of width and height of the drawing, which is stretched to the room there is.
const SIZE: f64 = 1_000.0;

/// Room left above and below the line, as a part of its range.
const MARGIN: f64 = 0.08;

/// Least width of a stretch in units, so that it is seen.
const LEAST_STRETCH: f64 = 4.0;

/// A plot, ready to be drawn.
pub(super) struct Plot {
    /// One path a stretch without gap.
    pub(super) lines: Vec<String>,
    /// Stretches that were broken, and of which we cannot tell: start and width in percent.
    pub(super) broken: Vec<(String, String)>,
    pub(super) unknown: Vec<(String, String)>,
    /// The target: its height in percent from the top, and its words.
    pub(super) target: Option<(String, String)>,
    /// The words of the target stand below its line where there is no room above.
    pub(super) is_target_high: bool,
    pub(super) top: String,
    pub(super) bottom: String,
    pub(super) from: When,
    pub(super) to: When,
    /// The same in words.
    pub(super) label: String,
}

impl Plot {
    /// None where there are fewer than two numbers to draw a line between.
    pub(super) fn new(history: &[HistoryPoint], figure: &Figure, now: Timestamp) -> Option<Self> {
        let values: Vec<f64> = history.iter().filter_map(number).collect();
        let (first, last) = (history.first()?, history.last()?);
        if values.len() < 2 || first.at == last.at {
            return None;
        }
        let range = Range::of(&values, figure);
        let axis = Axis::new(first.at, last.at);
        let target = figure.target.filter(|target| target.is_finite());
        let height = target.map(|target| range.y(target));
        let words = |target| format!("target {}", quantity(target, figure.unit));
        Some(Self {
            lines: lines(history, &axis, &range),
            broken: stretches(history, Standing::Broken, &axis),
            unknown: stretches(history, Standing::Unknown, &axis),
            target: target
                .zip(height)
                .map(|(target, y)| (percent(y), words(target))),
            is_target_high: height.is_some_and(|height| height < 0.15 * SIZE),
            top: quantity(range.high, figure.unit),
            bottom: quantity(range.low, figure.unit),
            from: When::clock(first.at, now),
            to: When::clock(last.at, now),
            label: label(history, &values, figure),
        })
    }
}

/// The figure of a point, where it is a number that can be drawn.
fn number(point: &HistoryPoint) -> Option<f64> {
    point.value.filter(|value| value.is_finite())
}

/// The values from bottom to top.
struct Range {
    low: f64,
    high: f64,
}

impl Range {
    /// Holds all values and the target. What should be low is drawn from zero, so that a small rise looks small; what should
    /// be high (99.9 %) is not, as nothing would be seen.
    fn of(values: &[f64], figure: &Figure) -> Self {
        let all = || {
            values
                .iter()
                .copied()
                .chain(figure.target.filter(|target| target.is_finite()))
        };
        let (low, high) = (
            all().fold(f64::INFINITY, f64::min),
            all().fold(f64::NEG_INFINITY, f64::max),
        );
        let margin = match high - low {
            0.0 => high.abs().max(1.0) * MARGIN,
            range => range * MARGIN,
        };
        let low = match figure.lower_is_better && low >= 0.0 {
            true => 0.0,
            false => low - margin,
        };
        let mut high = high + margin;
        // No ratio that promises most of all can be above all of it.
        if figure.unit == crate::verdict::Unit::Ratio && !figure.lower_is_better {
            high = high.min(1.0).max(low + f64::EPSILON);
        }
        Self { low, high }
    }

    fn y(&self, value: f64) -> f64 {
        SIZE * (1.0 - (value - self.low) / (self.high - self.low))
    }
}

/// The times from left to right.
struct Axis {
    start_ms: i64,
    length_ms: f64,
}

impl Axis {
    fn new(start: Timestamp, end: Timestamp) -> Self {
        let start_ms = start.as_millisecond();
        Self {
            start_ms,
            length_ms: (end.as_millisecond() - start_ms).max(1) as f64,
        }
    }

    fn x(&self, at: Timestamp) -> f64 {
        SIZE * (at.as_millisecond() - self.start_ms) as f64 / self.length_ms
    }
}

/// The line, interrupted where there is no number.
fn lines(history: &[HistoryPoint], axis: &Axis, range: &Range) -> Vec<String> {
    let runs = history.split(|point| number(point).is_none());
    let path = |run: &[HistoryPoint]| {
        let points = run
            .iter()
            .filter_map(|point| Some((axis.x(point.at), range.y(number(point)?))));
        let mut path: String = points
            .enumerate()
            .map(|(n, (x, y))| format!("{}{x:.1} {y:.1}", if n == 0 { 'M' } else { 'L' }))
            .collect();
        // A single number is a dot, which a round cap makes of a line without length.
        if run.len() == 1 {
            path.push_str("h0");
        }
        path
    };
    runs.filter(|run| !run.is_empty()).map(path).collect()
}

/// From the first evaluation of a run of this standing to the one after the run: until then nothing else was known.
fn stretches(history: &[HistoryPoint], standing: Standing, axis: &Axis) -> Vec<(String, String)> {
    let mut stretches = Vec::new();
    let mut start: Option<f64> = None;
    for point in history {
        match (point.standing == standing, start) {
            (true, None) => start = Some(axis.x(point.at)),
            (false, Some(from)) => {
                stretches.push((from, axis.x(point.at)));
                start = None;
            }
            _ => {}
        }
    }
    stretches.extend(start.map(|from| (from, SIZE)));
    let written = |(from, to): (f64, f64)| (percent(from), percent((to - from).max(LEAST_STRETCH)));
    stretches.into_iter().map(written).collect()
}

fn percent(units: f64) -> String {
    format!("{:.2}%", units / SIZE * 100.0)
}

fn label(history: &[HistoryPoint], values: &[f64], figure: &Figure) -> String {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let n_broken = history
        .iter()
        .filter(|point| point.standing == Standing::Broken)
        .count();
    let mut label = format!(
        "{} between {} and {}",
        figure.name,
        quantity(least, figure.unit),
        quantity(most, figure.unit)
    );
    if let Some(target) = figure.target {
        label.push_str(&format!(", target {}", quantity(target, figure.unit)));
    }
    label + &format!(", broken in {n_broken} of {} evaluations", history.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::row::samples::at;
    use crate::verdict::Unit;

    fn point(seconds: i64, standing: Standing, value: Option<f64>) -> HistoryPoint {
        HistoryPoint {
            at: at(seconds),
            standing,
            value,
        }
    }

    fn figure(target: f64, lower_is_better: bool) -> Figure {
        Figure {
            name: "slow evaluations".to_owned(),
            value: 0.0,
            target: Some(target),
            unit: Unit::Ratio,
            lower_is_better,
        }
    }

    #[test]
    fn lines_gaps_and_stretches() {
        let history = [
            point(0, Standing::Kept, Some(0.0)),
            point(10, Standing::Kept, Some(0.005)),
            point(20, Standing::Unknown, None),
            point(30, Standing::Broken, Some(0.02)),
            point(40, Standing::Broken, Some(f64::NAN)),
        ];
        let plot = Plot::new(&history, &figure(0.01, true), at(40)).unwrap();
        // From 0 to 0.02 and 8 % more: 0.0216 at the top.
        assert_eq!(plot.lines, ["M0.0 1000.0L250.0 768.5", "M750.0 74.1h0"]);
        assert_eq!(plot.unknown, [("50.00%".to_owned(), "25.00%".to_owned())]);
        assert_eq!(plot.broken, [("75.00%".to_owned(), "25.00%".to_owned())]);
        assert_eq!(
            plot.target,
            Some(("53.70%".to_owned(), "target 1 %".to_owned()))
        );
        assert_eq!((plot.bottom.as_str(), plot.top.as_str()), ("0 %", "2.2 %"));
        assert_eq!(
            plot.label,
            "slow evaluations between 0 % and 2 %, target 1 %, broken in 2 of 5 evaluations"
        );
    }

    #[test]
    fn what_should_be_high_is_not_drawn_from_zero_nor_above_all() {
        let history = [
            point(0, Standing::Kept, Some(0.9995)),
            point(10, Standing::Kept, Some(1.0)),
        ];
        let plot = Plot::new(&history, &figure(0.999, false), at(10)).unwrap();
        assert_eq!(
            (plot.bottom.as_str(), plot.top.as_str()),
            ("99.89 %", "100 %")
        );
        assert_eq!(plot.lines, ["M0.0 463.0L1000.0 0.0"]);
    }

    #[test]
    fn no_line_without_two_numbers() {
        let one = [
            point(0, Standing::Kept, Some(1.0)),
            point(10, Standing::Unknown, None),
        ];
        assert!(Plot::new(&one, &figure(1.0, true), at(10)).is_none());
        assert!(Plot::new(&[], &figure(1.0, true), at(10)).is_none());
        let flat = [
            point(0, Standing::Kept, Some(0.0)),
            point(10, Standing::Kept, Some(0.0)),
        ];
        let plot = Plot::new(&flat, &figure(0.0, true), at(10)).unwrap();
        assert_eq!(plot.lines, ["M0.0 1000.0L1000.0 1000.0"]);
    }
}
