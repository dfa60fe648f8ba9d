//! Jaeger's two HTTP APIs: how each is asked and how its answers read. Pure.

use jiff::Timestamp;
use serde::Deserialize;
use url::Url;

use crate::trace::decode::{Decoded, jaeger_v1, otlp};
use crate::trace::redact::Keep;

/// Which API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Api {
    /// `/api/v3`: OTLP, stable.
    V3,
    /// `/api`: what the user interface used; its search is gone from Jaegers after 2.20.
    V1,
}

/// What is asked.
#[derive(Debug, Clone)]
pub(super) enum Question {
    Services,
    Trace(String),
    Traces(Search),
}

/// A search for traces.
#[derive(Debug, Clone)]
pub(super) struct Search {
    pub(super) service: String,
    pub(super) operation: Option<String>,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) n_traces: u32,
}

impl Api {
    /// This one first.
    pub(super) fn then_the_other(self) -> [Api; 2] {
        match self {
            Api::V3 => [Api::V3, Api::V1],
            Api::V1 => [Api::V1, Api::V3],
        }
    }

    /// The address of an answer. Traces are asked for as they were reported: Jaeger's own clock adjustment moves spans.
    pub(super) fn url(self, base: &Url, question: &Question) -> Url {
        let mut url = base.clone();
        {
            let mut path = url.path_segments_mut().expect("an http address has a path");
            path.pop_if_empty().push("api");
            if self == Api::V3 {
                path.push("v3");
            }
            match question {
                Question::Services => path.push("services"),
                Question::Traces(_) => path.push("traces"),
                Question::Trace(id) => path.push("traces").push(id),
            };
        }
        match (question, self) {
            (Question::Services, _) => {}
            (Question::Trace(_), Api::V3) => add(&mut url, [("raw_traces", "true".to_owned())]),
            (Question::Trace(_), Api::V1) => add(&mut url, [("raw", "true".to_owned())]),
            (Question::Traces(search), Api::V3) => add(&mut url, v3_search(search)),
            (Question::Traces(search), Api::V1) => add(&mut url, v1_search(search)),
        }
        url
    }

    /// The traces of an answer.
    pub(super) fn traces(self, body: &[u8], keep: &Keep) -> Result<Decoded, serde_json::Error> {
        match self {
            Api::V3 => otlp::decode(body, keep),
            Api::V1 => jaeger_v1::decode(body, keep),
        }
    }

    /// The services of an answer: `{"services": […]}` of v3, `{"data": […]}` of v1; none where there are none yet.
    pub(super) fn services(self, body: &[u8]) -> Result<Vec<String>, serde_json::Error> {
        #[derive(Deserialize)]
        struct Services {
            #[serde(alias = "data")]
            services: Option<Vec<String>>,
        }
        let answer: Services = serde_json::from_slice(body)?;
        Ok(answer.services.unwrap_or_default())
    }
}

fn add<'k>(url: &mut Url, pairs: impl IntoIterator<Item = (&'k str, String)>) {
    url.query_pairs_mut().extend_pairs(pairs);
}

/// Jaeger 2.13 knows `num_traces` and later ones `search_depth`; each ignores the other.
fn v3_search(search: &Search) -> Vec<(&'static str, String)> {
    let mut pairs = vec![
        ("query.service_name", search.service.clone()),
        ("query.start_time_min", search.from.to_string()),
        ("query.start_time_max", search.to.to_string()),
        ("query.num_traces", search.n_traces.to_string()),
        ("query.search_depth", search.n_traces.to_string()),
        ("query.raw_traces", "true".to_owned()),
    ];
    pairs.extend(
        search
            .operation
            .clone()
            .map(|operation| ("query.operation_name", operation)),
    );
    pairs
}

fn v1_search(search: &Search) -> Vec<(&'static str, String)> {
    let mut pairs = vec![
        ("service", search.service.clone()),
        ("start", search.from.as_microsecond().to_string()),
        ("end", search.to.as_microsecond().to_string()),
        ("limit", search.n_traces.to_string()),
        ("raw", "true".to_owned()),
    ];
    pairs.extend(
        search
            .operation
            .clone()
            .map(|operation| ("operation", operation)),
    );
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let base = Url::parse("http://me:pw@j/select/jaeger/").unwrap();
        let trace = Question::Trace("a/b".into());
        let search = Question::Traces(Search {
            service: "orch".into(),
            operation: Some("POST /v1/trials".into()),
            from: Timestamp::UNIX_EPOCH,
            to: Timestamp::from_nanosecond(1_500_000_001).unwrap(),
            n_traces: 7,
        });
        for (api, question, expected) in [
            (Api::V3, &Question::Services, "/api/v3/services"),
            (Api::V1, &trace, "/api/traces/a%2Fb?raw=true"),
            (
                Api::V3,
                &search,
                "/api/v3/traces?query.service_name=orch&query.start_time_min=1970-01-01T00%3A00%3A00Z&query.start_time_max=1970-01-01T00%3A00%3A01.500000001Z&query.num_traces=7&query.search_depth=7&query.raw_traces=true&query.operation_name=POST+%2Fv1%2Ftrials",
            ),
            (
                Api::V1,
                &search,
                "/api/traces?service=orch&start=0&end=1500000&limit=7&raw=true&operation=POST+%2Fv1%2Ftrials",
            ),
        ] {
            let url = api.url(&base, question);
            assert_eq!(
                url.as_str(),
                format!("http://me:pw@j/select/jaeger{expected}")
            );
        }
    }

    #[test]
    fn services_of_both() {
        for (body, expected) in [
            (r#"{"services":["a"]}"#, &["a"][..]),
            (r#"{"data":["a","b"],"errors":null}"#, &["a", "b"]),
            (r#"{"data":null}"#, &[]),
            ("{}", &[]),
        ] {
            assert_eq!(
                Api::V3.services(body.as_bytes()).unwrap(),
                expected,
                "{body}"
            );
        }
    }
}
