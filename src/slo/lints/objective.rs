//! `slo:objective`: an objective is a ratio strictly between 0 and 1, given once.

use crate::catalog::fields::{Fields, Spanned};
use crate::finding::{Finding, Findings, Lint, Severity};
use crate::slo::burn::Objective;

/// An objective does not lie between 0 and 1.
pub static LINT: Lint = Lint {
    id: "slo:objective",
    summary: "an objective does not lie between 0 and 1",
    severity: Severity::Error,
    explain: "An objective of 1 leaves no error budget, so that the first error burns infinitely fast; one of 0 promises \
nothing. `target` is a ratio, `targetPercent` the same in percent; exactly one of them is given.

bad:
  objectives: [{target: 99.9}]
  objectives: [{target: 0.999, targetPercent: 99.9}]

good:
  objectives: [{target: 0.999}]
  objectives: [{targetPercent: 99.9}]",
};

/// Reads `target` or `targetPercent`.
pub(crate) fn read(fields: &mut Fields<'_>, findings: &mut Findings) -> Option<Spanned<Objective>> {
    let has_both = fields.node("target").is_some() && fields.node("targetPercent").is_some();
    let has_neither = fields.node("target").is_none() && fields.node("targetPercent").is_none();
    let target = fields.number("target", findings);
    let percent = fields.number("targetPercent", findings);
    if has_both {
        let span = fields.key_span("targetPercent").unwrap_or(fields.span());
        let message = "the objective has both `target` and `targetPercent`";
        findings.push(finding(fields, span, message).help("remove one of them"));
        return None;
    }
    if has_neither {
        let message = "the objective has neither `target` nor `targetPercent`";
        let span = crate::place::Span::of(fields.span().start, 1);
        findings.push(finding(fields, span, message).help("write it like `target: 0.999`"));
        return None;
    }
    match (target, percent) {
        (Some(target), _) => ratio(fields, &target, findings),
        (None, percent) => from_percent(fields, &percent?, findings),
    }
}

fn finding(fields: &Fields<'_>, span: crate::place::Span, message: &str) -> Finding {
    Finding::new(&LINT, fields.file(), span, message).about(fields.path("target"))
}

fn ratio(
    fields: &Fields<'_>,
    target: &Spanned<f64>,
    findings: &mut Findings,
) -> Option<Spanned<Objective>> {
    if let Some(objective) = Objective::new(target.value) {
        return Some(Spanned {
            value: objective,
            span: target.span,
        });
    }
    let mut finding = finding(fields, target.span, "objective must lie between 0 and 1");
    if 1.0 < target.value && target.value < 100.0 {
        let ratio = shifted(target.value);
        finding = finding
            .label("this looks like a percentage")
            .help(format!("write {ratio}"));
    } else {
        finding = finding.help("write it like 0.999");
    }
    findings.push(finding);
    None
}

fn from_percent(
    fields: &Fields<'_>,
    percent: &Spanned<f64>,
    findings: &mut Findings,
) -> Option<Spanned<Objective>> {
    if let Some(objective) = Objective::new(percent.value / 100.0) {
        return Some(Spanned {
            value: objective,
            span: percent.span,
        });
    }
    let message = "objective must lie between 0 and 100 percent";
    findings.push(finding(fields, percent.span, message).help("write it like 99.9"));
    None
}

/// A hundredth, without the noise of binary fractions: 99.9 is 0.999.
fn shifted(percent: f64) -> f64 {
    (percent * 1e10).round() / 1e12
}
