//! A trace as every trace store tells it, in one shape.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The spans of one trace id, in no particular order, duplicates removed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// 32 lower-case hex digits.
    pub id: String,
    /// Its spans.
    pub spans: Vec<Span>,
}

/// One span.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Span {
    /// 16 lower-case hex digits.
    pub id: String,
    /// The parent within the same trace; none for a root.
    pub parent: Option<String>,
    /// `service.name` of its resource.
    pub service: String,
    /// The operation.
    pub name: String,
    /// Its role in a call.
    pub kind: SpanKind,
    /// Start, nanoseconds since the epoch.
    pub start_ns: u64,
    /// End, nanoseconds since the epoch; never before the start after decoding is not promised.
    pub end_ns: u64,
    /// What the span says of itself.
    pub status: SpanStatus,
    /// Attributes as text, of the span and (without overwriting) of its resource.
    pub attributes: BTreeMap<String, String>,
    /// Spans it is linked with, here or in other traces: `(trace id, span id)`.
    pub links: Vec<(String, String)>,
}

/// OpenTelemetry's span kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "as OpenTelemetry names them")]
pub enum SpanKind {
    Unspecified,
    Internal,
    Server,
    Client,
    Producer,
    Consumer,
}

/// OpenTelemetry's span status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "as OpenTelemetry names them")]
pub enum SpanStatus {
    Unset,
    Ok,
    Error,
}

impl Trace {
    /// When its earliest span starts, nanoseconds since the epoch; none without spans.
    pub fn start_ns(&self) -> Option<u64> {
        self.spans.iter().map(|span| span.start_ns).min()
    }

    /// When its latest span ends, nanoseconds since the epoch; none without spans.
    pub fn end_ns(&self) -> Option<u64> {
        self.spans.iter().map(Span::end_ns_fixed).max()
    }
}

impl Span {
    /// Its end, or its start where a clock error put the end before the start.
    pub fn end_ns_fixed(&self) -> u64 {
        self.end_ns.max(self.start_ns)
    }

    /// How long it took, in nanoseconds; zero where a clock error put the end before the start.
    pub fn duration_ns(&self) -> u64 {
        self.end_ns.saturating_sub(self.start_ns)
    }

    /// `service/name`, as contracts write it.
    pub fn path(&self) -> String {
        format!("{}/{}", self.service, self.name)
    }
}
