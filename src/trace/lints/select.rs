//! `trace:select`: production traffic is selected by exact names.

use std::sync::Arc;

use crate::catalog::fields::Spanned;
use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::SourceFile;

/// The lint.
pub const LINT: Lint = Lint {
    id: "trace:select",
    summary: "production traffic is selected by a pattern",
    severity: Severity::Error,
    explain: "Trace stores are asked for traffic by the exact names of a service and an operation; a pattern finds nothing there, \
              and a contract without traffic is never judged.\n\n\
              Bad: `select: {service: orch, operation: \"POST *\"}`. Good: `select: {service: orch}`.",
};

/// Applies it to a name of `select`.
pub fn apply(name: &Spanned<String>, key: &str, file: &Arc<SourceFile>, findings: &mut Findings) {
    if !name.value.contains('*') {
        return;
    }
    let message = format!(
        "`{}` is a pattern, and `select.{key}` takes an exact name",
        name.value
    );
    let help = match key {
        "operation" => "leave `operation` out to select all of the service",
        _ => "write one contract a service",
    };
    let finding = Finding::new(&LINT, file, name.span, message);
    findings.push(finding.help(help).about(format!("spec.select.{key}")));
}
