//! A baseline, and how to read baselines: orchestration writes them, the evaluators compare with them.

use anyhow::Result;
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{PgPool, Row};
use uuid::Uuid;

use crate::rl::{Hyperparameters, Score, Task};
use crate::service::{Origin, database};

/// At most this many are kept for each agent and environment.
pub(crate) const KEPT: i32 = 10;

/// A good result, ranked: 1 is the best.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Baseline {
    pub(crate) id: Uuid,
    pub(crate) baseline_id: Uuid,
    pub(crate) trial_id: Option<Uuid>,
    pub(crate) job_id: Option<Uuid>,
    pub(crate) agent_type: String,
    pub(crate) environment: String,
    #[serde(flatten)]
    pub(crate) score: Score,
    pub(crate) num_episodes: i32,
    pub(crate) hyperparameters: Hyperparameters,
    pub(crate) parameter_hash: String,
    pub(crate) version: i64,
    pub(crate) rank: i32,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
}

impl Baseline {
    fn read(row: &PgRow) -> Result<Self, sqlx::Error> {
        let Json(hyperparameters) = row.try_get::<Json<Hyperparameters>, _>("hyperparameters")?;
        Ok(Self {
            id: row.try_get("id")?,
            baseline_id: row.try_get("id")?,
            trial_id: row.try_get("trial_id")?,
            job_id: row.try_get("job_id")?,
            agent_type: row.try_get("agent_type")?,
            environment: row.try_get("environment")?,
            score: Score {
                mean_reward: row.try_get("mean_reward")?,
                std_reward: row.try_get("std_reward")?,
                min_reward: row.try_get("min_reward")?,
                max_reward: row.try_get("max_reward")?,
                success_rate: row.try_get("success_rate")?,
                mean_steps: row.try_get("mean_steps")?,
            },
            num_episodes: row.try_get("num_episodes")?,
            hyperparameters,
            parameter_hash: hyperparameters.hash(),
            version: row.try_get("version")?,
            rank: row.try_get("rank")?,
            created_at: row.try_get("created")?,
            updated_at: row.try_get("updated")?,
        })
    }

    /// The best ones, best first.
    pub(crate) async fn top(
        pool: &PgPool,
        task: Task,
        origin: Origin,
        ranks: std::ops::RangeInclusive<i32>,
    ) -> Result<Vec<Self>> {
        let statement = sqlx::query(
            "SELECT *,
                    to_char(created_at AT TIME ZONE 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS created,
                    to_char(updated_at AT TIME ZONE 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS updated
             FROM eval_baselines
             WHERE agent_type = $1 AND environment = $2 AND synthetic = $3 AND rank BETWEEN $4 AND $5
             ORDER BY rank",
        )
        .bind(task.agent.name())
        .bind(task.environment.name())
        .bind(origin.is_synthetic())
        .bind(*ranks.start())
        .bind(*ranks.end());
        let rows = database::query("SELECT", "eval_baselines", statement.fetch_all(pool)).await?;
        Ok(rows.iter().map(Self::read).collect::<Result<_, _>>()?)
    }

    /// The best one.
    pub(crate) async fn best(pool: &PgPool, task: Task, origin: Origin) -> Result<Option<Self>> {
        Ok(Self::top(pool, task, origin, 1..=1).await?.pop())
    }
}
