//! The daemon's own metrics, in the text format of OpenMetrics.

use std::sync::Arc;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::source::desk::Sources;
use crate::source::guard::Health;

/// Label `outcome`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct OutcomeLabel {
    /// `pass`, `fail` or `inconclusive`.
    pub outcome: String,
}

/// Labels `promise` and `kind`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct PromiseLabel {
    /// The promise's id.
    pub promise: String,
}

/// Label `peer`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct PeerLabel {
    /// The peer's name.
    pub peer: String,
}

/// The metrics and their registry.
pub struct Metrics {
    registry: Registry,
    /// Evaluations by outcome of the verdict.
    pub evaluations: Family<OutcomeLabel, Counter>,
    /// What counts: 1 kept, 0 broken, -1 can't be told.
    pub standing: Family<PromiseLabel, Gauge>,
    /// How long evaluations take.
    pub duration: Histogram,
    /// How late evaluations start.
    pub start_lag: Histogram,
    /// Ticks on which nothing was evaluated: slept through, or the one before was still running.
    pub missed_ticks: Counter,
    /// Reloads of documents that failed.
    pub failed_reloads: Counter,
    requests: Family<PeerLabel, Gauge>,
    failed_requests: Family<PeerLabel, Gauge>,
    up: Family<PeerLabel, Gauge>,
    asks: Gauge,
    shared_asks: Gauge,
}

impl Metrics {
    /// Metrics at zero.
    pub fn new() -> Arc<Self> {
        let mut registry = Registry::with_prefix("steadfast");
        let seconds = || {
            Histogram::new([
                0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
            ])
        };
        let metrics = (Family::default(), Family::default(), seconds(), seconds());
        let (evaluations, standing, duration, start_lag) = metrics;
        let (missed_ticks, failed_reloads) = (Counter::default(), Counter::default());
        let peers = (Family::default(), Family::default(), Family::default());
        let (requests, failed_requests, up) = peers;
        let (asks, shared_asks) = (Gauge::default(), Gauge::default());
        registry.register(
            "evaluations",
            "Evaluations by outcome",
            Family::clone(&evaluations),
        );
        registry.register(
            "promise_standing",
            "What counts for a promise: 1 kept, 0 broken, -1 can't be told",
            Family::clone(&standing),
        );
        registry.register(
            "evaluation_duration_seconds",
            "How long evaluations take",
            Histogram::clone(&duration),
        );
        registry.register(
            "start_lag_seconds",
            "How late evaluations start",
            Histogram::clone(&start_lag),
        );
        registry.register(
            "missed_ticks",
            "Ticks on which nothing was evaluated",
            Counter::clone(&missed_ticks),
        );
        registry.register(
            "failed_reloads",
            "Reloads that failed",
            Counter::clone(&failed_reloads),
        );
        registry.register(
            "peer_requests",
            "Requests sent to a peer since the start",
            Family::clone(&requests),
        );
        registry.register(
            "peer_failed_requests",
            "Requests to a peer without a usable answer since the start",
            Family::clone(&failed_requests),
        );
        registry.register("peer_up", "Whether a peer answers", Family::clone(&up));
        registry.register(
            "asks",
            "Questions of checks since the start",
            Gauge::clone(&asks),
        );
        registry.register(
            "shared_asks",
            "Questions answered by another's request",
            Gauge::clone(&shared_asks),
        );
        Arc::new(Self {
            registry,
            evaluations,
            standing,
            duration,
            start_lag,
            missed_ticks,
            failed_reloads,
            requests,
            failed_requests,
            up,
            asks,
            shared_asks,
        })
    }

    /// The text a scrape gets.
    pub fn encode(&self, sources: &Sources) -> String {
        for station in sources.stations() {
            let label = PeerLabel {
                peer: station.peer.name.clone(),
            };
            let (requests, failed) = station.guard.counts();
            self.requests.get_or_create(&label).set(requests as i64);
            self.failed_requests
                .get_or_create(&label)
                .set(failed as i64);
            let up = i64::from(station.health() == Health::Up);
            self.up.get_or_create(&label).set(up);
        }
        let (asks, shared) = sources.counts();
        self.asks.set(asks as i64);
        self.shared_asks.set(shared as i64);
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry)
            .expect("writing to a string does not fail");
        text
    }
}
