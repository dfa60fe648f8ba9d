//! Writes entries in batches, and forgets what is beyond the bounds.

use std::time::Duration;

use sqlx::{Sqlite, Transaction};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::{Entry, Ledger, LedgerError, failed};

/// How much is kept of each promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Verdicts.
    pub verdicts: i64,
    /// Evidence, beside that of transitions.
    pub evidence: i64,
    /// Transitions, with their evidence.
    pub transitions: i64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            verdicts: 1_000,
            evidence: 20,
            transitions: 200,
        }
    }
}

/// How many entries one transaction takes at most, and how many may wait.
const BATCH: usize = 512;
/// How many batches are written between two looks at the bounds.
const PRUNE_EVERY: u32 = 120;
/// How long a batch is gathered.
const GATHER: Duration = Duration::from_millis(250);

/// The way to the task that writes.
#[derive(Debug)]
pub struct Writer {
    entries: mpsc::Sender<Entry>,
    task: JoinHandle<()>,
}

impl Writer {
    /// Starts the task.
    pub fn start(ledger: Ledger, bounds: Bounds) -> Self {
        let (entries, waiting) = mpsc::channel(BATCH);
        let task = tokio::spawn(run(ledger, waiting, bounds));
        Self { entries, task }
    }

    /// Hands an entry over; waits while the queue is full.
    pub async fn write(&self, entry: Entry) {
        if self.entries.send(entry).await.is_err() {
            tracing::error!("the ledger's writer is gone, an entry is lost");
        }
    }

    /// Writes what waits, and ends.
    pub async fn finish(self) {
        drop(self.entries);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the ledger's writer did not end well");
        }
    }
}

async fn run(ledger: Ledger, mut waiting: mpsc::Receiver<Entry>, bounds: Bounds) {
    let mut batch = Vec::with_capacity(BATCH);
    let mut n_batches: u32 = 0;
    while waiting.recv_many(&mut batch, BATCH).await > 0 {
        if batch.len() < BATCH && !waiting.is_closed() {
            // What comes within a moment shares the transaction; when the writer is finished nothing more comes.
            tokio::time::sleep(GATHER).await;
            while batch.len() < BATCH
                && let Ok(entry) = waiting.try_recv()
            {
                batch.push(entry);
            }
        }
        if let Err(error) = write(&ledger, &batch).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                n_entries = batch.len(),
                "entries are not kept"
            );
        }
        batch.clear();
        n_batches += 1;
        if n_batches.is_multiple_of(PRUNE_EVERY)
            && let Err(error) = prune(&ledger, bounds).await
        {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the ledger is not pruned"
            );
        }
    }
    if let Err(error) = prune(&ledger, bounds).await {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "the ledger is not pruned"
        );
    }
}

async fn write(ledger: &Ledger, batch: &[Entry]) -> Result<(), LedgerError> {
    let mut transaction = ledger.pool.begin().await.map_err(failed("begin writing"))?;
    for entry in batch {
        write_entry(&mut transaction, entry).await?;
    }
    transaction.commit().await.map_err(failed("write"))
}

