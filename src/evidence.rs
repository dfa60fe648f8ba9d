//! What a check may ask, what comes back, and the append-only record of both.
//!
//! One arm of [`Ask`] for each thing `source/` can do. Everything here can be stored and read back unchanged: a verdict is
//! judged again from its stored evidence by the same function.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::promise::{PromiseId, Selector};
use crate::trace::model::Trace;
use crate::verdict::{Outcome, Reason};

/// A question to the outside. Equal asks are one request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// An instant query; answered by [`Answer::Vector`].
    Promql {
        /// Name of the Prometheus among the configured peers.
        peer: String,
        /// The expression.
        query: String,
    },
    /// The alerting rules of one name as loaded; answered by [`Answer::AlertRules`].
    AlertRule {
        /// Name of the Prometheus among the configured peers.
        peer: String,
        /// The alert's name.
        name: String,
    },
    /// The alerts of one name that an Alertmanager holds; answered by [`Answer::HeldAlerts`].
    HeldAlerts {
        /// Name of the Alertmanager among the configured peers.
        peer: String,
        /// The alert's name.
        name: String,
    },
    /// One trace by id; answered by [`Answer::Traces`] with at most one trace.
    Trace {
        /// Name of the trace store among the configured peers.
        peer: String,
        /// 32 lower-case hex digits.
        id: String,
    },
    /// Traces that start with an operation of a service; answered by [`Answer::Traces`].
    Traces {
        /// Name of the trace store among the configured peers.
        peer: String,
        /// The service that answers the operation.
        service: String,
        /// The operation, or none for all of the service.
        operation: Option<String>,
        /// How far back from now, in milliseconds.
        lookback_ms: u64,
        /// How recent is too recent, in milliseconds: traces that may still be incomplete are left out.
        settle_ms: u64,
        /// At most so many traces; more makes the answer truncated.
        limit: u32,
    },
    /// A synthetic request; answered by [`Answer::Http`]. Never shared between checks.
    Http(HttpRequest),
    /// The latest verdicts of other promises; answered by [`Answer::Verdicts`].
    Verdicts {
        /// Which promises.
        selector: Selector,
    },
}

impl Ask {
    /// The peer that answers, or none where the verifier itself or a probed target does.
    pub fn peer(&self) -> Option<&str> {
        match self {
            Ask::Promql { peer, .. }
            | Ask::AlertRule { peer, .. }
            | Ask::HeldAlerts { peer, .. }
            | Ask::Trace { peer, .. }
            | Ask::Traces { peer, .. } => Some(peer),
            Ask::Http(_) | Ask::Verdicts { .. } => None,
        }
    }
}

/// A synthetic request, complete.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct HttpRequest {
    /// The target's name in the configuration.
    pub target: String,
    /// The method, upper case.
    pub method: String,
    /// The whole address.
    pub url: String,
    /// Header fields by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Option<String>,
    /// Time for everything from resolution to the last byte, in milliseconds.
    pub timeout_ms: u64,
}

/// What a peer or target answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Samples of an instant query, at most one a label set, in the order of the answer.
    Vector(Vec<Sample>),
    /// Rules as loaded; empty when none has the name.
    AlertRules(Vec<LoadedRule>),
    /// Alerts an Alertmanager holds; empty when it holds none of the name.
    HeldAlerts(Vec<HeldAlert>),
    /// Traces, whole as far as known.
    Traces(Traces),
    /// A synthetic request's answer.
    Http(HttpResponse),
    /// Verdicts of other promises.
    Verdicts(Vec<Told>),
}

/// One element of an instant vector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Labels, `__name__` included where there is one.
    pub labels: BTreeMap<String, String>,
    /// The value; NaN and infinities are kept and told apart.
    #[serde(with = "float_text")]
    pub value: f64,
}

/// An alerting rule as a Prometheus has loaded it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadedRule {
    /// The rule group.
    pub group: String,
    /// The rule file as the server names it.
    pub file: String,
    /// The group's evaluation interval in seconds.
    pub interval_seconds: f64,
    /// The alert's name.
    pub name: String,
    /// The expression as the server prints it.
    pub query: String,
    /// `for` in seconds.
    pub for_seconds: f64,
    /// The rule's labels.
    pub labels: BTreeMap<String, String>,
    /// The rule's annotations, not expanded.
    pub annotations: BTreeMap<String, String>,
    /// `ok`, `err` or `unknown`.
    pub health: String,
    /// The error of the last evaluation; empty when there was none.
    pub last_error: String,
    /// When it was last evaluated; none before the first time.
    pub last_evaluation: Option<Timestamp>,
    /// How long that took, in seconds.
    pub evaluation_seconds: f64,
    /// Pending and firing alerts.
    pub alerts: Vec<LoadedAlert>,
}

