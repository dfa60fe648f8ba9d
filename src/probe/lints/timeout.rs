//! `journey:timeout`: a journey needs time, and polls within it.

use std::sync::Arc;
use std::time::Duration;

use crate::catalog::fields::Spanned;
use crate::duration;
use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::SourceFile;

/// The lint.
pub const LINT: Lint = Lint {
    id: "journey:timeout",
    summary: "a journey has no time, or polls too often or too rarely",
    severity: Severity::Error,
    explain: "All steps together have `timeout`. `until` asks again `every` so often; longer than the timeout it would ask \
              once, and more than 600 requests are load, not a probe.\n\n\
              Bad: `timeout: 6s` with `every: 1ms`. Good: `timeout: 6s` with `every: 100ms`.",
};

/// How many times a step may ask.
const MOST_POLLS: u128 = 600;

/// Applies it to the journey's timeout.
pub fn apply(timeout: &Spanned<Duration>, file: &Arc<SourceFile>, findings: &mut Findings) {
    if timeout.value.is_zero() {
        let finding = Finding::new(
            &LINT,
            file,
            timeout.span,
            "a timeout of 0 leaves no time for any step",
        );
        findings.push(finding.help("write `timeout: 10s`").about("spec.timeout"));
    }
}

/// Applies it to `until.every`.
pub fn every(
    every: &Spanned<Duration>,
    timeout: Duration,
    path: &str,
    file: &Arc<SourceFile>,
    findings: &mut Findings,
) {
    let told = duration::format;
    let least = timeout.as_millis().div_ceil(MOST_POLLS).max(1);
    let message = if timeout.as_millis() > every.value.as_millis() * MOST_POLLS {
        format!(
            "every {} is more than {MOST_POLLS} requests in {}",
            told(every.value),
            told(timeout)
        )
    } else if every.value >= timeout && !timeout.is_zero() {
        format!(
            "every {} is no more often than the timeout of {}",
            told(every.value),
            told(timeout)
        )
    } else {
        return;
    };
    let finding = Finding::new(&LINT, file, every.span, message);
    let help = format!(
        "write at least `{least}ms` and less than `{}`",
        told(timeout)
    );
    findings.push(finding.help(help).about(path));
}
