//! One JSON object a verdict, as `--format json` and `/status.json` give it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::promise::PromiseId;
use crate::report::row::Row;
use crate::subject::Subject;
use crate::verdict::Reason;

/// A verdict as programs read it.
#[derive(Debug, Serialize)]
pub struct VerdictJson<'a> {
    promise: &'a PromiseId,
    outcome: &'static str,
    reason: Option<&'a Reason>,
    says: &'a str,
    culprits: &'a [Subject],
    since: Timestamp,
    at: Timestamp,
    place: PlaceJson,
    labels: &'a BTreeMap<String, String>,
    evidence: Option<&'a str>,
    took_ms: u64,
}

#[derive(Debug, Serialize)]
struct PlaceJson {
    file: String,
    line: u32,
    column: u32,
}

impl<'a> From<&'a Row> for VerdictJson<'a> {
    fn from(row: &'a Row) -> Self {
        let place = row.header.place();
        Self {
            promise: &row.header.id,
            outcome: row.outcome.name(),
            reason: row.outcome.reason(),
            says: row.says(),
            culprits: &row.verdict.culprits,
            since: row.since,
            at: row.at,
            place: PlaceJson {
                file: place.file.display().to_string(),
                line: place.line,
                column: place.column,
            },
            labels: &row.header.labels,
            evidence: row.evidence_id.as_deref(),
            took_ms: row.took_ms,
        }
    }
}

/// One object a line, each line ended.
pub fn lines(rows: &[Row]) -> String {
    let line = |row| {
        let object = serde_json::to_string(&VerdictJson::from(row));
        object.expect("text, numbers and maps with text keys are JSON") + "\n"
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::row::samples::row;
    use crate::verdict::Verdict;

    #[test]
    fn the_documented_shape() {
        let reason = Reason::TooFew { have: 7, need: 20 };
        let rows = [
            row("slo/eval-latency").broken("too slow"),
            row("slo/b").judged(Verdict::inconclusive(reason)),
        ];
        insta::assert_snapshot!(lines(&rows), @r#"
        {"promise":"slo/eval-latency","outcome":"fail","reason":null,"says":"too slow","culprits":["service:eval"],"since":"2026-01-01T11:57:00Z","at":"2026-01-01T12:00:00Z","place":{"file":"slo-eval-latency.yaml","line":2,"column":7},"labels":{},"evidence":"e-1","took_ms":12}
        {"promise":"slo/b","outcome":"inconclusive","reason":{"code":"too_few","have":7,"need":20},"says":"too few: 7 of 20","culprits":[],"since":"2026-01-01T11:57:00Z","at":"2026-01-01T12:00:00Z","place":{"file":"slo-b.yaml","line":2,"column":7},"labels":{},"evidence":"e-1","took_ms":12}
        "#);
    }
}
