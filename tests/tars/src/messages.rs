//! What travels through the streams.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::rl::regression::Regression;
use crate::rl::{AgentType, EnvironmentName, Hyperparameters, PartialHyperparameters, Score, Task};

/// From orchestration to the evaluators, and their consumer group.
pub(crate) const REQUESTS: (&str, &str) = ("tars:eval:requests", "eval");
/// From the evaluators to orchestration, and its consumer group.
pub(crate) const EVENTS: (&str, &str) = ("eval_events", "orch");

/// Evaluate an agent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct EvaluationRequest {
    pub(crate) job_id: Uuid,
    pub(crate) trial_id: Uuid,
    pub(crate) agent_type: AgentType,
    pub(crate) environment: EnvironmentName,
    pub(crate) hyperparameters: PartialHyperparameters,
    pub(crate) num_episodes: u32,
    pub(crate) seed: u64,
}

impl EvaluationRequest {
    /// What is to be evaluated.
    pub(crate) fn task(&self) -> Task {
        Task {
            agent: self.agent_type,
            environment: self.environment,
        }
    }
}

/// What an evaluation came to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct EvaluationResult {
    pub(crate) metrics: Score,
    pub(crate) regression: Regression,
    /// What the agent learned with.
    pub(crate) hyperparameters: Hyperparameters,
}

/// An evaluation has ended; without a result it has failed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct EvaluationEnded {
    pub(crate) request: EvaluationRequest,
    pub(crate) result: Option<EvaluationResult>,
}
