//! `slo:window-order`: short < long <= the SLO's window.

use std::sync::Arc;
use std::time::Duration;

use crate::duration;
use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::{SourceFile, Span};
use crate::slo::burn::Pair;

/// The windows of a pair are in the wrong order.
pub static LINT: Lint = Lint {
    id: "slo:window-order",
    summary: "the windows of a burn-rate pair are swapped, equal or too long",
    severity: Severity::Error,
    explain: "A pair is written factor@long/short. With the windows swapped or equal the pair does not recover before \
the long window is clean again; a long window beyond the SLO's own looks at events that no longer count.

bad:
  steadfast/burn: \"14.4@5m/1h\"

good:
  steadfast/burn: \"14.4@1h/5m\"",
};

/// Tells the pairs whose windows are in the wrong order, and gives the others.
pub(crate) fn check(
    file: &Arc<SourceFile>,
    pairs: Vec<Pair>,
    span: Span,
    window: Duration,
    findings: &mut Findings,
) -> Vec<Pair> {
    let mut kept = Vec::new();
    for pair in pairs {
        let (long, short) = (duration::format(pair.long), duration::format(pair.short));
        let (message, help) = if pair.short >= pair.long {
            let message =
                format!("the short window `{short}` is not shorter than the long window `{long}`");
            let (long, short) = match pair.short > pair.long {
                true => (short, long),
                false => (long, duration::format(pair.long / 12)),
            };
            (message, format!("write `{}@{long}/{short}`", pair.factor.0))
        } else if pair.long > window {
            let window = duration::format(window);
            let message =
                format!("the long window `{long}` is longer than the SLO's window `{window}`");
            (message, format!("write `{window}` at most"))
        } else {
            kept.push(pair);
            continue;
        };
        findings.push(
            Finding::new(&LINT, file, span, message)
                .help(help)
                .about("steadfast/burn"),
        );
    }
    kept
}
