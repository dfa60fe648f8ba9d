//! Judges a gate by the verdicts of others. Pure.

use std::time::Duration;

use jiff::Timestamp;

use crate::duration::human;
use crate::evidence::{Answer, Ask, Evidence, Told};
use crate::promise::{Check, PromiseId, Selector, Step};
use crate::subject::{Role, Subject};
use crate::verdict::{Outcome, Reason, Verdict};

/// Passes when every selected promise passes on evidence no older than `max_age`; one failing fails it; otherwise
/// inconclusive.
pub(super) struct GateCheck {
    pub(super) own: PromiseId,
    pub(super) promises: Option<Selector>,
    pub(super) require: Vec<PromiseId>,
    pub(super) max_age: Duration,
    /// Errors in its document: what could not be read may have asked for more.
    pub(super) n_errors: usize,
}

impl GateCheck {
    fn asks(&self) -> Vec<Ask> {
        let selected = self.promises.clone();
        let required = (!self.require.is_empty()).then(|| Selector::of_ids(&self.require));
        let selectors = selected.into_iter().chain(required);
        selectors
            .map(|selector| Ask::Verdicts { selector })
            .collect()
    }

    /// Why not all of the verdicts are there, if so.
    fn unanswered(&self, seen: &Evidence) -> Option<Reason> {
        self.asks()
            .iter()
            .filter_map(|ask| seen.latest(ask))
            .find_map(|(_, exhibit)| match &exhibit.answer {
                Ok(Answer::Verdicts(_)) => None,
                Ok(_) => Some(Reason::Blocked {
                    what: "the answer to a question for verdicts holds none".into(),
                }),
                Err(reason) => Some(reason.clone()),
            })
    }

    /// The verdicts to judge by, each once, of two of one promise the worse; gates are asked only where one is required by
    /// name.
    fn told<'a>(&self, seen: &'a Evidence) -> Vec<&'a Told> {
        let answers = seen
            .exhibits
            .iter()
            .filter_map(|exhibit| match &exhibit.answer {
                Ok(Answer::Verdicts(told)) => Some(told),
                _ => None,
            });
        let mut told: Vec<&Told> = answers
            .flatten()
            .filter(|told| told.promise != self.own)
            .filter(|told| told.promise.kind() != "gate" || self.require.contains(&told.promise))
            .collect();
        told.sort_by_key(|told| (&told.promise, told.outcome.badness(), told.at));
        told.dedup_by(|a, b| a.promise == b.promise);
        told
    }

    fn judge(&self, seen: &Evidence) -> Verdict {
        let told = self.told(seen);
        let missing = self
            .require
            .iter()
            .find(|id| !told.iter().any(|told| told.promise == **id));
        let asked_at = seen
            .exhibits
            .first()
            .map_or(seen.started, |exhibit| exhibit.at);
        let cites = 0..seen.exhibits.len();
        let broken: Vec<_> = told
            .iter()
            .filter(|told| told.outcome == Outcome::Fail)
            .collect();
        if let Some(first) = broken.first() {
            let more = match broken.len() {
                1 => String::new(),
                n => format!(", and {} more", n - 1),
            };
            let culprits = broken
                .iter()
                .map(|told| Subject::new(Role::Document, told.promise.as_str()));
            return Verdict::fail(format!("{} is broken: {}{more}", first.promise, first.says))
                .blame(culprits)
                .citing(cites);
        }
        if self.n_errors > 0 {
            let what = match self.n_errors {
                1 => "its document has 1 error".to_owned(),
                n => format!("its document has {n} errors"),
            };
            return Verdict::inconclusive(Reason::Blocked { what }).citing(cites);
        }
        if let Some(reason) = self.unanswered(seen) {
            return Verdict::inconclusive(reason).citing(cites);
        }
        if let Some(id) = missing {
            let what = format!("no verdict of {id} yet");
            return Verdict::inconclusive(Reason::NoData { what }).citing(cites);
        }
        let Some(oldest) = told.iter().min_by_key(|told| told.at) else {
            let what = "no promise is selected".to_owned();
            return Verdict::inconclusive(Reason::NoData { what }).citing(cites);
        };
        if let Some(unknown) = told.iter().find(|told| told.outcome != Outcome::Pass) {
            let what = format!("{} can't be told: {}", unknown.promise, unknown.says);
            return Verdict::inconclusive(Reason::Blocked { what }).citing(cites);
        }
        let age = asked_at.duration_since(oldest.at);
        let age = Duration::try_from(age).unwrap_or_default();
        if age > self.max_age {
            let reason = Reason::Stale {
                what: format!("the verdict of {}", oldest.promise),
                age_seconds: age.as_secs(),
            };
            return Verdict::inconclusive(reason).citing(cites);
        }
        Verdict::pass(format!(
            "{} promises are kept, on evidence no older than {}",
            told.len(),
            human(age)
        ))
        .citing(cites)
    }
}

