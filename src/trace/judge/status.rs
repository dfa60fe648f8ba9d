//! `status: {http: agree}`: a span's status and its HTTP status code say the same. Pure.
//!
//! OpenTelemetry's semantic conventions for HTTP spans: below 400 the status is not an error unless something else went wrong;
//! 4xx is an error to the client, who sent what was refused, but not to the server, which did its work; 5xx is one to both.

use std::collections::BTreeMap;

use super::{Case, Ruling, Violation};
use crate::subject::{Role, Subject};
use crate::trace::model::{Span, SpanKind, SpanStatus};

pub(super) fn rule(case: &Case<'_>) -> Ruling {
    let mut n_spans = 0;
    let mut contradictions: BTreeMap<(String, &'static str, u16), Vec<&Span>> = BTreeMap::new();
    for span in &case.graph.trace().spans {
        let Some(code) = code(span) else { continue };
        n_spans += 1;
        if is_error(span, code).is_some_and(|error| error != (span.status == SpanStatus::Error)) {
            let key = (span.path(), name(span.status), code);
            contradictions.entry(key).or_default().push(span);
        }
    }
    match (n_spans, contradictions.is_empty()) {
        (0, _) => Ruling::Idle,
        (_, true) => Ruling::Kept,
        (_, false) => Ruling::Broken(contradictions.into_iter().map(violation).collect()),
    }
}

fn violation(((path, status, code), spans): ((String, &str, u16), Vec<&Span>)) -> Violation {
    let service = spans
        .first()
        .map(|span| span.service.clone())
        .unwrap_or_default();
    let says = format!("span {path} says {status} while its HTTP status is {code}");
    let culprits = vec![
        Subject::new(Role::Span, path),
        Subject::new(Role::Service, service),
    ];
    Violation::new(says, culprits, spans)
}

fn name(status: SpanStatus) -> &'static str {
    match status {
        SpanStatus::Unset => "unset",
        SpanStatus::Ok => "ok",
        SpanStatus::Error => "error",
    }
}

/// The HTTP status code under its name of today or its old one.
fn code(span: &Span) -> Option<u16> {
    let text = |key: &str| span.attributes.get(key)?.parse().ok();
    text("http.response.status_code").or_else(|| text("http.status_code"))
}

/// Whether the span must be an error, or none where the code alone does not say.
fn is_error(span: &Span, code: u16) -> Option<bool> {
    match (span.kind, code) {
        (SpanKind::Server | SpanKind::Client, 500..) => Some(true),
        (SpanKind::Client, 400..) => Some(true),
        (SpanKind::Server | SpanKind::Client, 100..) if something_else_failed(span, code) => None,
        (SpanKind::Server | SpanKind::Client, 100..) => Some(false),
        _ => None,
    }
}

/// An `error.type` other than the code, such as a timeout while the body was read.
fn something_else_failed(span: &Span, code: u16) -> bool {
    let error = span.attributes.get("error.type");
    error.is_some_and(|error| !error.is_empty() && *error != code.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::graph::TraceGraph;
    use crate::trace::graph::tests::span;
    use crate::trace::model::Trace;

    #[track_caller]
    fn check(
        kind: SpanKind,
        key: &str,
        code: &str,
        status: SpanStatus,
        error_type: &str,
        agrees: Option<bool>,
    ) {
        let mut span = span("a<- orch/post 0-1");
        (span.kind, span.status) = (kind, status);
        span.attributes.insert(key.into(), code.into());
        span.attributes
            .insert("error.type".into(), error_type.into());
        let trace = Trace {
            id: "t".into(),
            spans: vec![span],
        };
        let ruling = rule(&Case {
            graph: TraceGraph::of(&trace),
        });
        let found = match ruling {
            Ruling::Idle => None,
            Ruling::Kept => Some(true),
            Ruling::Broken(_) => Some(false),
            other => panic!("{other:?}"),
        };
        assert_eq!(found, agrees);
    }

    #[test]
    fn codes_and_statuses() {
        use SpanKind::{Client, Internal, Server};
        use SpanStatus::{Error, Ok, Unset};
        const NEW: &str = "http.response.status_code";
        const OLD: &str = "http.status_code";
        check(Server, NEW, "500", Unset, "", Some(false));
        check(Server, NEW, "503", Ok, "", Some(false));
        check(Server, OLD, "500", Error, "500", Some(true));
        check(Server, OLD, "404", Unset, "", Some(true));
        check(Server, OLD, "404", Error, "404", Some(false));
        check(Server, OLD, "404", Error, "io", Some(true));
        check(Client, NEW, "404", Unset, "", Some(false));
        check(Client, NEW, "404", Error, "404", Some(true));
        check(Client, NEW, "500", Unset, "", Some(false));
        check(Client, NEW, "200", Error, "", Some(false));
        check(Client, NEW, "200", Error, "timeout", Some(true));
        check(Server, NEW, "302", Ok, "", Some(true));
        check(Internal, NEW, "500", Unset, "", Some(true));
        check(Server, NEW, "odd", Unset, "", None);
    }
}
