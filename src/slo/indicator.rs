//! `SLI` documents and inline indicators: what is counted, or what is measured against a threshold. Pure.

use std::sync::Arc;

use super::counted::{self, Counted, Refusal};
use super::lints::{indicator, query, same_query, unsupported};
use super::measure::{Part, Ratio};
use crate::catalog::fields::{Fields, Spanned};
use crate::finding::Findings;
use crate::place::SourceFile;
use crate::promql::Expression;

/// A service level indicator as it was read.
#[derive(Debug, Clone)]
pub struct Sli {
    /// The file it is written in.
    pub file: Arc<SourceFile>,
    /// What it says.
    pub shape: Shape,
    /// Data sources it names without a type of its own.
    pub sources: Vec<Spanned<String>>,
}

/// The two shapes of an indicator.
#[derive(Debug, Clone)]
pub enum Shape {
    /// A part of all events.
    Ratio(Arc<Ratio>),
    /// A measurement that an objective compares with a value.
    Threshold(Expression),
}

/// Reads the `spec` of an indicator.
pub(super) fn read(fields: &mut Fields<'_>, findings: &mut Findings) -> Option<Sli> {
    fields.text("description", findings);
    let metric = indicator::one_of(fields, ["ratioMetric", "thresholdMetric"], findings)?;
    let mut inner = fields.map(metric, findings)?;
    let mut sources = Vec::new();
    let shape = match metric {
        "ratioMetric" => ratio(&mut inner, &mut sources, findings),
        _ => threshold(&mut inner, &mut sources, findings),
    };
    inner.finish(findings);
    Some(Sli {
        file: Arc::clone(fields.file()),
        shape: shape?,
        sources,
    })
}

const NO_COUNT: &str = "a ratio computed elsewhere does not say how many events it saw";
const COUNT: &str = "write `good` (or `bad`) and `total`";
const RAW: [(&str, &str, &str); 2] = [("raw", NO_COUNT, COUNT), ("rawType", NO_COUNT, COUNT)];

fn ratio(
    fields: &mut Fields<'_>,
    sources: &mut Vec<Spanned<String>>,
    findings: &mut Findings,
) -> Option<Shape> {
    let is_counter = fields
        .boolean("counter", findings)
        .is_some_and(|is| is.value);
    unsupported::refuse(fields, &RAW, findings)?;
    let key = indicator::one_of(fields, ["good", "bad"], findings);
    let part_query = key.and_then(|key| metric_source(fields, key, sources, findings));
    let total_query = metric_source(fields, "total", sources, findings);
    let mut read = |query: &Option<Spanned<String>>| {
        counted(fields.file(), query.as_ref()?, is_counter, findings)
    };
    let (counted, total) = (read(&part_query), read(&total_query));
    let (counted, total) = (counted?, total?);
    let expressions = (counted.sample(), total.sample());
    same_query::check(fields.file(), &part_query?, expressions, findings)?;
    let part = match key? {
        "good" => Part::Good,
        _ => Part::Bad,
    };
    Some(Shape::Ratio(Arc::new(Ratio {
        part,
        counted,
        total,
    })))
}

fn counted(
    file: &Arc<SourceFile>,
    text: &Spanned<String>,
    is_counter: bool,
    findings: &mut Findings,
) -> Option<Counted> {
    let refusal = match Counted::read(&text.value, is_counter) {
        Ok(counted) => return Some(counted),
        Err(refusal) => refusal,
    };
    let (lint, message, help) = match refusal {
        Refusal::Syntax(message) => (
            &query::LINT,
            format!("the query is not PromQL: {message}"),
            "write a query that gives a vector, such as `sum(http_requests_total)`",
        ),
        Refusal::NoMetric => (
            &query::LINT,
            "the query reads no metric".to_owned(),
            "select a counter, such as `sum(http_requests_total)`",
        ),
        Refusal::FixedRange => (
            &unsupported::LINT,
            "the query fixes its own range, but is asked over several windows".to_owned(),
            "write the counter without `rate` and range, or `[{{.window}}]` as its range",
        ),
        Refusal::NotCounter => (
            &unsupported::LINT,
            "the query is neither said to be a counter nor has a range to fill in".to_owned(),
            "write `counter: true`, or give the query the range `[{{.window}}]`",
        ),
    };
    query::tell(lint, file, text, (message, help), findings);
    None
}

fn threshold(
    fields: &mut Fields<'_>,
    sources: &mut Vec<Spanned<String>>,
    findings: &mut Findings,
) -> Option<Shape> {
    let text = source_query(fields, sources, findings)?;
    if counted::has_placeholder(&text.value) {
        let message = "a measurement is taken many times in each window, so its own range is fixed";
        let told = (message.to_owned(), "write a range such as `[5m]`");
        query::tell(&unsupported::LINT, fields.file(), &text, told, findings);
        return None;
    }
    let comparable = Expression::parse(&format!("({}) >= bool 0", text.value));
    let problem = match (comparable, Expression::parse(&text.value)) {
        (_, Err(error)) | (Err(error), _) => format!("the query is not PromQL: {}", error.message),
        (_, Ok(value)) if value.selectors().is_empty() => "the query reads no metric".to_owned(),
        (_, Ok(value)) => return Some(Shape::Threshold(value)),
    };
    let help = "write a query that gives a vector, such as `max(queue_length)`";
    query::tell(
        &query::LINT,
        fields.file(),
        &text,
        (problem, help),
        findings,
    );
    None
}

/// `KEY: {metricSource: …}`.
fn metric_source(
    fields: &mut Fields<'_>,
    key: &'static str,
    sources: &mut Vec<Spanned<String>>,
    findings: &mut Findings,
) -> Option<Spanned<String>> {
    fields.required(key, findings)?;
    let mut metric = fields.map(key, findings)?;
    let query = source_query(&mut metric, sources, findings);
    metric.finish(findings);
    query
}

/// The query of `metricSource`.
fn source_query(
    metric: &mut Fields<'_>,
    sources: &mut Vec<Spanned<String>>,
    findings: &mut Findings,
) -> Option<Spanned<String>> {
    metric.required("metricSource", findings)?;
    let mut source = metric.map("metricSource", findings)?;
    let kind = source.text("type", findings);
    let named = source.text("metricSourceRef", findings);
    let is_prometheus = kind
        .as_ref()
        .is_none_or(|kind| prometheus(&source, kind, findings).is_some());
    sources.extend(named.filter(|_| kind.is_none()));
    source.required("spec", findings);
    let query = source.map("spec", findings).and_then(|mut spec| {
        let key = indicator::one_of(&mut spec, ["query", "promql"], findings);
        let query = key.and_then(|key| spec.required_text(key, findings));
        spec.finish(findings);
        query
    });
    source.finish(findings);
    query.filter(|_| is_prometheus)
}

/// Whether a source's type is Prometheus; a finding otherwise.
fn prometheus(fields: &Fields<'_>, kind: &Spanned<String>, findings: &mut Findings) -> Option<()> {
    if is_prometheus(&kind.value) {
        return Some(());
    }
    let message = format!("a source of type `{}` is not asked", kind.value);
    let help = "write `type: prometheus` for whatever answers the Prometheus API";
    unsupported::tell(fields, "type", kind.span, (&message, help), findings);
    None
}

/// Whether this type of a source is the one we ask.
pub(super) fn is_prometheus(kind: &str) -> bool {
    kind.eq_ignore_ascii_case("prometheus")
}
