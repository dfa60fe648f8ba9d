//! The HTTP face: pages for people, JSON for programs. An edge; what is shown is decided in `page` and `report/`, pure.
//!
//! | path | answer |
//! |---|---|
//! | `/` | redirects to `/status` |
//! | `/status` | every promise, worst first: a page for a browser, JSON for a program, by `Accept`; `?q= &kind= &service= &verdict=` choose |
//! | `/status.json` | the same, always JSON |
//! | `/status/promise/ID` | one promise with its evidence: page or JSON |
//! | `/livez` | 200 while the process answers |
//! | `/readyz` | 200 once every promise was judged, 503 before |
//! | `/metrics` | our own metrics |
//! | `/assets/…` | style, script and icons: nothing is fetched from elsewhere |

mod answer;
mod assets;
pub mod face;
mod filter;
mod json;
mod links;
mod page;
mod security;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use jiff::Timestamp;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use crate::promise::PromiseId;
use crate::report::Row;
use answer::{Form, form};
pub use face::{Aside, CatalogRow, Face, FailedReload, Judged, PeerRow, PeerState, Snapshot};
use filter::Filter;

/// Longest time an answer may take; evidence may come from a slow ledger.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Nothing here reads a body.
const MOST_BODY: usize = 16 << 10;

type Shared = State<Arc<dyn Face>>;

/// All routes of the face.
pub fn router(face: Arc<dyn Face>) -> Router {
    Router::new()
        .route("/", get(async || Redirect::permanent("/status")))
        .route("/status", get(status))
        .route("/status.json", get(status_json))
        .route("/status/promise/{*id}", get(promise))
        .route("/livez", get(async || "alive\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .route("/assets/{name}", get(assets::serve))
        .fallback(missing)
        .with_state(face)
        .layer(middleware::map_response(security::headers))
        .layer(CompressionLayer::new().gzip(true))
        .layer(RequestBodyLimitLayer::new(MOST_BODY))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            TIMEOUT,
        ))
}

/// The rows a filter lets through, as they must be read now.
fn chosen(snapshot: &Snapshot, filter: &Filter, now: Timestamp) -> Vec<Row> {
    let current = snapshot.rows.iter().map(|row| row.as_of(now));
    current.filter(|row| filter.matches(row)).collect()
}

async fn status(State(face): Shared, Query(filter): Query<Filter>, asked: HeaderMap) -> Response {
    let (snapshot, now) = (face.snapshot(), face.now());
    let rows = chosen(&snapshot, &filter, now);
    match form(&asked) {
        Form::Json => json::status(&snapshot, &rows, now).into_response(),
        Form::Page => page::list::render(&snapshot, &rows, &filter, now).into_response(),
    }
}

async fn status_json(State(face): Shared, Query(filter): Query<Filter>) -> Response {
    let (snapshot, now) = (face.snapshot(), face.now());
    let rows = chosen(&snapshot, &filter, now);
    json::status(&snapshot, &rows, now).into_response()
}

async fn promise(State(face): Shared, Path(id): Path<String>, asked: HeaderMap) -> Response {
    let (snapshot, now, id) = (face.snapshot(), face.now(), PromiseId::new(id));
    let Some(row) = snapshot.rows.iter().find(|row| row.header.id == id) else {
        let ids: Vec<_> = snapshot
            .rows
            .iter()
            .map(|row| row.header.id.as_str())
            .collect();
        let says = page::missing::promise(id.as_str(), &ids);
        return not_found(&snapshot, &says, &asked);
    };
    let row = row.as_of(now);
    let judged = face.evidence(&id).await;
    match form(&asked) {
        Form::Json => json::promise(&row, judged.as_ref()).into_response(),
        Form::Page => page::promise::render(&snapshot, &row, &judged, now).into_response(),
    }
}

async fn ready(State(face): Shared) -> Response {
    match face.ready() {
        true => "ready\n".into_response(),
        false => {
            let says = "not ready: not every promise has been judged yet\n";
            (StatusCode::SERVICE_UNAVAILABLE, says).into_response()
        }
    }
}

async fn metrics(State(face): Shared) -> Response {
    let text = face.metrics();
    let kind = match text.trim_end().ends_with("# EOF") {
        true => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        false => "text/plain; version=0.0.4; charset=utf-8",
    };
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

async fn missing(State(face): Shared, asked: HeaderMap) -> Response {
    not_found(&face.snapshot(), "There is no such page.", &asked)
}

fn not_found(snapshot: &Snapshot, says: &str, asked: &HeaderMap) -> Response {
    let answer = match form(asked) {
        Form::Json => json::error(says).into_response(),
        Form::Page => page::missing::render(&snapshot.title, says).into_response(),
    };
    (StatusCode::NOT_FOUND, answer).into_response()
}

#[cfg(test)]
mod tests;
