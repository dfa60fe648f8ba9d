//! What evaluators report: a good result becomes a baseline, a new best is pushed to the evaluators.

use std::sync::Arc;

use anyhow::Result;
use opentelemetry::trace::Status;
use tracing::{Instrument, Span, error, info_span, warn};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::baselines::{self, Candidate, Ranked};
use super::cache::Entry;
use super::{Orch, reload, trials};
use crate::messages::EvaluationEnded;
use crate::service::marks::mark;
use crate::service::metrics::TaskLabels;
use crate::service::{Handled, Marks, Message, Origin};

/// Handles one report.
pub(super) async fn handle(orch: Arc<Orch>, message: Message) -> Handled {
    let ended: EvaluationEnded = match message.payload() {
        Ok(ended) => ended,
        Err(error) => {
            error!(error = format!("{error:#}"), "dropping a message");
            return Handled::Done;
        }
    };
    let request = &ended.request;
    let marks = Marks::of(request.task())
        .trial(request.trial_id)
        .job(request.job_id);
    match marks.on(take(&orch, &ended)).await {
        Ok(()) => Handled::Done,
        Err(error) => {
            error!(
                error = format!("{error:#}"),
                "cannot take a result, keeping it"
            );
            Handled::Again
        }
    }
}

async fn take(orch: &Orch, ended: &EvaluationEnded) -> Result<()> {
    let request = &ended.request;
    let status = if ended.result.is_some() {
        "completed"
    } else {
        "failed"
    };
    trials::end(&orch.pool, request.trial_id, status).await?;
    let good = ended
        .result
        .as_ref()
        .filter(|result| !result.regression.is_regression);
    let candidate = match good {
        Some(result) => Some(Candidate {
            task: request.task(),
            origin: Origin::of(&Span::current().context()),
            trial_id: Some(request.trial_id),
            job_id: Some(request.job_id),
            score: result.metrics,
            num_episodes: i32::try_from(request.num_episodes)?,
            hyperparameters: result.hyperparameters,
        }),
        None => None,
    };
    update_baseline(orch, candidate.as_ref()).await.map(drop)
}

/// Ranks a candidate and, if it is the new best, makes it known everywhere. Without a candidate (a failed evaluation,
/// a regression) the baselines stay; its span says so.
pub(super) async fn update_baseline(
    orch: &Orch,
    candidate: Option<&Candidate>,
) -> Result<Option<Ranked>> {
    let span = info_span!("update_baseline");
    mark(&span);
    let update = async {
        let Some(candidate) = candidate else {
            return Ok(None);
        };
        let ranked = baselines::insert(&orch.pool, candidate).await?;
        if let Some(ranked) = &ranked {
            make_known(orch, candidate, ranked).await;
        }
        Ok(ranked)
    };
    let updated: Result<Option<Ranked>> = update.instrument(span.clone()).await;
    match &updated {
        Ok(Some(ranked)) => span.set_attribute("baseline.rank", i64::from(ranked.rank)),
        Ok(None) => span.set_attribute("baseline.unchanged", true),
        Err(error) => span.set_status(Status::error(format!("{error:#}"))),
    }
    updated
}

async fn make_known(orch: &Orch, candidate: &Candidate, ranked: &Ranked) {
    let Candidate { task, origin, .. } = *candidate;
    orch.metrics
        .baseline_updates
        .get_or_create(&TaskLabels::new(task, origin))
        .inc();
    if !ranked.is_new_best {
        return;
    }
    if orch.service.faults.on("F41").is_none() {
        let entry = Entry::of(&orch.streams, orch.service.profile, task, origin);
        if let Err(error) = entry.invalidate().await {
            warn!(error = format!("{error:#}"), "cannot invalidate the cache");
        }
    }
    reload::push(orch, candidate, ranked).await;
}
