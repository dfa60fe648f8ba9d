//! The HTTP face of an evaluator.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use serde_json::{Value, json};
use tracing::{Instrument, info_span};
use uuid::Uuid;

use super::Eval;
use super::agents::Active;
use crate::baseline::{Baseline, KEPT};
use crate::job::Job;
use crate::rl::{AgentType, EnvironmentName, Hyperparameters, Task};
use crate::service::marks::mark;
use crate::service::{Body, Marks, Origin, Problem};

/// A job with its results by environment.
pub(super) async fn job(
    State(eval): State<Arc<Eval>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let uuid = id
        .parse::<Uuid>()
        .map_err(|_| Problem::unknown("job", &id))?;
    let found = Job::by_id(&eval.pool, uuid).await?;
    let job = found.ok_or_else(|| Problem::unknown("job", id))?;
    let mut results = serde_json::Map::new();
    if let Some(result) = &job.result {
        results.insert(job.environment.clone(), json!(result));
    }
    Ok(Json(json!({
        "job_id": job.job_id,
        "trial_id": job.trial_id,
        "status": job.status,
        "agent_type": job.agent_type,
        "environments": [job.environment],
        "results": results,
        "started_at": job.started_at,
        "completed_at": job.completed_at,
        "duration_seconds": job.duration_seconds,
        "error": job.error,
    })))
}

#[derive(Debug, Deserialize)]
pub(super) struct Which {
    environment: Option<String>,
    top_n: Option<i32>,
}

/// The best baselines of an agent.
pub(super) async fn baselines(
    State(eval): State<Arc<Eval>>,
    origin: Origin,
    Path(agent): Path<String>,
    Query(which): Query<Which>,
) -> Result<Json<Value>, Problem> {
    let agent = known(&agent)?;
    let top_n = which.top_n.unwrap_or(KEPT);
    if !(1..=KEPT).contains(&top_n) {
        let detail = format!("top_n must lie in 1..={KEPT}, got {top_n}");
        return Err(Problem::invalid(detail));
    }
    let wanted = |task: &Task| {
        let environment = which.environment.as_deref();
        task.agent == agent && environment.is_none_or(|name| name == task.environment.name())
    };
    let mut found = Vec::new();
    for task in Task::ALL.into_iter().filter(wanted) {
        found.extend(Baseline::top(&eval.pool, task, origin, 1..=top_n).await?);
    }
    Ok(Json(
        json!({"agent_type": agent.name(), "baselines": found}),
    ))
}

/// What orchestration pushes.
#[derive(Debug, Deserialize)]
pub(super) struct Reload {
    environment: EnvironmentName,
    hyperparameters: Hyperparameters,
    version: i64,
    trial_id: Option<Uuid>,
    job_id: Option<Uuid>,
}

/// Puts new hyperparameters into force.
pub(super) async fn reload(
    State(eval): State<Arc<Eval>>,
    origin: Origin,
    Path(agent): Path<String>,
    Body(reload): Body<Reload>,
) -> Result<Json<Value>, Problem> {
    let agent = known(&agent)?;
    let task = Task::new(agent, reload.environment)
        .ok_or_else(|| Problem::invalid("the agent cannot play the environment"))?;
    let mut marks = Marks::of(task);
    marks = reload.trial_id.into_iter().fold(marks, Marks::trial);
    marks = reload.job_id.into_iter().fold(marks, Marks::job);
    let load = async {
        let span = info_span!("reload", version = reload.version);
        mark(&span);
        // Learn now, so that the first evaluation after the reload does not wait.
        let learn = eval.agents.learned(agent, reload.hyperparameters);
        learn.instrument(span).await?;
        let with = reload.hyperparameters;
        Ok::<_, Problem>(eval.agents.reload(agent, origin, reload.version, with))
    };
    let active = marks.on(load).await?;
    Ok(Json(shown(&eval, agent, &active)))
}

/// What is in force.
pub(super) async fn status(
    State(eval): State<Arc<Eval>>,
    origin: Origin,
    Path(agent): Path<String>,
) -> Result<Json<Value>, Problem> {
    let agent = known(&agent)?;
    let active = eval.agents.active(agent, origin);
    Ok(Json(shown(&eval, agent, &active)))
}

fn shown(eval: &Eval, agent: AgentType, active: &Active) -> Value {
    json!({
        "agent_type": agent.name(),
        "instance": &*eval.service.instance,
        "version": active.version,
        "parameter_hash": active.parameter_hash,
        "hyperparameters": active.hyperparameters,
        "reloaded_at": active.reloaded_at,
    })
}

fn known(agent: &str) -> Result<AgentType, Problem> {
    AgentType::named(agent).ok_or_else(|| Problem::unknown("agent", agent))
}
