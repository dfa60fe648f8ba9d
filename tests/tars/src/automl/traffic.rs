//! The background traffic: trials at a steady rate, each followed by a read of the best baseline.

use std::sync::Arc;
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, watch};
use tokio::time::sleep;
use tracing::{Instrument, info_span, warn};

use super::Automl;
use super::submit::submit_trial;
use crate::rl::Task;
use crate::service::{Origin, Target};

/// So many requests may be under way; what is beyond is not sent (orchestration is in trouble then).
const AT_ONCE: usize = 64;
const EPISODES: u32 = 50;
/// Good settings of either agent, as a tuner that has converged would try them: learning rate and discount.
const SETTINGS: [(f64, f64); 4] = [
    (0.001, 0.99),
    (0.001, 0.985),
    (0.001, 0.992),
    (0.00101, 0.99),
];

/// Trials a second; can be changed while running.
#[derive(Debug)]
pub(super) struct Rate(watch::Sender<f64>);

impl Rate {
    /// Starts with this rate.
    pub(super) fn new(rate: f64) -> Self {
        Self(watch::Sender::new(rate))
    }

    /// Goes on with this one.
    pub(super) fn set(&self, rate: f64) {
        self.0.send_replace(rate);
    }
}

/// Sends until the service stops.
pub(super) async fn generate(automl: Arc<Automl>) {
    let mut rng = ChaCha8Rng::seed_from_u64(automl.service.seed);
    let mut rate = automl.rate.0.subscribe();
    let slots = Arc::new(Semaphore::new(AT_ONCE));
    let stop = automl.service.stop.clone();
    while !stop.is_cancelled() {
        let per_second = *rate.borrow_and_update();
        let pause = match per_second {
            0.0 => Duration::from_secs(3600),
            rate => Duration::from_secs_f64(rng.random_range(0.7..1.3) / rate),
        };
        tokio::select! {
            () = sleep(pause) => (),
            // A watch of our own never closes; start over with the new rate.
            _ = rate.changed() => continue,
            () = stop.cancelled() => break,
        }
        if per_second == 0.0 {
            continue;
        }
        let task = Task::ALL[usize::from(rng.random_bool(0.4))];
        let trial = trial(&mut rng, task);
        let decoy = automl.service.faults.on("D07").is_some();
        let Ok(slot) = slots.clone().try_acquire_owned() else {
            warn!("too many requests under way, skipping one");
            continue;
        };
        let automl = automl.clone();
        tokio::spawn(async move {
            send(&automl, task, &trial, decoy).await;
            drop(slot);
        });
    }
}

/// A trial with good hyperparameters.
fn trial(rng: &mut ChaCha8Rng, task: Task) -> Value {
    let (learning_rate, gamma) = SETTINGS[rng.random_range(0..SETTINGS.len())];
    json!({
        "agent_type": task.agent.name(),
        "environment": task.environment.name(),
        "hyperparameters": {"learning_rate": learning_rate, "gamma": gamma},
        "num_episodes": EPISODES,
        "metadata": {"optimizer": "tpe", "study_id": "background"},
    })
}

async fn send(automl: &Automl, task: Task, trial: &Value, decoy: bool) {
    if let Err(error) = submit_trial(automl, trial, Origin::Real).await {
        warn!(error = format!("{error:#}"), "trial not submitted");
    }
    if decoy {
        // Bad input of a user: answered 422, nobody's fault.
        let mut bad = trial.clone();
        bad["hyperparameters"]["learning_rate"] = json!(-1.0);
        if let Err(error) = submit_trial(automl, &bad, Origin::Real).await {
            warn!(error = format!("{error:#}"), "bad trial not submitted");
        }
    }
    let (agent, environment) = (task.agent.name(), task.environment.name());
    let target = Target {
        base: &automl.orch_url,
        route: "/v1/baselines/{agent}/{environment}/rank/{rank}",
        path: &format!("/v1/baselines/{agent}/{environment}/rank/1"),
    };
    let read = automl.client.send(Method::GET, target, None);
    if let Err(error) = read.instrument(info_span!("read_baseline")).await {
        warn!(error = format!("{error:#}"), "baseline not read");
    }
}
