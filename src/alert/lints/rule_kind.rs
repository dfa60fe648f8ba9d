//! `alert:rule-kind`: a rule either records or alerts.

use crate::alert::rule_file::Entry;
use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::Span;

/// A rule with both or neither of `record` and `alert`.
pub(crate) static LINT: Lint = Lint {
    id: "alert:rule-kind",
    summary: "a rule has both or neither of `record` and `alert`",
    severity: Severity::Error,
    explain: "\
A rule either records a new metric or alerts. Prometheus refuses the file when one does both or neither.

Bad:
    - record: job:errors:rate5m
      alert: HighErrorRate
      expr: sum by (job) (rate(errors_total[5m])) > 0.05
Good:
    - record: job:errors:rate5m
      expr: sum by (job) (rate(errors_total[5m]))
    - alert: HighErrorRate
      expr: job:errors:rate5m > 0.05",
};

/// Says so at `record`, or at the start of the rule.
pub(super) fn check(entry: &Entry, findings: &mut Findings) {
    let (span, message, help) = match (&entry.record, &entry.alert) {
        (Some(record), Some(alert)) => (
            record.span,
            format!("alert `{}` also has a `record`", alert.value),
            "make two rules of it",
        ),
        (None, None) => (
            Span::of(entry.span.start, 1),
            "this rule has neither `record` nor `alert`".to_owned(),
            "add `alert: NAME`",
        ),
        _ => return,
    };
    findings.push(
        Finding::new(&LINT, &entry.file, span, message)
            .help(help)
            .about(entry.about()),
    );
}

#[cfg(test)]
mod tests {
    use crate::alert::samples::findings;

    #[track_caller]
    fn check(rule: &str, expected: &[&str]) {
        let text = format!("groups:\n- name: g\n  rules:\n  - {{{rule}, expr: up > 1}}\n");
        assert_eq!(findings("alert:rule-kind", &[("a.yaml", &text)]), expected);
    }

    #[test]
    fn exactly_one_of_record_and_alert() {
        check("alert: A", &[]);
        check("record: r", &[]);
        check(
            "record: r, alert: A",
            &["error a.yaml:4:14 alert `A` also has a `record`"],
        );
        check(
            "alert: ''",
            &["error a.yaml:4:5 this rule has neither `record` nor `alert`"],
        );
    }
}
