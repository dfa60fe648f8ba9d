//! Metrics of AutoML.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use crate::rl::AgentType;
use crate::service::Origin;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TrialLabels {
    agent_type: &'static str,
    status: &'static str,
    synthetic: &'static str,
}

/// How orchestration took a trial.
#[derive(Clone, Copy, Debug)]
pub(super) enum Taken {
    /// Accepted.
    Submitted,
    /// Refused as invalid.
    Rejected,
    /// Not taken for any other reason.
    Failed,
}

/// All of them.
#[derive(Debug)]
pub(super) struct Metrics(Family<TrialLabels, Counter>);

impl Metrics {
    /// Registers them, everything at zero.
    pub(super) fn register(registry: &mut Registry) -> Self {
        let metrics = Self(Family::default());
        for agent in AgentType::ALL {
            for taken in [Taken::Submitted, Taken::Rejected, Taken::Failed] {
                for origin in Origin::ALL {
                    drop(metrics.0.get_or_create(&labels(Some(agent), taken, origin)));
                }
            }
        }
        registry.register("tars_automl_trials", "Trials proposed", metrics.0.clone());
        metrics
    }

    /// Counts a trial.
    pub(super) fn count(&self, agent: Option<AgentType>, taken: Taken, origin: Origin) {
        self.0.get_or_create(&labels(agent, taken, origin)).inc();
    }
}

fn labels(agent: Option<AgentType>, taken: Taken, origin: Origin) -> TrialLabels {
    TrialLabels {
        agent_type: agent.map_or("unknown", AgentType::name),
        status: match taken {
            Taken::Submitted => "submitted",
            Taken::Rejected => "rejected",
            Taken::Failed => "failed",
        },
        synthetic: origin.label(),
    }
}
