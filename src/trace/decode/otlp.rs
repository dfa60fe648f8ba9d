//! OTLP JSON, as api_v3, Tempo, files of collectors and our own tests write it. Pure.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::assemble::{Decoded, Gathering, says_cut};
use super::scalar::{integer, nullable, span_id, text, trace_id};
use crate::trace::model::{Span, SpanKind, SpanStatus};
use crate::trace::redact::Keep;

/// Decodes one or more JSON documents that follow each other.
///
/// # Errors
/// What is not JSON, or has an object where a list must be.
pub fn decode(json: &[u8], keep: &Keep) -> Result<Decoded, serde_json::Error> {
    let mut gathering = Gathering::default();
    for document in serde_json::Deserializer::from_slice(json).into_iter::<Envelope>() {
        let document = document?;
        let partial = document.status.as_deref() == Some("PARTIAL");
        document.gather(keep, &mut gathering);
        if partial {
            gathering.cut_all();
        }
    }
    Ok(gathering.finish())
}

/// `{"result": {"resourceSpans": …}}` of api_v3, `{"trace": …, "status": …}` and `{"batches": …}` of Tempo, or OTLP itself.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Envelope {
    result: Option<Box<Envelope>>,
    trace: Option<Box<Envelope>>,
    status: Option<String>,
    #[serde(alias = "batches", deserialize_with = "nullable")]
    resource_spans: Vec<ResourceSpans>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ResourceSpans {
    #[serde(deserialize_with = "nullable")]
    resource: Resource,
    #[serde(
        alias = "instrumentationLibrarySpans",
        alias = "ilSpans",
        deserialize_with = "nullable"
    )]
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Resource {
    #[serde(deserialize_with = "nullable")]
    attributes: Vec<KeyValue>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ScopeSpans {
    #[serde(deserialize_with = "nullable")]
    spans: Vec<RawSpan>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct RawSpan {
    #[serde(deserialize_with = "nullable")]
    trace_id: String,
    #[serde(deserialize_with = "nullable")]
    span_id: String,
    #[serde(deserialize_with = "nullable")]
    parent_span_id: String,
    #[serde(deserialize_with = "nullable")]
    name: String,
    kind: Value,
    #[serde(deserialize_with = "integer")]
    start_time_unix_nano: u64,
    #[serde(deserialize_with = "integer")]
    end_time_unix_nano: u64,
    #[serde(deserialize_with = "nullable")]
    attributes: Vec<KeyValue>,
    #[serde(deserialize_with = "nullable")]
    links: Vec<Link>,
    #[serde(deserialize_with = "nullable")]
    status: Status,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct KeyValue {
    #[serde(deserialize_with = "nullable")]
    key: String,
    value: Value,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Link {
    #[serde(deserialize_with = "nullable")]
    trace_id: String,
    #[serde(deserialize_with = "nullable")]
    span_id: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Status {
    code: Value,
}

impl Envelope {
    fn gather(self, keep: &Keep, gathering: &mut Gathering) {
        for inner in [self.result, self.trace].into_iter().flatten() {
            inner.gather(keep, gathering);
        }
        for group in self.resource_spans {
            let resource = attributes(group.resource.attributes, keep);
            for raw in group.scope_spans.into_iter().flat_map(|scope| scope.spans) {
                raw.gather(&resource, keep, gathering);
            }
        }
    }
}

impl RawSpan {
    fn gather(self, resource: &BTreeMap<String, String>, keep: &Keep, gathering: &mut Gathering) {
        let trace_id = trace_id(&self.trace_id);
        let span = self.span(resource, keep);
        if span
            .attributes
            .get("@jaeger@warnings")
            .is_some_and(|warning| says_cut(warning))
        {
            gathering.cut(trace_id.clone());
        }
        gathering.add(trace_id, span);
    }

    fn span(self, resource: &BTreeMap<String, String>, keep: &Keep) -> Span {
        let mut all = attributes(self.attributes, keep);
        for (key, value) in resource {
            all.entry(key.clone()).or_insert_with(|| value.clone());
        }
        let service = resource.get("service.name").filter(|name| !name.is_empty());
        Span {
            id: span_id(&self.span_id),
            parent: Some(span_id(&self.parent_span_id)).filter(|id| !id.is_empty()),
            service: service.map_or_else(|| "unknown_service".to_owned(), Clone::clone),
            name: self.name,
            kind: kind(&self.kind),
            start_ns: self.start_time_unix_nano,
            end_ns: self.end_time_unix_nano,
            status: status(&self.status.code),
            attributes: all,
            links: self
                .links
                .iter()
                .map(|link| (trace_id(&link.trace_id), span_id(&link.span_id)))
                .collect(),
        }
    }
}

fn attributes(list: Vec<KeyValue>, keep: &Keep) -> BTreeMap<String, String> {
    list.into_iter()
        .map(|KeyValue { key, value }| {
            let value = keep.value(&key, any_value(&value));
            (key, value)
        })
        .collect()
}

/// The text of OTLP's `AnyValue`: `{"stringValue": "x"}` is `x`, arrays and maps are written as JSON.
fn any_value(value: &Value) -> String {
    match value.as_object().and_then(|holder| holder.values().next()) {
        Some(inner) => text(inner),
        None => String::new(),
    }
}

fn kind(value: &Value) -> SpanKind {
    match value {
        Value::String(name) => named_kind(name.trim_start_matches("SPAN_KIND_")),
        other => match other.as_u64() {
            Some(1) => SpanKind::Internal,
            Some(2) => SpanKind::Server,
            Some(3) => SpanKind::Client,
            Some(4) => SpanKind::Producer,
            Some(5) => SpanKind::Consumer,
            _ => SpanKind::Unspecified,
        },
    }
}

/// A span kind by its name in any case; numbers as text are taken, too.
pub(super) fn named_kind(name: &str) -> SpanKind {
    match name.to_ascii_lowercase().as_str() {
        "internal" | "1" => SpanKind::Internal,
        "server" | "2" => SpanKind::Server,
        "client" | "3" => SpanKind::Client,
        "producer" | "4" => SpanKind::Producer,
        "consumer" | "5" => SpanKind::Consumer,
        _ => SpanKind::Unspecified,
    }
}

fn status(code: &Value) -> SpanStatus {
    match code {
        Value::String(name) => named_status(name.trim_start_matches("STATUS_CODE_")),
        other => match other.as_u64() {
            Some(1) => SpanStatus::Ok,
            Some(2) => SpanStatus::Error,
            _ => SpanStatus::Unset,
        },
    }
}

/// A span status by its name in any case; numbers as text are taken, too.
pub(super) fn named_status(name: &str) -> SpanStatus {
    match name.to_ascii_lowercase().as_str() {
        "ok" | "1" => SpanStatus::Ok,
        "error" | "2" => SpanStatus::Error,
        _ => SpanStatus::Unset,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn only_span(span: &str) -> Span {
        let json = format!(
            r#"{{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"orch"}}}},{{"key":"host.name","value":{{"stringValue":"h"}}}}]}},"scopeSpans":[{{"spans":[{span}]}}]}}]}}"#
        );
        let decoded = decode(json.as_bytes(), &Keep::default()).unwrap();
        decoded.traces[0].spans[0].clone()
    }

    #[test]
    fn numbers_enums_and_values_in_every_spelling() {
        let strict = r#"{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7","parentSpanId":"","name":"op","kind":2,"startTimeUnixNano":"1000","endTimeUnixNano":"2000","attributes":[{"key":"http.response.status_code","value":{"intValue":"500"}},{"key":"user","value":{"stringValue":"me"}}],"status":{"code":2}}"#;
        let loose = r#"{"traceId":"S/kvNXezTaajzpKdDg5HNg==","spanId":"F067AA0BA902B7","name":"op","kind":"SPAN_KIND_SERVER","startTimeUnixNano":1000,"endTimeUnixNano":2000,"attributes":[{"key":"http.response.status_code","value":{"intValue":500}},{"key":"user","value":{"stringValue":"you"}}],"links":null,"events":null,"status":{"code":"STATUS_CODE_ERROR"},"flags":257}"#;
        let span = only_span(strict);
        assert_eq!(span, only_span(loose));
        assert_eq!(
            (span.kind, span.status),
            (SpanKind::Server, SpanStatus::Error)
        );
        assert_eq!(
            (span.start_ns, span.end_ns, span.parent),
            (1000, 2000, None)
        );
        assert_eq!(span.attributes["http.response.status_code"], "500");
        assert_eq!(span.attributes["user"], "[redacted]");
        assert_eq!(span.attributes["host.name"], "[redacted]");
    }

    #[test]
    fn what_is_absent_is_unset() {
        let span = only_span(r#"{"traceId":"1","spanId":"2"}"#);
        assert_eq!(
            (span.kind, span.status),
            (SpanKind::Unspecified, SpanStatus::Unset)
        );
        assert_eq!((span.start_ns, span.end_ns), (0, 0));
        assert!(span.links.is_empty() && span.name.is_empty());
    }

    #[test]
    fn links_and_odd_values() {
        let span = only_span(
            r#"{"traceId":"1","spanId":"2","links":[{"traceId":"A","spanId":"B"}],"attributes":[{"key":"http.a","value":{"arrayValue":{"values":[]}}},{"key":"http.nan","value":{"doubleValue":"NaN"}},{"key":"http.none","value":{}},{"key":"http.null","value":null}]}"#,
        );
        assert_eq!(
            span.links,
            [(format!("{:0>32}", "a"), format!("{:0>16}", "b"))]
        );
        assert_eq!(span.attributes["http.a"], r#"{"values":[]}"#);
        assert_eq!(span.attributes["http.nan"], "NaN");
        assert_eq!(span.attributes["http.none"], "");
        assert_eq!(span.attributes["http.null"], "");
    }

    #[test]
    fn merged_traces_are_told_apart_and_cut_ones_left_out() {
        let spans = r#"{"traceId":"1","spanId":"1","startTimeUnixNano":"9"},{"traceId":"2","spanId":"1","startTimeUnixNano":"3"},{"traceId":"1","spanId":"2","startTimeUnixNano":"9"},{"traceId":"2","spanId":"1","startTimeUnixNano":"3"},{"traceId":"3","spanId":"1","attributes":[{"key":"@jaeger@warnings","value":{"arrayValue":{"values":[{"stringValue":"trace was truncated"}]}}}]}"#;
        let json = format!(
            r#"{{"result":{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{spans}]}}]}}]}}}}"#
        );
        let decoded = decode(json.as_bytes(), &Keep::default()).unwrap();
        let sizes: Vec<_> = decoded
            .traces
            .iter()
            .map(|trace| (&trace.id[31..], trace.spans.len()))
            .collect();
        assert_eq!(sizes, [("2", 1), ("1", 2)]);
        assert_eq!(decoded.traces[0].spans[0].service, "unknown_service");
        assert_eq!(decoded.cut.len(), 1);
    }

    #[test]
    fn a_partial_answer_is_cut_and_a_broken_one_an_error() {
        let tempo = br#"{"trace":{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"1","spanId":"1"}]}]}]},"status":"PARTIAL"}"#;
        let decoded = decode(tempo, &Keep::default()).unwrap();
        assert_eq!((decoded.traces.len(), decoded.cut.len()), (0, 1));
        assert!(decode(&tempo[..40], &Keep::default()).is_err());
    }
}
