//! `journey:trace`: the contract a journey's trace must keep must exist.

use std::sync::Arc;

use crate::catalog::fields::{Spanned, nearest};
use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::SourceFile;

/// The lint.
pub const LINT: Lint = Lint {
    id: "journey:trace",
    summary: "a journey refers to a trace contract that does not exist",
    severity: Severity::Error,
    explain: "`trace` names a document of kind TraceContract. Without it the journey's trace would never be judged.\n\n\
              Bad: `trace: trial-pipelin`. Good: `trace: trial-pipeline` with a TraceContract of that name.",
};

/// Tells that there is no contract `name` among `known`.
pub fn unknown(
    name: &Spanned<String>,
    known: &[&str],
    file: &Arc<SourceFile>,
    findings: &mut Findings,
) {
    let help = match nearest(&name.value, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("write a TraceContract called `{}`", name.value),
    };
    let message = format!("there is no trace contract `{}`", name.value);
    let finding = Finding::new(&LINT, file, name.span, message);
    findings.push(finding.help(help).about("spec.trace"));
}
