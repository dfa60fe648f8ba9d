//! `slo:budgeting`: `budgetingMethod` is one that exists, and one that is judged.

use super::unsupported;
use crate::catalog::fields::{Fields, nearest};
use crate::finding::{Finding, Findings, Lint, Severity};

/// `budgetingMethod` does not exist.
pub static LINT: Lint = Lint {
    id: "slo:budgeting",
    summary: "a budgeting method does not exist",
    severity: Severity::Error,
    explain: "OpenSLO knows Occurrences (the share of events), Timeslices and RatioTimeslices (shares of time). They give \
different budgets for the same traffic, so there is no default. Occurrences is judged.

bad:
  budgetingMethod: occurences

good:
  budgetingMethod: Occurrences",
};

const METHODS: [&str; 3] = ["Occurrences", "Timeslices", "RatioTimeslices"];

/// Reads `budgetingMethod`; none unless it is the one that is judged.
pub(crate) fn read(spec: &mut Fields<'_>, findings: &mut Findings) -> Option<()> {
    let method = spec.required_text("budgetingMethod", findings)?;
    if method.value == METHODS[0] {
        return Some(());
    }
    if METHODS.contains(&method.value.as_str()) {
        let message = format!("budgeting by `{}` is not judged", method.value);
        let why = (message.as_str(), "write `budgetingMethod: Occurrences`");
        unsupported::tell(spec, "budgetingMethod", method.span, why, findings);
        return None;
    }
    let message = format!("`{}` is not a budgeting method", method.value);
    let help = match nearest(&method.value, &METHODS) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the methods are {}", METHODS.join(", ")),
    };
    let finding = Finding::new(&LINT, spec.file(), method.span, message);
    findings.push(finding.help(help).about(spec.path("budgetingMethod")));
    None
}
