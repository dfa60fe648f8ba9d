//! `slo:op`: a threshold needs `op` and `value`, a ratio has neither.

use std::sync::Arc;

use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::{SourceFile, Span};

/// `op` and `value` do not fit the indicator.
pub static LINT: Lint = Lint {
    id: "slo:op",
    summary: "`op` and `value` of an objective do not fit its indicator",
    severity: Severity::Error,
    explain: "A thresholdMetric says nothing until an objective says on which side of which value it is good. A \
ratioMetric counts good events already; a threshold beside it would be ignored.

bad:
  indicator: {spec: {thresholdMetric: ...}}
  objectives: [{target: 0.99}]

good:
  indicator: {spec: {thresholdMetric: ...}}
  objectives: [{target: 0.99, op: lte, value: 0.5}]",
};

/// Tells it of an objective.
pub(crate) fn tell(
    file: &Arc<SourceFile>,
    (path, span): (&str, Span),
    (message, help): (String, &str),
    findings: &mut Findings,
) {
    let finding = Finding::new(&LINT, file, span, message);
    findings.push(finding.help(help).about(path));
}
