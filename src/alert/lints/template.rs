//! `alert:template`: templates in labels and annotations are closed.

use crate::alert::rule_file::Entry;
use crate::finding::{Finding, Findings, Lint, Severity};

/// A template that is opened and not closed.
pub(crate) static LINT: Lint = Lint {
    id: "alert:template",
    summary: "a template in an alert is not closed",
    severity: Severity::Error,
    explain: "\
Prometheus expands `{{ … }}` in labels and annotations, and refuses the file when one is not closed.

Bad:
    annotations: {summary: 'p95 is {{ $value }'}
Good:
    annotations: {summary: 'p95 is {{ $value }}'}",
};

/// Says so at each annotation, and at the alert's name for labels.
pub(super) fn check(entry: &Entry, findings: &mut Findings) {
    let Some(alert) = &entry.alert else { return };
    let annotations = entry
        .annotations
        .iter()
        .map(|(name, text)| (name, &text.value, text.span));
    let labels = entry
        .labels
        .iter()
        .map(|(name, text)| (name, text, alert.span));
    for (name, text, span) in annotations.chain(labels) {
        if !is_open(text) {
            continue;
        }
        let message = format!("the template in `{name}` is not closed");
        findings.push(
            Finding::new(&LINT, &entry.file, span, message)
                .help("close every `{{` with `}}`")
                .about(format!("{}/{name}", entry.about())),
        );
    }
}

/// Whether the last `{{` has no `}}` after it.
fn is_open(text: &str) -> bool {
    text.rfind("{{")
        .is_some_and(|at| !text[at..].contains("}}"))
}

#[cfg(test)]
mod tests {
    use crate::alert::samples::findings;

    #[track_caller]
    fn check(rule: &str, expected: &[&str]) {
        let text =
            format!("groups:\n- name: g\n  rules:\n  - {{alert: A, expr: up > 1, {rule}}}\n");
        assert_eq!(findings("alert:template", &[("a.yaml", &text)]), expected);
    }

    #[test]
    fn what_is_opened_is_closed() {
        check(
            "annotations: {a: '{{ $value }} of {{ $labels.x }}', b: 'x }}'}",
            &[],
        );
        check(
            "annotations: {a: '{{ $value }} of {{ $labels.x }'}",
            &["error a.yaml:4:47 the template in `a` is not closed"],
        );
        check(
            "labels: {a: '{{ x'}",
            &["error a.yaml:4:13 the template in `a` is not closed"],
        );
    }
}
