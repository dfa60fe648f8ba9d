//! The admin port: orders from the supervisor.
//!
//! - `PUT /internal/faults/{id}` body [`Order`]: switch a fault on
//! - `DELETE /internal/faults/{id}`: off

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::put;
use axum::{Json, Router};

use super::Service;
use super::faults::Order;

pub(super) fn router(service: Service) -> Router {
    Router::new()
        .route("/internal/faults/{id}", put(switch_on).delete(switch_off))
        .with_state(service)
}

async fn switch_on(
    State(service): State<Service>,
    Path(id): Path<String>,
    Json(order): Json<Order>,
) -> StatusCode {
    tracing::warn!(fault = id, "fault on");
    service.faults.switch_on(id, order);
    StatusCode::NO_CONTENT
}

async fn switch_off(State(service): State<Service>, Path(id): Path<String>) -> StatusCode {
    tracing::warn!(fault = id, "fault off");
    service.faults.switch_off(&id);
    StatusCode::NO_CONTENT
}
