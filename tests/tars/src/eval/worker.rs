//! What a worker does with a message: evaluate, commit, report; only then it is acknowledged.

use std::sync::Arc;

use anyhow::Result;
use tokio::time::Instant;
use tracing::{Span, error};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::{Eval, evaluation, store};
use crate::messages::{EVENTS, EvaluationEnded, EvaluationRequest, EvaluationResult};
use crate::service::{Handled, Marks, Message, Origin};

/// Handles one message. It may come twice: a job that has ended is only reported again.
pub(super) async fn handle(eval: Arc<Eval>, message: Message) -> Handled {
    let request: EvaluationRequest = match message.payload() {
        Ok(request) => request,
        Err(error) => {
            error!(error = format!("{error:#}"), "dropping a message");
            return Handled::Done;
        }
    };
    let mut marks = Marks::of(request.task())
        .trial(request.trial_id)
        .job(request.job_id);
    if eval.service.faults.on("F35").is_some() {
        marks = marks.without_job_and_agent();
    }
    match marks.on(work(&eval, request)).await {
        Ok(()) => Handled::Done,
        Err(error) => {
            error!(
                error = format!("{error:#}"),
                "cannot work on a job, keeping it"
            );
            Handled::Again
        }
    }
}

async fn work(eval: &Eval, request: EvaluationRequest) -> Result<()> {
    let result = match store::start(&eval.pool, &eval.service, &request)
        .await?
        .as_deref()
    {
        // Deleted by its owner.
        None => return Ok(()),
        Some("pending" | "running") => evaluate(eval, &request).await?,
        Some(_) => store::result(&eval.pool, &request).await?,
    };
    let ended = serde_json::to_value(EvaluationEnded { request, result })?;
    eval.streams.send(EVENTS.0, &ended, true).await
}

/// Evaluates and commits; a failed evaluation is an outcome, an `Err` is a failure to store it.
async fn evaluate(eval: &Eval, request: &EvaluationRequest) -> Result<Option<EvaluationResult>> {
    let origin = Origin::of(&Span::current().context());
    let started = Instant::now();
    let outcome = evaluation::evaluate(eval, request, origin).await;
    store::end(&eval.pool, request, &outcome).await?;
    let status = if outcome.is_ok() {
        "completed"
    } else {
        "failed"
    };
    let seconds = started.elapsed().as_secs_f64();
    let what = (request.task(), request.num_episodes, origin);
    eval.metrics.ended(what, status, seconds);
    Ok(outcome.ok())
}
