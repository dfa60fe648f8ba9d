//! The envelope of every answer, and the data of queries. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::Series;
use super::body::Body;
use crate::evidence::Sample;
use crate::verdict::Reason;

/// `{"status": …, "data": …, "errorType": …, "error": …, "warnings": […], "infos": […]}`. Data may come with warnings.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", bound = "T: DeserializeOwned")]
struct Envelope<T> {
    status: String,
    #[serde(default = "Option::default")]
    data: Option<T>,
    #[serde(default)]
    error_type: String,
    #[serde(default)]
    error: String,
    #[serde(default)]
    warnings: Option<Vec<String>>,
    /// How VictoriaMetrics says that a node of its cluster did not answer.
    #[serde(default)]
    is_partial: bool,
}

/// Decodes the answer of `peer`, which had `timeout` to give it.
pub(super) fn decode<T: DeserializeOwned>(
    peer: &str,
    body: Body,
    timeout: Duration,
) -> Result<T, Reason> {
    let unreachable = |error: String| Reason::Unreachable {
        peer: peer.to_owned(),
        error,
    };
    let envelope: Envelope<T> = match serde_json::from_slice(&body.bytes) {
        Ok(envelope) => envelope,
        Err(error) => return Err(unreachable(not_ours(&body, &error))),
    };
    if envelope.status != "success" {
        return Err(refused(peer, &envelope, timeout, unreachable));
    }
    if let Some(reason) = incomplete(&envelope) {
        return Err(reason);
    }
    envelope
        .data
        .ok_or_else(|| unreachable("answers without data".to_owned()))
}

/// What answered instead of the Prometheus API.
fn not_ours(body: &Body, error: &serde_json::Error) -> String {
    let text = String::from_utf8_lossy(&body.bytes[..body.bytes.len().min(512)]);
    let text = text.trim_start();
    let what = match text.chars().next() {
        None => "nothing".to_owned(),
        Some('<') => "HTML".to_owned(),
        Some('{') if error.is_data() => "JSON of another shape".to_owned(),
        Some('{') => "broken JSON".to_owned(),
        Some(_) => "text".to_owned(),
    };
    match body.status.is_success() {
        true => format!("answers {what}, not the Prometheus API"),
        false => format!(
            "answers {} with {what}, not the Prometheus API",
            body.status
        ),
    }
}

/// The reason behind an error the server tells.
fn refused<T>(
    peer: &str,
    envelope: &Envelope<T>,
    timeout: Duration,
    unreachable: impl Fn(String) -> Reason,
) -> Reason {
    let error = &envelope.error;
    match envelope.error_type.as_str() {
        "bad_data" => Reason::Blocked {
            what: format!("Prometheus refuses the query: {error}"),
        },
        "execution" => Reason::Blocked {
            what: format!("Prometheus cannot evaluate the query: {error}"),
        },
        "not_found" | "not_acceptable" => Reason::Blocked {
            what: format!("Prometheus does not know what is asked: {error}"),
        },
        "timeout" | "canceled" => Reason::Timeout {
            what: peer.to_owned(),
            after_ms: timeout.as_millis() as u64,
        },
        _ => unreachable(format!("answers an error: {error}")),
    }
}

/// Why an answer is not whole, going by its warnings.
fn incomplete<T>(envelope: &Envelope<T>) -> Option<Reason> {
    let warnings = envelope.warnings.as_deref().unwrap_or_default();
    if let Some(warning) = warnings.iter().find(|warning| is_limit(warning)) {
        let what = warning.clone();
        return Some(Reason::Truncated { what });
    }
    // A hint on how the query is written, such as a quantile out of range, does not make its answer smaller.
    let loss = warnings.iter().find(|warning| {
        !warning.starts_with("PromQL warning") && !warning.starts_with("PromQL info")
    });
    match loss {
        Some(warning) => Some(Reason::Partial {
            what: warning.clone(),
        }),
        None if envelope.is_partial => Some(Reason::Partial {
            what: "a node of the cluster did not answer".to_owned(),
        }),
        None => None,
    }
}

fn is_limit(warning: &str) -> bool {
    warning.contains("truncated due to limit")
}

/// `data` of a query.
#[derive(Debug, Deserialize)]
#[serde(tag = "resultType", content = "result", rename_all = "camelCase")]
pub(super) enum Data {
    Vector(Vec<Element>),
    Matrix(Vec<Row>),
    Scalar(Point),
    String(IgnoredAny),
}

