//! Episodes, and the metrics of an evaluation.

use serde::{Deserialize, Serialize};

/// What one episode came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Episode {
    /// Sum of its rewards.
    pub(crate) reward: f64,
    /// How many steps it took.
    pub(crate) steps: u32,
    /// Whether the task was solved.
    pub(crate) success: bool,
}

/// The metrics of an evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Score {
    /// Mean of the episodes' rewards.
    pub(crate) mean_reward: f64,
    /// Their sample standard deviation; 0 for a single episode.
    pub(crate) std_reward: f64,
    /// The worst episode.
    pub(crate) min_reward: f64,
    /// The best episode.
    pub(crate) max_reward: f64,
    /// Share of solved episodes, 0 to 1.
    pub(crate) success_rate: f64,
    /// Mean number of steps.
    pub(crate) mean_steps: f64,
}

impl Score {
    /// The metrics of these episodes; `None` without any.
    pub(crate) fn of(episodes: &[Episode]) -> Option<Self> {
        if episodes.is_empty() {
            return None;
        }
        let n = episodes.len() as f64;
        let mean = |value: fn(&Episode) -> f64| episodes.iter().map(value).sum::<f64>() / n;
        let mean_reward = mean(|episode| episode.reward);
        let squares: f64 = episodes
            .iter()
            .map(|episode| (episode.reward - mean_reward).powi(2))
            .sum();
        let rewards = || episodes.iter().map(|episode| episode.reward);
        Some(Self {
            mean_reward,
            std_reward: (squares / (n - 1.0).max(1.0)).sqrt(),
            min_reward: rewards().fold(f64::INFINITY, f64::min),
            max_reward: rewards().fold(f64::NEG_INFINITY, f64::max),
            success_rate: mean(|episode| f64::from(u8::from(episode.success))),
            mean_steps: mean(|episode| f64::from(episode.steps)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_three_episodes() {
        let episode = |reward, steps, success| Episode {
            reward,
            steps,
            success,
        };
        let score = Score::of(&[
            episode(-1.0, 10, false),
            episode(-2.0, 20, true),
            episode(-6.0, 30, false),
        ])
        .expect("three episodes");
        // Squared distances from -3: 4, 1, 9; 14 / 2 = 7.
        assert!((score.std_reward - 7_f64.sqrt()).abs() < 1e-12);
        assert_eq!((score.mean_reward, score.mean_steps), (-3.0, 20.0));
        assert_eq!((score.min_reward, score.max_reward), (-6.0, -1.0));
        assert!((score.success_rate - 1.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn of_none() {
        assert_eq!(Score::of(&[]), None);
    }
}
