//! `alert/NAME/sound`: the rule is loaded as written, evaluated in time and without error, and all it reads exists. Pure.

use jiff::Timestamp;

use super::answers;
use super::compare::{self, Difference};
use super::metrics::Metrics;
use super::rule::Rule;
use super::state::{self, State};
use crate::duration::human;
use crate::evidence::{Ask, Evidence, LoadedRule};
use crate::promise::{Check, Step};
use crate::promql::Needs;
use crate::subject::{Role, Subject};
use crate::verdict::{Reason, Verdict};

/// Judges the soundness of one rule.
#[derive(Debug)]
pub(super) struct Sound {
    rule: Rule,
    peer: String,
    /// The file it is written in; none when all we know is that it is loaded.
    document: Option<String>,
    metrics: Metrics,
}

impl Sound {
    /// The check of a rule written in `document` or, without one, found loaded.
    pub(super) fn new(rule: Rule, peer: String, document: Option<String>) -> Self {
        let needs = rule.expression.as_ref().map(|parsed| parsed.needs());
        let metrics = Metrics::new(&peer, needs.unwrap_or_else(|_| Needs::nothing()));
        Self {
            rule,
            peer,
            document,
            metrics,
        }
    }

    /// The same, knowing recording rules.
    pub(super) fn with_metrics(mut self, complete: impl FnOnce(Metrics) -> Metrics) -> Self {
        self.metrics = complete(self.metrics);
        self
    }

    fn rule_ask(&self) -> Ask {
        Ask::AlertRule {
            peer: self.peer.clone(),
            name: self.rule.name.clone(),
        }
    }

    fn judge(&self, seen: &Evidence) -> Verdict {
        let (rules, at) = match answers::rules(seen, &self.rule_ask()) {
            Ok(answer) => answer,
            Err(reason) => return Verdict::inconclusive(reason),
        };
        let Some((loaded, differences)) = compare::closest(&self.rule, rules) else {
            let says = format!("{} is not loaded by {}", self.who(), self.peer);
            return self.fail(says);
        };
        let found = [
            self.drift(loaded, &differences),
            self.evaluation(loaded, at),
            self.reading(seen),
        ];
        answers::worst(found, || self.pass(loaded, at))
    }

    /// Whether it is loaded as written.
    fn drift(&self, loaded: &LoadedRule, differences: &[Difference]) -> Option<Verdict> {
        self.document.as_ref()?;
        if let Some((first, others)) = differences.split_first() {
            let more = match others.len() {
                0 => String::new(),
                1 => ", and 1 more difference".into(),
                n => format!(", and {n} more differences"),
            };
            let says = format!("{} is not loaded as written: {first}{more}", self.who());
            return Some(self.fail(says));
        }
        if compare::same_expression(&self.rule, &loaded.query).is_none() {
            let what = format!(
                "the written and the loaded expression of {} could not be compared",
                self.who()
            );
            return Some(Verdict::inconclusive(Reason::Blocked { what }));
        }
        None
    }

    /// Whether it is evaluated in time and without error.
    fn evaluation(&self, loaded: &LoadedRule, at: Timestamp) -> Option<Verdict> {
        let who = self.who();
        let interval = human(super::rule::seconds(loaded.interval_seconds));
        let says = match state::of(loaded, at) {
            State::Fine(_) => return None,
            State::Never => {
                let what = format!("{who} has not been evaluated yet");
                return Some(Verdict::inconclusive(Reason::NoData { what }));
            }
            State::Ahead(by) => {
                let what = format!("{who} was evaluated {} ahead of our clock", human(by));
                return Some(Verdict::inconclusive(Reason::Blocked { what }));
            }
            State::Broken(error) => format!("{who} cannot be evaluated: {error}"),
            State::Late(age) => format!(
                "{who} has not been evaluated for {}, although its interval is {interval}",
                human(age)
            ),
            State::Slow(took) => format!(
                "{who} takes {} to evaluate, longer than its interval of {interval}",
                human(took)
            ),
        };
        Some(self.fail(says))
    }

