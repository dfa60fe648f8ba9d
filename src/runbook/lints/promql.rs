//! `runbook:promql`: the queries of a runbook are PromQL.

use std::sync::Arc;

use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::SourceFile;
use crate::promql::Expression;
use crate::runbook::outline::Outline;

/// A query that cannot be parsed.
pub(crate) static LINT: Lint = Lint {
    id: "runbook:promql",
    summary: "a query in a runbook is not PromQL",
    severity: Severity::Error,
    explain: "\
Fenced code marked `promql` is one query that on-call pastes into Prometheus. It is parsed, and what it reads must exist; marked
`promql some` it must return something at any time.

Bad:
    ```promql
    sum(rate(errors_total[5m])
    ```
Good:
    ```promql
    sum(rate(errors_total[5m]))
    ```",
};

/// Says so at the query.
pub(super) fn check(file: &Arc<SourceFile>, outline: &Outline, findings: &mut Findings) {
    for (at, fence) in outline.fences.iter().enumerate() {
        if fence.info.split_whitespace().next() != Some("promql") {
            continue;
        }
        let Err(error) = Expression::parse(&fence.text) else {
            continue;
        };
        let message = format!("this is not PromQL: {error}");
        findings.push(
            Finding::new(&LINT, file, fence.span, message)
                .help("try it in the expression browser of Prometheus")
                .about(format!("query {}", at + 1)),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::alert::samples::findings;

    #[test]
    fn only_promql_is_parsed_and_told_where_it_stands() {
        let page = "# A\n```promql\nup == 0\n```\n```sh\nsum(\n```\n```promql some\nsum(\n```\n";
        let found = findings("runbook:promql", &[("A.md", page)]);
        assert_eq!(found.len(), 1);
        assert!(
            found[0].starts_with("error A.md:9:1 this is not PromQL: "),
            "{}",
            found[0]
        );
    }

    #[test]
    fn an_empty_query_is_none() {
        let page = "# A\n```promql\n```\n";
        assert_eq!(
            findings("runbook:promql", &[("A.md", page)]),
            ["error A.md:2:1 this is not PromQL: the expression is empty"]
        );
    }
}
