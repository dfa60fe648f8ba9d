//! Which agents there are, which environment each can play, and an agent that has learned.

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::ddpg::Ddpg;
use super::dqn::Dqn;
use super::{Episode, Hyperparameters};

/// The kinds of agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AgentType {
    /// Chooses between discrete actions.
    #[serde(alias = "DQN")]
    Dqn,
    /// Chooses a continuous action.
    #[serde(alias = "DDPG")]
    Ddpg,
}

/// The environments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum EnvironmentName {
    /// Discrete actions.
    #[serde(rename = "CartPole-v1")]
    CartPole,
    /// A continuous action.
    #[serde(rename = "Pendulum-v1")]
    Pendulum,
}

/// An agent in an environment that it can play.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Task {
    /// Who plays.
    pub(crate) agent: AgentType,
    /// Where.
    pub(crate) environment: EnvironmentName,
}

impl AgentType {
    /// All kinds.
    pub(crate) const ALL: [Self; 2] = [Self::Dqn, Self::Ddpg];

    /// As written in payloads, labels and attributes.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Dqn => "dqn",
            Self::Ddpg => "ddpg",
        }
    }

    /// The kind of that name, in either case.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|agent| agent.name().eq_ignore_ascii_case(name))
    }
}

impl EnvironmentName {
    /// As written in payloads, labels and attributes.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::CartPole => "CartPole-v1",
            Self::Pendulum => "Pendulum-v1",
        }
    }

    /// The environment of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::CartPole, Self::Pendulum]
            .into_iter()
            .find(|environment| environment.name() == name)
    }
}

impl Task {
    /// All that can be played.
    pub(crate) const ALL: [Self; 2] = [
        Self {
            agent: AgentType::Dqn,
            environment: EnvironmentName::CartPole,
        },
        Self {
            agent: AgentType::Ddpg,
            environment: EnvironmentName::Pendulum,
        },
    ];

    /// The task, if the agent's actions fit the environment.
    pub(crate) fn new(agent: AgentType, environment: EnvironmentName) -> Option<Self> {
        let task = Self { agent, environment };
        Self::ALL.contains(&task).then_some(task)
    }
}

/// An agent that has learned.
#[derive(Clone, Debug)]
pub(crate) enum Agent {
    /// See [`Dqn`].
    Dqn(Dqn),
    /// See [`Ddpg`].
    Ddpg(Ddpg),
}

impl Agent {
    /// Lets an agent learn; equal hyperparameters give equal agents.
    pub(crate) fn learn(agent: AgentType, with: &Hyperparameters) -> Self {
        match agent {
            AgentType::Dqn => Self::Dqn(Dqn::learn(with)),
            AgentType::Ddpg => Self::Ddpg(Ddpg::learn(with)),
        }
    }

    /// Plays one episode; where it starts is up to `rng`.
    pub(crate) fn play(&self, rng: &mut impl Rng) -> Episode {
        match self {
            Self::Dqn(agent) => agent.play(200, rng),
            Self::Ddpg(agent) => agent.play(100, rng),
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::rl::Score;

    fn score(agent: AgentType, change: impl Fn(&mut Hyperparameters)) -> f64 {
        let mut with = Hyperparameters::of(agent);
        change(&mut with);
        let agent = Agent::learn(agent, &with);
        let mut rng = ChaCha8Rng::seed_from_u64(42);
        let episodes: Vec<_> = (0..30).map(|_| agent.play(&mut rng)).collect();
        Score::of(&episodes).expect("thirty episodes").mean_reward
    }

    #[test]
    fn dqn_follows_its_hyperparameters() {
        let sane = score(AgentType::Dqn, |_| ());
        assert!(sane > 190.0, "{sane}");
        assert!(score(AgentType::Dqn, |with| with.learning_rate = 0.1) < 0.7 * sane);
        assert!(score(AgentType::Dqn, |with| with.epsilon = 0.5) < 0.8 * sane);
        assert!(score(AgentType::Dqn, |with| with.epsilon = 1.0) < 0.2 * sane);
    }

    #[test]
    fn ddpg_follows_its_hyperparameters() {
        let sane = score(AgentType::Ddpg, |_| ());
        assert!(sane > -250.0, "{sane}");
        assert!(score(AgentType::Ddpg, |with| with.learning_rate = 1e-5) < 2.0 * sane);
        assert!(score(AgentType::Ddpg, |with| with.learning_rate = 0.01) < 2.0 * sane);
        assert!(score(AgentType::Ddpg, |with| with.gamma = 0.0) < 2.0 * sane);
    }

    #[test]
    fn actions_must_fit() {
        assert!(Task::new(AgentType::Dqn, EnvironmentName::Pendulum).is_none());
        assert_eq!(AgentType::named("DDPG"), Some(AgentType::Ddpg));
    }
}
