//! `journey:target`: what is addressed must be configured.

use std::collections::BTreeMap;
use std::sync::Arc;

use url::Url;

use crate::catalog::fields::{Spanned, nearest};
use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::SourceFile;

/// The lint.
pub const LINT: Lint = Lint {
    id: "journey:target",
    summary: "a journey addresses a target that is not configured",
    severity: Severity::Error,
    explain: "Journeys address targets by name, so that the same documents serve every environment; `targets` of \
              steadfast.yaml says where they are. Documents checked without any configured target are not told of.\n\n\
              Bad: `target: orhc`. Good: `target: orch` with `targets: {orch: {url: \"env:ORCH_URL\"}}`.",
};

/// Applies it to a target, unless no target is configured at all.
pub fn apply(
    target: &Spanned<String>,
    configured: &BTreeMap<String, Url>,
    file: &Arc<SourceFile>,
    findings: &mut Findings,
) {
    if configured.is_empty() || configured.contains_key(&target.value) {
        return;
    }
    let known: Vec<&str> = configured.keys().map(String::as_str).collect();
    let help = match nearest(&target.value, &known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("add `targets.{}` to steadfast.yaml", target.value),
    };
    let message = format!("there is no target `{}`", target.value);
    let finding = Finding::new(&LINT, file, target.span, message);
    findings.push(finding.help(help).about(format!("target {}", target.value)));
}
