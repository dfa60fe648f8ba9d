//! `alert:always-fires`: an alert has a condition.

use crate::alert::rule_file::Entry;
use crate::finding::{Finding, Findings, Lint, Severity};
use crate::promql::Expression;

/// An alert whose expression drops no series.
pub(crate) static LINT: Lint = Lint {
    id: "alert:always-fires",
    summary: "an alert has no condition and fires for every series that exists",
    severity: Severity::Warning,
    explain: "\
An alert fires for every series that its expression returns, whatever the value is: zero fires as well. Without a comparison that
drops series (`bool` keeps them), `and`, `unless` or `absent` it fires as long as the metric exists. An expression that reads no
metric at all, such as `vector(1)` of a dead-man alert, is meant to fire always.

Bad:
    - alert: HighErrorRate
      expr: rate(errors_total[5m]) > bool 0.05
Good:
    - alert: HighErrorRate
      expr: rate(errors_total[5m]) > 0.05",
};

/// Says so at the expression.
pub(super) fn check(entry: &Entry, findings: &mut Findings) {
    let (Some(alert), Ok(parsed)) = (&entry.alert, Expression::parse(&entry.expr.value)) else {
        return;
    };
    if parsed.filters() || parsed.selectors().is_empty() {
        return;
    }
    let message = format!("alert `{}` fires for every series that exists", alert.value);
    findings.push(
        Finding::new(&LINT, &entry.file, entry.expr.span, message)
            .label("nothing here drops a series")
            .help("compare it, for example `> 0`")
            .about(entry.about()),
    );
}

#[cfg(test)]
mod tests {
    use crate::alert::samples::findings;

    #[track_caller]
    fn check(rule: &str, expected: &[&str]) {
        let text = format!("groups:\n- name: g\n  rules:\n  - {{{rule}}}\n");
        assert_eq!(
            findings("alert:always-fires", &[("a.yaml", &text)]),
            expected
        );
    }

    #[test]
    fn an_alert_without_condition_is_told() {
        check(
            "alert: A, expr: 'rate(x[5m]) > bool 1'",
            &["warning a.yaml:4:22 alert `A` fires for every series that exists"],
        );
        check("alert: A, expr: 'rate(x[5m]) > 1'", &[]);
    }

    #[test]
    fn dead_man_alerts_and_recordings_are_meant_so() {
        check("alert: Watchdog, expr: vector(1)", &[]);
        check("record: r, expr: up", &[]);
    }
}
