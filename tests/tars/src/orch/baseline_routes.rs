//! `/v1/baselines`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tracing::warn;
use uuid::Uuid;

use super::baselines::{Candidate, Ranked, history as past};
use super::cache::{Entry, Found};
use super::trial_routes::{named_agent, named_environment};
use super::{Orch, events};
use crate::baseline::{Baseline, KEPT};
use crate::rl::{AgentType, EnvironmentName, Hyperparameters, PartialHyperparameters, Score, Task};
use crate::service::{Body, Origin, Problem};

/// What a client sends.
#[derive(Debug, Deserialize)]
pub(super) struct NewBaseline {
    agent_type: String,
    environment: String,
    mean_reward: f64,
    std_reward: Option<f64>,
    min_reward: Option<f64>,
    max_reward: Option<f64>,
    success_rate: Option<f64>,
    mean_steps: Option<f64>,
    num_episodes: Option<u32>,
    /// Those of any tuner: what our agents do not know is left out.
    #[serde(default)]
    hyperparameters: Map<String, Value>,
    trial_id: Option<Uuid>,
}

impl NewBaseline {
    fn validated(&self, origin: Origin) -> Result<Candidate, Problem> {
        let agent = named_agent(&self.agent_type)?;
        let environment = named_environment(&self.environment)?;
        let task = Task::new(agent, environment).ok_or_else(|| {
            let (agent, environment) = (agent.name(), environment.name());
            Problem::invalid(format!("{agent} cannot play {environment}"))
        })?;
        let known = PartialHyperparameters::known_in(&self.hyperparameters)
            .map_err(|error| Problem::invalid(error.to_string()))?;
        if let Some(mistake) = known.mistake() {
            return Err(Problem::invalid(mistake));
        }
        let success_rate = self.success_rate.unwrap_or(0.0);
        if !(0.0..=1.0).contains(&success_rate) {
            let detail = format!("success_rate must lie in [0, 1], got {success_rate}");
            return Err(Problem::invalid(detail));
        }
        let num_episodes = self.num_episodes.unwrap_or(100);
        Ok(Candidate {
            task,
            origin,
            trial_id: self.trial_id,
            job_id: None,
            score: Score {
                mean_reward: self.mean_reward,
                std_reward: self.std_reward.unwrap_or(0.0),
                min_reward: self.min_reward.unwrap_or(self.mean_reward),
                max_reward: self.max_reward.unwrap_or(self.mean_reward),
                success_rate,
                mean_steps: self.mean_steps.unwrap_or(0.0),
            },
            num_episodes: i32::try_from(num_episodes)
                .map_err(|_| Problem::invalid("num_episodes is too large"))?,
            hyperparameters: Hyperparameters::of(agent).with(&known),
        })
    }
}

/// Makes a result a baseline.
pub(super) async fn create(
    State(orch): State<Arc<Orch>>,
    origin: Origin,
    Body(new): Body<NewBaseline>,
) -> Result<(StatusCode, Json<Ranked>), Problem> {
    let candidate = new.validated(origin)?;
    match events::update_baseline(&orch, Some(&candidate)).await? {
        Some(ranked) => Ok((StatusCode::CREATED, Json(ranked))),
        None => Err(Problem::conflict(format!(
            "not among the best {KEPT}, or its trial is a baseline already"
        ))),
    }
}

/// The baseline of a rank; the first one comes from the cache.
pub(super) async fn rank(
    State(orch): State<Arc<Orch>>,
    origin: Origin,
    Path((agent, environment, rank)): Path<(String, String, i32)>,
) -> Result<Json<Baseline>, Problem> {
    let task = known(&agent, &environment)?;
    let found = match rank {
        1 => best(&orch, task, origin).await?,
        _ => Baseline::top(&orch.pool, task, origin, rank..=rank)
            .await?
            .pop(),
    };
    found.map(Json).ok_or_else(|| {
        Problem::unknown("baseline", format!("{agent}/{environment} of rank {rank}"))
    })
}

async fn best(orch: &Orch, task: Task, origin: Origin) -> anyhow::Result<Option<Baseline>> {
    let entry = Entry::of(&orch.streams, orch.service.profile, task, origin);
    let generation = match entry.get().await {
        Ok(Found::Hit(copy)) => return Ok(Some(*copy)),
        Ok(Found::Miss(generation)) => Some(generation),
        Err(error) => {
            warn!(
                error = format!("{error:#}"),
                "cache unreachable, asking the database"
            );
            None
        }
    };
    let best = Baseline::best(&orch.pool, task, origin).await?;
    if let (Some(best), Some(generation)) = (&best, generation)
        && let Err(error) = entry.fill(best, generation).await
    {
        warn!(error = format!("{error:#}"), "cannot fill the cache");
    }
    Ok(best)
}

/// Every baseline there was, newest first.
pub(super) async fn history(
    State(orch): State<Arc<Orch>>,
    origin: Origin,
    Path((agent, environment)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let task = known(&agent, &environment)?;
    let lines = past(&orch.pool, task, origin).await?;
    let (agent, environment) = (task.agent.name(), task.environment.name());
    Ok(Json(
        json!({"agent_type": agent, "environment": environment, "history": lines}),
    ))
}

/// In a path, what does not exist is a 404.
fn known(agent: &str, environment: &str) -> Result<Task, Problem> {
    let task = AgentType::named(agent).zip(EnvironmentName::named(environment));
    task.and_then(|(agent, environment)| Task::new(agent, environment))
        .ok_or_else(|| Problem::unknown("agent and environment", format!("{agent}/{environment}")))
}
