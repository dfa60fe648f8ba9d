//! Traces of an order, whole or torn, and spans in odd shapes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rand::RngExt;
use rand::seq::SliceRandom;
use steadfast::trace::model::{Span, SpanKind, SpanStatus, Trace};

use super::answers::Chance;

const MS: u64 = 1_000_000;

/// So many traces of orders that ended two seconds before `at`; the first has this id.
pub(super) fn traces(n: u64, id: &str, at: Timestamp, chance: &mut Chance<'_>) -> Vec<Trace> {
    let end_ns = at.as_nanosecond() as u64 - 2_000 * MS;
    let one = |number| Trace {
        id: match number {
            0 => id.to_owned(),
            number => format!("{number:032x}"),
        },
        spans: spans(end_ns, chance),
    };
    let mut traces: Vec<Trace> = (0..n).map(one).collect();
    traces.retain(|_| !chance.defect());
    traces
}

/// `shop/order` calls `pay/charge`, which asks its database.
fn spans(end_ns: u64, chance: &mut Chance<'_>) -> Vec<Span> {
    let status = [("http.response.status_code", "202")];
    let job = [("job_id", "7")];
    let mut spans = vec![
        span("a", None, "shop", "order", &status),
        span("b", Some("a"), "pay", "charge", &job),
        span("c", Some("b"), "pay", "db.query", &job),
    ];
    if chance.defect() {
        spans.push(span("d", Some("b"), "mail", "send", &[]));
    }
    if chance.defect() {
        let again = |number| span(&format!("e{number}"), Some("a"), "shop", "db.query", &[]);
        spans.extend((0..4).map(again));
    }
    for span in &mut spans {
        span.start_ns = end_ns - 40 * MS;
        span.end_ns = end_ns;
        spoil(span, chance);
    }
    spans.retain(|_| !chance.defect());
    spans.shuffle(chance.random);
    spans
}

fn span(
    id: &str,
    parent: Option<&str>,
    service: &str,
    name: &str,
    attributes: &[(&str, &str)],
) -> Span {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    Span {
        id: id.to_owned(),
        parent: parent.map(str::to_owned),
        service: service.to_owned(),
        name: name.to_owned(),
        kind: SpanKind::Server,
        start_ns: 0,
        end_ns: 0,
        status: SpanStatus::Unset,
        attributes: attributes.iter().map(owned).collect(),
        links: Vec::new(),
    }
}

/// One thing at most is wrong with a span.
fn spoil(span: &mut Span, chance: &mut Chance<'_>) {
    if !chance.defect() {
        return;
    }
    match chance.random.random_range(0..10) {
        // Its own parent, a circle, an orphan, a twin.
        0 => span.parent = Some(span.id.clone()),
        1 => span.parent = Some("c".into()),
        2 => span.parent = Some("gone".into()),
        3 => span.id = "a".into(),
        4 => span.attributes = BTreeMap::new(),
        5 => span.status = SpanStatus::Error,
        6 => (span.start_ns, span.end_ns) = (span.end_ns, span.start_ns),
        7 => span.end_ns = chance.one_of(&[0, u64::MAX]),
        8 => span.start_ns = chance.one_of(&[0, u64::MAX, span.end_ns - 5_000 * MS]),
        _ => span.end_ns += 60_000 * MS,
    }
}
