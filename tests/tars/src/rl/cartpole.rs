//! CartPole-v1: a pole on a cart, kept upright by pushing left or right.
//!
//! The equations and constants are those of Gym's `classic_control/cartpole.py` (Euler integration).

use rand::{Rng, RngExt};

const GRAVITY: f64 = 9.8;
const CART_MASS: f64 = 1.0;
const POLE_MASS: f64 = 0.1;
const TOTAL_MASS: f64 = CART_MASS + POLE_MASS;
/// Half of the pole's length.
const HALF_LENGTH: f64 = 0.5;
const POLE_MASS_LENGTH: f64 = POLE_MASS * HALF_LENGTH;
const FORCE: f64 = 10.0;
const SECONDS_PER_STEP: f64 = 0.02;

/// The cart may go this far from the middle.
pub(crate) const X_LIMIT: f64 = 2.4;
/// The pole may lean this far: 12 degrees.
pub(crate) const ANGLE_LIMIT: f64 = 12.0 * 2.0 * std::f64::consts::PI / 360.0;

/// Which way the cart is pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Push {
    /// With -10 N.
    Left,
    /// With +10 N.
    Right,
}

/// Position, speed, angle, angular speed.
pub(crate) type State = [f64; 4];

/// The cart and its pole. Every step survived is worth a reward of 1.
#[derive(Clone, Debug)]
pub(crate) struct CartPole {
    state: State,
}

impl CartPole {
    /// Starts near the upright rest, each value within ±0.05.
    pub(crate) fn reset(rng: &mut impl Rng) -> Self {
        Self {
            state: std::array::from_fn(|_| rng.random_range(-0.05..0.05)),
        }
    }

    /// Starts where it is told to.
    pub(crate) fn at(state: State) -> Self {
        Self { state }
    }

    /// What the agent sees.
    pub(crate) fn state(&self) -> State {
        self.state
    }

    /// Moves on by 20 ms; true while the pole stands.
    pub(crate) fn step(&mut self, push: Push) -> bool {
        let [x, speed, angle, spin] = self.state;
        let force = match push {
            Push::Left => -FORCE,
            Push::Right => FORCE,
        };
        let (sin, cos) = angle.sin_cos();
        let temp = (force + POLE_MASS_LENGTH * spin * spin * sin) / TOTAL_MASS;
        let angular_acceleration = (GRAVITY * sin - cos * temp)
            / (HALF_LENGTH * (4.0 / 3.0 - POLE_MASS * cos * cos / TOTAL_MASS));
        let acceleration = temp - POLE_MASS_LENGTH * angular_acceleration * cos / TOTAL_MASS;
        self.state = [
            x + SECONDS_PER_STEP * speed,
            speed + SECONDS_PER_STEP * acceleration,
            angle + SECONDS_PER_STEP * spin,
            spin + SECONDS_PER_STEP * angular_acceleration,
        ];
        self.state[0].abs() <= X_LIMIT && self.state[2].abs() <= ANGLE_LIMIT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_push_from_rest() {
        // From rest: temp = 10/1.1 = 9.090909; θ'' = -9.090909 / (0.5·(4/3 - 0.1/1.1)) = -14.634146;
        // x'' = 9.090909 + 0.05·14.634146/1.1 = 9.756098.
        let mut pole = CartPole::at([0.0; 4]);
        assert!(pole.step(Push::Right));
        let [x, speed, angle, spin] = pole.state();
        assert_eq!((x, angle), (0.0, 0.0));
        assert!((speed - 0.195_121_95).abs() < 1e-8, "{speed}");
        assert!((spin + 0.292_682_93).abs() < 1e-8, "{spin}");
    }

    #[test]
    fn left_mirrors_right() {
        let mut right = CartPole::at([0.1, -0.2, 0.03, 0.4]);
        let mut left = CartPole::at([-0.1, 0.2, -0.03, -0.4]);
        right.step(Push::Right);
        left.step(Push::Left);
        assert_eq!(right.state().map(|value| -value), left.state());
    }

    #[test]
    fn falls_beyond_twelve_degrees() {
        let mut pole = CartPole::at([0.0, 0.0, ANGLE_LIMIT - 0.001, 0.1]);
        assert!(!pole.step(Push::Left));
        let mut pole = CartPole::at([X_LIMIT, 0.1, 0.0, 0.0]);
        assert!(!pole.step(Push::Left));
    }
}
