//! What was judged, kept over restarts: verdicts, transitions and evidence within bounds. SQLite.
//!
//! Writes go through one task in batches, so that a slow disk slows nothing but itself; reads are direct.

mod schema;
mod writer;

use std::path::Path;
use std::str::FromStr;

use jiff::Timestamp;
use sqlx::Row;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use crate::evidence::Evidence;
use crate::promise::PromiseId;
use crate::settle::{Settled, Transition};
use crate::verdict::Verdict;
pub use writer::{Bounds, Writer};

/// What can go wrong with the ledger.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The folder of the file cannot be made.
    #[error("cannot create the folder of the ledger {path}")]
    Folder {
        /// The ledger's file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The database refuses.
    #[error("the ledger cannot {what}")]
    Database {
        /// What was being done.
        what: &'static str,
        /// Why.
        source: sqlx::Error,
    },
    /// The schema cannot be brought up to date.
    #[error("the ledger's schema cannot be brought up to date")]
    Schema(#[from] sqlx::migrate::MigrateError),
    /// A row is not what this release writes.
    #[error("the ledger holds something this release cannot read")]
    Content(#[from] serde_json::Error),
}

fn failed(what: &'static str) -> impl FnOnce(sqlx::Error) -> LedgerError {
    move |source| LedgerError::Database { what, source }
}

/// One judgement as it is kept.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Names the evidence: `e-` and a UUID.
    pub evidence_id: String,
    /// Which promise.
    pub promise: PromiseId,
    /// When it was judged.
    pub at: Timestamp,
    /// What was judged.
    pub verdict: Verdict,
    /// On what.
    pub evidence: Evidence,
    /// What counts since.
    pub settled: Settled,
    /// The change this made, if it did.
    pub transition: Option<Transition>,
}

/// What is known of a promise from before.
#[derive(Debug, Clone)]
pub struct Past {
    /// What counted last.
    pub settled: Settled,
    /// The newest transitions, oldest first.
    pub transitions: Vec<Transition>,
}

/// Stored evidence with the verdict that was judged on it.
#[derive(Debug, Clone)]
pub struct Record {
    /// Which promise.
    pub promise: PromiseId,
    /// When it was judged: the `now` of the last step.
    pub at: Timestamp,
    /// What was judged.
    pub verdict: Verdict,
    /// On what.
    pub evidence: Evidence,
}

/// The ledger.
#[derive(Debug, Clone)]
pub struct Ledger {
    pool: SqlitePool,
}

impl Ledger {
    /// Opens the SQLite file at `path`, creating it and its folder where they are missing.
    ///
    /// # Errors
    /// When the file cannot be opened or is not a ledger.
    pub async fn open(path: &Path) -> Result<Self, LedgerError> {
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            std::fs::create_dir_all(folder).map_err(|source| LedgerError::Folder {
                path: path.display().to_string(),
                source,
            })?;
        }
        let options = SqliteConnectOptions::from_str("sqlite:")
            .map_err(failed("be opened"))?
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(std::time::Duration::from_secs(5));
        let pool = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options)
            .await
            .map_err(failed("be opened"))?;
        schema::migrator().run(&pool).await?;
        Ok(Self { pool })
    }

    /// What counted last for every promise, by id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn past(&self) -> Result<Vec<(PromiseId, Past)>, LedgerError> {
        let rows = sqlx::query("SELECT promise, settled FROM standing ORDER BY promise")
            .fetch_all(&self.pool)
            .await
            .map_err(failed("read what counted last"))?;
        let mut past = Vec::with_capacity(rows.len());
        for row in rows {
            let promise = PromiseId::new(row.get::<String, _>("promise"));
            let settled = serde_json::from_str(row.get("settled"))?;
            let transitions = self.transitions(&promise, 20).await?;
            past.push((
                promise,
                Past {
                    settled,
                    transitions,
                },
            ));
        }
        Ok(past)
    }

    /// The newest `limit` transitions of a promise, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn transitions(
        &self,
        promise: &PromiseId,
        limit: i64,
    ) -> Result<Vec<Transition>, LedgerError> {
        let rows = sqlx::query(
            "SELECT body FROM transition WHERE promise = $1 ORDER BY at_ms DESC, id DESC LIMIT $2",
        )
        .bind(promise.as_str())
        .bind(limit)
        .fetch_all(&self.pool)
        .await
        .map_err(failed("read transitions"))?;
        let newest_first = rows.iter().map(|row| serde_json::from_str(row.get("body")));
        Ok(newest_first.rev().collect::<Result<_, _>>()?)
    }

    /// The evidence of this id, if it is still kept.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn record(&self, evidence_id: &str) -> Result<Option<Record>, LedgerError> {
        let row = sqlx::query("SELECT promise, at_ns, verdict, body FROM evidence WHERE id = $1")
            .bind(evidence_id)
            .fetch_optional(&self.pool)
            .await
            .map_err(failed("read evidence"))?;
        row.map(|row| record(&row)).transpose()
    }

    /// The newest evidence of a promise.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn latest(
        &self,
        promise: &PromiseId,
    ) -> Result<Option<(String, Record)>, LedgerError> {
        let row = sqlx::query(
            "SELECT id, promise, at_ns, verdict, body FROM evidence WHERE promise = $1 ORDER BY at_ns DESC LIMIT 1",
        )
        .bind(promise.as_str())
        .fetch_optional(&self.pool)
        .await
        .map_err(failed("read evidence"))?;
        row.map(|row| Ok((row.get::<String, _>("id"), record(&row)?)))
            .transpose()
    }

    /// How many rows of verdicts, transitions and evidence there are.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn sizes(&self) -> Result<(i64, i64, i64), LedgerError> {
        let row = sqlx::query(
            "SELECT (SELECT count(*) FROM verdict), (SELECT count(*) FROM transition), (SELECT count(*) FROM evidence)",
        )
        .fetch_one(&self.pool)
        .await
        .map_err(failed("count its rows"))?;
        Ok((row.get(0), row.get(1), row.get(2)))
    }

    /// Closes the file after what is being written is written.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

fn record(row: &sqlx::sqlite::SqliteRow) -> Result<Record, LedgerError> {
    let at_ns: i64 = row.get("at_ns");
    Ok(Record {
        promise: PromiseId::new(row.get::<String, _>("promise")),
        at: Timestamp::from_nanosecond(i128::from(at_ns)).unwrap_or_default(),
        verdict: serde_json::from_str(row.get("verdict"))?,
        evidence: serde_json::from_str(row.get("body"))?,
    })
}
