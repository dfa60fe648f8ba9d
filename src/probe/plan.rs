//! A journey with everything it refers to, and its requests with everything filled in. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use url::{Position, Url};
use uuid::Uuid;

use super::identity;
use super::journey::{Body, Journey, Request};
use super::template::{Variables, percent_encoded};
use super::trace_step::TraceStep;
use crate::evidence::HttpRequest;

/// What is needed to run a journey.
#[derive(Debug)]
pub struct Plan {
    /// What to do.
    pub journey: Journey,
    /// Where its targets are.
    pub addresses: BTreeMap<String, Url>,
    /// What becomes of its trace, if that is promised.
    pub trace: Option<TraceStep>,
}

impl Plan {
    /// The `index`th request of a run; none while one of its variables is unknown. What the document sets wins over what we
    /// set, which [`identity::RESERVED`] keeps it from where that would matter.
    pub(super) fn request(
        &self,
        request: &Request,
        variables: &Variables,
        (run, index): (Uuid, usize),
        timeout: Duration,
    ) -> Option<HttpRequest> {
        let path = request.path.render(variables, percent_encoded)?;
        let own = identity::headers(run, index);
        let mut headers: BTreeMap<String, String> = own
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        if matches!(request.body, Body::Json(_)) {
            headers.insert("content-type".into(), "application/json".into());
        }
        for (name, template) in &request.headers {
            headers.insert(name.clone(), template.render(variables, |text| text)?);
        }
        Some(HttpRequest {
            target: request.target.clone(),
            method: request.method.clone(),
            url: self.address(&request.target, &path),
            headers,
            body: request.body.render(variables)?,
            timeout_ms: (timeout.as_millis() as u64).max(1),
        })
    }

    /// The whole address of `path` at a target. Credentials stay out: addresses are kept in evidence.
    fn address(&self, target: &str, path: &str) -> String {
        let url = self
            .addresses
            .get(target)
            .expect("a plan has the address of every target of its journey");
        let authority = &url[Position::BeforeHost..Position::AfterPort];
        let prefix = url.path().trim_end_matches('/');
        format!("{}://{authority}{prefix}{path}", url.scheme())
    }
}