    /// Whether what it reads exists.
    fn reading(&self, seen: &Evidence) -> Option<Verdict> {
        if let Err(error) = &self.rule.expression {
            let what = format!(
                "the expression of {} is not understood: {error}",
                self.who()
            );
            return Some(Verdict::inconclusive(Reason::Blocked { what }));
        }
        let mut verdict = self.metrics.judge(&self.who(), seen)?;
        verdict.culprits.extend(self.subjects());
        Some(verdict)
    }

    fn pass(&self, loaded: &LoadedRule, at: Timestamp) -> Verdict {
        let as_written = match &self.document {
            Some(_) if self.rule.keep_firing.is_some() => {
                "loaded as written (`keep_firing_for` is not compared)"
            }
            Some(_) => "loaded as written",
            None => "loaded (and compared with no document)",
        };
        let age = match state::of(loaded, at) {
            State::Fine(age) => human(age),
            _ => human(Default::default()),
        };
        let reads = match self.metrics.count() {
            0 => "no metric that has to exist".into(),
            1 => "1 metric, which exists".into(),
            n => format!("{n} metrics, which all exist"),
        };
        Verdict::pass(format!(
            "{} is {as_written}, was evaluated {age} ago and reads {reads}",
            self.who()
        ))
    }

    fn fail(&self, says: String) -> Verdict {
        Verdict::fail(says).blame(self.subjects())
    }

    fn who(&self) -> String {
        format!("alert {}", self.rule.name)
    }

    fn subjects(&self) -> Vec<Subject> {
        let alert = Subject::new(Role::Alert, &self.rule.name);
        let document = self.document.as_ref();
        let document = document.map(|path| Subject::new(Role::Document, path));
        std::iter::once(alert).chain(document).collect()
    }
}

