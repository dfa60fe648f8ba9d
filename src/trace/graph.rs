//! The graph of a trace: who called whom, where it starts, what hangs loose. Pure.
//!
//! Whatever a trace holds, every span is visited once: a span whose parent is unknown is an orphan and starts a part of its
//! own, and a ring of spans that are each other's ancestors is cut at its earliest span. Nothing recurses, so that a chain
//! of a hundred thousand spans is only long.

use std::collections::HashMap;

use petgraph::Direction;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::NodeFiltered;

use super::model::{Span, SpanKind, Trace};

/// A trace with its structure. Spans are named by their index in [`Trace::spans`].
#[derive(Debug)]
pub struct TraceGraph<'t> {
    trace: &'t Trace,
    /// An edge goes from parent to child; a node's weight is its index, and so is its name.
    graph: DiGraph<usize, ()>,
    children: Vec<Vec<usize>>,
    parents: Vec<Option<usize>>,
    preorder: Vec<usize>,
    depths: Vec<usize>,
    tops: Vec<usize>,
    /// Spans without parent, in the order of their start.
    pub roots: Vec<usize>,
    /// Spans whose parent is not among the spans, in the order of their start.
    pub orphans: Vec<usize>,
    /// Rings of spans that are each other's ancestors, each from its earliest span; a span that is its own parent is one.
    pub cycles: Vec<Vec<usize>>,
}

impl<'t> TraceGraph<'t> {
    /// The graph of `trace`.
    pub fn of(trace: &'t Trace) -> Self {
        let n_spans = trace.spans.len();
        let parents = Parents::of(trace);
        let mut graph = DiGraph::with_capacity(n_spans, n_spans);
        for index in 0..n_spans {
            graph.add_node(index);
        }
        for (child, parent) in parents.known.iter().enumerate() {
            if let Some(parent) = parent {
                graph.add_edge(NodeIndex::new(*parent), NodeIndex::new(child), ());
            }
        }
        let mut new = Self {
            trace,
            children: children(&graph, trace),
            graph,
            parents: parents.known,
            preorder: Vec::with_capacity(n_spans),
            depths: vec![0; n_spans],
            tops: vec![usize::MAX; n_spans],
            roots: in_order(parents.roots, trace),
            orphans: in_order(parents.orphans, trace),
            cycles: Vec::new(),
        };
        new.visit_all();
        new
    }

