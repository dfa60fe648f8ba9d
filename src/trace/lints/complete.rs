//! `trace:complete`: a trace must have time to become complete.

use std::sync::Arc;

use crate::catalog::fields::Spanned;
use crate::duration;
use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::SourceFile;
use crate::trace::contract::Complete;

/// The lint.
pub const LINT: Lint = Lint {
    id: "trace:complete",
    summary: "a trace has no time to become complete",
    severity: Severity::Error,
    explain: "Spans arrive late: an exporter sends them in batches. With a deadline of 0 every trace is judged before its spans \
              are there, and a `quiet` that is not below the deadline never ends a wait.\n\n\
              Bad: `complete: {quiet: 10s, deadline: 6s}`. Good: `complete: {quiet: 1s, deadline: 6s}`.",
};

/// Applies it to `complete`.
pub fn apply(complete: &Spanned<Complete>, file: &Arc<SourceFile>, findings: &mut Findings) {
    let Complete { quiet, deadline } = complete.value;
    let told = |duration| duration::format(duration);
    let (message, help) = if deadline.is_zero() {
        (
            "a deadline of 0 leaves a trace no time to arrive".to_owned(),
            "write `deadline: 10s`",
        )
    } else if deadline <= quiet {
        (
            format!(
                "quiet ({}) must be below the deadline ({})",
                told(quiet),
                told(deadline)
            ),
            "make `quiet` shorter or `deadline` longer",
        )
    } else {
        return;
    };
    let finding = Finding::new(&LINT, file, complete.span, message);
    findings.push(finding.help(help).about("spec.complete"));
}
