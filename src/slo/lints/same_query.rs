//! `slo:same-query`: the counted part of a ratio is not the total.

use std::sync::Arc;

use crate::catalog::fields::Spanned;
use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::SourceFile;
use crate::promql::Expression;

/// Both queries of a ratio are the same.
pub static LINT: Lint = Lint {
    id: "slo:same-query",
    summary: "both queries of a ratio are the same",
    severity: Severity::Error,
    explain: "A ratio of a query to itself is 1 whatever happens: such an SLO can never fail, or never pass.

bad:
  good:  {metricSource: {type: prometheus, spec: {query: sum(x)}}}
  total: {metricSource: {type: prometheus, spec: {query: sum(x)}}}

good:
  good:  {metricSource: {type: prometheus, spec: {query: \"sum(x{code!~'5..'})\"}}}
  total: {metricSource: {type: prometheus, spec: {query: sum(x)}}}",
};

/// Tells it of the query `part` of the ratio. Gives none when it did.
pub(crate) fn check(
    file: &Arc<SourceFile>,
    part: &Spanned<String>,
    expressions: (&Expression, &Expression),
    findings: &mut Findings,
) -> Option<()> {
    if expressions.0.to_string() != expressions.1.to_string() {
        return Some(());
    }
    findings.push(
        Finding::new(&LINT, file, part.span, "this is the same query as `total`")
            .help("select the good or the bad events only, such as `{code!~\"5..\"}`")
            .about("same-query"),
    );
    None
}
