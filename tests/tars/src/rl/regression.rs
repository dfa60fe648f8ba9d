//! Is a new score worse than the baseline, by enough and beyond noise?
//!
//! The drop is measured against the baseline's size or, where that is small, its spread; so negative rewards
//! (Pendulum) regress like positive ones. Noise is judged by Welch's z of the two means.

use serde::{Deserialize, Serialize};

use super::Score;

/// A drop from here on is a regression.
const REGRESSION: f64 = 0.10;
/// ... of high severity up to here, critical beyond.
const CRITICAL: f64 = 0.20;
/// How sure we must be.
const CONFIDENCE: f64 = 0.95;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Severity {
    /// Not worse.
    None,
    /// Worse, but less than a regression.
    Low,
    /// By 10 to 20 percent.
    High,
    /// By more.
    Critical,
}

impl Severity {
    /// As written in payloads and labels.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// The detector's answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Regression {
    /// Worse by at least 10 percent, and not by chance.
    pub(crate) is_regression: bool,
    /// By how much.
    pub(crate) severity: Severity,
    /// How sure: probability that the mean really dropped, 0 to 1.
    pub(crate) confidence: f64,
    /// The drop as a share of the baseline's scale; negative when better.
    pub(crate) reward_drop: f64,
}

/// Compares a score over `n` episodes with a baseline over `baseline_n`; nothing regresses from no baseline.
pub(crate) fn detect((score, n): (&Score, u32), baseline: Option<(&Score, u32)>) -> Regression {
    let Some((baseline, baseline_n)) = baseline else {
        return Regression {
            is_regression: false,
            severity: Severity::None,
            confidence: 0.0,
            reward_drop: 0.0,
        };
    };
    let loss = baseline.mean_reward - score.mean_reward;
    let scale = baseline
        .mean_reward
        .abs()
        .max(baseline.std_reward)
        .max(1e-9);
    let variance_of_mean = |score: &Score, n: u32| score.std_reward.powi(2) / f64::from(n.max(1));
    let noise = (variance_of_mean(score, n) + variance_of_mean(baseline, baseline_n)).sqrt();
    let confidence = normal_cdf(loss / noise.max(1e-9));
    let reward_drop = loss / scale;
    let is_regression = reward_drop >= REGRESSION && confidence >= CONFIDENCE;
    Regression {
        is_regression,
        severity: match reward_drop {
            drop if is_regression && drop > CRITICAL => Severity::Critical,
            _ if is_regression => Severity::High,
            drop if drop >= REGRESSION / 2.0 && confidence >= CONFIDENCE => Severity::Low,
            _ => Severity::None,
        },
        confidence,
        reward_drop,
    }
}

/// Abramowitz and Stegun 26.2.17, right to 1e-7.
fn normal_cdf(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let poly = t
        * (0.319_381_530
            + t * (-0.356_563_782
                + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    let tail = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() * poly;
    if z < 0.0 { tail } else { 1.0 - tail }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(mean_reward: f64, std_reward: f64) -> Score {
        Score {
            mean_reward,
            std_reward,
            min_reward: 0.0,
            max_reward: 0.0,
            success_rate: 0.0,
            mean_steps: 0.0,
        }
    }

    #[track_caller]
    fn check(new: (f64, f64), baseline: (f64, f64), expected: Severity) {
        let (new, baseline) = (score(new.0, new.1), score(baseline.0, baseline.1));
        let regression = detect((&new, 50), Some((&baseline, 50)));
        assert_eq!(regression.severity, expected, "{regression:?}");
        assert_eq!(
            regression.is_regression,
            matches!(expected, Severity::High | Severity::Critical)
        );
    }

    #[test]
    fn positive_rewards() {
        check((200.0, 5.0), (200.0, 5.0), Severity::None);
        check((188.0, 5.0), (200.0, 5.0), Severity::Low);
        check((170.0, 5.0), (200.0, 5.0), Severity::High);
        check((100.0, 5.0), (200.0, 5.0), Severity::Critical);
        check((220.0, 5.0), (200.0, 5.0), Severity::None);
    }

    #[test]
    fn negative_rewards() {
        check((-225.0, 40.0), (-150.0, 40.0), Severity::Critical);
        check((-175.0, 40.0), (-150.0, 40.0), Severity::High);
        check((-100.0, 40.0), (-150.0, 40.0), Severity::None);
    }

    #[test]
    fn a_baseline_near_zero_is_scaled_by_its_spread() {
        check((-1.0, 10.0), (0.1, 10.0), Severity::None);
        check((-9.0, 10.0), (0.1, 10.0), Severity::Critical);
    }

    #[test]
    fn noise_is_no_regression() {
        check((170.0, 300.0), (200.0, 300.0), Severity::None);
    }

    #[test]
    fn nothing_to_compare_with() {
        assert!(!detect((&score(1.0, 1.0), 50), None).is_regression);
    }

    #[test]
    fn normal_distribution() {
        for (z, p) in [(0.0, 0.5), (1.644_854, 0.95), (-1.959_964, 0.025)] {
            assert!((normal_cdf(z) - p).abs() < 1e-6);
        }
    }
}
