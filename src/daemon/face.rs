//! What the HTTP face shows of the daemon.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;

use super::Shared;
use super::board::{Standing, interval};
use super::reload::Loaded;
use crate::config::redacted;
use crate::finding::Findings;
use crate::promise::{Promise, PromiseId};
use crate::report::findings::json::FindingJson;
use crate::report::{self, HistoryPoint, Row, TraceLink, TransitionRow};
use crate::settle::Transition;
use crate::source::desk::Station;
use crate::source::guard::Health;
use crate::status::{CatalogRow, Face, FailedReload, Judged, PeerRow, PeerState, Snapshot};
use crate::trace::Contract;
use crate::verdict::{Reason, Verdict};

/// How long after it was due a verdict may come before the last one counts as stale, beside its own patience.
const GRACE: Duration = Duration::from_secs(30);

/// The daemon as the face sees it.
pub(super) struct DaemonFace(pub(super) Arc<Shared>);

impl Face for DaemonFace {
    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        let shared = &self.0;
        let loaded = shared.loaded();
        let rows = loaded
            .catalog
            .promises
            .iter()
            .map(|promise| self.row(promise))
            .collect();
        Arc::new(Snapshot {
            at: shared.clock.now(),
            title: shared.config.title.clone(),
            started: shared.started,
            rows,
            peers: shared
                .sources
                .stations()
                .map(|station| peer(station))
                .collect(),
            catalog: catalog(&loaded),
            aside: Vec::new(),
        })
    }

    fn evidence<'a>(
        &'a self,
        id: &'a PromiseId,
    ) -> BoxFuture<'a, Result<Option<Arc<Judged>>, String>> {
        Box::pin(async move {
            let contract = self.contract(id);
            let latest = self.0.board.get(id).and_then(|standing| standing.latest);
            if let Some(latest) = latest {
                let judgement = &latest.judgement;
                return Ok(Some(Arc::new(Judged {
                    evidence_id: Some(latest.evidence_id.clone()),
                    at: judgement.at,
                    verdict: judgement.verdict.clone(),
                    evidence: judgement.evidence.clone(),
                    contract,
                })));
            }
            let stored = self
                .0
                .ledger
                .latest(id)
                .await
                .map_err(|error| error.to_string())?;
            Ok(stored.map(|(evidence_id, record)| {
                Arc::new(Judged {
                    evidence_id: Some(evidence_id),
                    at: record.at,
                    verdict: record.verdict,
                    evidence: record.evidence,
                    contract,
                })
            }))
        })
    }

    fn metrics(&self) -> String {
        self.0.metrics.encode(&self.0.sources)
    }

    fn ready(&self) -> bool {
        self.0.board.is_complete()
    }
}

impl DaemonFace {
    fn contract(&self, id: &PromiseId) -> Option<Arc<Contract>> {
        let loaded = self.0.loaded();
        loaded.catalog.get(id)?.check.contract().cloned()
    }

    fn row(&self, promise: &Promise) -> Row {
        let shared = &self.0;
        let header = Arc::new(promise.header.clone());
        let standing = shared.board.get(&header.id);
        let latest = standing
            .as_ref()
            .and_then(|standing| standing.latest.clone());
        let (Some(standing), Some(latest)) = (standing, latest) else {
            return waiting(header, shared.started);
        };
        let (verdict, at) = (&latest.judgement.verdict, latest.judgement.at);
        let settled = standing.settled.as_ref();
        let patience = promise.check.patience() + GRACE;
        Row {
            trace: TraceLink::cited(verdict, &latest.judgement.evidence),
            verdict: Arc::new(verdict.clone()),
            outcome: settled.map_or_else(
                || verdict.outcome.clone(),
                |settled| settled.outcome.clone(),
            ),
            since: settled.map_or(at, |settled| settled.since),
            at,
            due: Some(at + interval(&header, shared.config.interval) * 2 + patience),
            took_ms: latest.judgement.took.as_millis() as u64,
            evidence_id: Some(latest.evidence_id.clone()),
            history: history(&standing),
            transitions: standing.transitions.iter().rev().map(transition).collect(),
            header,
        }
    }
}

/// A promise without a verdict since the start: not kept, not broken.
fn waiting(header: Arc<crate::promise::Header>, started: Timestamp) -> Row {
    let what = "no verdict yet since the daemon started".to_owned();
    let verdict = Verdict::inconclusive(Reason::NoData { what });
    Row {
        header,
        outcome: verdict.outcome.clone(),
        verdict: Arc::new(verdict),
        since: started,
        at: started,
        due: None,
        took_ms: 0,
        evidence_id: None,
        trace: None,
        history: Arc::new([]),
        transitions: Arc::new([]),
    }
}

fn history(standing: &Standing) -> Arc<[HistoryPoint]> {
    let points = standing.history.iter().map(|point| HistoryPoint {
        at: point.at,
        standing: named(point.outcome),
        value: point.figure,
    });
    points.collect()
}

fn named(outcome: &str) -> report::Standing {
    let standings = report::Standing::ALL.into_iter();
    let mut of_name = standings.filter(|standing| standing.name() == outcome);
    of_name.next().unwrap_or(report::Standing::Unknown)
}

fn transition(transition: &Transition) -> TransitionRow {
    TransitionRow {
        at: transition.at,
        from: transition.from.as_deref().map(named),
        to: named(&transition.to),
        says: transition.says.clone(),
        told: Vec::new(),
    }
}

fn peer(station: &Station) -> PeerRow {
    let (state, since, says) = match station.health() {
        Health::Unknown => (PeerState::Unknown, None, None),
        Health::Up => (PeerState::Ok, None, None),
        Health::Down(since, error) => (PeerState::Down, Some(since), Some(error)),
    };
    PeerRow {
        name: station.peer.name.clone(),
        kind: station.peer.kind,
        url: redacted(&station.peer.url),
        state,
        since,
        says,
    }
}

fn catalog(loaded: &Loaded) -> CatalogRow {
    CatalogRow {
        loaded_at: loaded.at,
        n_documents: loaded.catalog.documents.values().sum(),
        n_files: loaded.catalog.n_files,
        findings: findings(&loaded.catalog.findings),
        failed_reload: loaded.failed.as_ref().map(|failed| FailedReload {
            at: failed.at,
            says: failed.says.clone(),
            findings: findings(&failed.findings),
        }),
    }
}

fn findings(findings: &Findings) -> Vec<FindingJson> {
    findings.list.iter().map(FindingJson::from).collect()
}
