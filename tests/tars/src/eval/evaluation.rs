//! One evaluation: load the agent, play, compute the metrics, compare with the baseline.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use opentelemetry::trace::Status;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use tokio::time::sleep;
use tracing::{Instrument, Span, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::Eval;
use crate::baseline::Baseline;
use crate::messages::{EvaluationRequest, EvaluationResult};
use crate::rl::regression::{self, Regression};
use crate::rl::{Agent, Episode, Hyperparameters, Score};
use crate::service::Origin;
use crate::service::marks::mark;
use crate::service::metrics::TaskLabels;

/// Evaluates, in spans of its own.
pub(super) async fn evaluate(
    eval: &Eval,
    request: &EvaluationRequest,
    origin: Origin,
) -> Result<EvaluationResult> {
    let whole = info_span!(
        "evaluate_agent_in_env",
        ml.num_episodes = i64::from(request.num_episodes)
    );
    let steps = async {
        let (agent, hyperparameters) =
            within(info_span!("load_agent"), load_agent(eval, request, origin)).await?;
        let span = info_span!(
            "run_episodes",
            ml.num_episodes = i64::from(request.num_episodes)
        );
        let episodes = within(span, run_episodes(eval, request, origin, &agent)).await?;
        let span = info_span!("compute_metrics");
        let metrics = within(span, async { compute_metrics(&episodes) }).await?;
        let regression = within(
            info_span!("detect_regression"),
            detect_regression(eval, request, origin, &metrics),
        )
        .await?;
        Ok(EvaluationResult {
            metrics,
            regression,
            hyperparameters,
        })
    };
    within(whole, steps).await
}

/// Runs a step inside its span; a failed step's span says so.
async fn within<T>(span: Span, step: impl Future<Output = Result<T>>) -> Result<T> {
    mark(&span);
    let outcome = step.instrument(span.clone()).await;
    if let Err(error) = &outcome {
        span.set_status(Status::error(format!("{error:#}")));
    }
    outcome
}

/// The hyperparameters are fixed here: a reload meanwhile does not touch a running job.
async fn load_agent(
    eval: &Eval,
    request: &EvaluationRequest,
    origin: Origin,
) -> Result<(Arc<Agent>, Hyperparameters)> {
    let active = eval.agents.active(request.agent_type, origin);
    let with = active.hyperparameters.with(&request.hyperparameters);
    let agent = eval.agents.learned(request.agent_type, with).await?;
    Ok((agent, with))
}

async fn run_episodes(
    eval: &Eval,
    request: &EvaluationRequest,
    origin: Origin,
    agent: &Agent,
) -> Result<Vec<Episode>> {
    if eval.service.faults.strikes("F09", 0.25) {
        bail!("environment worker lost");
    }
    let mut rng = ChaCha8Rng::seed_from_u64(request.seed);
    let mut episodes = Vec::new();
    let labels = TaskLabels::new(request.task(), origin);
    for _ in 0..request.num_episodes {
        episodes.push(agent.play(&mut rng));
        eval.metrics.episodes.get_or_create(&labels).inc();
        sleep(episode_time(eval, request.num_episodes)).await;
    }
    Ok(episodes)
}

/// How long an episode takes; with fault F01, so long that the whole evaluation breaks its limit.
fn episode_time(eval: &Eval, num_episodes: u32) -> Duration {
    let profile = eval.service.profile;
    let slow = eval.service.faults.on("F01").map(|fault| {
        let default = profile.scaled(Duration::from_secs(360)).as_secs_f64();
        fault.seconds("seconds", default) / num_episodes
    });
    slow.unwrap_or_else(|| profile.episode())
}

fn compute_metrics(episodes: &[Episode]) -> Result<Score> {
    let score = Score::of(episodes).context("no episode was played")?;
    Span::current().set_attribute("ml.metrics.mean_reward", score.mean_reward);
    Ok(score)
}

async fn detect_regression(
    eval: &Eval,
    request: &EvaluationRequest,
    origin: Origin,
    score: &Score,
) -> Result<Regression> {
    let baseline = Baseline::best(&eval.pool, request.task(), origin).await?;
    let baseline = baseline
        .as_ref()
        .map(|best| (&best.score, best.num_episodes.unsigned_abs()));
    let found = regression::detect((score, request.num_episodes), baseline);
    Span::current().set_attribute("ml.regression.severity", found.severity.name());
    if found.is_regression {
        eval.metrics
            .regressed(request.task(), found.severity, origin);
    }
    Ok(found)
}
