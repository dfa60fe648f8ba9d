//! A trace as people see it: rows in the order of calls, with times, the critical path and what breaks the contract. Pure.

mod text;

use std::collections::HashMap;

use serde::Serialize;

use super::critical_path::{Section, critical_path};
use super::graph::TraceGraph;
use super::judge::{Missing, Violation};
use super::model::{SpanKind, SpanStatus, Trace};

pub use text::render;

/// One line of a waterfall: a span, or one that should have been there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// How many ancestors it has.
    pub depth: usize,
    /// The span's id; none for one that is missing.
    pub span: Option<String>,
    /// The service; control characters of what came from outside are replaced, here and in the name.
    pub service: String,
    /// The operation.
    pub name: String,
    /// From the start of the trace, in milliseconds.
    pub offset_ms: f64,
    /// In milliseconds; of a missing span what is left of the trace.
    pub duration_ms: f64,
    /// Whether the span says that it failed.
    pub is_error: bool,
    /// What is odd about its place in the trace; empty as a rule.
    pub note: &'static str,
    /// Whether the caller waited for it at some time.
    pub on_critical_path: bool,
    /// When: offset and duration, in milliseconds.
    pub critical: Vec<(f64, f64)>,
    /// What it breaks, a sentence each.
    pub violations: Vec<String>,
}

impl Row {
    /// Whether the span should have been there and is not.
    pub fn is_missing(&self) -> bool {
        self.span.is_none()
    }
}

/// The rows of a trace: parents before children, siblings in the order of their start, and a missing span right below the last
/// one on the way to it.
pub fn rows(trace: &Trace, violations: &[Violation]) -> Vec<Row> {
    let scene = Scene::of(trace, violations);
    let mut rows = Vec::with_capacity(trace.spans.len());
    for &index in scene.graph.preorder() {
        rows.push(scene.row(index));
        let span = scene.graph.span(index);
        let below = |missing: &Missing| missing.below.as_ref() == Some(&span.id);
        rows.extend(scene.missing_rows(&below, scene.graph.depth(index) + 1, span.start_ns));
    }
    rows.extend(scene.missing_rows(&|missing| missing.below.is_none(), 0, scene.start_ns));
    rows
}

struct Scene<'t> {
    graph: TraceGraph<'t>,
    sections: HashMap<usize, Vec<Section>>,
    violations: &'t [Violation],
    start_ns: u64,
    end_ns: u64,
}

impl<'t> Scene<'t> {
    fn of(trace: &'t Trace, violations: &'t [Violation]) -> Self {
        let graph = TraceGraph::of(trace);
        let mut sections: HashMap<usize, Vec<Section>> = HashMap::new();
        for section in critical_path(&graph) {
            sections.entry(section.span).or_default().push(section);
        }
        Self {
            graph,
            sections,
            violations,
            start_ns: trace.start_ns().unwrap_or(0),
            end_ns: trace.end_ns().unwrap_or(0),
        }
    }

    fn row(&self, index: usize) -> Row {
        let span = self.graph.span(index);
        let sections = self.sections.get(&index).map_or(&[][..], Vec::as_slice);
        let broken = self
            .violations
            .iter()
            .filter(|violation| violation.missing.is_none() && violation.spans.contains(&span.id));
        Row {
            depth: self.graph.depth(index),
            span: Some(span.id.clone()),
            service: printable(&span.service),
            name: printable(&span.name),
            offset_ms: self.offset_ms(span.start_ns),
            duration_ms: milliseconds(span.duration_ns()),
            is_error: span.status == SpanStatus::Error,
            note: self.note(index),
            on_critical_path: !sections.is_empty(),
            critical: sections
                .iter()
                .map(|section| self.stretch(section))
                .collect(),
            violations: broken.map(|violation| violation.says.clone()).collect(),
        }
    }

