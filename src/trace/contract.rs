//! What a trace contract promises, as validated. Pure.

use std::time::Duration;

use super::pattern::Pattern;

/// A trace contract. Journeys find it in the library under its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    /// `metadata.name`.
    pub name: String,
    /// Which production traffic it is about; none where only journeys use it.
    pub select: Option<Select>,
    /// What must lead to what.
    pub must: Vec<Edge>,
    /// What must never lead to what.
    pub must_not: Vec<Edge>,
    /// What may happen only so often in one trace.
    pub at_most: Vec<AtMost>,
    /// How fast spans must be, over many traces. Not judged on one trace alone.
    pub latency: Vec<Latency>,
    /// What spans must say of themselves.
    pub attributes: Vec<Attributes>,
    /// Whether span status must agree with the HTTP status code.
    pub http_status: bool,
    /// When a trace counts as complete.
    pub complete: Complete,
}

/// Production traffic by the service and operation that answer it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Select {
    /// The service.
    pub service: String,
    /// The operation, or none for all.
    pub operation: Option<String>,
}

impl std::fmt::Display for Select {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.operation {
            Some(operation) => write!(f, "{} {operation}", self.service),
            None => f.write_str(&self.service),
        }
    }
}

/// A span that matches `to` below a span that matches `from`, at any depth. Hops over a stream count as long as the consumer
/// has the producer as remote parent; links do not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The ancestor.
    pub from: Pattern,
    /// The descendant.
    pub to: Pattern,
    /// Time from the start of `from` to the start of `to`, at most.
    pub within: Option<Duration>,
}

/// How often a span may occur in one trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtMost {
    /// Which spans.
    pub span: Pattern,
    /// How many of them.
    pub times: u64,
}

/// Bounds on the percentiles of spans' durations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latency {
    /// Which spans.
    pub span: Pattern,
    /// Percentile (1 to 99) and its bound.
    pub bounds: Vec<(u32, Duration)>,
}

/// Attributes that spans must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attributes {
    /// Which spans.
    pub span: Pattern,
    /// Each a list of keys, one of which must be there with a value that is not empty.
    pub required: Vec<Vec<String>>,
}

/// When a trace counts as complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Complete {
    /// Every promised edge is there and no span has ended for so long.
    pub quiet: Duration,
    /// So long after its start, in any case.
    pub deadline: Duration,
}

impl Default for Complete {
    fn default() -> Self {
        Self {
            quiet: Duration::from_secs(1),
            deadline: Duration::from_secs(10),
        }
    }
}

impl Contract {
    /// A contract that promises nothing yet.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            select: None,
            must: Vec::new(),
            must_not: Vec::new(),
            at_most: Vec::new(),
            latency: Vec::new(),
            attributes: Vec::new(),
            http_status: false,
            complete: Complete::default(),
        }
    }

    /// Whether it promises anything.
    pub fn is_empty(&self) -> bool {
        self.must.is_empty()
            && self.must_not.is_empty()
            && self.at_most.is_empty()
            && self.latency.is_empty()
            && self.attributes.is_empty()
            && !self.http_status
    }
}
