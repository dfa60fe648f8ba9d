//! `slo:alerting`: `alertPolicies` do not change what is judged.

use crate::catalog::fields::Fields;
use crate::finding::{Finding, Findings, Lint, Severity};

/// An SLO has `alertPolicies`.
pub static LINT: Lint = Lint {
    id: "slo:alerting",
    summary: "alert policies of an SLO do not change what is judged",
    severity: Severity::Info,
    explain: "An OpenSLO alert policy has one condition over one window; the SLO is judged by pairs of windows, which \
such a policy cannot express. The annotation `steadfast/burn` sets them.

without effect:
  alertPolicies: [{alertPolicyRef: fast-burn}]

with effect:
  metadata: {annotations: {steadfast/burn: \"14.4@1h/5m, 6@6h/30m\"}}",
};

/// Tells it where `alertPolicies` are given.
pub(crate) fn check(spec: &mut Fields<'_>, findings: &mut Findings) {
    if spec.list("alertPolicies", findings).is_empty() {
        return;
    }
    let span = spec.key_span("alertPolicies").unwrap_or(spec.span());
    let message = "`alertPolicies` do not change what is judged";
    findings.push(
        Finding::new(&LINT, spec.file(), span, message)
            .help("set the annotation `steadfast/burn: \"14.4@1h/5m, 6@6h/30m\"`")
            .about(spec.path("alertPolicies")),
    );
}
