//! The face for programs: documented in documents.md, what comes out. Pure but for the header field.

use std::sync::Arc;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use super::face::{CatalogRow, Judged, PeerRow, Snapshot};
use crate::evidence::Evidence;
use crate::report::Row;
use crate::report::row::worst;
use crate::report::verdicts::json::VerdictJson;

/// JSON that is already text.
pub(super) struct Json(String);

impl IntoResponse for Json {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, "application/json")], self.0).into_response()
    }
}

fn json(value: &impl Serialize) -> Json {
    let text =
        serde_json::to_string(value).expect("text, numbers and maps with text keys are JSON");
    Json(text + "\n")
}

#[derive(Serialize)]
struct StatusJson<'a> {
    at: Timestamp,
    worst: &'static str,
    promises: Vec<VerdictJson<'a>>,
    peers: &'a [PeerRow],
    catalog: &'a CatalogRow,
}

/// All chosen rows, and the worst of them; of none it is inconclusive.
pub(super) fn status(snapshot: &Snapshot, rows: &[Row], now: Timestamp) -> Json {
    json(&StatusJson {
        at: now,
        worst: worst(rows).map_or("inconclusive", |standing| standing.name()),
        promises: rows.iter().map(VerdictJson::from).collect(),
        peers: &snapshot.peers,
        catalog: &snapshot.catalog,
    })
}

#[derive(Serialize)]
struct PromiseJson<'a> {
    verdict: VerdictJson<'a>,
    evidence: Option<&'a Evidence>,
    evidence_error: Option<&'a str>,
}

/// One promise with its whole evidence.
pub(super) fn promise(row: &Row, judged: Result<&Option<Arc<Judged>>, &String>) -> Json {
    json(&PromiseJson {
        verdict: VerdictJson::from(row),
        evidence: judged
            .ok()
            .and_then(Option::as_ref)
            .map(|judged| &judged.evidence),
        evidence_error: judged.err().map(String::as_str),
    })
}

/// Something that was asked for and does not exist.
pub(super) fn error(says: &str) -> Json {
    json(&json!({"error": says}))
}
