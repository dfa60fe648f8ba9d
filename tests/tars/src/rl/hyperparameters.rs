//! What an agent learns with.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::AgentType;

/// A full set; each agent uses the ones it knows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Hyperparameters {
    /// Step size of the optimiser.
    pub(crate) learning_rate: f64,
    /// Discount of later rewards.
    pub(crate) gamma: f64,
    /// Share of random actions (DQN).
    pub(crate) epsilon: f64,
    /// Rate at which targets follow (DDPG).
    pub(crate) tau: f64,
}

/// What a client sent: the rest comes from the agent's active set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PartialHyperparameters {
    /// See [`Hyperparameters::learning_rate`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) learning_rate: Option<f64>,
    /// See [`Hyperparameters::gamma`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gamma: Option<f64>,
    /// See [`Hyperparameters::epsilon`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) epsilon: Option<f64>,
    /// See [`Hyperparameters::tau`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tau: Option<f64>,
}

impl Hyperparameters {
    /// The published defaults of an agent.
    pub(crate) fn of(agent: AgentType) -> Self {
        match agent {
            AgentType::Dqn => Self {
                learning_rate: 0.001,
                gamma: 0.99,
                epsilon: 0.1,
                tau: 1.0,
            },
            AgentType::Ddpg => Self {
                learning_rate: 0.001,
                gamma: 0.99,
                epsilon: 0.0,
                tau: 0.005,
            },
        }
    }

    /// These, but for what the client asked for.
    pub(crate) fn with(self, asked: &PartialHyperparameters) -> Self {
        Self {
            learning_rate: asked.learning_rate.unwrap_or(self.learning_rate),
            gamma: asked.gamma.unwrap_or(self.gamma),
            epsilon: asked.epsilon.unwrap_or(self.epsilon),
            tau: asked.tau.unwrap_or(self.tau),
        }
    }

    /// A short fingerprint (FNV-1a over the exact bits), to compare what two replicas hold.
    pub(crate) fn hash(&self) -> String {
        let values = [self.learning_rate, self.gamma, self.epsilon, self.tau];
        let hash = values
            .iter()
            .flat_map(|value| value.to_bits().to_be_bytes())
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        format!("{hash:016x}")
    }
}

impl PartialHyperparameters {
    /// The ones we know among others.
    pub(crate) fn known_in(all: &Map<String, Value>) -> serde_json::Result<Self> {
        let known = ["learning_rate", "gamma", "epsilon", "tau"];
        let of_ours = all
            .iter()
            .filter(|(name, _)| known.contains(&name.as_str()));
        let ours = of_ours.map(|(name, value)| (name.clone(), value.clone()));
        serde_json::from_value(Value::Object(ours.collect()))
    }

    /// What is wrong with them, if anything.
    pub(crate) fn mistake(&self) -> Option<String> {
        let unit = |name: &str, value: Option<f64>| {
            value
                .filter(|value| !(0.0..=1.0).contains(value))
                .map(|value| format!("{name} must lie in [0, 1], got {value}"))
        };
        self.learning_rate
            .filter(|rate| !(*rate > 0.0 && *rate <= 1.0))
            .map(|rate| format!("learning_rate must lie in (0, 1], got {rate}"))
            .or_else(|| unit("gamma", self.gamma))
            .or_else(|| unit("epsilon", self.epsilon))
            .or_else(|| unit("tau", self.tau))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_asked_for_stays() {
        let asked = PartialHyperparameters {
            gamma: Some(0.9),
            ..Default::default()
        };
        let active = Hyperparameters::of(AgentType::Dqn);
        assert_eq!(
            active.with(&asked),
            Hyperparameters {
                gamma: 0.9,
                ..active
            }
        );
        assert_ne!(active.with(&asked).hash(), active.hash());
    }

    #[test]
    fn mistakes_are_named() {
        let asked = PartialHyperparameters {
            learning_rate: Some(-1.0),
            ..Default::default()
        };
        assert_eq!(
            asked.mistake().as_deref(),
            Some("learning_rate must lie in (0, 1], got -1")
        );
        assert_eq!(PartialHyperparameters::default().mistake(), None);
    }
}
