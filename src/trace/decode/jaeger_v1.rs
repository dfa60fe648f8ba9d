//! Jaeger's v1 JSON, as `/api/traces` and its user interface's download button write it. Pure.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::Value;

use super::assemble::{Decoded, Gathering, says_cut};
use super::otlp::{named_kind, named_status};
use super::scalar::{integer, nullable, span_id, text, trace_id};
use crate::trace::model::{Span, SpanKind, SpanStatus};
use crate::trace::redact::Keep;

/// Decodes `{"data": [trace, …]}`, or a single trace.
///
/// # Errors
/// What is not JSON, or has an object where a list must be.
pub fn decode(json: &[u8], keep: &Keep) -> Result<Decoded, serde_json::Error> {
    let envelope: Envelope = serde_json::from_slice(json)?;
    let mut gathering = Gathering::default();
    let single = RawTrace {
        spans: envelope.spans,
        processes: envelope.processes,
        warnings: Vec::new(),
    };
    for trace in envelope.data.into_iter().chain([single]) {
        trace.gather(keep, &mut gathering);
    }
    Ok(gathering.finish())
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Envelope {
    #[serde(deserialize_with = "nullable")]
    data: Vec<RawTrace>,
    #[serde(deserialize_with = "nullable")]
    spans: Vec<RawSpan>,
    #[serde(deserialize_with = "nullable")]
    processes: HashMap<String, Process>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawTrace {
    #[serde(deserialize_with = "nullable")]
    spans: Vec<RawSpan>,
    #[serde(deserialize_with = "nullable")]
    processes: HashMap<String, Process>,
    #[serde(deserialize_with = "nullable")]
    warnings: Vec<String>,
}

#[derive(Deserialize, Default, Clone)]
#[serde(rename_all = "camelCase", default)]
struct Process {
    #[serde(deserialize_with = "nullable")]
    service_name: String,
    #[serde(deserialize_with = "nullable")]
    tags: Vec<Tag>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct RawSpan {
    #[serde(rename = "traceID", deserialize_with = "nullable")]
    trace_id: String,
    #[serde(rename = "spanID", deserialize_with = "nullable")]
    span_id: String,
    #[serde(rename = "parentSpanID", deserialize_with = "nullable")]
    parent_span_id: String,
    #[serde(deserialize_with = "nullable")]
    operation_name: String,
    #[serde(deserialize_with = "nullable")]
    references: Vec<Reference>,
    #[serde(deserialize_with = "integer")]
    start_time: u64,
    #[serde(deserialize_with = "integer")]
    duration: u64,
    #[serde(deserialize_with = "nullable")]
    tags: Vec<Tag>,
    #[serde(rename = "processID", deserialize_with = "nullable")]
    process_id: String,
    process: Option<Process>,
    #[serde(deserialize_with = "nullable")]
    warnings: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Reference {
    #[serde(deserialize_with = "nullable")]
    ref_type: String,
    #[serde(rename = "traceID", deserialize_with = "nullable")]
    trace_id: String,
    #[serde(rename = "spanID", deserialize_with = "nullable")]
    span_id: String,
}

#[derive(Deserialize, Default, Clone)]
#[serde(default)]
struct Tag {
    #[serde(deserialize_with = "nullable")]
    key: String,
    value: Value,
}

impl RawTrace {
    fn gather(self, keep: &Keep, gathering: &mut Gathering) {
        let whole_is_cut = self.warnings.iter().any(|warning| says_cut(warning));
        for raw in self.spans {
            let id = trace_id(&raw.trace_id);
            if whole_is_cut || raw.warnings.iter().any(|warning| says_cut(warning)) {
                gathering.cut(id.clone());
            }
            let process = raw.process.clone();
            let process = process.or_else(|| self.processes.get(&raw.process_id).cloned());
            gathering.add(id, raw.span(process.unwrap_or_default(), keep));
        }
    }
}

impl RawSpan {
    fn span(self, process: Process, keep: &Keep) -> Span {
        let service = match process.service_name.as_str() {
            "" => "unknown_service".to_owned(),
            name => name.to_owned(),
        };
        let (parent, links) = self.references();
        let (kind, status) = (kind(&self.tags), status(&self.tags));
        let mut attributes: BTreeMap<String, String> = BTreeMap::new();
        for tag in self.tags.into_iter().chain(process.tags) {
            let value = keep.value(&tag.key, text(&tag.value));
            attributes.entry(tag.key).or_insert(value);
        }
        if !process.service_name.is_empty() {
            let name = || process.service_name.clone();
            attributes.entry("service.name".into()).or_insert_with(name);
        }
        let start_ns = self.start_time.saturating_mul(1_000);
        Span {
            id: span_id(&self.span_id),
            parent,
            service,
            name: self.operation_name,
            kind,
            start_ns,
            end_ns: start_ns.saturating_add(self.duration.saturating_mul(1_000)),
            status,
            attributes,
            links,
        }
    }

    /// The parent is the first CHILD_OF within the same trace; every other reference is a link.
    fn references(&self) -> (Option<String>, Vec<(String, String)>) {
        let own = trace_id(&self.trace_id);
        let mut parent = None;
        let mut links = Vec::new();
        for reference in &self.references {
            let target = (trace_id(&reference.trace_id), span_id(&reference.span_id));
            if parent.is_none() && reference.ref_type == "CHILD_OF" && target.0 == own {
                parent = Some(target.1);
            } else {
                links.push(target);
            }
        }
        let parent = parent.unwrap_or_else(|| span_id(&self.parent_span_id));
        (Some(parent).filter(|id| !id.is_empty()), links)
    }
}

fn tag<'t>(tags: &'t [Tag], key: &str) -> Option<&'t Value> {
    tags.iter().find(|tag| tag.key == key).map(|tag| &tag.value)
}

fn kind(tags: &[Tag]) -> SpanKind {
    tag(tags, "span.kind").map_or(SpanKind::Unspecified, |value| named_kind(&text(value)))
}

/// `otel.status_code` where there is one; else `error`, which some stores write as text and on every span.
fn status(tags: &[Tag]) -> SpanStatus {
    match (tag(tags, "otel.status_code"), tag(tags, "error")) {
        (Some(code), _) => named_status(&text(code)),
        (None, Some(error)) if text(error).eq_ignore_ascii_case("true") => SpanStatus::Error,
        _ => SpanStatus::Unset,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn only_span(span: &str) -> Span {
        let json = format!(
            r#"{{"data":[{{"traceID":"A1","spans":[{span}],"processes":{{"p1":{{"serviceName":"orch","tags":null}}}},"warnings":null}}],"errors":null}}"#
        );
        let decoded = decode(json.as_bytes(), &Keep::default()).unwrap();
        decoded.traces[0].spans[0].clone()
    }

    #[test]
    fn parents_and_links() {
        let other_trace = format!("{:0>32}", "b1");
        for (references, parent, n_links) in [
            ("[]", None, 0),
            ("null", None, 0),
            (
                r#"[{"refType":"CHILD_OF","traceID":"00a1","spanID":"F"}]"#,
                Some("f"),
                0,
            ),
            (
                r#"[{"refType":"CHILD_OF","traceID":"b1","spanID":"f"}]"#,
                None,
                1,
            ),
            (
                r#"[{"refType":"FOLLOWS_FROM","traceID":"a1","spanID":"f"},{"refType":"CHILD_OF","traceID":"a1","spanID":"e","span":{"x":1}}]"#,
                Some("e"),
                1,
            ),
        ] {
            let span = only_span(&format!(
                r#"{{"traceID":"a1","spanID":"2","processID":"p1","references":{references}}}"#
            ));
            assert_eq!(
                span.parent,
                parent.map(|id| format!("{id:0>16}")),
                "{references}"
            );
            assert_eq!(span.links.len(), n_links, "{references}");
            assert!(
                span.links
                    .iter()
                    .all(|link| link.0 == other_trace || link.0.ends_with("a1"))
            );
        }
        let old = only_span(r#"{"traceID":"a1","spanID":"2","parentSpanID":"7"}"#);
        assert_eq!(old.parent.as_deref(), Some("0000000000000007"));
        assert_eq!(old.service, "unknown_service");
    }

    #[test]
    fn status_and_kind_come_from_tags() {
        for (tags, status, kind) in [
            ("[]", SpanStatus::Unset, SpanKind::Unspecified),
            (
                r#"[{"key":"error","type":"bool","value":true},{"key":"span.kind","value":"server"}]"#,
                SpanStatus::Error,
                SpanKind::Server,
            ),
            (
                r#"[{"key":"error","type":"string","value":"unset"},{"key":"span.kind","value":"Client"}]"#,
                SpanStatus::Unset,
                SpanKind::Client,
            ),
            (
                r#"[{"key":"error","type":"string","value":"true"}]"#,
                SpanStatus::Error,
                SpanKind::Unspecified,
            ),
            (
                r#"[{"key":"otel.status_code","value":"OK"},{"key":"error","value":true}]"#,
                SpanStatus::Ok,
                SpanKind::Unspecified,
            ),
        ] {
            let span = only_span(&format!(r#"{{"traceID":"a1","spanID":"2","tags":{tags}}}"#));
            assert_eq!((span.status, span.kind), (status, kind), "{tags}");
        }
    }

    #[test]
    fn times_are_microseconds_and_large_numbers_survive() {
        let span = only_span(
            r#"{"traceID":"a1","spanID":"2","processID":"p1","startTime":1700000000000001,"duration":"250","tags":[{"key":"http.status_code","type":"int64","value":500},{"key":"rpc.big","type":"int64","value":"9223372036854775807"}]}"#,
        );
        assert_eq!(span.start_ns, 1_700_000_000_000_001_000);
        assert_eq!(span.duration_ns(), 250_000);
        assert_eq!(span.attributes["http.status_code"], "500");
        assert_eq!(span.attributes["rpc.big"], "9223372036854775807");
        assert_eq!(span.attributes["service.name"], "orch");
    }

    #[test]
    fn copies_become_one() {
        let span = r#"{"traceID":"a1","spanID":"2","operationName":"x"}"#;
        let other = r#"{"traceID":"a1","spanID":"2","operationName":"y"}"#;
        let spans = [span; 5_140].join(",");
        let json = format!(r#"{{"data":[{{"spans":[{spans},{other}]}}]}}"#);
        let decoded = decode(json.as_bytes(), &Keep::default()).unwrap();
        assert_eq!(decoded.traces[0].spans.len(), 2);
    }
}
