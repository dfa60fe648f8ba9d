//! The agents a replica holds: the hyperparameters in force, set by hot reload, and what was learned with which.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::Value;

use crate::clock;
use crate::rl::{Agent, AgentType, Hyperparameters};
use crate::service::Origin;

/// Learned agents kept; learning again is cheap.
const LEARNED: usize = 256;

/// What an agent runs with.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Active {
    /// Version of the baseline it came from; 0 is the published default.
    pub(super) version: i64,
    pub(super) hyperparameters: Hyperparameters,
    pub(super) parameter_hash: String,
    pub(super) reloaded_at: Option<jiff::Timestamp>,
}

#[derive(Debug, Default)]
struct State {
    active: HashMap<(AgentType, Origin), Active>,
    learned: HashMap<(AgentType, String), Arc<Agent>>,
}

/// All of them. Probes reload agents of their own.
#[derive(Debug, Default)]
pub(super) struct Agents(Mutex<State>);

impl Agents {
    /// What is in force.
    pub(super) fn active(&self, agent: AgentType, origin: Origin) -> Active {
        let found = self.lock().active.get(&(agent, origin)).cloned();
        found.unwrap_or_else(|| {
            let hyperparameters = Hyperparameters::of(agent);
            Active {
                version: 0,
                hyperparameters,
                parameter_hash: hyperparameters.hash(),
                reloaded_at: None,
            }
        })
    }

    /// Puts hyperparameters into force, unless newer ones are; returns what is in force then.
    pub(super) fn reload(
        &self,
        agent: AgentType,
        origin: Origin,
        version: i64,
        hyperparameters: Hyperparameters,
    ) -> Active {
        let active = self.active(agent, origin);
        if version <= active.version {
            return active;
        }
        let active = Active {
            version,
            hyperparameters,
            parameter_hash: hyperparameters.hash(),
            reloaded_at: Some(clock::now()),
        };
        self.lock().active.insert((agent, origin), active.clone());
        active
    }

    /// An agent that has learned with the given hyperparameters.
    pub(super) async fn learned(
        &self,
        agent: AgentType,
        with: Hyperparameters,
    ) -> Result<Arc<Agent>> {
        let key = (agent, with.hash());
        let known = self.lock().learned.get(&key).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let learn = tokio::task::spawn_blocking(move || Arc::new(Agent::learn(agent, &with)));
        let learned = learn.await.context("learning was interrupted")?;
        let mut state = self.lock();
        if state.learned.len() >= LEARNED {
            state.learned.clear();
        }
        state.learned.insert(key, learned.clone());
        Ok(learned)
    }

    /// The fingerprints of what is in force for real traffic.
    pub(super) fn hashes(&self) -> Value {
        let hash = |agent: AgentType| {
            let hash = self.active(agent, Origin::Real).parameter_hash;
            (agent.name().to_owned(), Value::String(hash))
        };
        Value::Object(AgentType::ALL.into_iter().map(hash).collect())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no holder of this lock panics")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_reload_does_not_undo_a_new_one() {
        let agents = Agents::default();
        let default = Hyperparameters::of(AgentType::Dqn);
        let with = |gamma| Hyperparameters { gamma, ..default };
        agents.reload(AgentType::Dqn, Origin::Real, 5, with(0.5));
        let active = agents.reload(AgentType::Dqn, Origin::Real, 4, with(0.4));
        assert_eq!((active.version, active.hyperparameters.gamma), (5, 0.5));
        let of_probes = agents.active(AgentType::Dqn, Origin::Synthetic);
        assert_eq!((of_probes.version, of_probes.hyperparameters), (0, default));
    }
}
