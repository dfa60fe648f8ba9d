//! The critical path: which span the caller was waiting for, at every moment of the trace's entry span. Pure.
//!
//! Walk back from the end of a span. The child that ended last before that moment is what was waited for; go on from its
//! start. What no child covers is the span's own time.
//!
//! ```text
//! root   ■■■■■─────────────────■■■■■■        ■ on the path
//!   a         ■■■■■■■■■
//!   b         ───────            (concurrent with a, ended earlier)
//!   c                  ■■■■■■■■
//! ```
//!
//! The sections never overlap and their lengths add up to the entry span's duration, exactly.

use super::graph::TraceGraph;
use super::model::{Span, SpanKind};

/// Jaeger's v1 JSON cuts start and duration to microseconds, so that a child may seem to outlive its parent by this much.
const ROUNDING_NS: u64 = 2_000;

/// A piece of the critical path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section {
    /// The span's index in the trace.
    pub span: usize,
    /// Start, nanoseconds since the epoch.
    pub start_ns: u64,
    /// End, nanoseconds since the epoch; after the start.
    pub end_ns: u64,
}

/// The critical path of the trace's entry span, in the order of time; empty without spans or where the entry took no time.
pub fn critical_path(graph: &TraceGraph<'_>) -> Vec<Section> {
    let Some(entry) = graph.entry() else {
        return Vec::new();
    };
    let mut sections = Vec::new();
    let mut open = vec![whole(entry, graph.span(entry))];
    while let Some(part) = open.pop() {
        walk_back(graph, part, &mut sections, &mut open);
    }
    sections.retain(|section| section.start_ns < section.end_ns);
    sections.sort_by_key(|section| section.start_ns);
    sections
}

fn whole(index: usize, span: &Span) -> Section {
    Section {
        span: index,
        start_ns: span.start_ns,
        end_ns: span.end_ns_fixed(),
    }
}

/// Splits the time of `part` between its span and the children it waited for; the children's shares go to `open`.
fn walk_back(
    graph: &TraceGraph<'_>,
    part: Section,
    sections: &mut Vec<Section>,
    open: &mut Vec<Section>,
) {
    let parent = graph.span(part.span);
    let mut children: Vec<usize> = graph.children(part.span).to_vec();
    children.retain(|child| is_waited_for(graph.span(*child), parent));
    let end = |child: &usize| graph.span(*child).end_ns_fixed();
    children.sort_by_key(|child| std::cmp::Reverse((end(child), graph.span(*child).start_ns)));
    let mut cursor = part.end_ns;
    for child in children {
        let share = Section {
            span: child,
            start_ns: graph.span(child).start_ns.max(part.start_ns),
            end_ns: end(&child).min(part.end_ns),
        };
        if share.end_ns > cursor || share.start_ns >= share.end_ns {
            continue;
        }
        sections.push(Section {
            start_ns: share.end_ns,
            end_ns: cursor,
            ..part
        });
        cursor = share.start_ns;
        open.push(share);
    }
    sections.push(Section {
        end_ns: cursor,
        ..part
    });
}