/// `[seconds, "value"]`.
type Point = (f64, String);

/// An element of a vector: a float or a native histogram.
#[derive(Debug, Deserialize)]
pub(super) struct Element {
    #[serde(default)]
    metric: BTreeMap<String, String>,
    #[serde(default)]
    value: Option<Point>,
}

/// A series of a matrix: floats, native histograms or both.
#[derive(Debug, Deserialize)]
pub(super) struct Row {
    #[serde(default)]
    metric: BTreeMap<String, String>,
    #[serde(default)]
    values: Vec<Point>,
    #[serde(default)]
    histograms: Vec<IgnoredAny>,
}

impl Data {
    /// The samples of a vector or scalar.
    pub(super) fn into_samples(self) -> Result<Vec<Sample>, Reason> {
        let elements = match self {
            Data::Vector(elements) => elements,
            Data::Scalar(point) => vec![Element {
                metric: BTreeMap::new(),
                value: Some(point),
            }],
            Data::Matrix(_) => return Err(other("ranges of samples")),
            Data::String(_) => return Err(other("a string")),
        };
        let n_histograms = elements
            .iter()
            .filter(|element| element.value.is_none())
            .count();
        if n_histograms > 0 {
            return Err(histograms(n_histograms));
        }
        elements
            .into_iter()
            .filter_map(|element| Some((element.metric, element.value?)))
            .map(|(labels, (_, text))| {
                let value = float(&text)?;
                Ok(Sample { labels, value })
            })
            .collect()
    }

    /// The series of a matrix.
    pub(super) fn into_series(self) -> Result<Vec<Series>, Reason> {
        let Data::Matrix(rows) = self else {
            return Err(other("something other than ranges of samples"));
        };
        let n_histograms = rows.iter().filter(|row| !row.histograms.is_empty()).count();
        if n_histograms > 0 {
            return Err(histograms(n_histograms));
        }
        rows.into_iter()
            .map(|row| {
                let points: Result<_, Reason> = row
                    .values
                    .iter()
                    .map(|(seconds, text)| Ok((time(*seconds)?, float(text)?)))
                    .collect();
                Ok((row.metric, points?))
            })
            .collect()
    }
}

fn other(what: &str) -> Reason {
    Reason::Blocked {
        what: format!("the query gives {what}, not a number for each series"),
    }
}

fn histograms(count: usize) -> Reason {
    Reason::Partial {
        what: format!("{count} of its series are native histograms, which are not read"),
    }
}

/// A value as Prometheus prints it, `NaN`, `+Inf` and `-Inf` included.
fn float(text: &str) -> Result<f64, Reason> {
    text.parse().map_err(|_| Reason::Partial {
        what: format!("`{text}` is not a number"),
    })
}

