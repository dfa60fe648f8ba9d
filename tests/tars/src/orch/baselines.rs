//! Writing baselines: one transaction a result, dense ranks 1..n, the ten best kept, versions ever growing.

use anyhow::{Context, Result};
use serde::Serialize;
use sqlx::types::Json;
use sqlx::{PgPool, Postgres, Row, Transaction};
use uuid::Uuid;

use crate::baseline::KEPT;
use crate::rl::{Hyperparameters, Score, Task};
use crate::service::{Origin, database};

/// A result that may become a baseline.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) task: Task,
    pub(super) origin: Origin,
    pub(super) trial_id: Option<Uuid>,
    pub(super) job_id: Option<Uuid>,
    pub(super) score: Score,
    pub(super) num_episodes: i32,
    pub(super) hyperparameters: Hyperparameters,
}

/// What became of it.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Ranked {
    pub(super) baseline_id: Uuid,
    pub(super) rank: i32,
    pub(super) version: i64,
    pub(super) is_new_best: bool,
}

/// A line of the history.
#[derive(Debug, Serialize)]
pub(super) struct Past {
    baseline_id: Uuid,
    trial_id: Option<Uuid>,
    version: i64,
    rank: i32,
    mean_reward: f64,
    created_at: String,
}

/// Ranks a candidate among the baselines; `None` if ten are better, or its trial is ranked already. Of equal
/// rewards the newest comes first.
pub(super) async fn insert(pool: &PgPool, candidate: &Candidate) -> Result<Option<Ranked>> {
    let mut transaction = pool.begin().await.context("cannot begin")?;
    let ranked = rank(&mut transaction, candidate).await?;
    match ranked {
        Some(_) => transaction.commit().await.context("cannot commit")?,
        None => transaction.rollback().await.context("cannot roll back")?,
    }
    Ok(ranked)
}

async fn rank(
    transaction: &mut Transaction<'_, Postgres>,
    candidate: &Candidate,
) -> Result<Option<Ranked>> {
    let Candidate { task, origin, .. } = *candidate;
    let key = (
        task.agent.name(),
        task.environment.name(),
        origin.is_synthetic(),
    );
    // One writer at a time for each agent and environment.
    let lock = sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(format!("{key:?}"))
        .execute(&mut **transaction);
    database::query("LOCK", "eval_baselines", lock).await?;

    let standing = sqlx::query(
        "SELECT (SELECT count(*) FROM eval_baselines
                 WHERE agent_type = $1 AND environment = $2 AND synthetic = $3 AND mean_reward > $4)::integer AS better,
                (SELECT coalesce(max(version), 0) + 1 FROM baseline_history
                 WHERE agent_type = $1 AND environment = $2 AND synthetic = $3) AS version,
                EXISTS (SELECT FROM baseline_history WHERE trial_id = $5) AS known",
    )
    .bind(key.0)
    .bind(key.1)
    .bind(key.2)
    .bind(candidate.score.mean_reward)
    .bind(candidate.trial_id)
    .fetch_one(&mut **transaction);
    let standing = database::query("SELECT", "eval_baselines", standing).await?;
    let (better, version): (i32, i64) = (standing.try_get("better")?, standing.try_get("version")?);
    if better >= KEPT || standing.try_get("known")? {
        return Ok(None);
    }

    let demote = sqlx::query(
        "UPDATE eval_baselines SET rank = rank + 1, updated_at = now()
         WHERE agent_type = $1 AND environment = $2 AND synthetic = $3 AND rank > $4",
    )
    .bind(key.0)
    .bind(key.1)
    .bind(key.2)
    .bind(better)
    .execute(&mut **transaction);
    database::query("UPDATE", "eval_baselines", demote).await?;
    let drop_last = sqlx::query(
        "DELETE FROM eval_baselines
         WHERE agent_type = $1 AND environment = $2 AND synthetic = $3 AND rank > $4",
    )
    .bind(key.0)
    .bind(key.1)
    .bind(key.2)
    .bind(KEPT)
    .execute(&mut **transaction);
    database::query("DELETE", "eval_baselines", drop_last).await?;

    let ranked = Ranked {
        baseline_id: Uuid::now_v7(),
        rank: better + 1,
        version,
        is_new_best: better == 0,
    };
    write(transaction, candidate, ranked).await?;
    Ok(Some(ranked))
}

/// Writes the baseline and its line of history.
async fn write(
    transaction: &mut Transaction<'_, Postgres>,
    candidate: &Candidate,
    ranked: Ranked,
) -> Result<()> {
    let Candidate { task, score, .. } = candidate;
    let insert = sqlx::query(
        "WITH new AS (
             INSERT INTO eval_baselines (id, trial_id, job_id, agent_type, environment, synthetic, mean_reward,
                 std_reward, min_reward, max_reward, success_rate, mean_steps, num_episodes, hyperparameters,
                 version, rank)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
             RETURNING *)
         INSERT INTO baseline_history (baseline_id, trial_id, agent_type, environment, synthetic, version, rank,
             mean_reward, hyperparameters)
         SELECT id, trial_id, agent_type, environment, synthetic, version, rank, mean_reward, hyperparameters FROM new",
    )
    .bind(ranked.baseline_id)
    .bind(candidate.trial_id)
    .bind(candidate.job_id)
    .bind(task.agent.name())
    .bind(task.environment.name())
    .bind(candidate.origin.is_synthetic())
    .bind(score.mean_reward)
    .bind(score.std_reward)
    .bind(score.min_reward)
    .bind(score.max_reward)
    .bind(score.success_rate)
    .bind(score.mean_steps)
    .bind(candidate.num_episodes)
    .bind(Json(candidate.hyperparameters))
    .bind(ranked.version)
    .bind(ranked.rank)
    .execute(&mut **transaction);
    database::query("INSERT", "eval_baselines", insert).await?;
    Ok(())
}

/// The latest baselines of a task, newest first.
pub(super) async fn history(pool: &PgPool, task: Task, origin: Origin) -> Result<Vec<Past>> {
    let statement = sqlx::query(
        "SELECT *, to_char(created_at AT TIME ZONE 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS created
         FROM baseline_history WHERE agent_type = $1 AND environment = $2 AND synthetic = $3
         ORDER BY version DESC LIMIT 100",
    )
    .bind(task.agent.name())
    .bind(task.environment.name())
    .bind(origin.is_synthetic());
    let rows = database::query("SELECT", "baseline_history", statement.fetch_all(pool)).await?;
    let read = |row: &sqlx::postgres::PgRow| {
        Ok(Past {
            baseline_id: row.try_get("baseline_id")?,
            trial_id: row.try_get("trial_id")?,
            version: row.try_get("version")?,
            rank: row.try_get("rank")?,
            mean_reward: row.try_get("mean_reward")?,
            created_at: row.try_get("created")?,
        })
    };
    Ok(rows.iter().map(read).collect::<Result<_, sqlx::Error>>()?)
}
