//! `slo:minutes`: `1m` is one minute; a month is `1M`.

use std::time::Duration;

use crate::catalog::fields::{Fields, Spanned};
use crate::finding::{Finding, Findings, Lint, Severity};

/// An SLO's window is so short that a month was meant.
pub static LINT: Lint = Lint {
    id: "slo:minutes",
    summary: "an SLO's window is a few minutes where months may be meant",
    severity: Severity::Warning,
    explain: "In OpenSLO `m` is a minute and `M` a month. An error budget over one minute is spent and whole again \
before anyone could look.

bad:
  timeWindow: [{duration: 1m, isRolling: true}]

good:
  timeWindow: [{duration: 1M, isRolling: true}]",
};

/// Tells it of a window of 1 to 6 minutes.
pub(crate) fn check(
    fields: &Fields<'_>,
    text: &Spanned<String>,
    window: Duration,
    findings: &mut Findings,
) {
    if window > Duration::from_secs(6 * 60) {
        return;
    }
    let months = text.value.replace('m', "M");
    let message = format!("`{}` is a window of minutes", text.value);
    findings.push(
        Finding::new(&LINT, fields.file(), text.span, message)
            .label("`m` is minutes, `M` is months")
            .help(format!("write `{months}` if months are meant"))
            .about(fields.path("duration")),
    );
}
