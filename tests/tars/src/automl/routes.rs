//! `POST /v1/trials`, and the order about the background traffic.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::Automl;
use super::submit::submit_trial;
use crate::service::{Body, Origin, Problem};

/// Submits a trial on behalf of the caller and passes the answer on.
pub(super) async fn submit(
    State(automl): State<Arc<Automl>>,
    origin: Origin,
    Body(trial): Body<Value>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    match submit_trial(&automl, &trial, origin).await {
        Ok((StatusCode::UNPROCESSABLE_ENTITY, problem)) => {
            let detail = problem["detail"]
                .as_str()
                .unwrap_or("refused by orchestration");
            Err(Problem::invalid(detail))
        }
        Ok((status, answer)) if status.is_success() => Ok((status, Json(answer))),
        Ok((status, _)) => Err(Problem::upstream(format!(
            "orchestration answered {status}"
        ))),
        Err(_) => Err(Problem::upstream("orchestration did not answer")),
    }
}

/// Trials a second.
#[derive(Debug, Deserialize)]
pub(super) struct NewRate {
    rate: f64,
}

/// Changes the background traffic.
pub(super) async fn set_rate(
    State(automl): State<Arc<Automl>>,
    Body(new): Body<NewRate>,
) -> Result<StatusCode, Problem> {
    if !(0.0..=1000.0).contains(&new.rate) {
        let detail = format!(
            "rate must lie in [0, 1000] trials a second, got {}",
            new.rate
        );
        return Err(Problem::invalid(detail));
    }
    automl.rate.set(new.rate);
    Ok(StatusCode::NO_CONTENT)
}
