//! Hot reload: pushes the hyperparameters of a new best to every evaluator at once.

use futures_util::future::join_all;
use opentelemetry::trace::Status;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::Instant;
use tracing::{Instrument, info_span, warn};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::Orch;
use super::baselines::{Candidate, Ranked};
use crate::service::Target;
use crate::service::marks::mark;
use crate::service::metrics::TaskLabels;

/// Pushes, and returns when every evaluator has answered or failed to. An evaluator that misses it reads the best
/// baselines when it starts again.
pub(super) async fn push(orch: &Orch, candidate: &Candidate, ranked: &Ranked) {
    let started = Instant::now();
    let span = info_span!("hot_reload.push");
    mark(&span);
    let agent = candidate.task.agent.name();
    let path = format!("/v1/agents/{agent}/reload");
    let body = json!({
        "environment": candidate.task.environment.name(),
        "hyperparameters": candidate.hyperparameters,
        "version": ranked.version,
        "baseline_id": ranked.baseline_id,
        "trial_id": candidate.trial_id,
        "job_id": candidate.job_id,
    });
    let urls = orch.eval_urls.iter();
    let pushes = join_all(urls.map(|url| push_to(orch, url, &path, &body)));
    let confirmed = pushes.instrument(span.clone()).await;

    let labels = TaskLabels::new(candidate.task, candidate.origin);
    if confirmed.into_iter().all(|confirmed| confirmed) {
        let seconds = started.elapsed().as_secs_f64();
        orch.metrics
            .hot_reload
            .get_or_create(&labels)
            .observe(seconds);
    } else {
        span.set_status(Status::error("not confirmed by every evaluator"));
        orch.metrics
            .hot_reload_failures
            .get_or_create(&labels)
            .inc();
    }
}

async fn push_to(orch: &Orch, url: &str, path: &str, body: &Value) -> bool {
    let target = Target {
        base: url,
        route: "/v1/agents/{agent}/reload",
        path,
    };
    match orch.client.send(Method::POST, target, Some(body)).await {
        Ok((status, _)) if status.is_success() => true,
        Ok((status, body)) => {
            warn!(url, %status, %body, "reload refused");
            false
        }
        Err(error) => {
            warn!(url, error = format!("{error:#}"), "reload failed");
            false
        }
    }
}