/// Whether a caller waits for a child. It does not wait for a consumer of its message, nor for a child that goes on after its
/// own end; but the server's side of a call may seem to, when the hosts' clocks differ or the caller gave up.
fn is_waited_for(child: &Span, parent: &Span) -> bool {
    let remote = child.service != parent.service;
    if child.kind == SpanKind::Consumer && (remote || parent.kind == SpanKind::Producer) {
        return false;
    }
    let is_call = child.kind == SpanKind::Server && (remote || parent.kind == SpanKind::Client);
    is_call || child.end_ns_fixed() <= parent.end_ns_fixed() + ROUNDING_NS
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::graph::tests::{span, trace};
    use super::*;
    use crate::trace::model::Trace;

    #[track_caller]
    fn check_trace(trace: &Trace, expected: &str) {
        let graph = TraceGraph::of(trace);
        let told: Vec<_> = critical_path(&graph)
            .iter()
            .map(|section| {
                let ms = |ns: u64| ns / 1_000_000;
                let id = &trace.spans[section.span].id;
                format!("{id}:{}-{}", ms(section.start_ns), ms(section.end_ns))
            })
            .collect();
        assert_eq!(told.join(" "), expected);
    }

    #[track_caller]
    fn check(spans: &[&str], expected: &str) {
        check_trace(&trace(spans), expected);
    }

    #[test]
    fn hand_computed_paths() {
        check(&[], "");
        check(&["r<- s/r 5-5"], "");
        check(&["r<- s/r 0-10"], "r:0-10");
        // Siblings that touch are both on the path.
        check(
            &["r<- s/r 0-10", "a<r s/a 1-4", "b<r s/b 4-9"],
            "r:0-1 a:1-4 b:4-9 r:9-10",
        );
        // The concurrent one that ended earlier is not.
        check(
            &["r<- s/r 0-10", "a<r s/a 1-5", "b<r s/b 2-9"],
            "r:0-2 b:2-9 r:9-10",
        );
        check(
            &["r<- s/r 0-10", "a<r s/a 1-9", "b<r s/b 2-9"],
            "r:0-2 b:2-9 r:9-10",
        );
        // A child that takes no time changes nothing.
        check(
            &["r<- s/r 0-10", "z<r s/z 4-4", "a<r s/a 2-6"],
            "r:0-2 a:2-6 r:6-10",
        );
        // Grandchildren.
        check(
            &["r<- s/r 0-10", "a<r s/a 2-8", "b<a s/b 3-8"],
            "r:0-2 a:2-3 b:3-8 r:8-10",
        );
        // A child that starts before its parent counts from the parent's start.
        check(&["r<- s/r 5-10", "a<r s/a 0-8"], "a:5-8 r:8-10");
        // Nobody waits for a child that outlives its parent.
        check(&["r<- s/r 0-10", "a<r s/a 2-20"], "r:0-10");
        check(&["r<- s/r 0-10", "a<r s/a 12-20"], "r:0-10");
        // A clock error that puts the end before the start.
        check(&["r<- s/r 0-10", "a<r s/a 6-2"], "r:0-10");
    }

    #[test]
    fn a_server_may_seem_to_outlive_its_client_but_a_consumer_is_not_waited_for() {
        let mut call = trace(&["r<- web/r 0-10", "a<r api/a 2-12", "b<a api/b 3-11"]);
        call.spans[0].kind = SpanKind::Client;
        call.spans[1].kind = SpanKind::Server;
        check_trace(&call, "r:0-2 a:2-3 b:3-10");
        let mut message = trace(&["r<- web/r 0-10", "a<r api/a 2-8"]);
        message.spans[1].kind = SpanKind::Consumer;
        check_trace(&message, "r:0-10");
    }

    proptest! {
        #[test]
        fn sections_never_overlap_and_add_up_to_the_entry(
            spans in prop::collection::vec((0_usize..40, 0_u64..100, 0_u64..100, 0_u8..5), 1..40),
        ) {
            let kinds = [SpanKind::Internal, SpanKind::Server, SpanKind::Client, SpanKind::Producer, SpanKind::Consumer];
            let spans = spans.iter().enumerate().map(|(index, (parent, start, end, kind))| Span {
                id: index.to_string(),
                parent: (index > 0).then(|| parent.to_string()),
                start_ns: *start,
                end_ns: *end,
                kind: kinds[usize::from(*kind)],
                ..span("x<- s/n 0-0")
            });
            let trace = Trace { id: "t".into(), spans: spans.collect() };
            let graph = TraceGraph::of(&trace);
            let path = critical_path(&graph);
            let entry = graph.span(graph.entry().unwrap());
            let total: u64 = path.iter().map(|section| section.end_ns - section.start_ns).sum();
            prop_assert_eq!(total, entry.duration_ns());
            prop_assert!(path.iter().all(|section| section.start_ns < section.end_ns));
            prop_assert!(path.windows(2).all(|pair| pair[0].end_ns == pair[1].start_ns));
        }
    }
}