/// An active alert of a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadedAlert {
    /// All labels.
    pub labels: BTreeMap<String, String>,
    /// Annotations, expanded.
    pub annotations: BTreeMap<String, String>,
    /// `pending` or `firing`.
    pub state: String,
    /// Since when its condition holds.
    pub active_at: Option<Timestamp>,
    /// The value as the server prints it.
    pub value: String,
}

/// An alert as an Alertmanager holds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeldAlert {
    /// All labels.
    pub labels: BTreeMap<String, String>,
    /// `active`, `suppressed` or `unprocessed`.
    pub state: String,
    /// Names of the receivers it is routed to.
    pub receivers: Vec<String>,
    /// Silences and inhibiting alerts that keep it from them.
    pub muted_by: Vec<String>,
    /// Since when.
    pub starts_at: Option<Timestamp>,
}

/// Traces and whether they are all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Traces {
    /// Each with its spans.
    pub traces: Vec<Trace>,
    /// Whether a limit was hit, so that there may be more.
    pub truncated: bool,
}

/// The answer to a synthetic request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// Allowed header fields by lower-case name; the others are left out.
    pub headers: BTreeMap<String, String>,
    /// The body as text; invalid UTF-8 is replaced.
    pub body: String,
    /// Whether the body was longer than what is kept.
    pub truncated: bool,
    /// How long each phase took.
    pub timing: Timing,
}

/// Phases of a request in microseconds, each counted from the request's start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// Name resolved.
    pub resolved_us: u64,
    /// Connected.
    pub connected_us: u64,
    /// TLS established; as `connected_us` where there is none.
    pub secured_us: u64,
    /// First byte of the answer.
    pub first_byte_us: u64,
    /// Last byte of the answer.
    pub total_us: u64,
}

/// The latest verdict of another promise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// Which promise.
    pub promise: PromiseId,
    /// Its settled outcome.
    pub outcome: Outcome,
    /// Its sentence.
    pub says: String,
    /// When it was judged.
    pub at: Timestamp,
}

/// One question and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exhibit {
    /// What was asked.
    pub ask: Ask,
    /// When it was asked.
    pub at: Timestamp,
    /// How long the answer took, in milliseconds.
    pub took_ms: u64,
    /// What came back, or why nothing did.
    pub answer: Result<Answer, Reason>,
}

/// Everything seen in one evaluation, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Names this evaluation; what a check needs to be unique (trace ids, test data) is derived from it.
    pub run: Uuid,
    /// When the evaluation began.
    pub started: Timestamp,
    /// Questions and answers, in the order in which they were asked.
    pub exhibits: Vec<Arc<Exhibit>>,
}

impl Evidence {
    /// Nothing seen yet.
    pub fn new(run: Uuid, started: Timestamp) -> Self {
        Self {
            run,
            started,
            exhibits: Vec::new(),
        }
    }

    /// The newest exhibit of `ask`, with its index.
    pub fn latest(&self, ask: &Ask) -> Option<(usize, &Exhibit)> {
        let position = self.exhibits.iter().rposition(|seen| seen.ask == *ask)?;
        Some((position, &self.exhibits[position]))
    }

    /// Those of `asks` that have no exhibit yet.
    pub fn missing(&self, asks: impl IntoIterator<Item = Ask>) -> Vec<Ask> {
        asks.into_iter()
            .filter(|ask| self.latest(ask).is_none())
            .collect()
    }
}

/// Floats as text, since JSON has neither NaN nor infinity.
mod float_text {
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
    pub(super) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_float_comes_back() {
        for value in [0.1 + 0.2, f64::INFINITY, f64::NEG_INFINITY, 1e-300, -0.0] {
            let sample = Sample {
                labels: BTreeMap::new(),
                value,
            };
            let text = serde_json::to_string(&sample).unwrap();
            let back: Sample = serde_json::from_str(&text).unwrap();
            assert_eq!(back.value.to_bits(), value.to_bits());
        }
    }
}
