//! `/v1/trials`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use tracing::{Instrument, info_span};
use uuid::Uuid;

use super::{Orch, trials};
use crate::job::Job;
use crate::messages::{EvaluationRequest, REQUESTS};
use crate::rl::{AgentType, EnvironmentName, PartialHyperparameters, Task};
use crate::service::metrics::TaskLabels;
use crate::service::{Body, Marks, Origin, Problem};

const EPISODES: u32 = 100;
const QUICK_EPISODES: u32 = 50;
const MAX_EPISODES: u32 = 1000;

/// What a client sends.
#[derive(Debug, Deserialize)]
pub(super) struct Submission {
    agent_type: String,
    environment: String,
    #[serde(default)]
    hyperparameters: PartialHyperparameters,
    num_episodes: Option<u32>,
    #[serde(default)]
    quick_mode: bool,
    /// Decides where the episodes start. By default all evaluations start alike, so that their scores compare.
    #[serde(default)]
    seed: u32,
    metadata: Option<Value>,
}

impl Submission {
    fn validated(&self) -> Result<EvaluationRequest, Problem> {
        let agent = named_agent(&self.agent_type)?;
        let environment = named_environment(&self.environment)?;
        if Task::new(agent, environment).is_none() {
            let (agent, environment) = (agent.name(), environment.name());
            return Err(Problem::invalid(format!(
                "{agent} cannot play {environment}"
            )));
        }
        if let Some(mistake) = self.hyperparameters.mistake() {
            return Err(Problem::invalid(mistake));
        }
        let default = if self.quick_mode {
            QUICK_EPISODES
        } else {
            EPISODES
        };
        let num_episodes = self.num_episodes.unwrap_or(default);
        if !(1..=MAX_EPISODES).contains(&num_episodes) {
            let detail = format!("num_episodes must lie in 1..={MAX_EPISODES}, got {num_episodes}");
            return Err(Problem::invalid(detail));
        }
        let trial_id = Uuid::now_v7();
        Ok(EvaluationRequest {
            job_id: Uuid::now_v7(),
            trial_id,
            agent_type: agent,
            environment,
            hyperparameters: self.hyperparameters,
            num_episodes,
            seed: u64::from(self.seed),
        })
    }
}

/// The agent of that name, or 422.
pub(super) fn named_agent(name: &str) -> Result<AgentType, Problem> {
    AgentType::named(name)
        .ok_or_else(|| Problem::invalid(format!("unknown agent_type {name:?}: dqn or ddpg")))
}

/// The environment of that name, or 422.
pub(super) fn named_environment(name: &str) -> Result<EnvironmentName, Problem> {
    EnvironmentName::named(name).ok_or_else(|| {
        Problem::invalid(format!(
            "unknown environment {name:?}: CartPole-v1 or Pendulum-v1"
        ))
    })
}

/// Accepts a trial: stored with its job, and sent to the evaluators.
pub(super) async fn submit(
    State(orch): State<Arc<Orch>>,
    origin: Origin,
    Body(submission): Body<Submission>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    if origin == Origin::Real && orch.service.faults.strikes("F34", 0.25) {
        return Err(Problem::internal("no free slot for the trial").unseen_by_span());
    }
    let request = submission.validated()?;
    let marks = Marks::of(request.task())
        .trial(request.trial_id)
        .job(request.job_id);
    let receive = async {
        marks
            .on(receive_trial(&orch, &request, submission.metadata, origin))
            .await
    };
    receive.instrument(info_span!("receive_trial")).await?;
    orch.metrics
        .trials
        .get_or_create(&TaskLabels::new(request.task(), origin))
        .inc();
    let answer = json!({"trial_id": request.trial_id, "status": "submitted"});
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

async fn receive_trial(
    orch: &Orch,
    request: &EvaluationRequest,
    metadata: Option<Value>,
    origin: Origin,
) -> anyhow::Result<()> {
    trials::insert(&orch.pool, request, metadata, origin).await?;
    let traced = orch.service.faults.on("F31").is_none();
    let sent = orch
        .streams
        .send(REQUESTS.0, &serde_json::to_value(request)?, traced)
        .await;
    if let Err(error) = &sent {
        trials::fail_job(&orch.pool, request.job_id, &format!("{error:#}")).await?;
    }
    sent
}

/// Shows a trial.
pub(super) async fn show(
    State(orch): State<Arc<Orch>>,
    Path(id): Path<String>,
) -> Result<Json<trials::Trial>, Problem> {
    let trial = trials::find(&orch.pool, trial_id(&id)?).await?;
    trial.map(Json).ok_or_else(|| Problem::unknown("trial", id))
}

/// Shows the job of a trial.
pub(super) async fn job(
    State(orch): State<Arc<Orch>>,
    Path(id): Path<String>,
) -> Result<Json<Job>, Problem> {
    let mut job = Job::by_trial(&orch.pool, trial_id(&id)?)
        .await?
        .ok_or_else(|| Problem::unknown("trial", id))?;
    if let Some(result) = &mut job.result
        && orch.service.faults.on("F11").is_some()
    {
        result.metrics = None;
    }
    Ok(Json(job))
}

/// Removes a trial with all that it caused but its baseline.
pub(super) async fn delete(
    State(orch): State<Arc<Orch>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    match trials::delete(&orch.pool, trial_id(&id)?).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::unknown("trial", id)),
    }
}

/// What is not even an id is not known either.
fn trial_id(id: &str) -> Result<Uuid, Problem> {
    id.parse().map_err(|_| Problem::unknown("trial", id))
}
