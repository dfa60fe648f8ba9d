//! A trace as a waterfall: one row a span, in the order of the calls, its bar at its real offset.
//!
//! ```text
//! orch/receive_trial        ▐████████████▌       0 ms   120 ms
//!   eval/evaluate              ▐██████▌         20 ms    60 ms
//! ```

use std::collections::{BTreeMap, BTreeSet};

use crate::report::number::quantity;
use crate::trace::model::{Span, SpanStatus, Trace};
use crate::verdict::Unit;

/// Most spans drawn; the trace store shows the rest.
const MOST_SPANS: usize = 200;

/// Deepest indentation.
const DEEPEST: usize = 8;

/// Units of width of the whole trace.
const WIDTH: f64 = 1_000.0;

/// A trace, drawn.
pub(super) struct Waterfall {
    pub(super) id: String,
    pub(super) rows: Vec<SpanRow>,
    /// Spans that are not drawn.
    pub(super) n_more: usize,
}

/// One span.
pub(super) struct SpanRow {
    pub(super) depth: usize,
    pub(super) name: String,
    pub(super) is_error: bool,
    /// Its parent is named but not there.
    pub(super) is_orphan: bool,
    /// Of the bar, in units of 1,000 for the whole trace.
    pub(super) x: String,
    pub(super) width: String,
    pub(super) offset: String,
    pub(super) duration: String,
}

impl Waterfall {
    pub(super) fn new(trace: &Trace) -> Self {
        let start = trace
            .spans
            .iter()
            .map(|span| span.start_ns)
            .min()
            .unwrap_or(0);
        let end = trace
            .spans
            .iter()
            .map(|span| span.end_ns)
            .max()
            .unwrap_or(0);
        let scale = WIDTH / end.saturating_sub(start).max(1) as f64;
        let ids: BTreeSet<_> = trace.spans.iter().map(|span| span.id.as_str()).collect();
        let row = |(depth, span): &(usize, &Span)| SpanRow {
            depth: (*depth).min(DEEPEST),
            name: span.path(),
            is_error: span.status == SpanStatus::Error,
            is_orphan: span
                .parent
                .as_deref()
                .is_some_and(|parent| !ids.contains(parent)),
            x: format!("{:.1}", (span.start_ns - start) as f64 * scale),
            // A bar must be seen however short it is.
            width: format!("{:.1}", (length_ns(span) as f64 * scale).max(3.0)),
            offset: milliseconds(span.start_ns - start),
            duration: milliseconds(length_ns(span)),
        };
        Self {
            id: trace.id.clone(),
            rows: in_call_order(&trace.spans)
                .iter()
                .take(MOST_SPANS)
                .map(row)
                .collect(),
            n_more: trace.spans.len().saturating_sub(MOST_SPANS),
        }
    }
}

/// A span may end before it starts where clocks differ.
fn length_ns(span: &Span) -> u64 {
    span.end_ns.saturating_sub(span.start_ns)
}

fn milliseconds(ns: u64) -> String {
    quantity(ns as f64 / 1e9, Unit::Seconds)
}

/// Every span once, with its depth: a parent before its children, siblings by their start. What no root leads to (a ring of
/// parents) comes last.
fn in_call_order(spans: &[Span]) -> Vec<(usize, &Span)> {
    let ids: BTreeSet<_> = spans.iter().map(|span| span.id.as_str()).collect();
    let mut children: BTreeMap<Option<&str>, Vec<&Span>> = BTreeMap::new();
    for span in spans {
        let parent = span.parent.as_deref().filter(|parent| ids.contains(parent));
        children.entry(parent).or_default().push(span);
    }
    // Latest first, since they are taken from the end.
    for siblings in children.values_mut() {
        siblings.sort_by_key(|span| std::cmp::Reverse(span.start_ns));
    }
    let mut ordered = Vec::with_capacity(spans.len());
    let mut waiting: Vec<_> = children
        .remove(&None)
        .unwrap_or_default()
        .into_iter()
        .map(|span| (0, span))
        .collect();
    loop {
        let Some((depth, span)) = waiting.pop() else {
            let Some((_, ring)) = children.pop_first() else {
                return ordered;
            };
            waiting.extend(ring.into_iter().map(|span| (0, span)));
            continue;
        };
        ordered.push((depth, span));
        let below = children.remove(&Some(span.id.as_str())).unwrap_or_default();
        waiting.extend(below.into_iter().map(|child| (depth + 1, child)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::model::SpanKind;

    fn span(id: &str, parent: &str, start_ms: u64, end_ms: u64) -> Span {
        Span {
            id: id.to_owned(),
            parent: (!parent.is_empty()).then(|| parent.to_owned()),
            service: "s".to_owned(),
            name: id.to_owned(),
            kind: SpanKind::Internal,
            start_ns: start_ms * 1_000_000,
            end_ns: end_ms * 1_000_000,
            status: SpanStatus::Unset,
            attributes: BTreeMap::new(),
            links: Vec::new(),
        }
    }

    fn told(spans: Vec<Span>) -> Vec<String> {
        let waterfall = Waterfall::new(&Trace {
            id: "t".to_owned(),
            spans,
        });
        let row = |row: &SpanRow| {
            let orphan = if row.is_orphan { " orphan" } else { "" };
            format!(
                "{} {} {}+{} {} {}{orphan}",
                row.depth, row.name, row.x, row.width, row.offset, row.duration
            )
        };
        waterfall.rows.iter().map(row).collect()
    }

    #[test]
    fn bars_at_real_offsets_in_the_order_of_the_calls() {
        let spans = vec![
            span("late", "root", 160, 180),
            span("leaf", "early", 120, 125),
            span("early", "root", 110, 150),
            span("lost", "gone", 150, 150),
            span("root", "", 100, 200),
        ];
        assert_eq!(
            told(spans),
            [
                "0 s/root 0.0+1000.0 0 ms 100 ms",
                "1 s/early 100.0+400.0 10 ms 40 ms",
                "2 s/leaf 200.0+50.0 20 ms 5 ms",
                "1 s/late 600.0+200.0 60 ms 20 ms",
                "0 s/lost 500.0+3.0 50 ms 0 ms orphan",
            ]
        );
    }

    #[test]
    fn rings_and_clocks_that_run_back_lose_no_span() {
        let spans = vec![
            span("a", "b", 5, 1),
            span("b", "a", 2, 3),
            span("self", "self", 3, 3),
        ];
        assert_eq!(told(spans).len(), 3);
        assert_eq!(told(Vec::new()).len(), 0);
    }
}