    fn note(&self, index: usize) -> &'static str {
        let span = self.graph.span(index);
        let is_whole = self.graph.parent(index).is_some() || span.parent.is_none();
        match is_whole || self.is_called_from_outside(index) {
            true => "",
            false if self.graph.is_orphan(index) => "parent not reported",
            false => "its own ancestor",
        }
    }

    /// Whether it is where the trace comes in: without any root, what the service of the first span serves was asked by a
    /// caller that does not report, such as a probe.
    fn is_called_from_outside(&self, index: usize) -> bool {
        let (span, entry) = (self.graph.span(index), self.graph.entry());
        let is_at_the_door =
            entry.is_some_and(|entry| self.graph.span(entry).service == span.service);
        self.graph.roots.is_empty() && span.kind == SpanKind::Server && is_at_the_door
    }

    fn missing_rows(
        &self,
        is_here: &dyn Fn(&Missing) -> bool,
        depth: usize,
        start_ns: u64,
    ) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        for violation in self.violations {
            let Some(missing) = violation
                .missing
                .as_ref()
                .filter(|missing| is_here(missing))
            else {
                continue;
            };
            let (service, name) = missing.path.split_once('/').unwrap_or(("", &missing.path));
            // Two rules may lack the same span.
            let same = |row: &&mut Row| row.service == service && row.name == name;
            if let Some(row) = rows.iter_mut().find(same) {
                if !row.violations.contains(&violation.says) {
                    row.violations.push(violation.says.clone());
                }
                continue;
            }
            rows.push(Row {
                depth,
                span: None,
                service: printable(service),
                name: printable(name),
                offset_ms: self.offset_ms(start_ns),
                duration_ms: milliseconds(self.end_ns.saturating_sub(start_ns)),
                is_error: false,
                note: "missing",
                on_critical_path: false,
                critical: Vec::new(),
                violations: vec![violation.says.clone()],
            });
        }
        rows
    }

    fn stretch(&self, section: &Section) -> (f64, f64) {
        let length_ns = section.end_ns - section.start_ns;
        (self.offset_ms(section.start_ns), milliseconds(length_ns))
    }

    fn offset_ms(&self, at_ns: u64) -> f64 {
        milliseconds(at_ns.saturating_sub(self.start_ns))
    }
}

fn milliseconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e6
}

