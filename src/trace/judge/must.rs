//! `must`: a span that matches `to` below one that matches `from`, in time. Pure.

use std::time::Duration;

use super::{Case, Ruling, Violation};
use crate::duration::human;
use crate::subject::{Role, Subject};
use crate::trace::contract::Edge;
use crate::trace::graph::TraceGraph;
use crate::trace::model::{Span, SpanKind};
use crate::trace::pattern::Pattern;

pub(super) fn rule(case: &Case<'_>, rule: &Edge) -> Ruling {
    let graph = &case.graph;
    let nearest = graph.nearest_ancestors(|span| rule.from.matches(span));
    let fastest = matching(graph, &rule.to)
        .filter_map(|to| Some((nearest[to]?, to)))
        .min_by_key(|(from, to)| gap_ns(graph, *from, *to));
    match (fastest, rule.within) {
        (None, _) => missing(graph, rule),
        (Some((from, to)), Some(within))
            if within < Duration::from_nanos(gap_ns(graph, from, to)) =>
        {
            Ruling::Late(late(graph, from, to, within))
        }
        (Some(_), _) => Ruling::Kept,
    }
}

/// Indices of the spans that match, parents first.
fn matching<'g>(
    graph: &'g TraceGraph<'_>,
    pattern: &'g Pattern,
) -> impl Iterator<Item = usize> + 'g {
    let indices = graph.preorder().iter().copied();
    indices.filter(|index| pattern.matches(graph.span(*index)))
}

/// From start to start; zero where a clock error puts the descendant first.
fn gap_ns(graph: &TraceGraph<'_>, from: usize, to: usize) -> u64 {
    graph
        .span(to)
        .start_ns
        .saturating_sub(graph.span(from).start_ns)
}

fn edge(from: &str, to: &str) -> Subject {
    Subject::new(Role::Edge, format!("{from}>{to}"))
}

fn late(graph: &TraceGraph<'_>, from: usize, to: usize, within: Duration) -> Violation {
    let (source, target) = (graph.span(from), graph.span(to));
    let took = human(Duration::from_nanos(gap_ns(graph, from, to)));
    let says = format!(
        "{} started {took} after {}, more than {}",
        target.path(),
        source.path(),
        human(within)
    );
    Violation::new(says, slowest(graph, from, to), [source, target]).about(format!(
        "{} late after {}",
        target.path(),
        source.path()
    ))
}

/// Where most of the time between two starts went: a hop between services, a span on the way, or one that came before the next.
fn slowest(graph: &TraceGraph<'_>, from: usize, to: usize) -> Vec<Subject> {
    let up = std::iter::successors(Some(to), |index| graph.parent(*index));
    let hops = up
        .take_while(|index| *index != from)
        .filter_map(|child| Some((graph.parent(child)?, child)));
    let Some((parent, child)) = hops.max_by_key(|(parent, child)| gap_ns(graph, *parent, *child))
    else {
        return Vec::new();
    };
    let of_span = |span: &Span| {
        vec![
            Subject::new(Role::Span, span.path()),
            Subject::new(Role::Service, span.service.clone()),
        ]
    };
    let before = graph
        .children(parent)
        .iter()
        .copied()
        .filter(|sibling| *sibling != child);
    let spent = |sibling: &usize| {
        let end_ns = graph
            .span(*sibling)
            .end_ns_fixed()
            .min(graph.span(child).start_ns);
        end_ns.saturating_sub(graph.span(*sibling).start_ns)
    };
    match before.max_by_key(spent) {
        Some(sibling) if spent(&sibling) * 2 > gap_ns(graph, parent, child) => {
            of_span(graph.span(sibling))
        }
        _ if graph.span(parent).service != graph.span(child).service => {
            vec![edge(
                &graph.span(parent).service,
                &graph.span(child).service,
            )]
        }
        _ => of_span(graph.span(parent)),
    }
}

fn missing(graph: &TraceGraph<'_>, rule: &Edge) -> Ruling {
    if matching(graph, &rule.from).next().is_none() {
        return source_missing(graph, rule);
    }
    match matching(graph, &rule.to).max_by_key(|to| graph.cut_off_by(*to).is_some()) {
        Some(to) => astray(graph, rule, to),
        None => target_missing(graph, rule),
    }
}