impl Check for GateCheck {
    fn step(&self, seen: &Evidence, _now: Timestamp) -> Step {
        let missing = seen.missing(self.asks());
        match missing.is_empty() {
            true => Step::Done(self.judge(seen)),
            false => Step::Ask(missing),
        }
    }

    fn is_last(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use uuid::Uuid;

    use super::*;
    use crate::evaluate::judge;
    use crate::evidence::Exhibit;

    fn told(id: &str, outcome: Outcome, age: i64) -> Told {
        Told {
            promise: PromiseId::new(id),
            says: "so".into(),
            at: Timestamp::from_second(1_000 - age).unwrap(),
            outcome,
        }
    }

    /// What a gate says that asks for `tier=critical` and for `slo/a`.
    #[track_caller]
    fn check_each(selected: Answer, required: Answer, expected: &str) {
        let gate = GateCheck {
            own: PromiseId::new("gate/g"),
            promises: Some(Selector::parse("tier=critical").unwrap()),
            require: vec![PromiseId::new("slo/a")],
            max_age: Duration::from_secs(120),
            n_errors: 0,
        };
        let at = Timestamp::from_second(1_000).unwrap();
        let mut evidence = Evidence::new(Uuid::nil(), at);
        for (ask, answer) in gate.asks().into_iter().zip([selected, required]) {
            evidence.exhibits.push(Arc::new(Exhibit {
                ask,
                at,
                took_ms: 0,
                answer: Ok(answer),
            }));
        }
        let verdict = judge(&gate, &evidence, at);
        let name = verdict
            .outcome
            .reason()
            .map_or(verdict.outcome.name(), Reason::code);
        assert_eq!(name, expected, "{}", verdict.says);
    }

    #[track_caller]
    fn check(told: Vec<Told>, expected: &str) {
        let answer = Answer::Verdicts(told);
        check_each(answer.clone(), answer, expected);
    }

    #[test]
    fn an_answer_to_another_question_is_no_verdict() {
        let kept = || Answer::Verdicts(vec![told("slo/a", Outcome::Pass, 1)]);
        let broken = Answer::Verdicts(vec![told("slo/a", Outcome::Fail, 1)]);
        check_each(Answer::Vector(vec![]), kept(), "blocked");
        check_each(Answer::Vector(vec![]), broken, "fail");
    }

    #[test]
    fn of_two_verdicts_of_one_promise_the_worse_counts() {
        let kept = || Answer::Verdicts(vec![told("slo/a", Outcome::Pass, 1)]);
        let broken = || Answer::Verdicts(vec![told("slo/a", Outcome::Fail, 1)]);
        let old = || Answer::Verdicts(vec![told("slo/a", Outcome::Pass, 999)]);
        check_each(kept(), broken(), "fail");
        check_each(broken(), kept(), "fail");
        check_each(kept(), old(), "stale");
    }

    #[test]
    fn one_failing_fails_and_everything_else_must_pass_on_fresh_evidence() {
        let unknown = || Outcome::Inconclusive(Reason::NoData { what: "x".into() });
        check(vec![], "no_data");
        check(vec![told("slo/b", Outcome::Pass, 1)], "no_data");
        check(vec![told("slo/a", Outcome::Pass, 1)], "pass");
        check(
            vec![
                told("slo/a", Outcome::Pass, 120),
                told("slo/b", Outcome::Pass, 1),
            ],
            "pass",
        );
        check(vec![told("slo/a", Outcome::Pass, 121)], "stale");
        check(
            vec![told("slo/a", Outcome::Pass, 1), told("slo/b", unknown(), 1)],
            "blocked",
        );
        check(
            vec![
                told("slo/a", unknown(), 1),
                told("slo/b", Outcome::Fail, 999),
            ],
            "fail",
        );
        check(
            vec![
                told("slo/a", Outcome::Pass, 1),
                told("gate/g", Outcome::Fail, 1),
            ],
            "pass",
        );
    }
}
