//! `slo:unsupported`: a part of OpenSLO that is not judged is refused with its place, never ignored.

use crate::catalog::fields::Fields;
use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::Span;

/// A document uses a part of OpenSLO that is not judged.
pub static LINT: Lint = Lint {
    id: "slo:unsupported",
    summary: "a document uses a part of OpenSLO that is not judged",
    severity: Severity::Error,
    explain: "An SLO that is judged by other rules than it states is worse than one that is not judged. What is not \
supported is refused: calendar windows, several windows, time slices, composite SLOs, raw ratios, sources other than \
Prometheus, and queries that fix their own range.

bad:
  timeWindow: [{duration: 1M, isRolling: false, calendar: {startTime: \"2026-01-01 00:00:00\", timeZone: UTC}}]
  ratioMetric: {counter: true, good: ..., total: {metricSource: {type: prometheus, spec: {query: \"sum(rate(x[5m]))\"}}}}

good:
  timeWindow: [{duration: 30d, isRolling: true}]
  ratioMetric: {counter: true, good: ..., total: {metricSource: {type: prometheus, spec: {query: \"sum(x)\"}}}}",
};

/// Tells that what stands at `span` is not supported.
pub(crate) fn tell(
    fields: &Fields<'_>,
    key: &str,
    span: Span,
    (message, help): (&str, &str),
    findings: &mut Findings,
) {
    findings.push(
        Finding::new(&LINT, fields.file(), span, message)
            .label("not supported")
            .help(help)
            .about(fields.path(key)),
    );
}

/// Refuses each of these keys if it is there. Gives none when one was.
pub(crate) fn refuse(
    fields: &mut Fields<'_>,
    keys: &[(&'static str, &str, &str)],
    findings: &mut Findings,
) -> Option<()> {
    let mut clean = Some(());
    for (key, message, help) in keys {
        if fields.node(key).is_some() {
            let span = fields.key_span(key).unwrap_or(fields.span());
            tell(fields, key, span, (message, help), findings);
            clean = None;
        }
    }
    clean
}
