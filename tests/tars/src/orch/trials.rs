//! Trials in the database. A trial and its job come into being in one transaction.

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{PgPool, Row};
use uuid::Uuid;

use crate::messages::EvaluationRequest;
use crate::service::{Origin, database};

/// A trial as shown.
#[derive(Debug, Serialize)]
pub(super) struct Trial {
    trial_id: Uuid,
    status: String,
    agent_type: String,
    environment: String,
    hyperparameters: Value,
    num_episodes: i32,
    seed: i64,
    metadata: Option<Value>,
    created_at: String,
}

/// Stores a trial and its pending job.
pub(super) async fn insert(
    pool: &PgPool,
    request: &EvaluationRequest,
    metadata: Option<Value>,
    origin: Origin,
) -> Result<()> {
    let mut transaction = pool.begin().await.context("cannot begin")?;
    let trial = sqlx::query(
        "INSERT INTO trials (id, agent_type, environment, hyperparameters, num_episodes, seed, metadata, synthetic)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(request.trial_id)
    .bind(request.agent_type.name())
    .bind(request.environment.name())
    .bind(Json(request.hyperparameters))
    .bind(i32::try_from(request.num_episodes)?)
    .bind(request.seed.cast_signed())
    .bind(metadata.map(Json))
    .bind(origin.is_synthetic())
    .execute(&mut *transaction);
    database::query("INSERT", "trials", trial).await?;
    let job = sqlx::query("INSERT INTO eval_jobs (id, trial_id) VALUES ($1, $2)")
        .bind(request.job_id)
        .bind(request.trial_id)
        .execute(&mut *transaction);
    database::query("INSERT", "eval_jobs", job).await?;
    transaction.commit().await.context("cannot commit")
}

/// The trial of that id.
pub(super) async fn find(pool: &PgPool, id: Uuid) -> Result<Option<Trial>> {
    let statement = sqlx::query(
        "SELECT *, to_char(created_at AT TIME ZONE 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS created
         FROM trials WHERE id = $1",
    )
    .bind(id);
    let row = database::query("SELECT", "trials", statement.fetch_optional(pool)).await?;
    let read = |row: sqlx::postgres::PgRow| {
        let Json(hyperparameters) = row.try_get("hyperparameters")?;
        let metadata: Option<Json<Value>> = row.try_get("metadata")?;
        Ok::<_, sqlx::Error>(Trial {
            trial_id: row.try_get("id")?,
            status: row.try_get("status")?,
            agent_type: row.try_get("agent_type")?,
            environment: row.try_get("environment")?,
            hyperparameters,
            num_episodes: row.try_get("num_episodes")?,
            seed: row.try_get("seed")?,
            metadata: metadata.map(|Json(metadata)| metadata),
            created_at: row.try_get("created")?,
        })
    };
    Ok(row.map(read).transpose()?)
}

/// Removes a trial with its job and result; false if there was none.
pub(super) async fn delete(pool: &PgPool, id: Uuid) -> Result<bool> {
    let statement = sqlx::query("DELETE FROM trials WHERE id = $1").bind(id);
    let done = database::query("DELETE", "trials", statement.execute(pool)).await?;
    Ok(done.rows_affected() > 0)
}

/// Notes how a trial ended.
pub(super) async fn end(pool: &PgPool, id: Uuid, status: &'static str) -> Result<()> {
    let statement = sqlx::query("UPDATE trials SET status = $2 WHERE id = $1")
        .bind(id)
        .bind(status);
    database::query("UPDATE", "trials", statement.execute(pool)).await?;
    Ok(())
}

/// Notes that a job could not even be handed to an evaluator.
pub(super) async fn fail_job(pool: &PgPool, id: Uuid, error: &str) -> Result<()> {
    let statement = sqlx::query(
        "UPDATE eval_jobs SET status = 'failed', error = $2, completed_at = now() WHERE id = $1",
    )
    .bind(id)
    .bind(error);
    database::query("UPDATE", "eval_jobs", statement.execute(pool)).await?;
    Ok(())
}
