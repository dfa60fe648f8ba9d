//! `attributes`: what spans must say of themselves. An empty value says nothing. Pure.

use std::collections::BTreeMap;

use super::{Case, Ruling, Violation};
use crate::subject::{Role, Subject};
use crate::trace::contract::Attributes;
use crate::trace::model::Span;

pub(super) fn rule(case: &Case<'_>, rule: &Attributes) -> Ruling {
    let mut by_path: BTreeMap<String, Vec<&Span>> = BTreeMap::new();
    for span in case
        .graph
        .trace()
        .spans
        .iter()
        .filter(|span| rule.span.matches(span))
    {
        by_path.entry(span.path()).or_default().push(span);
    }
    if by_path.is_empty() {
        return Ruling::Idle;
    }
    let violations: Vec<Violation> = by_path
        .iter()
        .flat_map(|(path, spans)| {
            rule.required
                .iter()
                .filter_map(|keys| lacking(path, spans, keys))
        })
        .collect();
    match violations.is_empty() {
        true => Ruling::Kept,
        false => Ruling::Broken(violations),
    }
}

fn lacking(path: &str, spans: &[&Span], keys: &[String]) -> Option<Violation> {
    let has = |span: &Span, key: &String| {
        span.attributes
            .get(key)
            .is_some_and(|value| !value.is_empty())
    };
    let bare: Vec<&Span> = spans
        .iter()
        .copied()
        .filter(|span| !keys.iter().any(|key| has(span, key)))
        .collect();
    let service = bare.first()?.service.clone();
    let keys = keys.join(" or ");
    let says = match (bare.len(), spans.len()) {
        (1, 1) => format!("{path} lacks the attribute {keys}"),
        (n_bare, n_spans) => {
            format!("{path} lacks the attribute {keys} in {n_bare} of {n_spans} spans")
        }
    };
    let culprits = vec![
        Subject::new(Role::Span, path),
        Subject::new(Role::Service, service),
    ];
    Some(Violation::new(says, culprits, bare).about(format!("{path} lacks {keys}")))
}
