//! `alert:names`: recorded metrics and labels have names that Prometheus takes.

use crate::alert::rule_file::Entry;
use crate::finding::{Finding, Findings, Lint, Severity};

/// A recorded metric with labels in its name, or a label that is the metric's name.
pub(crate) static LINT: Lint = Lint {
    id: "alert:names",
    summary: "a rule gives a name that Prometheus refuses",
    severity: Severity::Error,
    explain: "\
`record` is the name of a metric and not a selector, and the label `__name__` is that name already. Prometheus refuses the file.

Bad:
    - record: job:errors:rate5m{team=\"eval\"}
      expr: sum by (job) (rate(errors_total[5m]))
Good:
    - record: job:errors:rate5m
      expr: sum by (job) (rate(errors_total[5m]))
      labels: {team: eval}",
};

/// Says so at the name of the rule.
pub(super) fn check(entry: &Entry, findings: &mut Findings) {
    let name = entry.name();
    let mut tell = |message: String, help: &str| {
        findings.push(
            Finding::new(&LINT, &entry.file, name.span, message)
                .help(help)
                .about(entry.about()),
        );
    };
    if entry.record.is_some() && name.value.contains(['{', '}']) {
        let message = format!("`{}` is not the name of a metric", name.value);
        tell(message, "write labels under `labels`");
    }
    if entry.labels.contains_key("__name__") {
        let message = format!("rule `{}` sets the label `__name__`", name.value);
        tell(message, "remove the label");
    }
}

#[cfg(test)]
mod tests {
    use crate::alert::samples::findings;

    #[track_caller]
    fn check(rule: &str, expected: &[&str]) {
        let text = format!("groups:\n- name: g\n  rules:\n  - {{{rule}, expr: up > 1}}\n");
        assert_eq!(findings("alert:names", &[("a.yaml", &text)]), expected);
    }

    #[test]
    fn names_are_names() {
        check("record: 'job:x', labels: {a: b}", &[]);
        check(
            r#"record: 'x{a="b"}'"#,
            &[r#"error a.yaml:4:14 `x{a="b"}` is not the name of a metric"#],
        );
        check(
            "alert: A, labels: {__name__: x}",
            &["error a.yaml:4:13 rule `A` sets the label `__name__`"],
        );
    }
}