fn time(seconds: f64) -> Result<Timestamp, Reason> {
    Timestamp::from_millisecond((seconds * 1_000.0).round() as i64).map_err(|_| Reason::Partial {
        what: format!("`{seconds}` is not a time"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::StatusCode;

    fn ask(status: u16, text: &str) -> Result<Vec<Sample>, Reason> {
        let mut body = Body::new(StatusCode::from_u16(status).unwrap());
        assert!(body.take(text.as_bytes(), 1 << 20));
        let data: Data = decode("prometheus", body, Duration::from_secs(2))?;
        data.into_samples()
    }

    #[track_caller]
    fn check(status: u16, text: &str, expected: &str) {
        let said = match ask(status, text) {
            Ok(samples) => format!(
                "{:?}",
                samples
                    .iter()
                    .map(|sample| sample.value)
                    .collect::<Vec<_>>()
            ),
            Err(reason) => format!("{}: {reason}", reason.code()),
        };
        assert_eq!(said, expected);
    }

    fn vector(result: &str, more: &str) -> String {
        format!(
            r#"{{"status":"success","data":{{"resultType":"vector","result":[{result}]}}{more}}}"#
        )
    }

    const ONE: &str = r#"{"metric":{"a":"b"},"value":[1.5,"1"]}"#;

    #[test]
    fn numbers_come_as_they_are() {
        check(200, &vector("", ""), "[]");
        check(
            200,
            &vector(
                r#"{"metric":{},"value":[1,"+Inf"]},{"metric":{},"value":[1,"-Inf"]},{"metric":{},"value":[1,"NaN"]}"#,
                "",
            ),
            "[inf, -inf, NaN]",
        );
        check(
            200,
            r#"{"status":"success","data":{"resultType":"scalar","result":[1.5,"2.5"]}}"#,
            "[2.5]",
        );
        assert_eq!(ask(200, &vector(ONE, "")).unwrap()[0].labels["a"], "b");
    }

    #[test]
    fn what_is_not_whole_is_no_answer() {
        check(
            200,
            &vector(ONE, r#","warnings":["store sidecar-1 unavailable"]"#),
            "partial: partial answer: store sidecar-1 unavailable",
        );
        check(
            200,
            &vector(ONE, r#","warnings":["results truncated due to limit"]"#),
            "truncated: truncated answer: results truncated due to limit",
        );
        check(
            200,
            &vector(ONE, r#","isPartial":true"#),
            "partial: partial answer: a node of the cluster did not answer",
        );
        check(
            200,
            &vector(
                r#"{"metric":{},"value":[1,"1"]},{"metric":{},"histogram":[1,{"count":"1","sum":"1"}]}"#,
                "",
            ),
            "partial: partial answer: 1 of its series are native histograms, which are not read",
        );
        check(
            200,
            &vector(
                ONE,
                r#","warnings":["PromQL warning: bucket label is missing"],"infos":["PromQL info: not a counter"]"#,
            ),
            "[1.0]",
        );
        check(200, &vector(ONE, r#","warnings":null"#), "[1.0]");
    }

    #[test]
    fn errors_keep_their_reason() {
        let error =
            |kind: &str| format!(r#"{{"status":"error","errorType":"{kind}","error":"boom"}}"#);
        check(
            400,
            &error("bad_data"),
            "blocked: blocked: Prometheus refuses the query: boom",
        );
        check(
            422,
            &error("execution"),
            "blocked: blocked: Prometheus cannot evaluate the query: boom",
        );
        check(
            503,
            &error("timeout"),
            "timeout: prometheus: no answer in 2000 ms",
        );
        check(
            503,
            &error("canceled"),
            "timeout: prometheus: no answer in 2000 ms",
        );
        check(
            500,
            &error("internal"),
            "unreachable: prometheus unreachable: answers an error: boom",
        );
        check(
            404,
            &error("not_found"),
            "blocked: blocked: Prometheus does not know what is asked: boom",
        );
    }

    #[test]
    fn what_is_not_the_api_is_no_answer() {
        check(
            200,
            "<html>Sign in</html>",
            "unreachable: prometheus unreachable: answers HTML, not the Prometheus API",
        );
        check(
            502,
            "Bad gateway",
            "unreachable: prometheus unreachable: answers 502 Bad Gateway with text, not the Prometheus API",
        );
        check(
            200,
            "",
            "unreachable: prometheus unreachable: answers nothing, not the Prometheus API",
        );
        check(
            403,
            r#"{"message":"forbidden"}"#,
            "unreachable: prometheus unreachable: answers 403 Forbidden with JSON of another shape, not the Prometheus API",
        );
        check(
            200,
            &vector(ONE, "")[..40],
            "unreachable: prometheus unreachable: answers broken JSON, not the Prometheus API",
        );
        check(
            200,
            r#"{"status":"success"}"#,
            "unreachable: prometheus unreachable: answers without data",
        );
        check(
            200,
            r#"{"status":"success","data":{"resultType":"string","result":[1,"x"]}}"#,
            "blocked: blocked: the query gives a string, not a number for each series",
        );
        check(
            200,
            r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#,
            "blocked: blocked: the query gives ranges of samples, not a number for each series",
        );
    }

    #[test]
    fn a_matrix_is_series_with_times() {
        let text = r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[1.5,"1"],[2,"NaN"]]}]}}"#;
        let mut body = Body::new(StatusCode::OK);
        assert!(body.take(text.as_bytes(), 1 << 20));
        let data: Data = decode("prometheus", body, Duration::from_secs(2)).unwrap();
        let series = data.into_series().unwrap();
        assert_eq!(series[0].0["a"], "b");
        assert_eq!(
            series[0].1[0],
            (Timestamp::from_millisecond(1_500).unwrap(), 1.0)
        );
        assert!(series[0].1[1].1.is_nan());
    }

    #[test]
    fn a_body_is_read_up_to_its_limit() {
        let mut body = Body::new(StatusCode::OK);
        assert!(body.take(b"abc", 4));
        assert!(!body.take(b"de", 4));
        assert!(body.take(b"d", 4));
    }
}
