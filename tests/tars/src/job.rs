//! A job as stored, and read by whoever asks for it.

use anyhow::Result;
use serde::Serialize;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{PgPool, Row};
use uuid::Uuid;

use crate::rl::regression::Regression;
use crate::rl::{Hyperparameters, Score};
use crate::service::database;

/// A job and, once completed, its result.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Job {
    pub(crate) job_id: Uuid,
    pub(crate) trial_id: Uuid,
    pub(crate) status: String,
    pub(crate) agent_type: String,
    pub(crate) environment: String,
    pub(crate) num_episodes: i32,
    pub(crate) instance: Option<String>,
    pub(crate) started_at: Option<String>,
    pub(crate) completed_at: Option<String>,
    pub(crate) duration_seconds: Option<f64>,
    pub(crate) error: Option<String>,
    pub(crate) result: Option<JobResult>,
}

/// What came out.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct JobResult {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) metrics: Option<Score>,
    pub(crate) regression: Regression,
    pub(crate) hyperparameters: Hyperparameters,
}

impl Job {
    /// The job of that id.
    pub(crate) async fn by_id(pool: &PgPool, id: Uuid) -> Result<Option<Self>> {
        Self::find(pool, Some(id), None).await
    }

    /// The job of a trial.
    pub(crate) async fn by_trial(pool: &PgPool, trial: Uuid) -> Result<Option<Self>> {
        Self::find(pool, None, Some(trial)).await
    }

    async fn find(pool: &PgPool, job: Option<Uuid>, trial: Option<Uuid>) -> Result<Option<Self>> {
        let statement = sqlx::query(
            "SELECT j.id, j.trial_id, j.status, j.instance, j.error, t.agent_type, t.environment, t.num_episodes,
                    to_char(j.started_at AT TIME ZONE 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS started,
                    to_char(j.completed_at AT TIME ZONE 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS completed,
                    extract(epoch FROM j.completed_at - j.started_at)::double precision AS seconds,
                    r.metrics, r.regression, r.hyperparameters
             FROM eval_jobs j JOIN trials t ON t.id = j.trial_id LEFT JOIN eval_results r ON r.job_id = j.id
             WHERE j.id = $1 OR j.trial_id = $2",
        )
        .bind(job)
        .bind(trial);
        let row = database::query("SELECT", "eval_jobs", statement.fetch_optional(pool)).await?;
        Ok(row.as_ref().map(Self::read).transpose()?)
    }

    fn read(row: &PgRow) -> Result<Self, sqlx::Error> {
        let metrics: Option<Json<Score>> = row.try_get("metrics")?;
        let regression: Option<Json<Regression>> = row.try_get("regression")?;
        let hyperparameters: Option<Json<Hyperparameters>> = row.try_get("hyperparameters")?;
        let result =
            regression
                .zip(hyperparameters)
                .map(|(Json(regression), Json(hyperparameters))| JobResult {
                    metrics: metrics.map(|Json(metrics)| metrics),
                    regression,
                    hyperparameters,
                });
        Ok(Self {
            job_id: row.try_get("id")?,
            trial_id: row.try_get("trial_id")?,
            status: row.try_get("status")?,
            agent_type: row.try_get("agent_type")?,
            environment: row.try_get("environment")?,
            num_episodes: row.try_get("num_episodes")?,
            instance: row.try_get("instance")?,
            started_at: row.try_get("started")?,
            completed_at: row.try_get("completed")?,
            duration_seconds: row.try_get("seconds")?,
            error: row.try_get("error")?,
            result,
        })
    }
}