    /// The span of this index.
    pub fn span(&self, index: usize) -> &'t Span {
        &self.trace.spans[index]
    }

    /// The trace it was made of.
    pub fn trace(&self) -> &'t Trace {
        self.trace
    }

    /// How many spans there are.
    pub fn len(&self) -> usize {
        self.parents.len()
    }

    /// Whether there is no span.
    pub fn is_empty(&self) -> bool {
        self.parents.is_empty()
    }

    /// The parent, where it is among the spans and does not close a ring.
    pub fn parent(&self, index: usize) -> Option<usize> {
        self.parents[index]
    }

    /// The children in the order of their start.
    pub fn children(&self, index: usize) -> &[usize] {
        &self.children[index]
    }

    /// Every span once, parents before children, siblings in the order of their start.
    pub fn preorder(&self) -> &[usize] {
        &self.preorder
    }

    /// How many ancestors a span has.
    pub fn depth(&self, index: usize) -> usize {
        self.depths[index]
    }

    /// The root, orphan or cut end of a ring that a span hangs from; itself where it is one.
    pub fn top(&self, index: usize) -> usize {
        self.tops[index]
    }

    /// Where the trace begins: its earliest root, else its earliest orphan, whose parent is then taken for a caller that does
    /// not report; none without spans.
    pub fn entry(&self) -> Option<usize> {
        let first = |list: &[usize]| list.first().copied();
        first(&self.roots)
            .or_else(|| first(&self.orphans))
            .or_else(|| first(&self.preorder))
    }

    /// Whether a span names a parent that is not among the spans.
    pub fn is_orphan(&self, index: usize) -> bool {
        let key = |index: usize| (self.span(index).start_ns, index);
        let found = self
            .orphans
            .binary_search_by_key(&key(index), |orphan| key(*orphan));
        found.is_ok()
    }

    /// The orphan whose lost or late parent cuts a span off from the rest of the trace, or none where it hangs together with
    /// the entry. Nothing can be said of the ancestors of such a span.
    pub fn cut_off_by(&self, index: usize) -> Option<usize> {
        let top = self.top(index);
        (Some(top) != self.entry() && self.span(top).parent.is_some()).then_some(top)
    }

    /// For each span its latest-starting proper ancestor for which `matches` holds.
    pub fn nearest_ancestors(&self, matches: impl Fn(&Span) -> bool) -> Vec<Option<usize>> {
        let mut nearest: Vec<Option<usize>> = vec![None; self.len()];
        for &index in &self.preorder {
            let Some(parent) = self.parent(index) else {
                continue;
            };
            let own = Some(parent).filter(|parent| matches(self.span(*parent)));
            let start = |candidate: &usize| self.span(*candidate).start_ns;
            nearest[index] = nearest[parent].into_iter().chain(own).max_by_key(start);
        }
        nearest
    }

    fn visit_all(&mut self) {
        let mut starts = self.roots.clone();
        starts.extend(&self.orphans);
        for start in starts {
            self.visit(start);
        }
        if self.preorder.len() < self.len() {
            self.cut_cycles();
        }
    }

    fn visit(&mut self, top: usize) {
        let mut stack = vec![(top, 0)];
        while let Some((index, depth)) = stack.pop() {
            self.depths[index] = depth;
            self.tops[index] = top;
            self.preorder.push(index);
            stack.extend(
                self.children[index]
                    .iter()
                    .rev()
                    .map(|child| (*child, depth + 1)),
            );
        }
    }

    /// What no root or orphan reaches hangs from a ring. Each ring is cut at its earliest span, which becomes a top.
    fn cut_cycles(&mut self) {
        let unreached = |node: NodeIndex| self.tops[node.index()] == usize::MAX;
        let parts = kosaraju_scc(&NodeFiltered::from_fn(&self.graph, unreached));
        let is_ring = |part: &Vec<NodeIndex>| match part[..] {
            [one] => self.graph.contains_edge(one, one),
            _ => true,
        };
        let mut rings: Vec<Vec<usize>> = parts
            .iter()
            .filter(|part| is_ring(part))
            .map(|part| in_order(part.iter().map(|node| node.index()).collect(), self.trace))
            .collect();
        rings.sort_by_key(|ring| self.span(ring[0]).start_ns);
        for ring in &rings {
            if let Some(parent) = self.parents[ring[0]].take() {
                self.children[parent].retain(|child| *child != ring[0]);
            }
            self.visit(ring[0]);
        }
        self.cycles = rings;
    }
}

fn children(graph: &DiGraph<usize, ()>, trace: &Trace) -> Vec<Vec<usize>> {
    graph
        .node_indices()
        .map(|node| {
            let children = graph.neighbors_directed(node, Direction::Outgoing);
            in_order(children.map(NodeIndex::index).collect(), trace)
        })
        .collect()
}

fn in_order(mut spans: Vec<usize>, trace: &Trace) -> Vec<usize> {
    spans.sort_by_key(|index| (trace.spans[*index].start_ns, *index));
    spans
}

/// Each span's parent by its index.
struct Parents {
    known: Vec<Option<usize>>,
    roots: Vec<usize>,
    orphans: Vec<usize>,
}

