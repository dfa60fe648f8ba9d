//! Metrics of orchestration.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::messages::EVENTS;
use crate::service::metrics::{Histograms, QueueDepth, TaskLabels};

const RELOAD_BUCKETS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];

/// All of them.
#[derive(Debug)]
pub(super) struct Metrics {
    pub(super) trials: Family<TaskLabels, Counter>,
    pub(super) baseline_updates: Family<TaskLabels, Counter>,
    pub(super) hot_reload: Histograms<TaskLabels>,
    pub(super) hot_reload_failures: Family<TaskLabels, Counter>,
    pub(super) queue: QueueDepth,
}

impl Metrics {
    /// Registers them, everything at zero.
    pub(super) fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            trials: Family::default(),
            baseline_updates: Family::default(),
            hot_reload: Family::new_with_constructor(|| Histogram::new(RELOAD_BUCKETS)),
            hot_reload_failures: Family::default(),
            queue: QueueDepth::register(registry, EVENTS.0),
        };
        for labels in TaskLabels::all() {
            drop(metrics.trials.get_or_create(&labels));
            drop(metrics.baseline_updates.get_or_create(&labels));
            drop(metrics.hot_reload.get_or_create(&labels));
            drop(metrics.hot_reload_failures.get_or_create(&labels));
        }
        registry.register(
            "tars_orchestration_trials",
            "Trials accepted",
            metrics.trials.clone(),
        );
        registry.register(
            "tars_orchestration_baseline_updates",
            "Results that entered the baselines",
            metrics.baseline_updates.clone(),
        );
        registry.register(
            "tars_orchestration_hot_reload_duration_seconds",
            "Time until every evaluator held the new hyperparameters",
            metrics.hot_reload.clone(),
        );
        registry.register(
            "tars_orchestration_hot_reload_failures",
            "Hot reloads that not every evaluator confirmed",
            metrics.hot_reload_failures.clone(),
        );
        metrics
    }
}
