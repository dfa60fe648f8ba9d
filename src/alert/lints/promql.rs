//! `alert:promql`: the expression of a rule is PromQL.

use std::sync::Arc;

use crate::catalog::fields::Spanned;
use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::SourceFile;
use crate::promql::Expression;

/// A rule whose expression cannot be parsed.
pub(crate) static LINT: Lint = Lint {
    id: "alert:promql",
    summary: "the expression of a rule is not PromQL",
    severity: Severity::Error,
    explain: "\
Prometheus refuses a whole rule file for one expression that it cannot parse, so every other alert of the file is lost, too.

Bad:
    - alert: HighErrorRate
      expr: sum(rate(errors_total[5m]) > 0.05
Good:
    - alert: HighErrorRate
      expr: sum(rate(errors_total[5m])) > 0.05",
};

/// Says so at the whole expression, since the parser knows no place within it.
pub(in crate::alert) fn check(
    file: &Arc<SourceFile>,
    expr: &Spanned<String>,
    about: &str,
    findings: &mut Findings,
) {
    let Err(error) = Expression::parse(&expr.value) else {
        return;
    };
    let message = format!("this is not PromQL: {error}");
    findings.push(
        Finding::new(&LINT, file, expr.span, message)
            .help("try it in the expression browser of Prometheus")
            .about(about),
    );
}

#[cfg(test)]
mod tests {
    use crate::alert::samples::findings;

    #[test]
    fn the_whole_expression_is_marked() {
        let text = "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: sum(up > 1\n  - {record: r, expr: up}\n";
        let found = findings("alert:promql", &[("a.yaml", text)]);
        assert_eq!(found.len(), 1);
        assert!(
            found[0].starts_with("error a.yaml:5:11 this is not PromQL: "),
            "{}",
            found[0]
        );
    }
}
