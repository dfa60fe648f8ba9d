//! Whether the metrics that an expression reads exist: for alert rules, and for the queries of runbooks. Pure.
//!
//! A metric without any series fails: whatever reads it is blind. A label value that was not seen yet does not, since
//! counters of failures often start with the first failure. A recorded metric may be empty because its rule has nothing
//! to tell, so what it is computed from is looked at instead.

use std::collections::{BTreeMap, BTreeSet};

use super::answers;
use crate::catalog::library::Library;
use crate::evidence::{Ask, Evidence};
use crate::promql::Needs;
use crate::subject::{Role, Subject};
use crate::verdict::{Reason, Verdict};

/// A recording rule, declared under the metric's name.
#[derive(Debug)]
pub struct Recording {
    /// What must exist for it to record anything.
    pub needs: Needs,
}

/// The metrics that must exist in one Prometheus.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    peer: String,
    needs: Needs,
    /// What the recorded ones among them are computed from, and so on.
    recorded: BTreeMap<String, Needs>,
}

impl Metrics {
    /// What `needs` asks of the Prometheus `peer`, when no recording rule is known.
    pub(crate) fn new(peer: &str, needs: Needs) -> Self {
        Self {
            peer: peer.to_owned(),
            needs,
            recorded: BTreeMap::new(),
        }
    }

    /// The same, knowing the recording rules of `library`.
    pub(crate) fn recorded_in(mut self, library: &Library<'_>) -> Self {
        let mut open: Vec<String> = self.needs.names().into_iter().collect();
        while let Some(name) = open.pop() {
            if self.recorded.contains_key(&name) {
                continue;
            }
            if let Some(recording) = library.get::<Recording>(&name) {
                open.extend(recording.needs.names());
                self.recorded.insert(name, recording.needs.clone());
            }
        }
        self
    }

    /// How many metrics are read.
    pub(crate) fn count(&self) -> usize {
        self.needs.names().len()
    }

    /// Which of the metrics exist, and whether anything is scraped at all; nothing when no metric is read.
    pub(crate) fn asks(&self) -> Vec<Ask> {
        if self.needs.names().is_empty() {
            return Vec::new();
        }
        vec![self.which_exist(), self.is_scraping()]
    }

    /// What keeps `reader` (`alert HighLatency`) from seeing all it reads; none when all of it exists. The culprits are
    /// the metrics.
    pub(crate) fn judge(&self, reader: &str, seen: &Evidence) -> Option<Verdict> {
        if self.asks().is_empty() {
            return None;
        }
        match self.unproven(reader, seen) {
            Ok(verdict) => verdict,
            Err(reason) => Some(Verdict::inconclusive(reason)),
        }
    }

    /// Why an empty answer proves nothing; none where something is scraped.
    pub(crate) fn blindness(&self, seen: &Evidence) -> Option<Reason> {
        match answers::samples(seen, &self.is_scraping()) {
            Err(reason) => Some(reason),
            Ok([]) => Some(Reason::NoData {
                what: format!("{} scrapes nothing", self.peer),
            }),
            Ok(_) => None,
        }
    }

    fn unproven(&self, reader: &str, seen: &Evidence) -> Result<Option<Verdict>, Reason> {
        let existing: BTreeSet<String> = answers::samples(seen, &self.which_exist())?
            .iter()
            .filter_map(|sample| sample.labels.get("__name__").cloned())
            .collect();
        answers::samples(seen, &self.is_scraping())?;
        let missing = self.needs.missing(&existing);
        if missing.is_empty() {
            return Ok(None);
        }
        if let (true, Some(reason)) = (existing.is_empty(), self.blindness(seen)) {
            return Err(reason);
        }
        let roots = self.roots(&missing, &existing, &mut BTreeSet::new());
        if roots.is_empty() {
            let what = format!(
                "recorded metrics are empty, though what they are computed from exists: {}",
                listed(&missing)
            );
            return Err(Reason::NoData { what });
        }
        let what = match roots.len() {
            1 => "a metric that does",
            _ => "metrics that do",
        };
        let says = format!("{reader} depends on {what} not exist: {}", listed(&roots));
        let culprits = roots.iter().chain(missing.difference(&roots));
        let culprits = culprits.map(|name| Subject::new(Role::Metric, name));
        Ok(Some(Verdict::fail(says).blame(culprits)))
    }

    /// The metrics that explain why `missing` ones are: a recorded one is missing because of what it is computed from.
    fn roots(
        &self,
        missing: &BTreeSet<String>,
        existing: &BTreeSet<String>,
        visited: &mut BTreeSet<String>,
    ) -> BTreeSet<String> {
        let mut roots = BTreeSet::new();
        for name in missing {
            match self.recorded.get(name) {
                None => {
                    roots.insert(name.clone());
                }
                Some(inputs) if visited.insert(name.clone()) => {
                    roots.extend(self.roots(&inputs.missing(existing), existing, visited));
                }
                Some(_) => {}
            }
        }
        roots
    }

    fn which_exist(&self) -> Ask {
        let inputs = self.recorded.values().flat_map(Needs::names);
        let names: BTreeSet<_> = self.needs.names().into_iter().chain(inputs).collect();
        let pattern: Vec<_> = names.iter().map(|name| regex::escape(name)).collect();
        let pattern = pattern.join("|").replace('\\', r"\\").replace('"', "\\\"");
        self.ask(format!(
            r#"group by (__name__) ({{__name__=~"{pattern}"}})"#
        ))
    }

