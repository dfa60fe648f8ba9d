//! What the face shows and whom it asks: implemented by the daemon, and by tests.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde::Serialize;

use crate::config::PeerKind;
use crate::evidence::Evidence;
use crate::promise::PromiseId;
use crate::report::Row;
use crate::report::findings::json::FindingJson;
use crate::trace::Contract;
use crate::verdict::Verdict;

/// Everything the face needs to know. Answers at once, but for evidence, which may have to be read from the ledger.
pub trait Face: Send + Sync + 'static {
    /// The time by which ages are told and verdicts are stale.
    fn now(&self) -> Timestamp;

    /// Everything as it stands.
    fn snapshot(&self) -> Arc<Snapshot>;

    /// The newest evaluation of a promise with its evidence, or none where there was none yet.
    ///
    /// # Errors
    /// A sentence for people, where it cannot be read.
    fn evidence<'a>(
        &'a self,
        id: &'a PromiseId,
    ) -> BoxFuture<'a, Result<Option<Arc<Judged>>, String>>;

    /// Our own metrics in the Prometheus text format or, ended by `# EOF`, as OpenMetrics.
    fn metrics(&self) -> String;

    /// Whether the first evaluation of every promise is done and the ledger can be written.
    fn ready(&self) -> bool;
}

/// Everything as it stands.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// When it was taken.
    pub at: Timestamp,
    /// How the installation is called.
    pub title: String,
    /// When the daemon started.
    pub started: Timestamp,
    /// One row a promise, in any order.
    pub rows: Vec<Row>,
    /// The servers we ask.
    pub peers: Vec<PeerRow>,
    /// The documents.
    pub catalog: CatalogRow,
    /// What is muted or accepted: told last, but told.
    pub aside: Vec<Aside>,
}

/// A server we ask, and how it is.
#[derive(Debug, Clone, Serialize)]
pub struct PeerRow {
    /// `jaeger`, or `prometheus.eu` where there are several.
    pub name: String,
    /// What it is.
    #[serde(serialize_with = "kind_name")]
    pub kind: PeerKind,
    /// Its address without credentials.
    pub url: String,
    /// Whether it answers.
    pub state: PeerState,
    /// Since when; none where it was never asked.
    pub since: Option<Timestamp>,
    /// What is wrong, in a few words.
    pub says: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn kind_name<S: serde::Serializer>(kind: &PeerKind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.name())
}

/// Whether a peer answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PeerState {
    /// The last request was answered.
    Ok,
    /// The last requests were not.
    Down,
    /// Nothing was asked yet.
    Unknown,
}

/// The documents as they were last read.
#[derive(Debug, Clone, Serialize)]
pub struct CatalogRow {
    /// When the documents that are judged now were read.
    pub loaded_at: Timestamp,
    /// How many documents there are.
    pub n_documents: usize,
    /// In how many files.
    pub n_files: usize,
    /// What is wrong with them.
    pub findings: Vec<FindingJson>,
    /// The newer documents that could not be taken over; none while the newest are judged.
    pub failed_reload: Option<FailedReload>,
}

/// Documents that could not be taken over, so that older ones are still judged.
#[derive(Debug, Clone, Serialize)]
pub struct FailedReload {
    /// When it was tried.
    pub at: Timestamp,
    /// Why not.
    pub says: String,
    /// What is wrong with them.
    pub findings: Vec<FindingJson>,
}

/// Something that is deliberately not told first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    /// What: a promise id or a finding.
    pub what: String,
    /// What was done to it, as a participle: `muted`, `accepted`.
    pub how: String,
    /// By whom.
    pub by: String,
    /// Until when; none for ever.
    pub until: Option<Timestamp>,
    /// Why.
    pub why: String,
}

/// One evaluation with what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// Names the stored evidence.
    pub evidence_id: Option<String>,
    /// When it was judged.
    pub at: Timestamp,
    /// What it said.
    pub verdict: Verdict,
    /// What it rests on.
    pub evidence: Evidence,
    /// The contract by which it judged traces.
    pub contract: Option<Arc<Contract>>,
}
