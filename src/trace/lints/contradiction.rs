//! `trace:contradiction`: what must be must not also be forbidden.

use std::sync::Arc;

use crate::catalog::fields::Spanned;
use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::SourceFile;
use crate::trace::contract::Edge;

/// The lint.
pub const LINT: Lint = Lint {
    id: "trace:contradiction",
    summary: "an edge is promised and forbidden",
    severity: Severity::Error,
    explain: "No trace can keep a contract that demands under `must` what it forbids under `mustNot`.\n\n\
              Bad: `must: [{from: orch/a, to: eval/b}]` with `mustNot: [{from: orch/a, to: eval/b}]`.",
};

/// Applies it to the edges of a contract.
pub fn apply(
    must: &[Spanned<Edge>],
    must_not: &[Spanned<Edge>],
    file: &Arc<SourceFile>,
    findings: &mut Findings,
) {
    for forbidden in must_not {
        let Edge { from, to, .. } = &forbidden.value;
        let is_same = |edge: &&Spanned<Edge>| edge.value.from == *from && edge.value.to == *to;
        let Some(promised) = must.iter().find(is_same) else {
            continue;
        };
        let (line, _) = file.line_column(promised.span.start);
        let message = format!("{from} to {to} is promised and forbidden");
        let finding = Finding::new(&LINT, file, forbidden.span, message);
        findings.push(
            finding
                .label(format!("promised on line {line}"))
                .help("remove one of them")
                .about(format!("spec.mustNot {from} {to}")),
        );
    }
}
