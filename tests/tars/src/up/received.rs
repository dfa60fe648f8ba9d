//! Where Alertmanager's webhooks arrive: `POST /webhook/{receiver}`, listed by `GET /received`.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::clock;

const KEPT: usize = 1000;

#[derive(Clone, Debug, Serialize)]
struct Received {
    at: Timestamp,
    receiver: String,
    body: Value,
}

type All = Arc<Mutex<Vec<Received>>>;

/// Both routes.
pub(super) fn router() -> Router {
    Router::new()
        .route("/webhook/{receiver}", post(receive))
        .route("/received", get(list))
        .with_state(All::default())
}

async fn receive(
    State(all): State<All>,
    Path(receiver): Path<String>,
    Json(body): Json<Value>,
) -> StatusCode {
    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
    if all.len() == KEPT {
        all.remove(0);
    }
    let at = clock::now();
    all.push(Received { at, receiver, body });
    StatusCode::OK
}

async fn list(State(all): State<All>) -> Json<Vec<Received>> {
    Json(all.lock().unwrap_or_else(PoisonError::into_inner).clone())
}
