//! `alert/contract/NAME`: what the contract requires is loaded. Pure.
//!
//! Whether an alert reaches its receiver in time cannot be told from the rules, so a contract that says so stays
//! inconclusive once everything else holds.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::alert::answers;
use crate::alert::rule::{seconds, without_empty};
use crate::duration::human;
use crate::evidence::{Ask, Evidence, LoadedRule};
use crate::promise::{Check, Step};
use crate::promql::Expression;
use crate::subject::{Role, Subject};
use crate::verdict::{Reason, Verdict};

/// An alert that must be loaded.
#[derive(Debug, Clone)]
pub(super) struct Required {
    /// Its name.
    pub(super) name: String,
    /// Labels that it must have, beside others.
    pub(super) labels: BTreeMap<String, String>,
    /// How long its condition holds before it fires, where that is required.
    pub(super) hold: Option<Duration>,
    /// Its condition, where that is required.
    pub(super) expression: Option<Expression>,
    /// Whether it says whom it must reach, or how soon.
    pub(super) has_delivery: bool,
}

/// Judges one contract.
#[derive(Debug)]
pub(super) struct Kept {
    /// The Prometheus that has the rules.
    pub(super) peer: String,
    /// The file the contract is written in.
    pub(super) document: String,
    /// What is required; never empty.
    pub(super) alerts: Vec<Required>,
}

impl Kept {
    fn ask(&self, alert: &Required) -> Ask {
        Ask::AlertRule {
            peer: self.peer.clone(),
            name: alert.name.clone(),
        }
    }

    fn judge(&self, seen: &Evidence) -> Verdict {
        let found = self.alerts.iter().map(|alert| self.of_alert(alert, seen));
        answers::worst(found, || {
            let is = match self.alerts.len() {
                1 => "1 alert is".to_owned(),
                n => format!("{n} alerts are"),
            };
            Verdict::pass(format!("{is} loaded as the contract requires"))
        })
    }

    /// What of one alert is not as required; none when all of it is.
    fn of_alert(&self, alert: &Required, seen: &Evidence) -> Option<Verdict> {
        let loaded = match answers::rules(seen, &self.ask(alert)) {
            Ok((loaded, _)) => loaded,
            Err(reason) => return Some(Verdict::inconclusive(reason)),
        };
        let name = &alert.name;
        let closest = loaded
            .iter()
            .map(|rule| (rule, alert.broken_by(rule)))
            .min_by_key(|(_, broken)| broken.len());
        let says = match closest {
            None => format!("alert {name} is required and not loaded by {}", self.peer),
            Some((rule, broken)) => match broken.into_iter().next() {
                Some(first) => format!("alert {name} is not as required: {first}"),
                None => return alert.unjudged(rule),
            },
        };
        let culprits = [
            Subject::new(Role::Alert, name),
            Subject::new(Role::Document, &self.document),
        ];
        Some(Verdict::fail(says).blame(culprits))
    }
}

impl Required {
    /// What of `rule` is not as required.
    fn broken_by(&self, rule: &LoadedRule) -> Vec<String> {
        let loaded_labels = without_empty(&rule.labels);
        let labels = self.labels.iter().filter_map(|(name, required)| {
            let loaded = loaded_labels.get(name).map_or("", |value| value);
            let is = match loaded {
                "" => "absent".to_owned(),
                loaded => format!("`{loaded}`"),
            };
            (loaded != required).then(|| format!("its label `{name}` is {is} and not `{required}`"))
        });
        let mut broken: Vec<_> = labels.collect();
        let hold = seconds(rule.for_seconds);
        if let Some(required) = self.hold.filter(|required| *required != hold) {
            let (hold, required) = (human(hold), human(required));
            broken.push(format!("its `for` is {hold} and not {required}"));
        }
        if let (Some(required), Ok(loaded)) = (&self.expression, Expression::parse(&rule.query))
            && loaded.to_string() != required.to_string()
        {
            broken.push(format!("its expression is `{loaded}` and not `{required}`"));
        }
        broken
    }

    /// What cannot be judged of `rule`, which is otherwise as required.
    fn unjudged(&self, rule: &LoadedRule) -> Option<Verdict> {
        let name = &self.name;
        let what = if self.expression.is_some() && Expression::parse(&rule.query).is_err() {
            format!("the loaded expression of alert {name} is not understood")
        } else if self.has_delivery {
            format!(
                "alert {name} is loaded as required, but whether it reaches its receiver in time is not judged"
            )
        } else {
            return None;
        };
        Some(Verdict::inconclusive(Reason::Blocked { what }))
    }
}

