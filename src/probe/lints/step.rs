//! `journey:step`: a journey has steps, each with its own name, and each can fail.

use std::sync::Arc;

use crate::catalog::fields::Spanned;
use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::{SourceFile, Span};

/// The lint.
pub const LINT: Lint = Lint {
    id: "journey:step",
    summary: "a journey has a step that cannot be told or cannot fail",
    severity: Severity::Error,
    explain: "A verdict names the step that broke, so names are unique. A step that expects nothing would be content with a \
              status 500.\n\n\
              Bad: `steps: [{name: submit, request: {target: orch, path: /v1/trials}}]`. \
              Good: the same with `expect: [\"status == 200\"]`.",
};

/// Tells that there are no steps.
pub fn none(span: Span, file: &Arc<SourceFile>, findings: &mut Findings) {
    let finding = Finding::new(&LINT, file, span, "the journey has no steps");
    let help = "write `steps: [{name: home, request: {target: web, path: /}, expect: [\"status == 200\"]}]`";
    findings.push(finding.help(help).about("spec.steps"));
}

/// Tells names that were given before.
pub fn unique(names: &[Spanned<String>], file: &Arc<SourceFile>, findings: &mut Findings) {
    for (at, name) in names.iter().enumerate() {
        let Some(first) = names[..at].iter().find(|first| first.value == name.value) else {
            continue;
        };
        let (line, _) = file.line_column(first.span.start);
        let message = format!("two steps are called `{}`", name.value);
        findings.push(
            Finding::new(&LINT, file, name.span, message)
                .label(format!("first on line {line}"))
                .help("give one of them another name")
                .about(format!("spec.steps {}", name.value)),
        );
    }
}

/// Tells that a step expects nothing.
pub fn cannot_fail(name: &Spanned<String>, file: &Arc<SourceFile>, findings: &mut Findings) {
    let message = format!(
        "step `{}` expects nothing, so that it cannot fail",
        name.value
    );
    let finding = Finding::new(&LINT, file, name.span, message);
    let help = "add `expect: [\"status == 200\"]`";
    findings.push(
        finding
            .help(help)
            .about(format!("spec.steps {} expect", name.value)),
    );
}
