//! DDPG for Pendulum: a linear actor and a quadratic critic, with slowly following targets.
//!
//! The actor senses what a swing-up needs (lean and speed near the top, missing energy elsewhere), so that a few
//! hundred updates suffice; how well it learns them is up to its learning rate, discount and tau.

use std::f64::consts::PI;

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::pendulum::{MAX_TORQUE, Pendulum};
use super::{Adam, Episode, Hyperparameters};

/// Learning is repeatable: equal hyperparameters give equal agents.
const SEED: u64 = 2;
const ACTOR: usize = 3;
const CRITIC: usize = 10;
/// How many steps an action is held while learning, so that its effect shows.
const SKIP: i32 = 4;
/// Learning is short, so actor and critic take larger steps than the agent's nominal rate.
const ACTOR_PACE: f64 = 32.0;
const CRITIC_PACE: f64 = 320.0;
const UPDATES: usize = 1500;

/// A trained agent.
#[derive(Clone, Debug)]
pub(crate) struct Ddpg {
    actor: [f64; ACTOR],
}

impl Ddpg {
    /// Learns with the given hyperparameters.
    pub(crate) fn learn(with: &Hyperparameters) -> Self {
        let rng = &mut ChaCha8Rng::seed_from_u64(SEED);
        let mut actor = [0.0; ACTOR];
        let mut critic = [0.0; CRITIC];
        let (mut target_actor, mut target_critic) = (actor, critic);
        let mut actor_adam = Adam::new(ACTOR_PACE * with.learning_rate);
        let mut critic_adam = Adam::new(CRITIC_PACE * with.learning_rate);
        for update in 0..UPDATES {
            // Slowing down to a halt lets the policy settle.
            let left = 1.0 - update as f64 / UPDATES as f64;
            actor_adam.anneal(left);
            critic_adam.anneal(left);
            let start = Pendulum::at(rng.random_range(-PI..PI), rng.random_range(-5.0..5.0));
            let seen = senses(start.state());
            let strength: f64 = rng.random_range(0.3..1.0);
            let mut gradient = [0.0; CRITIC];
            for action in [strength, -strength] {
                let (reward, next) = hold(start.clone(), action, with.gamma);
                let bootstrap = dot(&target_critic, &judged(&next, act(&target_actor, &next)));
                let x = judged(&seen, action);
                let error = dot(&critic, &x) - (reward + with.gamma.powi(SKIP) * bootstrap);
                for i in 0..CRITIC {
                    gradient[i] += error * x[i];
                }
            }
            critic_adam.descend(&mut critic, &gradient);
            // The actor climbs dQ/da · da/dw.
            let chosen = act(&actor, &seen);
            let slope = dot(&critic, &slope_of_judged(&seen, chosen)) * (1.0 - chosen * chosen);
            actor_adam.descend(&mut actor, &seen.map(|value| -slope * value));
            follow(&mut target_actor, &actor, with.tau);
            follow(&mut target_critic, &critic, with.tau);
        }
        Self { actor }
    }

    /// Plays one episode of `max_steps`.
    pub(crate) fn play(&self, max_steps: u32, rng: &mut impl Rng) -> Episode {
        let mut rod = Pendulum::reset(rng);
        let mut reward = 0.0;
        for _ in 0..max_steps {
            let torque = MAX_TORQUE * act(&self.actor, &senses(rod.state()));
            reward += rod.step(torque);
        }
        let (angle, speed) = rod.state();
        Episode {
            reward,
            steps: max_steps,
            success: angle.abs() < 0.2 && speed.abs() < 0.5,
        }
    }
}

type Senses = [f64; ACTOR];

/// Discounted reward of holding an action (scaled to about ±1), and what is sensed after it.
fn hold(mut rod: Pendulum, action: f64, gamma: f64) -> (f64, Senses) {
    let mut reward = 0.0;
    for step in 0..SKIP {
        reward += gamma.powi(step) * rod.step(action * MAX_TORQUE) / 16.0;
    }
    (reward, senses(rod.state()))
}

/// Near the top: lean and speed; elsewhere: speed times the energy still missing to stand upright.
fn senses((angle, speed): (f64, f64)) -> Senses {
    let near = (1.0 - (angle / 0.8).powi(2)).max(0.0).sqrt();
    let energy = speed * speed / 6.0 + 5.0 * (angle.cos() - 1.0);
    let missing = (-energy / 2.0).clamp(-1.0, 1.0);
    let direction = (speed * 4.0).clamp(-1.0, 1.0);
    [
        angle.sin() * near * 4.0,
        speed * near,
        direction * missing * (1.0 - near),
    ]
}

/// What the critic's value is linear in.
fn judged(s: &Senses, a: f64) -> [f64; CRITIC] {
    [
        1.0,
        s[0] * s[0],
        s[1] * s[1],
        s[2] * s[2],
        s[0] * s[1],
        a * s[0],
        a * s[1],
        a * s[2],
        a * a,
        s[2].abs(),
    ]
}

/// Its derivative by the action.
fn slope_of_judged(s: &Senses, a: f64) -> [f64; CRITIC] {
    [0.0, 0.0, 0.0, 0.0, 0.0, s[0], s[1], s[2], 2.0 * a, 0.0]
}

fn act(actor: &[f64; ACTOR], seen: &Senses) -> f64 {
    dot(actor, seen).tanh()
}

fn dot<const N: usize>(left: &[f64; N], right: &[f64; N]) -> f64 {
    let mut sum = 0.0;
    for i in 0..N {
        sum += left[i] * right[i];
    }
    sum
}

/// Lets a target follow its source at the rate tau.
fn follow<const N: usize>(target: &mut [f64; N], source: &[f64; N], tau: f64) {
    for i in 0..N {
        target[i] += tau * (source[i] - target[i]);
    }
}
