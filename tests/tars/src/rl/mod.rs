//! Reinforcement learning in the small: two real environments, two agents that really learn, an evaluation and a
//! regression detector. Pure: no I/O, no clock.

mod adam;
mod agent;
mod cartpole;
mod ddpg;
mod dqn;
mod hyperparameters;
mod pendulum;
pub(crate) mod regression;
mod score;

use adam::Adam;
pub(crate) use agent::{Agent, AgentType, EnvironmentName, Task};
pub(crate) use hyperparameters::{Hyperparameters, PartialHyperparameters};
pub(crate) use score::{Episode, Score};
