//! Metrics of the evaluators.

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::messages::REQUESTS;
use crate::pace::Profile;
use crate::rl::Task;
use crate::rl::regression::Severity;
use crate::service::metrics::{QueueDepth, TaskLabels, tasks};
use crate::service::{Faults, Origin, Service};

/// How an evaluation ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct EndLabels {
    agent_type: &'static str,
    environment: &'static str,
    status: &'static str,
    synthetic: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct DurationLabels {
    agent_type: &'static str,
    environment: &'static str,
    num_episodes: u32,
    synthetic: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct RegressionLabels {
    agent_type: &'static str,
    environment: &'static str,
    severity: &'static str,
    synthetic: &'static str,
}

/// All of them.
#[derive(Debug)]
pub(super) struct Metrics {
    evaluations: Family<EndLabels, Counter>,
    duration: Family<DurationLabels, Histogram, Buckets>,
    regressions: Family<RegressionLabels, Counter>,
    pub(super) episodes: Family<TaskLabels, Counter>,
    pub(super) queue: QueueDepth,
}

impl Metrics {
    /// Registers them, everything at zero.
    pub(super) fn register(registry: &mut Registry, service: &Service) -> Self {
        let metrics = Self {
            evaluations: Family::default(),
            duration: Family::new_with_constructor(Buckets(service.profile)),
            regressions: Family::default(),
            episodes: Family::default(),
            queue: QueueDepth::register(registry, REQUESTS.0),
        };
        for (task, origin) in tasks() {
            for status in ["completed", "failed"] {
                drop(
                    metrics
                        .evaluations
                        .get_or_create(&end(task, status, origin)),
                );
            }
            for num_episodes in [50, 100] {
                let labels = duration(task, num_episodes, origin);
                drop(metrics.duration.get_or_create(&labels));
            }
            for severity in [Severity::High, Severity::Critical] {
                let labels = regression(task, severity, origin);
                drop(metrics.regressions.get_or_create(&labels));
            }
            drop(
                metrics
                    .episodes
                    .get_or_create(&TaskLabels::new(task, origin)),
            );
        }
        registry.register(
            "tars_eval_evaluations",
            "Evaluations ended",
            metrics.evaluations.clone(),
        );
        registry.register(
            "tars_eval_regression_detected",
            "Evaluations worse than the baseline",
            metrics.regressions.clone(),
        );
        registry.register(
            "tars_eval_episodes",
            "Episodes played",
            metrics.episodes.clone(),
        );
        registry.register_collector(Box::new(Duration {
            family: metrics.duration.clone(),
            faults: service.faults.clone(),
        }));
        metrics
    }

    /// An evaluation has ended.
    pub(super) fn ended(
        &self,
        (task, num_episodes, origin): (Task, u32, Origin),
        status: &'static str,
        seconds: f64,
    ) {
        self.evaluations
            .get_or_create(&end(task, status, origin))
            .inc();
        let labels = duration(task, num_episodes, origin);
        self.duration.get_or_create(&labels).observe(seconds);
    }

    /// A regression was found.
    pub(super) fn regressed(&self, task: Task, severity: Severity, origin: Origin) {
        self.regressions
            .get_or_create(&regression(task, severity, origin))
            .inc();
    }
}

fn end(task: Task, status: &'static str, origin: Origin) -> EndLabels {
    EndLabels {
        agent_type: task.agent.name(),
        environment: task.environment.name(),
        status,
        synthetic: origin.label(),
    }
}

fn duration(task: Task, num_episodes: u32, origin: Origin) -> DurationLabels {
    DurationLabels {
        agent_type: task.agent.name(),
        environment: task.environment.name(),
        num_episodes,
        synthetic: origin.label(),
    }
}

fn regression(task: Task, severity: Severity, origin: Origin) -> RegressionLabels {
    RegressionLabels {
        agent_type: task.agent.name(),
        environment: task.environment.name(),
        severity: severity.name(),
        synthetic: origin.label(),
    }
}

/// Makes the histograms of a profile.
#[derive(Clone, Debug)]
struct Buckets(Profile);

impl MetricConstructor<Histogram> for Buckets {
    fn new_metric(&self) -> Histogram {
        Histogram::new(self.0.evaluation_buckets())
    }
}

/// Exports the duration, under the name of the next release while fault F17 is on.
#[derive(Debug)]
struct Duration {
    family: Family<DurationLabels, Histogram, Buckets>,
    faults: Faults,
}

impl Collector for Duration {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let name = match self.faults.on("F17") {
            Some(_) => "tars_eval_evaluation_duration_seconds",
            None => "tars_eval_duration_seconds",
        };
        let help = "From receiving a request to the end of its evaluation";
        let metric = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
        self.family.encode(metric)
    }
}
