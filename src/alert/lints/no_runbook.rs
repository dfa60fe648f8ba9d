//! `alert:no-runbook`: a critical alert says where help is.

use crate::alert::rule_file::Entry;
use crate::finding::{Finding, Findings, Lint, Severity};

/// A critical alert without a link to a runbook.
pub(crate) static LINT: Lint = Lint {
    id: "alert:no-runbook",
    summary: "a critical alert has no runbook",
    severity: Severity::Warning,
    explain: "\
Whoever is woken by an alert needs to know what it means and what to do. The annotation `runbook_url` travels with the notification.

Bad:
    - alert: HighErrorRate
      labels: {severity: critical}
      annotations: {summary: too many requests fail}
Good:
    - alert: HighErrorRate
      labels: {severity: critical}
      annotations:
        summary: too many requests fail
        runbook_url: https://runbooks.example.com/HighErrorRate",
};

/// The severities that wake somebody.
const WAKING: [&str; 2] = ["critical", "page"];

/// Says so at the alert's name.
pub(super) fn check(entry: &Entry, findings: &mut Findings) {
    let Some(alert) = &entry.alert else { return };
    let Some(severity) = entry.labels.get("severity") else {
        return;
    };
    let has_link = entry
        .annotations
        .iter()
        .any(|(name, link)| name.starts_with("runbook") && !link.value.trim().is_empty());
    if has_link || !WAKING.contains(&severity.as_str()) {
        return;
    }
    let name = &alert.value;
    let message = format!("alert `{name}` has severity `{severity}` and no runbook");
    findings.push(
        Finding::new(&LINT, &entry.file, alert.span, message)
            .help(format!(
                "add the annotation `runbook_url: https://…/{name}.md`"
            ))
            .about(entry.about()),
    );
}

#[cfg(test)]
mod tests {
    use crate::alert::samples::findings;

    #[track_caller]
    fn check(rule: &str, expected: &[&str]) {
        let text = format!(
            "groups:\n- name: g\n  labels: {{severity: critical}}\n  rules:\n  - {{alert: A, expr: up > 1, {rule}}}\n"
        );
        assert_eq!(findings("alert:no-runbook", &[("a.yaml", &text)]), expected);
    }

    #[test]
    fn what_wakes_somebody_has_a_runbook() {
        check(
            "for: 5m",
            &["warning a.yaml:5:13 alert `A` has severity `critical` and no runbook"],
        );
        check(
            "annotations: {runbook_url: ' '}",
            &["warning a.yaml:5:13 alert `A` has severity `critical` and no runbook"],
        );
        check("annotations: {runbook_url: 'https://x.com/A'}", &[]);
        check("labels: {severity: info}", &[]);
    }
}
