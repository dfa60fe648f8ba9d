//! From what trace stores and files say to [`Trace`]. Pure and lenient: peers differ in how they write ids, numbers and enums.

mod assemble;
pub mod jaeger_v1;
pub mod otlp;
mod scalar;

use serde_json::Value;

pub use assemble::{Decoded, merge};

use super::model::Trace;
use super::redact::Keep;

/// Reads a file of traces: Jaeger's v1 JSON, api_v3 answers, Tempo's, plain OTLP JSON, also one JSON document a line.
///
/// Attribute values are redacted as everywhere. Traces come in the order of their start.
///
/// # Errors
/// A sentence that says what the file is instead.
pub fn read_trace_file(text: &str) -> Result<Vec<Trace>, String> {
    let keep = Keep::default();
    let first: Value = match serde_json::Deserializer::from_str(text).into_iter().next() {
        Some(Ok(first)) => first,
        Some(Err(error)) => return Err(format!("this is not JSON: {error}")),
        None => return Err("this file is empty".into()),
    };
    let has = |key: &str| first.get(key).is_some();
    let decoded = if has("data") || has("spans") {
        jaeger_v1::decode(text.as_bytes(), &keep)
    } else if ["result", "resourceSpans", "trace", "batches"]
        .iter()
        .any(|key| has(key))
    {
        otlp::decode(text.as_bytes(), &keep)
    } else {
        return Err(
            "this is no trace: Jaeger's JSON has `data`, OTLP JSON has `resourceSpans`".into(),
        );
    };
    let decoded = decoded.map_err(|error| format!("this trace cannot be read: {error}"))?;
    if decoded.traces.is_empty() {
        return Err("this file has no spans in it".into());
    }
    Ok(decoded.traces)
}

#[cfg(test)]
mod tests {
    use super::*;

    const V1: &str = r#"{"data":[{"traceID":"a1","spans":[{"traceID":"a1","spanID":"b2","operationName":"op","references":[],"startTime":1000,"duration":5,"processID":"p1"}],"processes":{"p1":{"serviceName":"orch"}}}]}"#;
    const OTLP: &str = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"orch"}}]},"scopeSpans":[{"spans":[{"traceId":"a1","spanId":"b2","name":"op","startTimeUnixNano":"1000000","endTimeUnixNano":"1005000"}]}]}]}"#;

    #[test]
    fn every_form_of_one_trace_reads_the_same() {
        let from_v1 = read_trace_file(V1).unwrap();
        assert_eq!(from_v1.len(), 1);
        assert_eq!(from_v1[0].id, "000000000000000000000000000000a1");
        assert_eq!(from_v1[0].spans[0].id, "00000000000000b2");
        assert_eq!(from_v1[0].spans[0].path(), "orch/op");
        assert_eq!(read_trace_file(OTLP).unwrap(), from_v1);
        assert_eq!(
            read_trace_file(&format!("{{\"result\":{OTLP}}}")).unwrap(),
            from_v1
        );
        assert_eq!(
            read_trace_file(&format!("{{\"trace\":{OTLP}}}")).unwrap(),
            from_v1
        );
        assert_eq!(
            read_trace_file(&format!("{OTLP}\n{OTLP}\n")).unwrap(),
            from_v1
        );
    }

    #[test]
    fn what_is_no_trace_is_told() {
        for (text, says) in [
            ("", "this file is empty"),
            ("<html>", "this is not JSON"),
            ("{\"a\":1}", "this is no trace"),
            ("{\"data\":null}", "this file has no spans in it"),
            (&V1[..V1.len() - 9], "this is not JSON"),
        ] {
            let error = read_trace_file(text).unwrap_err();
            assert!(error.starts_with(says), "{error}");
        }
    }
}