impl Parents {
    fn of(trace: &Trace) -> Self {
        let mut by_id: HashMap<&str, Vec<usize>> = HashMap::with_capacity(trace.spans.len());
        for (index, span) in trace.spans.iter().enumerate() {
            by_id.entry(&span.id).or_default().push(index);
        }
        let mut new = Self {
            known: vec![None; trace.spans.len()],
            roots: Vec::new(),
            orphans: Vec::new(),
        };
        for (index, span) in trace.spans.iter().enumerate() {
            let candidates = |id: &str| by_id.get(id).map_or(&[][..], Vec::as_slice);
            new.known[index] = match &span.parent {
                _ if span.kind == SpanKind::Server
                    && shared(trace, index, candidates(&span.id)).is_some() =>
                {
                    shared(trace, index, candidates(&span.id))
                }
                Some(parent) => choose(trace, index, candidates(parent)),
                None => None,
            };
            match (new.known[index], &span.parent) {
                (Some(_), _) => {}
                (None, Some(_)) => new.orphans.push(index),
                (None, None) => new.roots.push(index),
            }
        }
        new
    }
}

/// Zipkin's shared spans: both sides of a call report one id. The client's side is then the parent of the server's.
fn shared(trace: &Trace, server: usize, same_id: &[usize]) -> Option<usize> {
    let is_client = |index: &&usize| {
        let span = &trace.spans[**index];
        **index != server && span.kind == SpanKind::Client
    };
    same_id.iter().find(is_client).copied()
}

