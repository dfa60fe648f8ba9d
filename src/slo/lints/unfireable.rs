//! `slo:unfireable`: no outage burns as fast as a pair's factor.

use std::sync::Arc;

use crate::catalog::fields::Spanned;
use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::{SourceFile, Span};
use crate::slo::burn::{Objective, Pair};
use crate::slo::number;

/// A pair of windows can never be exceeded.
pub static LINT: Lint = Lint {
    id: "slo:unfireable",
    summary: "a burn rate is higher than any outage could reach",
    severity: Severity::Error,
    explain: "When every event is bad, the budget burns at 1 / (1 - objective): 10 for an objective of 0.9. A pair with a \
factor of 10 or more can then never be exceeded, and the SLO is judged by the slower pairs alone. The customary factors \
14.4, 6 and 3 need objectives above 0.9306, 0.8334 and 0.6667.

bad:
  annotations: {steadfast/burn: \"14.4@1h/5m\"}
  objectives: [{target: 0.9}]

good:
  annotations: {steadfast/burn: \"5@1h/5m\"}
  objectives: [{target: 0.9}]",
};

/// Tells the pairs that can never be exceeded: as an error where the document writes them at `written`, else as a warning at
/// the objective. Gives the others.
pub(crate) fn check(
    file: &Arc<SourceFile>,
    pairs: Vec<Pair>,
    written: Option<Span>,
    objective: &Spanned<Objective>,
    findings: &mut Findings,
) -> Vec<Pair> {
    let highest = objective.value.highest_burn();
    let (kept, dead): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|pair| pair.factor < highest);
    if let Some(worst) = dead.first() {
        let message = format!(
            "a burn rate of {} is never reached: with an objective of {} an outage burns {}",
            number::factor(worst.factor.0),
            number::percent(objective.value.ratio()),
            number::factor(highest.0),
        );
        let mut finding = Finding::new(&LINT, file, written.unwrap_or(objective.span), message)
            .help(format!(
                "set the annotation `steadfast/burn` with factors below {}",
                number::factor(highest.0).trim_end_matches('×')
            ))
            .about("steadfast/burn");
        if written.is_none() {
            finding.severity = Severity::Warning;
        }
        findings.push(finding);
    }
    kept
}