/// Not even `from` is there.
fn source_missing(graph: &TraceGraph<'_>, rule: &Edge) -> Ruling {
    let entry = graph.entry().map(|entry| graph.span(entry));
    let last = last_reached(graph, graph.preorder().iter().copied()).map(|last| graph.span(last));
    let service = Subject::new(Role::Service, rule.from.service.clone());
    let (says, culprit) = match (entry, last) {
        (Some(_), Some(last)) if !rule.from.matches_service(&last.service) => (
            format!(
                "the trace ends at {}: {} is missing",
                last.service, rule.from
            ),
            edge(&last.service, &rule.from.service),
        ),
        (Some(_), _) => (format!("{} is missing", rule.from), service),
        (None, _) => (
            format!("no span of the trace was reported, not even {}", rule.from),
            service,
        ),
    };
    Ruling::Missing {
        violation: Violation::new(says, vec![culprit], last).lacking(&rule.from, last),
        of: rule.from.clone(),
    }
}

/// `to` is in the trace, but not below `from`.
fn astray(graph: &TraceGraph<'_>, rule: &Edge, to: usize) -> Ruling {
    let span = graph.span(to);
    if let Some(orphan) = graph.cut_off_by(to) {
        let orphan = graph.span(orphan);
        return Ruling::Doubt {
            what: format!(
                "the parent of {} was not reported, so nobody can tell whether {} led to {}",
                orphan.path(),
                rule.from,
                span.path()
            ),
            culprit: Subject::new(Role::Span, orphan.path()),
        };
    }
    let says = format!(
        "{} is in the trace, but not below {}",
        span.path(),
        rule.from
    );
    let from = matching(graph, &rule.from)
        .last()
        .map(|from| graph.span(from));
    let source = from.map_or(&rule.from.service, |from| &from.service);
    Ruling::Missing {
        violation: Violation::new(says, vec![edge(source, &span.service)], [span])
            .lacking(&rule.to, from),
        of: rule.to.clone(),
    }
}

/// `from` is there and `to` is not: the trace ends somewhere on the way.
fn target_missing(graph: &TraceGraph<'_>, rule: &Edge) -> Ruling {
    let nearest = graph.nearest_ancestors(|span| rule.from.matches(span));
    let on_the_way =
        |index: &usize| nearest[*index].is_some() || rule.from.matches(graph.span(*index));
    let way: Vec<usize> = graph
        .preorder()
        .iter()
        .copied()
        .filter(on_the_way)
        .collect();
    let arrived = way
        .iter()
        .copied()
        .filter(|index| rule.to.matches_service(&graph.span(*index).service));
    let arrived = arrived.max_by_key(|index| graph.depth(*index));
    let last = arrived.or_else(|| last_reached(graph, way.into_iter()));
    let last = last.map(|last| graph.span(last));
    let (says, culprits) = match (arrived, last) {
        (Some(_), Some(last)) => (
            format!(
                "the trace ends within {}, at {}: {} is missing",
                last.service, last.name, rule.to
            ),
            vec![
                Subject::new(Role::Span, rule.to.to_string()),
                Subject::new(Role::Service, last.service.clone()),
            ],
        ),
        (_, last) => {
            let service = last.map_or(&rule.from.service, |last| &last.service);
            (
                format!("the trace ends at {service}: {} is missing", rule.to),
                vec![edge(service, &rule.to.service)],
            )
        }
    };
    Ruling::Missing {
        violation: Violation::new(says, culprits, last).lacking(&rule.to, last),
        of: rule.to.clone(),
    }
}

/// The deepest span that called out and was not answered by another service; where none did, the deepest span. Calls to
/// databases are never answered by a span, and tell nothing.
fn last_reached(graph: &TraceGraph<'_>, spans: impl Iterator<Item = usize>) -> Option<usize> {
    spans.max_by_key(|index| {
        let span = graph.span(*index);
        let calls = matches!(span.kind, SpanKind::Client | SpanKind::Producer)
            && !span.attributes.keys().any(|key| key.starts_with("db."));
        let is_answered = || {
            let mut children = graph.children(*index).iter();
            children.any(|child| graph.span(*child).service != span.service)
        };
        (calls && !is_answered(), graph.depth(*index), span.start_ns)
    })
}
