//! DQN for CartPole: Q-learning with linear values over quadratic features and a target copy.
//!
//! Q(s, a) = V(s) ± A(s), both linear in the features. Small enough to be learned in milliseconds, real enough
//! that its score follows its hyperparameters: with a learning rate too large it never settles, with a large
//! epsilon it plays at random.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::cartpole::{CartPole, Push, State};
use super::{Adam, Episode, Hyperparameters};

/// Learning is repeatable: equal hyperparameters give equal agents.
const SEED: u64 = 6;
const FEATURES: usize = 11;
/// How many steps an action is held while learning, so that its effect shows.
const SKIP: i32 = 4;
const WEIGHTS: usize = 2 * FEATURES;
const UPDATES: usize = 600;
const TARGET_EVERY: usize = 50;

type Features = [f64; FEATURES];

/// A trained agent.
#[derive(Clone, Debug)]
pub(crate) struct Dqn {
    weights: [f64; WEIGHTS],
    epsilon: f64,
}

impl Dqn {
    /// Learns with the given hyperparameters.
    pub(crate) fn learn(with: &Hyperparameters) -> Self {
        let rng = &mut ChaCha8Rng::seed_from_u64(SEED);
        let mut weights = [0.0; WEIGHTS];
        let mut target = weights;
        let mut adam = Adam::new(with.learning_rate);
        for update in 0..UPDATES {
            let start = spread(rng);
            let seen = features(&start.state());
            let mut gradient = [0.0; WEIGHTS];
            for action in 0..2 {
                let goal = lookahead(start.clone(), action, with.gamma, &target);
                let error = value(&weights, action, &seen) - goal;
                let side = if action == 0 { -error } else { error };
                for i in 0..FEATURES {
                    gradient[i] += error * seen[i];
                    gradient[FEATURES + i] += side * seen[i];
                }
            }
            adam.descend(&mut weights, &gradient);
            if update % TARGET_EVERY == 0 {
                target = weights;
            }
        }
        Self {
            weights,
            epsilon: with.epsilon,
        }
    }

    /// Plays one episode of at most `max_steps`, exploring as often as its epsilon says.
    pub(crate) fn play(&self, max_steps: u32, rng: &mut impl Rng) -> Episode {
        let mut pole = CartPole::reset(rng);
        let mut steps = 0;
        while steps < max_steps {
            steps += 1;
            let action = if rng.random_bool(self.epsilon.clamp(0.0, 1.0)) {
                rng.random_range(0..2)
            } else {
                let seen = features(&pole.state());
                usize::from(dot(&self.weights[FEATURES..], &seen) > 0.0)
            };
            if !pole.step(push(action)) {
                break;
            }
        }
        Episode {
            reward: f64::from(steps),
            steps,
            success: steps >= 195.min(max_steps),
        }
    }
}

/// A state anywhere in the region worth knowing.
fn spread(rng: &mut impl Rng) -> CartPole {
    CartPole::at([
        rng.random_range(-1.0..1.0),
        rng.random_range(-1.0..1.0),
        rng.random_range(-0.2..0.2),
        rng.random_range(-1.5..1.5),
    ])
}

/// What the target copy promises after holding the action; -1 for a fall.
fn lookahead(mut pole: CartPole, action: usize, gamma: f64, target: &[f64; WEIGHTS]) -> f64 {
    for _ in 0..SKIP {
        if !pole.step(push(action)) {
            return -1.0;
        }
    }
    let next = features(&pole.state());
    gamma.powi(SKIP) * value(target, 0, &next).max(value(target, 1, &next))
}

fn features(&[x, speed, angle, spin]: &State) -> Features {
    let (x, speed, angle, spin) = (x / 2.4, speed / 2.0, angle / 0.21, spin / 2.0);
    [
        1.0,
        x,
        speed,
        angle,
        spin,
        angle * angle,
        angle * spin,
        spin * spin,
        x * x,
        x * speed,
        speed * speed,
    ]
}

fn value(weights: &[f64; WEIGHTS], action: usize, seen: &Features) -> f64 {
    let side = if action == 0 { -1.0 } else { 1.0 };
    dot(&weights[..FEATURES], seen) + side * dot(&weights[FEATURES..], seen)
}

fn dot(weights: &[f64], seen: &Features) -> f64 {
    let mut sum = 0.0;
    for i in 0..FEATURES {
        sum += weights[i] * seen[i];
    }
    sum
}

fn push(action: usize) -> Push {
    if action == 0 { Push::Left } else { Push::Right }
}
