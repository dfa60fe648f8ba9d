//! `slo:query`: a query is PromQL and reads a metric.

use std::sync::Arc;

use crate::catalog::fields::Spanned;
use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::SourceFile;

/// A query is not PromQL, or nothing that can be counted.
pub static LINT: Lint = Lint {
    id: "slo:query",
    summary: "a query is not PromQL or reads no metric",
    severity: Severity::Error,
    explain: "A query that Prometheus refuses leaves the SLO without a verdict, and one that reads no metric cannot fail. \
A counter is written without range (`sum(x)`), or with a placeholder for the window (`sum(rate(x[{{.window}}]))`).

bad:
  query: sum(rate(http_requests_total{code=~\"5..\"))

good:
  query: sum(http_requests_total{code=~\"5..\"})",
};

/// Tells, by this lint or a neighbouring one, what is wrong with a query.
pub(crate) fn tell(
    lint: &'static Lint,
    file: &Arc<SourceFile>,
    query: &Spanned<String>,
    (message, help): (String, &str),
    findings: &mut Findings,
) {
    findings.push(
        Finding::new(lint, file, query.span, message)
            .help(help)
            .about(query.value.as_str()),
    );
}
