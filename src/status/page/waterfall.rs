//! A trace as a waterfall: one row a span, in the order of the calls, its bar at its real offset.
//!
//! ```text
//! orch/receive_trial        ████──────────████       0 ms   120 ms     thick where the caller waited for it
//!   eval/evaluate              ████████             20 ms    60 ms
//! ✕   eval/report              ╌╌╌╌╌╌╌╌╌╌╌╌          20 ms             missing
//! ```

use std::collections::HashSet;

use crate::report::number::quantity;
use crate::trace::Violation;
use crate::trace::model::Trace;
use crate::trace::tree::{self, Row};
use crate::verdict::Unit;

/// Most spans drawn, beside those that break the contract; the trace store shows the rest.
const MOST_SPANS: usize = 200;

/// Deepest indentation.
const DEEPEST: usize = 8;

/// Units of width of the whole trace.
const WIDTH: f64 = 1_000.0;

/// A trace, drawn.
pub(super) struct Waterfall {
    pub(super) id: String,
    pub(super) rows: Vec<SpanRow>,
    /// Whether it breaks its contract.
    pub(super) is_broken: bool,
    /// Spans that are not drawn.
    pub(super) n_more: usize,
}

/// One span, or one that should have been there.
pub(super) struct SpanRow {
    pub(super) depth: usize,
    pub(super) name: String,
    pub(super) class: &'static str,
    pub(super) is_error: bool,
    pub(super) is_missing: bool,
    pub(super) is_broken: bool,
    /// What is odd about its place.
    pub(super) note: &'static str,
    /// What it breaks; a sentence that several break stands beside the first.
    pub(super) says: Vec<String>,
    pub(super) bar: Bar,
    /// Where the caller waited for it.
    pub(super) critical: Vec<Bar>,
    pub(super) offset: String,
    pub(super) duration: String,
}

/// In units of 1,000 for the whole trace.
pub(super) struct Bar {
    pub(super) x: String,
    pub(super) width: String,
    pub(super) end: String,
}

impl Bar {
    fn new(offset_ms: f64, duration_ms: f64, total_ms: f64) -> Self {
        let scale = WIDTH / total_ms.max(f64::MIN_POSITIVE);
        // A bar must be seen however short it is.
        let width = (duration_ms * scale).max(4.0);
        let x = (offset_ms * scale).min(WIDTH - 4.0);
        Self {
            x: format!("{x:.1}"),
            width: format!("{width:.1}"),
            end: format!("{:.1}", x + width),
        }
    }
}

impl Waterfall {
    pub(super) fn new(trace: &Trace, violations: &[Violation]) -> Self {
        let rows = tree::rows(trace, violations);
        let ends = rows.iter().map(|row| row.offset_ms + row.duration_ms);
        let total_ms = ends.fold(0.0, f64::max);
        let n_rows = rows.len();
        let mut told = HashSet::new();
        let shown = rows
            .into_iter()
            .enumerate()
            .filter(|(index, row)| *index < MOST_SPANS || !row.violations.is_empty());
        let rows: Vec<_> = shown
            .map(|(_, row)| SpanRow::new(row, total_ms, &mut told))
            .collect();
        Self {
            id: trace.id.clone(),
            is_broken: !violations.is_empty(),
            n_more: n_rows - rows.len(),
            rows,
        }
    }
}

impl SpanRow {
    fn new(row: Row, total_ms: f64, told: &mut HashSet<String>) -> Self {
        let (is_missing, is_broken) = (row.is_missing(), !row.violations.is_empty());
        let bar = |(offset_ms, duration_ms)| Bar::new(offset_ms, duration_ms, total_ms);
        Self {
            depth: row.depth.min(DEEPEST),
            name: format!("{}/{}", row.service, row.name),
            class: if row.is_error || is_broken {
                "fail"
            } else {
                ""
            },
            is_error: row.is_error,
            is_missing,
            is_broken,
            note: row.note,
            bar: bar((row.offset_ms, row.duration_ms)),
            critical: row.critical.into_iter().map(bar).collect(),
            offset: milliseconds(row.offset_ms),
            duration: match is_missing {
                true => String::new(),
                false => milliseconds(row.duration_ms),
            },
            says: row
                .violations
                .into_iter()
                .filter(|says| told.insert(says.clone()))
                .collect(),
        }
    }
}

