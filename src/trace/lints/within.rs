//! `trace:within`: the time an edge is given must be possible, and be waited for.

use std::sync::Arc;
use std::time::Duration;

use crate::catalog::fields::Spanned;
use crate::duration;
use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::SourceFile;

/// The lint.
pub const LINT: Lint = Lint {
    id: "trace:within",
    summary: "an edge is given no time, or more than is waited for",
    severity: Severity::Error,
    explain: "`within` counts from the start of `from` to the start of `to`. Nothing happens in no time, and an edge that may take \
              longer than `complete.deadline` counts as missing before its time is over.\n\n\
              Bad: `{from: orch/a, to: eval/b, within: 0s}`. Good: `{from: orch/a, to: eval/b, within: 2s}`.",
};

/// Applies it to every `within`, against the contract's deadline.
pub fn apply(
    withins: &[Spanned<Duration>],
    deadline: Duration,
    file: &Arc<SourceFile>,
    findings: &mut Findings,
) {
    for within in withins {
        let (message, help) = if within.value.is_zero() {
            (
                "nothing happens within 0s".to_owned(),
                "write `within: 2s`, or leave it out".to_owned(),
            )
        } else if within.value > deadline {
            let (within, deadline) = (duration::format(within.value), duration::format(deadline));
            (
                format!("within {within} is longer than the deadline of {deadline}"),
                format!("set `complete: {{deadline: …}}` above {within}"),
            )
        } else {
            continue;
        };
        let finding = Finding::new(&LINT, file, within.span, message);
        findings.push(finding.help(help).about("within"));
    }
}
