//! `slo:indicator`: an SLO has one indicator, and an indicator is either a ratio or a threshold.

use crate::catalog::fields::Fields;
use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::Span;

/// Not exactly one of several keys is given.
pub static LINT: Lint = Lint {
    id: "slo:indicator",
    summary: "an indicator is missing or given in two ways",
    severity: Severity::Error,
    explain: "An SLO has `indicator` or `indicatorRef`; an indicator has `ratioMetric` or `thresholdMetric`; a ratio has \
`good` or `bad`. With none of them nothing is measured, and with both it is open which one counts.

bad:
  ratioMetric: {counter: true, total: ...}

good:
  ratioMetric: {counter: true, good: ..., total: ...}",
};

/// Which of two keys is given; a finding unless exactly one is.
pub(crate) fn one_of(
    fields: &mut Fields<'_>,
    keys: [&'static str; 2],
    findings: &mut Findings,
) -> Option<&'static str> {
    let given = keys.map(|key| fields.node(key).is_some());
    let [first, second] = keys;
    let (message, help) = match given {
        [true, false] => return Some(first),
        [false, true] => return Some(second),
        [true, true] => (
            format!("both `{first}` and `{second}` are given"),
            "remove one of them".to_owned(),
        ),
        [false, false] => (
            format!("neither `{first}` nor `{second}` is given"),
            format!("write `{first}` or `{second}`"),
        ),
    };
    let start = Span::of(fields.span().start, 1);
    let span = fields.key_span(second).unwrap_or(start);
    let finding = Finding::new(&LINT, fields.file(), span, message);
    findings.push(finding.help(help).about(fields.path(first)));
    None
}