fn milliseconds(ms: f64) -> String {
    quantity(ms / 1e3, Unit::Seconds)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::trace::Missing;
    use crate::trace::model::{Span, SpanKind, SpanStatus};

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

    fn told(spans: Vec<Span>, violations: &[Violation]) -> Vec<String> {
        let trace = Trace {
            id: "t".to_owned(),
            spans,
        };
        let waterfall = Waterfall::new(&trace, violations);
        let row = |row: &SpanRow| {
            let critical: Vec<_> = row
                .critical
                .iter()
                .map(|bar| format!("{}+{}", bar.x, bar.width))
                .collect();
            let told = format!(
                "{} {} {}+{} {} {} [{}] {} {}",
                row.depth,
                row.name,
                row.bar.x,
                row.bar.width,
                row.offset,
                row.duration,
                critical.join(" "),
                row.note,
                row.says.join("; ")
            );
            told.trim_end().to_owned()
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
            told(spans, &[]),
            [
                "0 s/root 0.0+1000.0 0 ms 100 ms [0.0+100.0 500.0+100.0 800.0+200.0]",
                "1 s/early 100.0+400.0 10 ms 40 ms [100.0+100.0 250.0+250.0]",
                "2 s/leaf 200.0+50.0 20 ms 5 ms [200.0+50.0]",
                "1 s/late 600.0+200.0 60 ms 20 ms [600.0+200.0]",
                "0 s/lost 500.0+4.0 50 ms 0 ms [] parent not reported",
            ]
        );
    }

    #[test]
    fn what_breaks_the_contract_is_said_once_and_what_is_missing_has_its_place() {
        let violation = |spans: &[&str], missing: Option<&str>| Violation {
            about: String::new(),
            says: "s/gone is missing".to_owned(),
            culprits: Vec::new(),
            spans: spans.iter().map(|id| (*id).to_owned()).collect(),
            missing: missing.map(|path| Missing {
                path: path.to_owned(),
                below: Some("a".to_owned()),
            }),
        };
        let spans = vec![span("root", "", 0, 100), span("a", "root", 20, 40)];
        let violations = [violation(&[], Some("s/gone")), violation(&["a"], None)];
        assert_eq!(
            told(spans, &violations),
            [
                "0 s/root 0.0+1000.0 0 ms 100 ms [0.0+200.0 400.0+600.0]",
                "1 s/a 200.0+200.0 20 ms 20 ms [200.0+200.0]  s/gone is missing",
                "2 s/gone 200.0+800.0 20 ms  [] missing",
            ]
        );
    }

    #[test]
    fn a_break_is_drawn_however_late_it_stands() {
        let mut spans: Vec<_> = (0..300)
            .map(|n| span(&n.to_string(), "", n, n + 1))
            .collect();
        spans.push(span("bad", "", 400, 401));
        let bad = Violation {
            about: String::new(),
            says: "bad".to_owned(),
            culprits: Vec::new(),
            spans: vec!["bad".to_owned()],
            missing: None,
        };
        let trace = Trace {
            id: "t".to_owned(),
            spans,
        };
        let waterfall = Waterfall::new(&trace, &[bad]);
        assert_eq!((waterfall.rows.len(), waterfall.n_more), (201, 100));
        assert!(waterfall.is_broken && waterfall.rows[200].is_broken);
    }

    #[test]
    fn rings_and_clocks_that_run_back_lose_no_span() {
        let spans = vec![
            span("a", "b", 5, 1),
            span("b", "a", 2, 3),
            span("self", "self", 3, 3),
        ];
        assert_eq!(told(spans, &[]).len(), 3);
        assert_eq!(told(Vec::new(), &[]).len(), 0);
    }
}
