//! Which rows are shown: the query of `/status`. Pure.

use serde::Deserialize;

use crate::report::Row;
use crate::report::sections::service;

/// The query of `/status`. Empty parts choose everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Filter {
    /// Words that must all occur in the id, sentence, title, culprits or labels (`key=value`), in any case.
    pub(super) q: String,
    /// The kind of promise.
    pub(super) kind: String,
    /// The service.
    pub(super) service: String,
    /// `fail`, `inconclusive` or `pass`.
    pub(super) verdict: String,
}

impl Filter {
    /// Whether it may leave something out.
    pub(super) fn is_active(&self) -> bool {
        let parts = [&self.q, &self.kind, &self.service, &self.verdict];
        parts.iter().any(|part| !part.trim().is_empty())
    }

    /// Whether it shows this row.
    pub(super) fn matches(&self, row: &Row) -> bool {
        let is = |wanted: &str, has: &str| wanted.is_empty() || wanted == has;
        is(&self.kind, row.header.id.kind())
            && is(&self.service, service(row))
            && is(&self.verdict, row.outcome.name())
            && self.words_match(row)
    }

    fn words_match(&self, row: &Row) -> bool {
        if self.q.trim().is_empty() {
            return true;
        }
        let text = searched(row);
        self.q
            .to_lowercase()
            .split_whitespace()
            .all(|word| text.contains(word))
    }
}

fn searched(row: &Row) -> String {
    let header = &row.header;
    let mut text = format!(
        "{} {} {} {}",
        header.id,
        header.title,
        row.says(),
        service(row)
    );
    for culprit in &row.verdict.culprits {
        text.push_str(&format!(" {culprit}"));
    }
    for (key, value) in &header.labels {
        text.push_str(&format!(" {key}={value}"));
    }
    text.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::row::samples::row;

    #[track_caller]
    fn check(query: &str, expected: bool) {
        let row = row("slo/eval-latency")
            .of("eval")
            .with(|header| {
                header
                    .labels
                    .insert("tier".to_owned(), "Critical".to_owned());
            })
            .broken("4.2 % took longer than 300 s");
        let query = format!("/?{query}").parse().unwrap();
        let filter = axum::extract::Query::<Filter>::try_from_uri(&query).unwrap();
        assert_eq!(filter.matches(&row), expected, "{query}");
    }

    #[test]
    fn every_part_must_match() {
        check("", true);
        check("q=LATENCY+longer", true);
        check("q=latency+shorter", false);
        check("q=tier%3Dcritical", true);
        check("q=service:eval", true);
        check("kind=slo&service=eval&verdict=fail", true);
        check("kind=alert", false);
        check("service=orch", false);
        check("verdict=pass", false);
        check("verdict=nonsense", false);
        check("unknown=x", true);
    }
}
