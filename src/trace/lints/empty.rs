//! `trace:empty`: a contract must promise something.

use std::sync::Arc;

use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::{SourceFile, Span};

/// The lint.
pub const LINT: Lint = Lint {
    id: "trace:empty",
    summary: "a contract promises nothing",
    severity: Severity::Error,
    explain: "A contract without rules is kept by every trace, and by none: it could never fail.\n\n\
              Bad: `spec: {select: {service: orch}}`. Good: `spec: {must: [{from: orch/receive, to: eval/run}]}`.",
};

/// Tells that the contract at `span` promises nothing.
pub fn tell(span: Span, file: &Arc<SourceFile>, findings: &mut Findings) {
    let finding = Finding::new(
        &LINT,
        file,
        Span::of(span.start, 1),
        "the contract promises nothing",
    );
    let help = "write one of must, mustNot, atMost, latency, attributes or status";
    findings.push(finding.help(help).about("spec"));
}
