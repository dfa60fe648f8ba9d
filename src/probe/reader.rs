//! Reads the `spec` of a journey from its first step to its last: what a step extracts, those after it know. Pure.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::expression::Expression;
use super::extract::JsonPath;
use super::journey::{Body, Journey, Request, Step, Until};
use super::json::JsonReader;
use super::lints;
use super::template::Template;
use crate::catalog::fields::{Fields, Spanned, text_of};
use crate::finding::Findings;
use crate::place::SourceFile;

/// A user waits no longer, unless the document says so.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How often `until` asks, unless the document says so.
const EVERY: Duration = Duration::from_millis(200);

/// A reader, and what it has come across so far.
pub(super) struct Reader<'a> {
    file: &'a Arc<SourceFile>,
    /// What the steps so far extract.
    known: BTreeSet<String>,
    /// Every target that is addressed, as often as it is.
    pub(super) targets: Vec<Spanned<String>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(file: &'a Arc<SourceFile>) -> Self {
        Self {
            file,
            known: BTreeSet::new(),
            targets: Vec::new(),
        }
    }

    /// The journey as far as it can be read, and the contract that its trace must keep.
    pub(super) fn spec(
        &mut self,
        name: &str,
        spec: Option<Fields<'_>>,
        findings: &mut Findings,
    ) -> (Journey, Option<Spanned<String>>) {
        let mut journey = Journey {
            name: name.to_owned(),
            timeout: TIMEOUT,
            steps: Vec::new(),
            always: Vec::new(),
        };
        let Some(mut spec) = spec else {
            return (journey, None);
        };
        if let Some(timeout) = spec.duration("timeout", findings) {
            lints::timeout::apply(&timeout, self.file, findings);
            journey.timeout = timeout.value;
        }
        journey.steps = self.steps(&mut spec, journey.timeout, findings);
        journey.always = self.always(&mut spec, findings);
        let trace = spec.text("trace", findings);
        spec.finish(findings);
        (journey, trace)
    }

    fn steps(
        &mut self,
        spec: &mut Fields<'_>,
        timeout: Duration,
        findings: &mut Findings,
    ) -> Vec<Step> {
        let listed = spec.list("steps", findings);
        if listed.is_empty() {
            let span = spec.key_span("steps").unwrap_or(spec.span());
            lints::step::none(span, self.file, findings);
        }
        let mut names = Vec::new();
        let mut steps = Vec::new();
        for (path, node) in listed {
            if let Some(mut fields) = Fields::of(self.file, node, path, findings) {
                steps.extend(self.step(&mut fields, timeout, &mut names, findings));
                fields.finish(findings);
            }
        }
        lints::step::unique(&names, self.file, findings);
        steps
    }

    fn step(
        &mut self,
        fields: &mut Fields<'_>,
        timeout: Duration,
        names: &mut Vec<Spanned<String>>,
        findings: &mut Findings,
    ) -> Option<Step> {
        let name = fields.required_text("name", findings);
        let request = self.request(fields, findings);
        let until = self.until(fields, timeout, findings);
        let expect = self.expect(fields, findings);
        let extract = self.extract(fields, findings);
        let name = name?;
        names.push(name.clone());
        if ["until", "expect", "extract"]
            .iter()
            .all(|key| fields.key_span(key).is_none())
        {
            lints::step::cannot_fail(&name, self.file, findings);
        }
        Some(Step {
            name: name.value,
            request: request?,
            until: until.flatten(),
            expect,
            extract,
        })
    }

    /// None inside where there is no `until`.
    fn until(
        &mut self,
        fields: &mut Fields<'_>,
        timeout: Duration,
        findings: &mut Findings,
    ) -> Option<Option<Until>> {
        let Some(mut until) = fields.map("until", findings) else {
            return Some(None);
        };
        let text = until.required_text("that", findings);
        let that = text.and_then(|text| self.expression(&text, &until.path("that"), findings));
        let every = until.duration("every", findings);
        if let Some(every) = &every {
            lints::timeout::every(every, timeout, &until.path("every"), self.file, findings);
        }
        until.finish(findings);
        Some(Some(Until {
            that: that?,
            every: every.map_or(EVERY, |every| every.value),
        }))
    }

    fn expect(&mut self, fields: &mut Fields<'_>, findings: &mut Findings) -> Vec<Expression> {
        let path = fields.path("expect");
        fields
            .texts("expect", findings)
            .iter()
            .enumerate()
            .filter_map(|(at, text)| self.expression(text, &format!("{path}[{at}]"), findings))
            .collect()
    }

    fn expression(
        &self,
        text: &Spanned<String>,
        path: &str,
        findings: &mut Findings,
    ) -> Option<Expression> {
        let expression = lints::expression::read(text, path, self.file, findings)?;
        lints::variable::expression(&expression, text, &self.known, path, self.file, findings);
        Some(expression)
    }

    fn extract(
        &mut self,
        fields: &mut Fields<'_>,
        findings: &mut Findings,
    ) -> Vec<(String, JsonPath)> {
        let mut extracted = Vec::new();
        let Some(entries) = fields.map("extract", findings) else {
            return extracted;
        };
        for (name, node) in entries.named() {
            let path = format!("{}.{}", fields.path("extract"), name.value);
            // A name whose path is wrong is known all the same: one mistake is one finding.
            self.known.insert(name.value.clone());
            if let Some(text) = text_of(self.file, node, &path, findings) {
                extracted.extend(lints::extract::read(
                    &name, &text, &path, self.file, findings,
                ));
            }
        }
        extracted
    }

    fn always(&mut self, spec: &mut Fields<'_>, findings: &mut Findings) -> Vec<Request> {
        let mut requests = Vec::new();
        for (path, node) in spec.list("always", findings) {
            if let Some(mut fields) = Fields::of(self.file, node, path, findings) {
                requests.extend(self.request(&mut fields, findings));
                fields.finish(findings);
            }
        }
        requests
    }

    fn request(&mut self, fields: &mut Fields<'_>, findings: &mut Findings) -> Option<Request> {
        fields.required("request", findings)?;
        let mut fields = fields.map("request", findings)?;
        let target = fields.required_text("target", findings);
        let method = fields.text("method", findings);
        let method = lints::request::method(method, &fields.path("method"), self.file, findings);
        let route = fields.required_text("path", findings);
        let path = route.as_ref().and_then(|route| {
            lints::request::path(route, &fields.path("path"), self.file, findings);
            self.template(route, &fields.path("path"), findings)
        });
        let headers = self.headers(&mut fields, findings);
        let body = self.body(&mut fields, findings);
        fields.finish(findings);
        self.targets.extend(target.clone());
        Some(Request {
            target: target?.value,
            method,
            path: path?,
            route: route?.value,
            headers,
            body: body?,
        })
    }

    fn headers(
        &mut self,
        fields: &mut Fields<'_>,
        findings: &mut Findings,
    ) -> Vec<(String, Template)> {
        let mut headers = Vec::new();
        let Some(entries) = fields.map("headers", findings) else {
            return headers;
        };
        for (name, node) in entries.named() {
            let path = format!("{}.{}", fields.path("headers"), name.value);
            lints::request::header(&name, &path, self.file, findings);
            let value = text_of(self.file, node, &path, findings);
            if let Some(template) = value.and_then(|value| self.template(&value, &path, findings)) {
                headers.push((name.value.to_ascii_lowercase(), template));
            }
        }
        headers
    }

    fn body(&mut self, fields: &mut Fields<'_>, findings: &mut Findings) -> Option<Body> {
        let json = fields.node("json");
        let text = fields.text("body", findings);
        if let (Some(_), Some(text)) = (json, &text) {
            let span = fields.key_span("body").unwrap_or(text.span);
            lints::request::two_bodies(span, &fields.path("body"), self.file, findings);
            return None;
        }
        match (json, text) {
            (Some(node), _) => {
                let template =
                    |text: &_, path: &_, findings: &mut _| self.template(text, path, findings);
                let reader = JsonReader {
                    file: self.file,
                    template: &template,
                };
                reader
                    .read(node, &fields.path("json"), findings)
                    .map(Body::Json)
            }
            (None, Some(text)) => self
                .template(&text, &fields.path("body"), findings)
                .map(Body::Text),
            (None, None) => Some(Body::Empty),
        }
    }

    fn template(
        &self,
        text: &Spanned<String>,
        path: &str,
        findings: &mut Findings,
    ) -> Option<Template> {
        lints::variable::template(text, &self.known, path, self.file, findings)
    }
}
