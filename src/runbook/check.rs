//! `runbook/NAME`: the alert it is for exists, and so does everything its queries read. Pure.

use jiff::Timestamp;

use super::page::Runbook;
use crate::alert::answers;
use crate::alert::metrics::Metrics;
use crate::catalog::library::Library;
use crate::evidence::{Ask, Evidence};
use crate::promise::{Check, Step};
use crate::promql::Needs;
use crate::subject::{Role, Subject};
use crate::verdict::Verdict;

/// Judges whether one runbook can help.
#[derive(Debug)]
pub(super) struct Helps {
    peer: String,
    alert: String,
    document: String,
    metrics: Metrics,
    n_queries: usize,
    /// Queries that must return something now.
    some: Vec<String>,
}

impl Helps {
    /// The check of `runbook` against the Prometheus `peer`.
    pub(super) fn new(runbook: &Runbook, peer: String, library: &Library<'_>) -> Self {
        let queries = &runbook.queries;
        let needs = queries.iter().map(|query| query.expression.needs());
        let some = queries.iter().filter(|query| query.some);
        Self {
            metrics: Metrics::new(&peer, Needs::All(needs.collect())).recorded_in(library),
            peer,
            alert: runbook.alert.value.clone(),
            document: runbook.file.path.display().to_string(),
            n_queries: queries.len(),
            some: some.map(|query| query.text.clone()).collect(),
        }
    }

    fn alert_ask(&self) -> Ask {
        Ask::AlertRule {
            peer: self.peer.clone(),
            name: self.alert.clone(),
        }
    }

    fn query_ask(&self, query: &str) -> Ask {
        Ask::Promql {
            peer: self.peer.clone(),
            query: query.to_owned(),
        }
    }

    fn judge(&self, seen: &Evidence) -> Verdict {
        let mut found = vec![self.of_alert(seen), self.of_metrics(seen)];
        found.extend(self.some.iter().map(|query| self.of_query(query, seen)));
        answers::worst(found, || self.pass())
    }

    /// Whether there is an alert it is for.
    fn of_alert(&self, seen: &Evidence) -> Option<Verdict> {
        match answers::rules(seen, &self.alert_ask()) {
            Err(reason) => Some(Verdict::inconclusive(reason)),
            Ok(([], _)) => {
                let alert = Subject::new(Role::Alert, &self.alert);
                let says = format!(
                    "{} is for an alert that is not loaded by {}",
                    self.who(),
                    self.peer
                );
                Some(Verdict::fail(says).blame([alert, self.document()]))
            }
            Ok(_) => None,
        }
    }

    /// Whether what its queries read exists.
    fn of_metrics(&self, seen: &Evidence) -> Option<Verdict> {
        let mut verdict = self.metrics.judge(&self.who(), seen)?;
        verdict.culprits.push(self.document());
        Some(verdict)
    }

    /// Whether a query that must return something does. Where nothing is scraped, its silence proves nothing.
    fn of_query(&self, query: &str, seen: &Evidence) -> Option<Verdict> {
        let unknown = match answers::samples(seen, &self.query_ask(query)) {
            Err(reason) => Some(reason),
            Ok([]) => self.metrics.blindness(seen),
            Ok(_) => return None,
        };
        let mut verdict = match unknown {
            Some(reason) => Verdict::inconclusive(reason),
            None => {
                let query = query.split_whitespace().collect::<Vec<_>>().join(" ");
                Verdict::fail(format!(
                    "a query of {} returns nothing now: `{query}`",
                    self.who()
                ))
            }
        };
        verdict.culprits.push(self.document());
        Some(verdict)
    }

    fn pass(&self) -> Verdict {
        let reads = match (self.n_queries, self.metrics.count()) {
            (0, _) => "has no query".into(),
            (_, 1) => "reads 1 metric, which exists".into(),
            (_, n) => format!("reads {n} metrics, which all exist"),
        };
        Verdict::pass(format!("{} is for a loaded alert and {reads}", self.who()))
    }

    fn who(&self) -> String {
        format!("runbook {}", self.alert)
    }

    fn document(&self) -> Subject {
        Subject::new(Role::Document, &self.document)
    }
}

