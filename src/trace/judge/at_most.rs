//! `atMost`: a span occurs only so often in one trace. Pure.

use std::collections::BTreeMap;

use super::{Case, Ruling, Violation};
use crate::subject::{Role, Subject};
use crate::trace::contract::AtMost;
use crate::trace::model::Span;

pub(super) fn rule(case: &Case<'_>, rule: &AtMost) -> Ruling {
    let spans: Vec<&Span> = case
        .graph
        .trace()
        .spans
        .iter()
        .filter(|span| rule.span.matches(span))
        .collect();
    let n_spans = spans.len() as u64;
    if n_spans <= rule.times {
        return if case.graph.is_empty() {
            Ruling::Idle
        } else {
            Ruling::Kept
        };
    }
    let mut by_path: BTreeMap<(String, &str), u64> = BTreeMap::new();
    for span in &spans {
        *by_path.entry((span.path(), &span.service)).or_insert(0) += 1;
    }
    let most = by_path.into_iter().max_by_key(|(_, count)| *count);
    let culprits = most.into_iter().flat_map(|((path, service), _)| {
        [
            Subject::new(Role::Span, path),
            Subject::new(Role::Service, service),
        ]
    });
    let says = format!(
        "{} happened {n_spans} times in one trace, at most {} are promised",
        rule.span, rule.times
    );
    let violation = Violation::new(says, culprits.collect(), spans);
    Ruling::Broken(vec![violation.about(format!("too many {}", rule.span))])
}
