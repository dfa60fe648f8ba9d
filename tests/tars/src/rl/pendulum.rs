//! Pendulum-v1: a hanging rod, swung up and held by a motor too weak to lift it at once.
//!
//! The equations and constants are those of Gym's `classic_control/pendulum.py`. Rewards are negative
//! (a cost), at best 0: whatever compares scores has to cope with that.

use std::f64::consts::PI;

use rand::{Rng, RngExt};

const GRAVITY: f64 = 10.0;
const MASS: f64 = 1.0;
const LENGTH: f64 = 1.0;
const SECONDS_PER_STEP: f64 = 0.05;
const MAX_SPEED: f64 = 8.0;
/// The motor's strength.
pub(crate) const MAX_TORQUE: f64 = 2.0;

/// The rod: angle 0 is upright, positive is counter-clockwise.
#[derive(Clone, Debug)]
pub(crate) struct Pendulum {
    angle: f64,
    speed: f64,
}

impl Pendulum {
    /// Starts at any angle, with a speed within ±1.
    pub(crate) fn reset(rng: &mut impl Rng) -> Self {
        Self {
            angle: rng.random_range(-PI..PI),
            speed: rng.random_range(-1.0..1.0),
        }
    }

    /// Starts where it is told to.
    pub(crate) fn at(angle: f64, speed: f64) -> Self {
        Self { angle, speed }
    }

    /// Angle (within ±π) and angular speed.
    pub(crate) fn state(&self) -> (f64, f64) {
        (normalised(self.angle), self.speed)
    }

    /// Moves on by 50 ms and returns the reward, a cost ≤ 0.
    pub(crate) fn step(&mut self, torque: f64) -> f64 {
        let torque = torque.clamp(-MAX_TORQUE, MAX_TORQUE);
        let angle = normalised(self.angle);
        let cost = angle * angle + 0.1 * self.speed * self.speed + 0.001 * torque * torque;
        let acceleration = 3.0 * GRAVITY / (2.0 * LENGTH) * self.angle.sin()
            + 3.0 / (MASS * LENGTH * LENGTH) * torque;
        self.speed = (self.speed + acceleration * SECONDS_PER_STEP).clamp(-MAX_SPEED, MAX_SPEED);
        self.angle += self.speed * SECONDS_PER_STEP;
        -cost
    }
}

fn normalised(angle: f64) -> f64 {
    (angle + PI).rem_euclid(2.0 * PI) - PI
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_step_from_the_side() {
        // angle π/2, at rest, torque 1: cost = 2.467401 + 0.001; speed = (15·1 + 3·1)·0.05 = 0.9;
        // angle = 1.570796 + 0.045.
        let mut rod = Pendulum::at(PI / 2.0, 0.0);
        let reward = rod.step(1.0);
        assert!((reward + 2.468_401_100_27).abs() < 1e-9, "{reward}");
        let (angle, speed) = rod.state();
        assert!((speed - 0.9).abs() < 1e-12 && (angle - PI / 2.0 - 0.045).abs() < 1e-12);
    }

    #[test]
    fn torque_and_speed_are_limited() {
        let mut rod = Pendulum::at(0.0, 7.99);
        assert!((rod.step(50.0) + 0.1 * 7.99 * 7.99 + 0.004).abs() < 1e-9);
        assert_eq!(rod.state().1, MAX_SPEED);
    }

    #[test]
    fn angles_wrap() {
        assert!((normalised(1.5 * PI) + 0.5 * PI).abs() < 1e-12);
        assert!((normalised(-1.5 * PI) - 0.5 * PI).abs() < 1e-12);
    }
}