    /// Whether anything at all is scraped; what [`Metrics::blindness`] rests on.
    pub(crate) fn is_scraping(&self) -> Ask {
        self.ask("count(up)".into())
    }

    fn ask(&self, query: String) -> Ask {
        Ask::Promql {
            peer: self.peer.clone(),
            query,
        }
    }
}

fn listed(names: &BTreeSet<String>) -> String {
    names.iter().cloned().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::samples::{judge, names, scraping, told, unreachable};
    use crate::config::Config;
    use crate::evidence::Answer;
    use crate::promise::{Check, Step};
    use crate::promql::Expression;
    use jiff::Timestamp;
    use std::sync::Arc;

    struct Reader(Metrics);

    impl Check for Reader {
        fn step(&self, seen: &Evidence, _: Timestamp) -> Step {
            answers::ask_then_judge(seen, self.0.asks(), || {
                let verdict = self.0.judge("alert A", seen);
                verdict.unwrap_or_else(|| Verdict::pass("all exist"))
            })
        }
    }

    fn needs(text: &str) -> Needs {
        Expression::parse(text).unwrap().needs()
    }

    /// `recordings` are names with their expressions.
    #[track_caller]
    fn check(
        text: &str,
        recordings: &[(&str, &str)],
        existing: Result<Answer, Reason>,
        scraped: Result<Answer, Reason>,
        expected: &str,
    ) {
        let config = Config::default();
        let mut library = Library::new(&config);
        for (name, expr) in recordings {
            let needs = needs(expr);
            library.declare(*name, Arc::new(Recording { needs }));
        }
        let metrics = Metrics::new("prometheus", needs(text)).recorded_in(&library);
        let verdict = judge(&Reader(metrics), |ask| match ask {
            Ask::Promql { query, .. } if query == "count(up)" => scraped.clone(),
            _ => existing.clone(),
        });
        assert_eq!(told(&verdict), expected);
    }

    #[test]
    fn one_query_names_every_metric() {
        let metrics = Metrics::new("prometheus", needs(r#"b / a > 1 and {__name__="x.y"}"#));
        let query = |query: &str| Ask::Promql {
            peer: "prometheus".into(),
            query: query.into(),
        };
        let expected = [
            query(r#"group by (__name__) ({__name__=~"a|b|x\\.y"})"#),
            query("count(up)"),
        ];
        assert_eq!(metrics.asks(), expected);
        for ask in expected {
            let Ask::Promql { query, .. } = ask else {
                panic!("a query");
            };
            assert!(Expression::parse(&query).is_ok(), "{query}");
        }
        assert_eq!(Metrics::new("prometheus", needs("vector(1)")).asks(), []);
    }

    #[test]
    fn what_does_not_exist_fails_by_name() {
        let scraped = || Ok(scraping());
        check(
            "a / b",
            &[],
            Ok(names(&["a", "b"])),
            scraped(),
            "pass: all exist []",
        );
        check(
            "a / b",
            &[],
            Ok(names(&["a"])),
            scraped(),
            "fail: alert A depends on a metric that does not exist: b [metric:b]",
        );
        check(
            "a / b",
            &[],
            Ok(names(&[])),
            scraped(),
            "fail: alert A depends on metrics that do not exist: a, b [metric:a metric:b]",
        );
    }

    #[test]
    fn an_empty_prometheus_proves_nothing() {
        let nothing = || Ok(names(&[]));
        check(
            "a",
            &[],
            nothing(),
            nothing(),
            "inconclusive: no data: prometheus scrapes nothing []",
        );
        check("a", &[], Ok(names(&["a"])), nothing(), "pass: all exist []");
        check(
            "a / b",
            &[],
            Ok(names(&["a"])),
            nothing(),
            "fail: alert A depends on a metric that does not exist: b [metric:b]",
        );
    }

    #[test]
    fn without_an_answer_it_is_inconclusive() {
        let down = || Err(unreachable());
        let expected = "inconclusive: prometheus unreachable: connection refused [peer:prometheus]";
        check("a", &[], down(), Ok(scraping()), expected);
        check("a", &[], Ok(names(&["a"])), down(), expected);
        check("a", &[], Ok(names(&[])), down(), expected);
        check(
            "a",
            &[],
            Ok(Answer::AlertRules(Vec::new())),
            Ok(scraping()),
            "inconclusive: prometheus unreachable: it answers another question [peer:prometheus]",
        );
    }

    #[test]
    fn an_empty_recorded_metric_is_judged_by_what_it_is_computed_from() {
        let rules = [("r:one", "sum(r:two)"), ("r:two", "sum(rate(a[5m]))")];
        check(
            "r:one > 1",
            &rules,
            Ok(names(&["r:one"])),
            Ok(scraping()),
            "pass: all exist []",
        );
        check(
            "r:one > 1",
            &rules,
            Ok(names(&["b"])),
            Ok(scraping()),
            "fail: alert A depends on a metric that does not exist: a [metric:a metric:r:one]",
        );
        check(
            "r:one > 1",
            &rules,
            Ok(names(&["a"])),
            Ok(scraping()),
            "inconclusive: no data: recorded metrics are empty, though what they are computed from exists: r:one []",
        );
    }

    #[test]
    fn recordings_in_a_circle_end() {
        check(
            "r:one > 1",
            &[("r:one", "r:two"), ("r:two", "r:one")],
            Ok(names(&["b"])),
            Ok(scraping()),
            "inconclusive: no data: recorded metrics are empty, though what they are computed from exists: r:one []",
        );
    }
}
