//! `mustNot`: no span that matches `to` below one that matches `from`. Pure.

use super::{Case, Ruling, Violation};
use crate::subject::{Role, Subject};
use crate::trace::contract::Edge;

pub(super) fn rule(case: &Case<'_>, rule: &Edge) -> Ruling {
    let graph = &case.graph;
    if graph.is_empty() {
        return Ruling::Idle;
    }
    let nearest = graph.nearest_ancestors(|span| rule.from.matches(span));
    let targets = || {
        let indices = graph.preorder().iter().copied();
        indices.filter(|index| rule.to.matches(graph.span(*index)))
    };
    if let Some((from, to)) = targets().find_map(|to| Some((nearest[to]?, to))) {
        let (from, to) = (graph.span(from), graph.span(to));
        let culprits = vec![
            Subject::new(Role::Edge, format!("{}>{}", from.service, to.service)),
            Subject::new(Role::Span, to.path()),
        ];
        let says = format!("{} led to {}, which it must not", from.path(), to.path());
        return Ruling::Broken(vec![Violation::new(says, culprits, [from, to])]);
    }
    match targets().find_map(|to| Some((graph.cut_off_by(to)?, to))) {
        Some((orphan, to)) => Ruling::Doubt {
            what: format!(
                "the parent of {} was not reported, so {} cannot be ruled out as the cause of {}",
                graph.span(orphan).path(),
                rule.from,
                graph.span(to).path()
            ),
            culprit: Subject::new(Role::Span, graph.span(orphan).path()),
        },
        None => Ruling::Kept,
    }
}