impl Check for Helps {
    fn step(&self, seen: &Evidence, _now: Timestamp) -> Step {
        let mut asks = vec![self.alert_ask()];
        asks.extend(self.metrics.asks());
        if !self.some.is_empty() && self.metrics.count() == 0 {
            asks.push(self.metrics.is_scraping());
        }
        asks.extend(self.some.iter().map(|query| self.query_ask(query)));
        answers::ask_then_judge(seen, asks, || self.judge(seen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::samples::{judge, loaded, names, scraping, told, unreachable};
    use crate::config::Config;
    use crate::evidence::Answer;
    use crate::runbook::samples::runbook;
    use crate::verdict::{Outcome, Reason};
    use proptest::prelude::*;

    const PAGE: &str = "# A\n```promql\nrate(a[5m])\n```\n```promql some\nb == 1\n```\n";

    /// What each question is answered.
    struct Answers {
        rules: Result<Answer, Reason>,
        exist: Result<Answer, Reason>,
        scraped: Result<Answer, Reason>,
        some: Result<Answer, Reason>,
    }

    fn good() -> Answers {
        Answers {
            rules: Ok(Answer::AlertRules(vec![loaded()])),
            exist: Ok(names(&["a", "b"])),
            scraped: Ok(scraping()),
            some: Ok(names(&["b"])),
        }
    }

    fn verdict_of(page: &str, answers: &Answers) -> Verdict {
        let config = Config::default();
        let library = Library::new(&config);
        let runbook = runbook("runbooks/A.md", page);
        let helps = Helps::new(&runbook, "prometheus".into(), &library);
        judge(&helps, |ask| match ask {
            Ask::AlertRule { .. } => answers.rules.clone(),
            Ask::Promql { query, .. } if query == "count(up)" => answers.scraped.clone(),
            Ask::Promql { query, .. } if query.starts_with("group by") => answers.exist.clone(),
            _ => answers.some.clone(),
        })
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Answers), expected: &str) {
        let mut answers = good();
        change(&mut answers);
        let verdict = verdict_of(PAGE, &answers);
        assert_eq!(told(&verdict), expected);
        assert_eq!(verdict.cites, [0, 1, 2, 3]);
    }

    #[test]
    fn a_runbook_that_helps_passes_on_evidence() {
        check(
            |_| {},
            "pass: runbook A is for a loaded alert and reads 2 metrics, which all exist []",
        );
        let verdict = verdict_of("# A\n", &good());
        assert_eq!(
            told(&verdict),
            "pass: runbook A is for a loaded alert and has no query []"
        );
        assert_eq!(verdict.cites, [0]);
    }

    #[test]
    fn what_does_not_exist_fails() {
        check(
            |answers| answers.rules = Ok(Answer::AlertRules(Vec::new())),
            "fail: runbook A is for an alert that is not loaded by prometheus \
             [alert:A document:runbooks/A.md]",
        );
        check(
            |answers| answers.exist = Ok(names(&["b"])),
            "fail: runbook A depends on a metric that does not exist: a \
             [metric:a document:runbooks/A.md]",
        );
        check(
            |answers| answers.some = Ok(names(&[])),
            "fail: a query of runbook A returns nothing now: `b == 1` [document:runbooks/A.md]",
        );
    }

    #[test]
    fn an_empty_prometheus_proves_nothing() {
        check(
            |answers| {
                answers.exist = Ok(names(&[]));
                answers.scraped = Ok(names(&[]));
                answers.some = Ok(names(&[]));
            },
            "inconclusive: no data: prometheus scrapes nothing [document:runbooks/A.md]",
        );
    }

    #[test]
    fn an_empty_answer_to_a_query_without_metrics_is_told_from_blindness() {
        let page = "# A\n```promql some\n{job=\"x\"}\n```\n";
        let mut answers = good();
        answers.some = Ok(names(&[]));
        for (scraped, outcome) in [
            (Ok(scraping()), "fail"),
            (Ok(names(&[])), "inconclusive"),
            (Err(unreachable()), "inconclusive"),
        ] {
            answers.scraped = scraped;
            assert_eq!(verdict_of(page, &answers).outcome.name(), outcome);
        }
    }

    proptest! {
        #[test]
        fn an_answer_that_is_missing_never_passes(missing in proptest::array::uniform4(any::<bool>())) {
            let mut answers = good();
            let each = [
                &mut answers.rules,
                &mut answers.exist,
                &mut answers.scraped,
                &mut answers.some,
            ];
            for (answer, _) in each.into_iter().zip(missing).filter(|(_, missing)| *missing) {
                *answer = Err(unreachable());
            }
            let passes = verdict_of(PAGE, &answers).outcome == Outcome::Pass;
            prop_assert_eq!(passes, missing == [false; 4]);
        }
    }
}
