//! Submitting a trial to orchestration.

use anyhow::Result;
use opentelemetry::trace::Status;
use reqwest::{Method, StatusCode};
use serde_json::Value;
use tracing::{Instrument, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::Automl;
use super::metrics::Taken;
use crate::rl::AgentType;
use crate::service::{Origin, Target};

/// Submits a trial inside a `submit_trial` span; returns orchestration's answer.
pub(super) async fn submit_trial(
    automl: &Automl,
    trial: &Value,
    origin: Origin,
) -> Result<(StatusCode, Value)> {
    let agent = trial["agent_type"].as_str().and_then(AgentType::named);
    let span = info_span!("submit_trial");
    if let Some(agent) = agent {
        span.set_attribute("agent.type", agent.name());
        span.set_attribute("ml.agent_type", agent.name());
    }
    if let Some(environment) = trial["environment"].as_str() {
        span.set_attribute("environment.name", environment.to_owned());
        span.set_attribute("ml.environment", environment.to_owned());
    }
    let target = Target {
        base: &automl.orch_url,
        route: "/v1/trials",
        path: "/v1/trials",
    };
    let answer = automl
        .client
        .send(Method::POST, target, Some(trial))
        .instrument(span.clone())
        .await;
    let taken = match &answer {
        Ok((StatusCode::ACCEPTED, body)) => {
            if let Some(id) = body["trial_id"].as_str() {
                span.set_attribute("trial_id", id.to_owned());
            }
            Taken::Submitted
        }
        Ok((StatusCode::UNPROCESSABLE_ENTITY, _)) => Taken::Rejected,
        Ok((status, _)) => {
            span.set_status(Status::error(status.as_u16().to_string()));
            Taken::Failed
        }
        Err(error) => {
            span.set_status(Status::error(format!("{error:#}")));
            Taken::Failed
        }
    };
    automl.metrics.count(agent, taken, origin);
    answer
}
