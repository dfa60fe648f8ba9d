//! `alert:recording`: a recording rule has nothing that only alerts have.

use std::time::Duration;

use crate::alert::rule_file::Entry;
use crate::catalog::fields::Spanned;
use crate::finding::{Finding, Findings, Lint, Severity};

/// A recording rule with `for`, `keep_firing_for` or `annotations`.
pub(crate) static LINT: Lint = Lint {
    id: "alert:recording",
    summary: "a recording rule has `for`, `keep_firing_for` or `annotations`",
    severity: Severity::Error,
    explain: "\
A recording rule writes a sample at every evaluation; there is nothing to wait for or to annotate, and Prometheus refuses the file.

Bad:
    - record: job:errors:rate5m
      expr: sum by (job) (rate(errors_total[5m]))
      for: 5m
Good:
    - record: job:errors:rate5m
      expr: sum by (job) (rate(errors_total[5m]))",
};

/// Says so at each value that does not belong there.
pub(super) fn check(entry: &Entry, findings: &mut Findings) {
    let (Some(record), None) = (&entry.record, &entry.alert) else {
        return;
    };
    let wait = |wait: &Option<Spanned<Duration>>| {
        let wait = wait.as_ref().filter(|wait| !wait.value.is_zero());
        wait.map(|wait| wait.span)
    };
    let annotation = entry.annotations.values().next();
    let alien = [
        ("for", wait(&entry.hold)),
        ("keep_firing_for", wait(&entry.keep_firing)),
        ("annotations", annotation.map(|text| text.span)),
    ];
    for (key, span) in alien {
        let Some(span) = span else { continue };
        let message = format!("recording rule `{}` has `{key}`", record.value);
        findings.push(
            Finding::new(&LINT, &entry.file, span, message)
                .label("only alerts have this")
                .help(format!("remove `{key}`"))
                .about(format!("{}/{key}", entry.about())),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::alert::samples::findings;

    #[track_caller]
    fn check(rule: &str, expected: &[&str]) {
        let text = format!("groups:\n- name: g\n  rules:\n  - {{{rule}, expr: up > 1}}\n");
        assert_eq!(findings("alert:recording", &[("a.yaml", &text)]), expected);
    }

    #[test]
    fn what_only_alerts_have_is_told_for_each() {
        check("record: r, labels: {a: b}, for: 0s", &[]);
        check("alert: A, for: 5m, annotations: {a: b}", &[]);
        check(
            "record: r, for: 5m, annotations: {a: b}",
            &[
                "error a.yaml:4:22 recording rule `r` has `for`",
                "error a.yaml:4:43 recording rule `r` has `annotations`",
            ],
        );
    }
}