impl Check for Sound {
    fn step(&self, seen: &Evidence, _now: Timestamp) -> Step {
        let mut asks = vec![self.rule_ask()];
        asks.extend(self.metrics.asks());
        answers::ask_then_judge(seen, asks, || self.judge(seen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::samples::{ago, judge, loaded, names, scraping, told, unreachable};
    use crate::evidence::Answer;
    use crate::verdict::Outcome;
    use proptest::prelude::*;

    fn sound(document: Option<&str>) -> Sound {
        let rule = Rule::of_loaded(&loaded());
        Sound::new(rule, "prometheus".into(), document.map(Into::into))
    }

    fn answer(
        ask: &Ask,
        rules: Result<Answer, Reason>,
        metrics: Result<Answer, Reason>,
    ) -> Result<Answer, Reason> {
        match ask {
            Ask::AlertRule { .. } => rules,
            Ask::Promql { query, .. } if query == "count(up)" => Ok(scraping()),
            _ => metrics,
        }
    }

    #[track_caller]
    fn check_with(sound: &Sound, rules: Vec<LoadedRule>, metrics: &[&str], expected: &str) {
        let verdict = judge(sound, |ask| {
            answer(
                ask,
                Ok(Answer::AlertRules(rules.clone())),
                Ok(names(metrics)),
            )
        });
        assert_eq!(told(&verdict), expected);
        assert_eq!(verdict.cites, [0, 1, 2]);
    }

    /// With the metric the rule reads, and the rule changed.
    #[track_caller]
    fn check(change: impl FnOnce(&mut LoadedRule), expected: &str) {
        let mut rule = loaded();
        change(&mut rule);
        let sound = sound(Some("alerts/eval.yaml"));
        check_with(&sound, vec![rule], &["latency_seconds"], expected);
    }

    const BLAMED: &str = "[alert:HighLatency document:alerts/eval.yaml]";

    #[test]
    fn a_rule_that_works_passes() {
        check(
            |_| {},
            "pass: alert HighLatency is loaded as written, was evaluated 3 s ago and reads 1 metric, which exists []",
        );
    }

    #[test]
    fn a_rule_that_is_not_loaded_fails() {
        check_with(
            &sound(Some("alerts/eval.yaml")),
            Vec::new(),
            &["latency_seconds"],
            &format!("fail: alert HighLatency is not loaded by prometheus {BLAMED}"),
        );
    }

    #[test]
    fn drift_fails_and_says_what_differs() {
        check(
            |rule| {
                rule.for_seconds = 600.0;
                rule.labels.clear();
            },
            &format!(
                "fail: alert HighLatency is not loaded as written: its `for` is 10 m and not 5 m, and 1 more difference {BLAMED}"
            ),
        );
    }

    #[test]
    fn evaluation_that_is_broken_late_or_slow_fails() {
        check(
            |rule| {
                rule.health = "err".into();
                rule.last_error = "many-to-many matching".into();
            },
            &format!("fail: alert HighLatency cannot be evaluated: many-to-many matching {BLAMED}"),
        );
        check(
            |rule| rule.last_evaluation = Some(ago(240)),
            &format!(
                "fail: alert HighLatency has not been evaluated for 4 m, although its interval is 30 s {BLAMED}"
            ),
        );
        check(
            |rule| rule.evaluation_seconds = 40.0,
            &format!(
                "fail: alert HighLatency takes 40 s to evaluate, longer than its interval of 30 s {BLAMED}"
            ),
        );
    }

    #[test]
    fn a_rule_that_was_never_evaluated_is_inconclusive() {
        let expected =
            "inconclusive: no data: alert HighLatency has not been evaluated yet []".to_owned();
        check(|rule| rule.last_evaluation = None, &expected);
        check(|rule| rule.health = "unknown".into(), &expected);
    }

    #[test]
    fn a_metric_that_does_not_exist_is_blamed_first() {
        check_with(
            &sound(Some("alerts/eval.yaml")),
            vec![loaded()],
            &[],
            "fail: alert HighLatency depends on a metric that does not exist: latency_seconds \
             [metric:latency_seconds alert:HighLatency document:alerts/eval.yaml]",
        );
    }

    #[test]
    fn a_proven_fault_outranks_what_is_not_known() {
        let sound = sound(Some("alerts/eval.yaml"));
        let mut late = loaded();
        late.last_evaluation = Some(ago(240));
        let verdict = judge(&sound, |ask| {
            let rules = Ok(Answer::AlertRules(vec![late.clone()]));
            answer(ask, rules, Err(unreachable()))
        });
        assert_eq!(verdict.outcome, Outcome::Fail);
    }

    #[test]
    fn without_a_document_the_loaded_rule_is_judged_for_itself() {
        check_with(
            &sound(None),
            vec![loaded()],
            &["latency_seconds"],
            "pass: alert HighLatency is loaded (and compared with no document), was evaluated 3 s ago and reads 1 metric, which exists []",
        );
        let mut broken = loaded();
        broken.health = "err".into();
        broken.last_error = "oops".into();
        check_with(
            &sound(None),
            vec![broken],
            &["latency_seconds"],
            "fail: alert HighLatency cannot be evaluated: oops [alert:HighLatency]",
        );
    }

    #[test]
    fn an_expression_beyond_the_parser_is_inconclusive() {
        let mut rule = loaded();
        rule.query = "future !! 1".into();
        let sound = Sound::new(
            Rule::of_loaded(&rule),
            "prometheus".into(),
            Some("a.yaml".into()),
        );
        let verdict = judge(&sound, |_| Ok(Answer::AlertRules(vec![rule.clone()])));
        let reason = verdict.outcome.reason().map(Reason::code);
        assert_eq!(reason, Some("blocked"), "{}", verdict.says);
    }

    proptest! {
        #[test]
        fn an_answer_that_is_missing_never_passes(
            rules_fail in any::<bool>(),
            metrics_fail in any::<bool>(),
            scrape_fail in any::<bool>(),
            age in 0_i64..200,
            exists in any::<bool>(),
        ) {
            let or = |fails: bool, answer: Answer| if fails { Err(unreachable()) } else { Ok(answer) };
            let mut rule = loaded();
            rule.last_evaluation = Some(ago(age));
            let verdict = judge(&sound(Some("a.yaml")), |ask| match ask {
                Ask::AlertRule { .. } => or(rules_fail, Answer::AlertRules(vec![rule.clone()])),
                Ask::Promql { query, .. } if query == "count(up)" => or(scrape_fail, scraping()),
                _ => or(metrics_fail, names(if exists { &["latency_seconds"] } else { &[] })),
            });
            let works = !rules_fail && !metrics_fail && !scrape_fail && age <= 90 && exists;
            prop_assert_eq!(verdict.outcome == Outcome::Pass, works);
        }
    }
}