/// Names come from outside: escape sequences must not reach the terminal.
fn printable(text: &str) -> String {
    let replace = |letter: char| {
        if letter.is_control() {
            '\u{fffd}'
        } else {
            letter
        }
    };
    text.chars().map(replace).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::contract::{AtMost, Contract, Edge};
    use super::super::graph::tests::trace;
    use super::super::judge::ContractVerdict;
    use super::super::pattern::Pattern;
    use super::super::sightings::Sightings;
    use super::*;

    fn torn() -> Trace {
        trace(&[
            "a<- orch/POST_/v1/trials 0-500",
            "b<a orch/receive_trial 20-400",
            "c<b orch/db.query 30-100",
            "d<b orch/db.query 100-350",
            "e<lost eval/late 450-600",
        ])
    }

    fn violations(trace: &Trace) -> Vec<Violation> {
        let pattern = |text| Pattern::parse(text).unwrap();
        let contract = Contract {
            must: vec![Edge {
                from: pattern("orch/receive_trial"),
                to: pattern("eval/run"),
                within: None,
            }],
            at_most: vec![AtMost {
                span: pattern("*/db.query"),
                times: 1,
            }],
            ..Contract::new("c")
        };
        let began = Timestamp::UNIX_EPOCH;
        let now = Timestamp::from_second(60).unwrap();
        match contract.judge(trace, &Sightings::default(), began, now) {
            ContractVerdict::Broken(violations) => violations,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn rows_tell_what_is_where() {
        let trace = torn();
        let rows = rows(&trace, &violations(&trace));
        let told: Vec<_> = rows
            .iter()
            .map(|row| {
                let critical = row
                    .critical
                    .iter()
                    .fold(0.0, |sum, (_, duration)| sum + duration);
                format!(
                    "{} {}/{} {} {} {critical} {} {}",
                    row.depth,
                    row.service,
                    row.name,
                    row.offset_ms,
                    row.duration_ms,
                    row.note,
                    row.violations.len()
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                "0 orch/POST_/v1/trials 0 500 120  0",
                "1 orch/receive_trial 20 380 60  0",
                "2 orch/db.query 30 70 70  1",
                "2 orch/db.query 100 250 250  1",
                "3 eval/run 100 500 0 missing 1",
                "0 eval/late 450 150 0 parent not reported 0",
            ]
        );
        assert!(rows[4].is_missing());
    }

    #[test]
    fn the_picture_at_full_and_at_small_width() {
        let trace = torn();
        let violations = violations(&trace);
        insta::assert_snapshot!(render(&trace, &violations, 100), @r"
        trace t · 5 spans · 2 services · 600 ms
          orch/POST_/v1/trials                 0 µs    500 ms  ██────────────────────────────████████
            orch/receive_trial              20.0 ms    380 ms   █────────────────────────████
        ✕     orch/db.query                 30.0 ms   70.0 ms    ██████
              ↳ */db.query happened 2 times in one trace, at most 1 are promised
        ✕     orch/db.query                  100 ms    250 ms         ███████████████████
        ✕       eval/run (missing)           100 ms                   ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌
                ↳ the trace ends at orch: eval/run is missing
          eval/late (parent not reported)    450 ms    150 ms                                   ────────────
        █ waited for (critical path)  ─ the rest  ╌ missing  ✕ breaks the contract
        ");
        insta::assert_snapshot!(render(&trace, &violations, 44), @r"
        trace t · 5 spans · 2 services · 600 ms
          orch/POST_/v1/trials        0 µs    500 ms
            orch/receive_trial     20.0 ms    380 ms
        ✕     orch/db.query        30.0 ms   70.0 ms
              ↳ */db.query happened 2 times in one trace, at most 1 are promised
        ✕     orch/db.query         100 ms    250 ms
        ✕       eval/run (missi…    100 ms
                ↳ the trace ends at orch: eval/run is missing
          eval/late (parent not…    450 ms    150 ms
        ");
    }

    #[test]
    fn what_a_probe_called_is_not_torn_off() {
        let told = |texts: &[&str], kind| -> Vec<_> {
            let mut trace = trace(texts);
            for span in &mut trace.spans {
                span.kind = kind;
            }
            rows(&trace, &[]).iter().map(|row| row.note).collect()
        };
        let (served, torn) = (SpanKind::Server, "parent not reported");
        let probed = ["a<step1 s/x 0-1", "b<step2 s/y 2-3", "c<b s/z 2-3"];
        assert_eq!(told(&probed, served), ["", "", ""]);
        assert_eq!(told(&probed, SpanKind::Internal), [torn, torn, ""]);
        assert_eq!(
            told(&["a<step1 s/x 0-1", "b<lost t/y 2-3"], served),
            ["", torn]
        );
        assert_eq!(told(&["a<- s/x 0-1", "b<lost s/y 2-3"], served), ["", torn]);
    }

    #[test]
    fn a_span_that_two_rules_lack_is_missing_once() {
        let trace = trace(&["a<- s/x 0-1"]);
        let lacking = |says: &str| Violation {
            about: String::new(),
            says: says.to_owned(),
            culprits: Vec::new(),
            spans: Vec::new(),
            missing: Some(Missing {
                path: "s/y".to_owned(),
                below: Some("a".to_owned()),
            }),
        };
        let rows = rows(&trace, &[lacking("one"), lacking("one"), lacking("two")]);
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[1].violations, ["one", "two"]);
    }

    #[test]
    fn escape_sequences_are_not_passed_on() {
        let mut trace = trace(&["a<- s/x 0-1"]);
        trace.spans[0].name = "x\u{1b}[31m\n".into();
        let text = render(&trace, &[], 80);
        assert!(!text.contains('\u{1b}') && text.contains("s/x\u{fffd}[31m\u{fffd}"));
    }

    #[test]
    fn nothing_and_very_deep_traces_have_a_picture() {
        assert!(render(&trace(&[]), &[], 80).contains("no spans"));
        let texts: Vec<String> = (0..1_000)
            .map(|n| format!("{n}<{} s/n 0-0", n as i64 - 1))
            .collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let text = render(&trace(&texts), &[], 80);
        assert!(text.lines().all(|line| line.chars().count() <= 80));
    }
}
