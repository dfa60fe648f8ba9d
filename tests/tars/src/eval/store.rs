//! Jobs and results in the database.

use anyhow::{Context, Result};
use sqlx::types::Json;
use sqlx::{PgPool, Row};

use crate::messages::{EvaluationRequest, EvaluationResult};
use crate::service::{Service, database};

/// Takes a job into hand; the status it had before, `None` if it was deleted.
pub(super) async fn start(
    pool: &PgPool,
    service: &Service,
    request: &EvaluationRequest,
) -> Result<Option<String>> {
    let statement = sqlx::query(
        "UPDATE eval_jobs AS j
         SET status = CASE WHEN old.status = 'pending' THEN 'running' ELSE old.status END,
             instance = CASE WHEN old.status IN ('pending', 'running') THEN $2 ELSE j.instance END,
             started_at = coalesce(j.started_at, now())
         FROM (SELECT id, status FROM eval_jobs WHERE id = $1 FOR UPDATE) AS old
         WHERE j.id = old.id
         RETURNING old.status",
    )
    .bind(request.job_id)
    .bind(&*service.instance);
    let row = database::query("UPDATE", "eval_jobs", statement.fetch_optional(pool)).await?;
    Ok(row.map(|row| row.try_get("status")).transpose()?)
}

/// Ends a job, with its result or with what went wrong, in one transaction. Nothing happens to a deleted one.
pub(super) async fn end(
    pool: &PgPool,
    request: &EvaluationRequest,
    outcome: &Result<EvaluationResult>,
) -> Result<()> {
    let (status, error) = match outcome {
        Ok(_) => ("completed", None),
        Err(error) => ("failed", Some(format!("{error:#}"))),
    };
    let mut transaction = pool.begin().await.context("cannot begin")?;
    let update = sqlx::query(
        "UPDATE eval_jobs SET status = $2, error = $3, completed_at = now() WHERE id = $1",
    )
    .bind(request.job_id)
    .bind(status)
    .bind(error)
    .execute(&mut *transaction);
    let updated = database::query("UPDATE", "eval_jobs", update).await?;
    if let Ok(result) = outcome
        && updated.rows_affected() > 0
    {
        let insert = sqlx::query(
            "INSERT INTO eval_results (job_id, metrics, regression, hyperparameters) VALUES ($1, $2, $3, $4)
             ON CONFLICT (job_id) DO NOTHING",
        )
        .bind(request.job_id)
        .bind(Json(&result.metrics))
        .bind(Json(&result.regression))
        .bind(Json(&result.hyperparameters))
        .execute(&mut *transaction);
        database::query("INSERT", "eval_results", insert).await?;
    }
    transaction.commit().await.context("cannot commit")
}

/// The stored result of a job that has ended; `None` if it failed.
pub(super) async fn result(
    pool: &PgPool,
    request: &EvaluationRequest,
) -> Result<Option<EvaluationResult>> {
    let statement =
        sqlx::query("SELECT * FROM eval_results WHERE job_id = $1").bind(request.job_id);
    let row = database::query("SELECT", "eval_results", statement.fetch_optional(pool)).await?;
    let read = |row: sqlx::postgres::PgRow| {
        let Json(metrics) = row.try_get("metrics")?;
        let Json(regression) = row.try_get("regression")?;
        let Json(hyperparameters) = row.try_get("hyperparameters")?;
        Ok::<_, sqlx::Error>(EvaluationResult {
            metrics,
            regression,
            hyperparameters,
        })
    };
    Ok(row.map(read).transpose()?)
}
