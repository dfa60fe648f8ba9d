//! `trace:latency`: bounds on percentiles must be able to be judged.

use std::sync::Arc;

use crate::catalog::fields::Spanned;
use crate::duration;
use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::SourceFile;
use crate::trace::contract::{Latency, Select};

/// The lint.
pub const LINT: Lint = Lint {
    id: "trace:latency",
    summary: "a latency bound is never judged, or contradicts another",
    severity: Severity::Error,
    explain: "A percentile is a property of many spans, so it is judged on production traffic only: without `select` nobody judges \
              it. A higher percentile is never below a lower one, so its bound must not be tighter.\n\n\
              Bad: `latency: [{span: orch/*, p99: 100ms, p50: 200ms}]`. Good: `latency: [{span: orch/*, p99: 250ms, p50: 50ms}]`.",
};

/// Applies it to the latency rules of a contract.
pub fn apply(
    rules: &[Spanned<Latency>],
    select: Option<&Select>,
    file: &Arc<SourceFile>,
    findings: &mut Findings,
) {
    for rule in rules {
        let about = format!("spec.latency {}", rule.value.span);
        let mut tell = |message: String, help: &str| {
            let finding = Finding::new(&LINT, file, rule.span, message);
            findings.push(finding.help(help).about(&about));
        };
        if select.is_none() {
            let message = format!(
                "the latency of {} is never judged without `select`",
                rule.value.span
            );
            tell(
                message,
                "add `select: {service: …}` to judge production traffic",
            );
        }
        if rule.value.bounds.is_empty() {
            let message = format!("no bound is given for {}", rule.value.span);
            tell(message, "write `p99: 250ms`");
        }
        for (lower, upper) in contradictions(&rule.value) {
            let told =
                |(percent, bound): (u32, _)| format!("p{percent} ({})", duration::format(bound));
            let message = format!("{} is tighter than {}", told(upper), told(lower));
            tell(message, "a higher percentile needs a looser bound");
        }
    }
}

type Bound = (u32, std::time::Duration);

fn contradictions(rule: &Latency) -> Vec<(Bound, Bound)> {
    let mut bounds = rule.bounds.clone();
    bounds.sort_unstable();
    let pairs = bounds.windows(2).map(|pair| (pair[0], pair[1]));
    pairs.filter(|(lower, upper)| upper.1 < lower.1).collect()
}
