//! A gate that no promise stands behind would be inconclusive for ever.

use std::sync::Arc;

use crate::catalog::fields::Spanned;
use crate::catalog::library::Library;
use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::SourceFile;
use crate::promise::Selector;

/// `gate:empty`.
pub static LINT: Lint = Lint {
    id: "gate:empty",
    summary: "a gate's selector chooses no promise",
    severity: Severity::Error,
    explain: "A gate that asks nobody can never pass, and nobody notices why.\n\n\
              bad:  spec: {promises: \"tier=critcal\"}\n\
              good: spec: {promises: \"tier=critical\"}",
};

/// Applies it.
pub(in crate::gate) fn check(
    file: &Arc<SourceFile>,
    selector: &Spanned<Selector>,
    library: &Library<'_>,
    findings: &mut Findings,
) {
    let mut promises = library.promises().iter();
    if promises.any(|(id, labels)| selector.value.matches(id, labels)) {
        return;
    }
    let message = format!("`{}` chooses no promise", selector.value.as_str());
    findings.push(
        Finding::new(&LINT, file, selector.span, message)
            .label("nothing has these labels")
            .help("`steadfast explain` lists every promise with its labels")
            .about("spec.promises"),
    );
}