impl Check for Kept {
    fn step(&self, seen: &Evidence, _now: Timestamp) -> Step {
        let asks: Vec<_> = self.alerts.iter().map(|alert| self.ask(alert)).collect();
        answers::ask_then_judge(seen, asks, || self.judge(seen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::samples::{judge, loaded, map, told, unreachable};
    use crate::evidence::Answer;
    use crate::verdict::Outcome;

    fn required(change: impl FnOnce(&mut Required)) -> Required {
        let mut required = Required {
            name: "HighLatency".into(),
            labels: map(&[("severity", "critical")]),
            hold: None,
            expression: None,
            has_delivery: false,
        };
        change(&mut required);
        required
    }

    fn kept(alerts: Vec<Required>) -> Kept {
        Kept {
            peer: "prometheus".into(),
            document: "c.yaml".into(),
            alerts,
        }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Required), expected: &str) {
        let kept = kept(vec![required(change)]);
        let verdict = judge(&kept, |_| Ok(Answer::AlertRules(vec![loaded()])));
        assert_eq!(told(&verdict), expected);
        assert_eq!(verdict.cites, [0]);
    }

    #[test]
    fn what_is_loaded_as_required_passes() {
        let expected = "pass: 1 alert is loaded as the contract requires []";
        check(|_| {}, expected);
        check(
            |alert| {
                alert.hold = Some(Duration::from_secs(300));
                alert.expression =
                    Expression::parse(r#"latency_seconds{route="x", job="eval"} > 3e2"#).ok();
            },
            expected,
        );
    }

    #[test]
    fn what_is_not_as_required_fails() {
        check(
            |alert| alert.labels = map(&[("severity", "page"), ("team", "x")]),
            "fail: alert HighLatency is not as required: its label `severity` is `critical` and not `page` \
             [alert:HighLatency document:c.yaml]",
        );
        check(
            |alert| alert.labels = map(&[("team", "x")]),
            "fail: alert HighLatency is not as required: its label `team` is absent and not `x` \
             [alert:HighLatency document:c.yaml]",
        );
        check(
            |alert| alert.hold = Some(Duration::ZERO),
            "fail: alert HighLatency is not as required: its `for` is 5 m and not 0 ms \
             [alert:HighLatency document:c.yaml]",
        );
        check(
            |alert| alert.expression = Expression::parse("latency_seconds > 1").ok(),
            "fail: alert HighLatency is not as required: its expression is \
             `latency_seconds{job=\"eval\",route=\"x\"} > 300` and not `latency_seconds > 1` \
             [alert:HighLatency document:c.yaml]",
        );
    }

    #[test]
    fn an_alert_that_is_not_loaded_fails() {
        let kept = kept(vec![required(|_| {})]);
        let verdict = judge(&kept, |_| Ok(Answer::AlertRules(Vec::new())));
        assert_eq!(
            told(&verdict),
            "fail: alert HighLatency is required and not loaded by prometheus [alert:HighLatency document:c.yaml]"
        );
    }

    #[test]
    fn delivery_is_not_judged_and_never_a_pass() {
        check(
            |alert| alert.has_delivery = true,
            "inconclusive: blocked: alert HighLatency is loaded as required, but whether it reaches its receiver in \
             time is not judged []",
        );
    }

    #[test]
    fn a_loaded_expression_beyond_the_parser_is_inconclusive() {
        let alert = required(|alert| alert.expression = Expression::parse("x > 1").ok());
        let mut rule = loaded();
        rule.query = "future !! 1".into();
        let verdict = judge(&kept(vec![alert]), |_| {
            Ok(Answer::AlertRules(vec![rule.clone()]))
        });
        assert_eq!(
            told(&verdict),
            "inconclusive: blocked: the loaded expression of alert HighLatency is not understood []"
        );
    }

    #[test]
    fn one_failure_outranks_what_was_not_answered() {
        let other = required(|alert| alert.name = "Other".into());
        let kept = kept(vec![required(|_| {}), other]);
        for (rules, expected) in [
            (Vec::new(), Outcome::Fail),
            (vec![loaded()], Outcome::Inconclusive(unreachable())),
        ] {
            let verdict = judge(&kept, |ask| match ask {
                Ask::AlertRule { name, .. } if name == "Other" => {
                    Ok(Answer::AlertRules(rules.clone()))
                }
                _ => Err(unreachable()),
            });
            assert_eq!(verdict.outcome, expected);
        }
    }
}