/// Among spans of one id the one of the child's own service, else the server's side, else the first. A span is its own parent
/// only where no other has the id.
fn choose(trace: &Trace, child: usize, candidates: &[usize]) -> Option<usize> {
    let score = |index: &usize| {
        let span = &trace.spans[*index];
        let other = *index != child;
        let same_service = span.service == trace.spans[child].service;
        (other, same_service, span.kind == SpanKind::Server)
    };
    candidates.iter().copied().rev().max_by_key(score)
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::trace::model::SpanStatus;

    /// A span written `id<parent service/name start-end`, times in milliseconds; `id<- …` for a root.
    pub(crate) fn span(text: &str) -> Span {
        let parts: Vec<&str> = text.splitn(3, ' ').collect();
        let (id, parent) = parts[0].split_once('<').unwrap();
        let (service, name) = parts[1].split_once('/').unwrap();
        let (start, end) = parts[2].split_once('-').unwrap();
        let ms = |text: &str| text.parse::<u64>().unwrap() * 1_000_000;
        Span {
            id: id.into(),
            parent: (parent != "-").then(|| parent.into()),
            service: service.into(),
            name: name.into(),
            kind: SpanKind::Internal,
            start_ns: ms(start),
            end_ns: ms(end),
            status: SpanStatus::Unset,
            attributes: Default::default(),
            links: Vec::new(),
        }
    }

    /// A trace of such spans.
    pub(crate) fn trace(spans: &[&str]) -> Trace {
        Trace {
            id: "t".into(),
            spans: spans.iter().map(|text| span(text)).collect(),
        }
    }

    fn ids(trace: &Trace, indices: &[usize]) -> String {
        let ids: Vec<_> = indices
            .iter()
            .map(|index| trace.spans[*index].id.as_str())
            .collect();
        ids.join(" ")
    }

    #[track_caller]
    fn check(spans: &[&str], roots: &str, orphans: &str, cycles: &[&str], preorder: &str) {
        let trace = trace(spans);
        let graph = TraceGraph::of(&trace);
        assert_eq!(ids(&trace, &graph.roots), roots, "roots");
        assert_eq!(ids(&trace, &graph.orphans), orphans, "orphans");
        let found: Vec<_> = graph.cycles.iter().map(|ring| ids(&trace, ring)).collect();
        assert_eq!(found, cycles, "cycles");
        assert_eq!(ids(&trace, graph.preorder()), preorder, "preorder");
    }

    #[test]
    fn shapes() {
        check(&[], "", "", &[], "");
        check(
            &["c<b s/c 2-3", "b<a s/b 1-5", "a<- s/a 0-9", "d<a s/d 0-1"],
            "a",
            "",
            &[],
            "a d b c",
        );
        check(
            &["a<x s/a 1-2", "b<- s/b 0-3", "c<y s/c 0-1"],
            "b",
            "c a",
            &[],
            "b c a",
        );
        check(&["a<a s/a 0-1"], "", "", &["a"], "a");
        check(
            &["r<- s/r 0-9", "a<b s/a 2-3", "b<a s/b 1-4", "c<a s/c 2-3"],
            "r",
            "",
            &["b a"],
            "r b a c",
        );
        check(&["a<- s/a 5-1", "b<a s/b 0-0"], "a", "", &[], "a b");
    }

    #[test]
    fn spans_that_share_an_id() {
        let mut trace = trace(&["a<- web/get 0-9", "a<- api/get 1-8", "b<a api/db 2-3"]);
        trace.spans[0].kind = SpanKind::Client;
        trace.spans[1].kind = SpanKind::Server;
        let graph = TraceGraph::of(&trace);
        assert_eq!((graph.parent(1), graph.parent(2)), (Some(0), Some(1)));
        assert_eq!(graph.roots, [0]);
    }

    #[test]
    fn a_part_is_cut_off_by_an_orphan_but_not_by_an_unknown_caller() {
        let whole = trace(&["a<outside s/a 0-9", "b<a s/b 1-2"]);
        let graph = TraceGraph::of(&whole);
        assert_eq!((graph.cut_off_by(1), graph.entry()), (None, Some(0)));
        let torn = trace(&["a<outside s/a 0-9", "b<lost s/b 1-2", "c<b s/c 1-2"]);
        let graph = TraceGraph::of(&torn);
        assert_eq!((graph.cut_off_by(2), graph.cut_off_by(0)), (Some(1), None));
    }

    #[test]
    fn the_nearest_ancestor_is_the_latest_to_start() {
        let trace = trace(&["a<- s/x 0-9", "b<a s/x 1-9", "c<b s/y 2-9", "d<c s/z 3-9"]);
        let graph = TraceGraph::of(&trace);
        let nearest = graph.nearest_ancestors(|span| span.name == "x");
        assert_eq!(nearest, [None, Some(0), Some(1), Some(1)]);
    }

    #[test]
    fn long_chains_wide_fans_and_large_rings() {
        const N: usize = 100_000;
        let of = |parent: &dyn Fn(usize) -> Option<usize>| Trace {
            id: "t".into(),
            spans: (0..N)
                .map(|index| Span {
                    id: index.to_string(),
                    parent: parent(index).map(|parent| parent.to_string()),
                    ..span("x<- s/n 0-1")
                })
                .collect(),
        };
        let chain = of(&|index| index.checked_sub(1));
        assert_eq!(TraceGraph::of(&chain).depth(N - 1), N - 1);
        let fan = of(&|index| (index > 0).then_some(0));
        assert_eq!(TraceGraph::of(&fan).children(0).len(), N - 1);
        let ring = of(&|index| Some((index + 1) % N));
        let graph = TraceGraph::of(&ring);
        assert_eq!(
            (
                graph.cycles.len(),
                graph.cycles[0].len(),
                graph.preorder().len()
            ),
            (1, N, N)
        );
    }

    proptest! {
        /// Whatever the parents: unknown ones, rings, copies of an id.
        #[test]
        fn every_span_is_visited_once_after_its_parent(
            spans in prop::collection::vec((0_u8..12, prop::option::of(0_u8..14), 0_u8..3), 0..30),
        ) {
            let kinds = [SpanKind::Internal, SpanKind::Client, SpanKind::Server];
            let spans = spans.iter().enumerate().map(|(start, (id, parent, kind))| Span {
                id: id.to_string(),
                parent: parent.map(|parent| parent.to_string()),
                kind: kinds[usize::from(*kind)],
                start_ns: start as u64 % 7,
                ..span("x<- s/n 0-9")
            });
            let trace = Trace { id: "t".into(), spans: spans.collect() };
            let graph = TraceGraph::of(&trace);
            let mut seen = vec![false; graph.len()];
            for &index in graph.preorder() {
                prop_assert!(!seen[index]);
                prop_assert!(graph.parent(index).is_none_or(|parent| seen[parent]));
                seen[index] = true;
            }
            prop_assert!(seen.into_iter().all(|seen| seen));
        }
    }
}
