//! Spans in the order in which they came -> traces. Pure.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::trace::model::{Span, Trace};

/// What an answer holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decoded {
    /// In the order of their start; without those that were cut.
    pub traces: Vec<Trace>,
    /// Ids of traces that the peer says it did not tell whole. What such a trace lacks proves nothing.
    pub cut: BTreeSet<String>,
}

/// Gathers spans by trace id.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    spans: BTreeMap<String, Vec<Span>>,
    cut: BTreeSet<String>,
}

impl Gathering {
    pub(super) fn add(&mut self, trace_id: String, span: Span) {
        self.spans.entry(trace_id).or_default().push(span);
    }

    pub(super) fn cut(&mut self, trace_id: String) {
        self.cut.insert(trace_id);
    }

    pub(super) fn cut_all(&mut self) {
        self.cut.extend(self.spans.keys().cloned());
    }

    pub(super) fn finish(self) -> Decoded {
        let traces = self
            .spans
            .into_iter()
            .map(|(id, spans)| Trace { id, spans });
        merge(traces.collect(), self.cut)
    }
}

/// Puts pages together: traces of one id become one, equal spans (a batch that was delivered twice) become one.
pub fn merge(pages: Vec<Trace>, cut: BTreeSet<String>) -> Decoded {
    let mut by_id: BTreeMap<String, HashSet<Span>> = BTreeMap::new();
    for trace in pages.into_iter().filter(|trace| !cut.contains(&trace.id)) {
        by_id.entry(trace.id).or_default().extend(trace.spans);
    }
    let mut traces: Vec<Trace> = by_id
        .into_iter()
        .map(|(id, spans)| Trace {
            id,
            spans: in_order(spans),
        })
        .collect();
    traces.sort_by_key(Trace::start_ns);
    Decoded { traces, cut }
}

/// By start, then by id and the rest, so that equal answers are equal evidence.
fn in_order(spans: HashSet<Span>) -> Vec<Span> {
    let mut spans: Vec<Span> = spans.into_iter().collect();
    spans.sort_by(|a, b| {
        let key = |span: &Span| (span.start_ns, span.end_ns);
        (key(a), &a.id, &a.service, &a.name, &a.attributes).cmp(&(
            key(b),
            &b.id,
            &b.service,
            &b.name,
            &b.attributes,
        ))
    });
    spans
}

/// Whether a store's warning says that it left spans out.
pub(super) fn says_cut(warning: &str) -> bool {
    let warning = warning.to_ascii_lowercase();
    [
        "truncat",
        "max trace size",
        "max_trace_size",
        "trace too large",
    ]
    .iter()
    .any(|sign| warning.contains(sign))
}