async fn write_entry(
    transaction: &mut Transaction<'_, Sqlite>,
    entry: &Entry,
) -> Result<(), LedgerError> {
    let at_ms = entry.at.as_millisecond();
    let at_ns = i64::try_from(entry.at.as_nanosecond()).unwrap_or(i64::MAX);
    sqlx::query(
        "INSERT INTO standing (promise, settled, at_ms) VALUES ($1, $2, $3)
         ON CONFLICT (promise) DO UPDATE SET settled = excluded.settled, at_ms = excluded.at_ms",
    )
    .bind(entry.promise.as_str())
    .bind(serde_json::to_string(&entry.settled)?)
    .bind(at_ms)
    .execute(&mut **transaction)
    .await
    .map_err(failed("write what counts"))?;
    sqlx::query("INSERT INTO verdict (id, promise, at_ms, outcome, says, figure) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(&entry.evidence_id)
        .bind(entry.promise.as_str())
        .bind(at_ms)
        .bind(entry.verdict.outcome.name())
        .bind(&entry.verdict.says)
        .bind(entry.verdict.figure.as_ref().map(|figure| figure.value).filter(|value| value.is_finite()))
        .execute(&mut **transaction)
        .await
        .map_err(failed("write a verdict"))?;
    sqlx::query("INSERT INTO evidence (id, promise, at_ns, pinned, verdict, body) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(&entry.evidence_id)
        .bind(entry.promise.as_str())
        .bind(at_ns)
        .bind(entry.transition.is_some())
        .bind(serde_json::to_string(&entry.verdict)?)
        .bind(serde_json::to_string(&entry.evidence)?)
        .execute(&mut **transaction)
        .await
        .map_err(failed("write evidence"))?;
    if let Some(transition) = &entry.transition {
        sqlx::query("INSERT INTO transition (id, promise, at_ms, body) VALUES ($1, $2, $3, $4)")
            .bind(&entry.evidence_id)
            .bind(entry.promise.as_str())
            .bind(at_ms)
            .bind(serde_json::to_string(transition)?)
            .execute(&mut **transaction)
            .await
            .map_err(failed("write a transition"))?;
    }
    Ok(())
}

async fn prune(ledger: &Ledger, bounds: Bounds) -> Result<(), LedgerError> {
    let statements = [
        (
            "DELETE FROM verdict WHERE id IN (SELECT id FROM
               (SELECT id, row_number() OVER (PARTITION BY promise ORDER BY at_ms DESC) AS n FROM verdict) AS v WHERE n > $1)",
            bounds.verdicts,
        ),
        (
            "DELETE FROM transition WHERE id IN (SELECT id FROM
               (SELECT id, row_number() OVER (PARTITION BY promise ORDER BY at_ms DESC) AS n FROM transition) AS t WHERE n > $1)",
            bounds.transitions,
        ),
        (
            "DELETE FROM evidence WHERE id IN (SELECT id FROM
               (SELECT id, row_number() OVER (PARTITION BY promise, pinned ORDER BY at_ns DESC) AS n FROM evidence
                WHERE NOT pinned) AS e WHERE n > $1)",
            bounds.evidence,
        ),
        (
            "DELETE FROM evidence WHERE id IN (SELECT id FROM
               (SELECT id, row_number() OVER (PARTITION BY promise, pinned ORDER BY at_ns DESC) AS n FROM evidence
                WHERE pinned) AS e WHERE n > $1)",
            bounds.transitions,
        ),
    ];
    for (statement, keep) in statements {
        sqlx::query(statement)
            .bind(keep)
            .execute(&ledger.pool)
            .await
            .map_err(failed("forget old rows"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::evidence::Evidence;
    use crate::promise::PromiseId;
    use crate::settle::settle;
    use crate::verdict::Verdict;

    fn entry(second: i64, verdict: Verdict, before: Option<&Entry>) -> Entry {
        let at = Timestamp::from_second(second).unwrap();
        let before = before.map(|before| &before.settled);
        let (settled, transition) = settle(before, &verdict, at, (1, 1));
        Entry {
            evidence_id: format!("e-{second:03}"),
            promise: PromiseId::new("slo/a"),
            at,
            verdict,
            evidence: Evidence::new(Uuid::nil(), at),
            settled,
            transition,
        }
    }

    #[tokio::test]
    async fn a_restart_still_knows_since_when_and_old_rows_are_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/ledger.db");
        let ledger = Ledger::open(&path).await.unwrap();
        let bounds = Bounds {
            verdicts: 5,
            evidence: 3,
            transitions: 2,
        };
        let writer = Writer::start(ledger.clone(), bounds);
        let mut last: Option<Entry> = None;
        for second in 0..20 {
            let verdict = if second < 10 {
                Verdict::pass("kept")
            } else {
                Verdict::fail("broken")
            };
            let next = entry(second, verdict, last.as_ref());
            writer.write(next.clone()).await;
            last = Some(next);
        }
        writer.finish().await;
        ledger.close().await;

        let ledger = Ledger::open(&path).await.unwrap();
        assert_eq!(ledger.sizes().await.unwrap(), (5, 2, 5));
        let past = ledger.past().await.unwrap();
        let (promise, past) = &past[0];
        assert_eq!(past.settled.since, Timestamp::from_second(10).unwrap());
        assert_eq!(
            past.transitions.last().map(|change| change.to.as_str()),
            Some("fail")
        );
        let (id, record) = ledger.latest(promise).await.unwrap().unwrap();
        assert_eq!(
            (id.as_str(), record.verdict.says.as_str()),
            ("e-019", "broken")
        );
        // The evidence of a transition outlives the rest.
        assert!(ledger.record("e-010").await.unwrap().is_some());
        assert!(ledger.record("e-011").await.unwrap().is_none());
    }
}
