//! `alert/NAME/quiet`: the rule does not fire. Pure.
//!
//! Only a rule that is loaded as written and evaluated in time can be called quiet; otherwise nothing is known. Where an
//! Alertmanager is configured, it must hold no alert of that name either: somebody else may be firing it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::answers;
use super::compare;
use super::rule::Rule;
use super::state::{self, State};
use crate::duration::human;
use crate::evidence::{Ask, Evidence, LoadedAlert, LoadedRule};
use crate::promise::{Check, Step};
use crate::subject::{Role, Subject};
use crate::verdict::{Reason, Verdict};

/// Judges whether one rule is quiet.
#[derive(Debug)]
pub(super) struct Quiet {
    rule: Rule,
    peer: String,
    alertmanager: Option<String>,
}

/// A rule may fire for thousands of series; so many culprits are named.
const MAX_CULPRITS: usize = 12;

impl Quiet {
    /// The check of `rule` in the Prometheus `peer`, and in the Alertmanager where there is one.
    pub(super) fn new(rule: Rule, peer: String, alertmanager: Option<String>) -> Self {
        Self {
            rule,
            peer,
            alertmanager,
        }
    }

    fn asks(&self) -> Vec<Ask> {
        std::iter::once(self.ask()).chain(self.ask_held()).collect()
    }

    fn ask_held(&self) -> Option<Ask> {
        let peer = self.alertmanager.clone()?;
        Some(Ask::HeldAlerts {
            peer,
            name: self.rule.name.clone(),
        })
    }

    fn ask(&self) -> Ask {
        Ask::AlertRule {
            peer: self.peer.clone(),
            name: self.rule.name.clone(),
        }
    }

    fn judge(&self, seen: &Evidence) -> Verdict {
        let (rules, at) = match answers::rules(seen, &self.ask()) {
            Ok(answer) => answer,
            Err(reason) => return Verdict::inconclusive(reason),
        };
        let Some((loaded, differences)) = compare::closest(&self.rule, rules) else {
            return self.blocked(format!("is not loaded by {}", self.peer));
        };
        if let Some(verdict) = self.unknown(loaded, at) {
            return verdict;
        }
        let firing = firing(loaded);
        if let Some(first) = firing.first() {
            return self.fires(first, &firing, loaded);
        }
        if let Some(found) = differences.into_iter().find(|found| found.part.decides()) {
            return self.blocked(format!("is not loaded as written: {found}"));
        }
        match self.held(seen) {
            Err(reason) => Verdict::inconclusive(reason),
            Ok(Some(held)) => self.blocked(held),
            Ok(None) => self.silent(loaded),
        }
    }

    /// What an Alertmanager knows of the alert although the rule does not fire.
    fn held(&self, seen: &Evidence) -> Result<Option<String>, Reason> {
        let Some(ask) = self.ask_held() else {
            return Ok(None);
        };
        let held = answers::held(seen, &ask)?;
        let peer = ask.peer().unwrap_or_default();
        Ok((!held.is_empty()).then(|| {
            let held = match held.len() {
                1 => "one alert".to_owned(),
                n => format!("{n} alerts"),
            };
            format!(
                "does not fire in {}, but {peer} holds {held} of that name",
                self.peer
            )
        }))
    }

    /// Why the state of the rule is not known, if so.
    fn unknown(&self, loaded: &LoadedRule, at: Timestamp) -> Option<Verdict> {
        match state::of(loaded, at) {
            State::Fine(_) | State::Slow(_) => None,
            State::Never => Some(self.blocked("has not been evaluated yet".into())),
            State::Ahead(by) => {
                Some(self.blocked(format!("was evaluated {} ahead of our clock", human(by))))
            }
            State::Broken(error) => Some(self.blocked(format!("cannot be evaluated: {error}"))),
            State::Late(age) => Some(Verdict::inconclusive(Reason::Stale {
                what: format!("the last evaluation of alert {}", self.rule.name),
                age_seconds: age.as_secs(),
            })),
        }
    }

    fn fires(&self, first: &LoadedAlert, firing: &[&LoadedAlert], loaded: &LoadedRule) -> Verdict {
        let since = first
            .active_at
            .map_or(String::new(), |at| format!(" since {at:.0}"));
        let text = match text_of(first) {
            Some(text) => format!(": {text}"),
            None => String::new(),
        };
        let others = match firing.len() - 1 {
            0 => String::new(),
            n => format!(" (and {n} more)"),
        };
        let says = format!("alert {} fires{since}{text}{others}", self.rule.name);
        let alert = Subject::new(Role::Alert, &self.rule.name);
        let culprits = std::iter::once(alert).chain(culprits(firing, &loaded.labels));
        Verdict::fail(says).blame(culprits.take(MAX_CULPRITS))
    }

    fn silent(&self, loaded: &LoadedRule) -> Verdict {
        let pending = match loaded.alerts.len() {
            0 => String::new(),
            1 => ", but 1 is pending".into(),
            n => format!(", but {n} are pending"),
        };
        Verdict::pass(format!("alert {} does not fire{pending}", self.rule.name))
    }

    fn blocked(&self, why: String) -> Verdict {
        let what = format!("alert {} {why}", self.rule.name);
        let alert = Subject::new(Role::Alert, &self.rule.name);
        Verdict::inconclusive(Reason::Blocked { what }).blame([alert])
    }
}

impl Check for Quiet {
    fn step(&self, seen: &Evidence, _now: Timestamp) -> Step {
        answers::ask_then_judge(seen, self.asks(), || self.judge(seen))
    }
}

/// The firing alerts, those that are active for longest first.
fn firing(loaded: &LoadedRule) -> Vec<&LoadedAlert> {
    let alerts = loaded.alerts.iter();
    let mut firing: Vec<_> = alerts.filter(|alert| alert.state == "firing").collect();
    firing.sort_by_key(|alert| alert.active_at.unwrap_or(Timestamp::MAX));
    firing
}

/// What the alert says to people, on one line.
fn text_of(alert: &LoadedAlert) -> Option<String> {
    ["summary", "description", "message"]
        .into_iter()
        .filter_map(|name| alert.annotations.get(name))
        .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
        .find(|text| !text.is_empty())
}

/// What the labels of the alerts name, services first. Labels that every alert of the rule has tell nothing, unless they
/// name a part of the system.
fn culprits(firing: &[&LoadedAlert], of_rule: &BTreeMap<String, String>) -> Vec<Subject> {
    let labels: BTreeSet<_> = firing.iter().flat_map(|alert| &alert.labels).collect();
    let mut ranked: Vec<_> = labels
        .into_iter()
        .filter(|(name, value)| *name != "alertname" && !value.is_empty())
        .map(|(name, value)| (role(name), name, value))
        .filter(|(role, name, value)| {
            *role != Role::Label || of_rule.get(*name).is_none_or(|fixed| fixed != *value)
        })
        .map(|(role, name, value)| match role {
            Role::Label => Subject::new(role, format!("{name}={value}")),
            role => Subject::new(role, value),
        })
        .collect();
    ranked.sort();
    ranked.dedup();
    ranked
}

/// The role that a label's value plays. The roles are declared in the order in which culprits are told.
fn role(label: &str) -> Role {
    match label {
        "service" | "job" => Role::Service,
        "instance" => Role::Instance,
        "route" | "handler" | "path" => Role::Route,
        _ => Role::Label,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::samples::{active, ago, judge, loaded, told, unreachable};
    use crate::evidence::{Answer, HeldAlert};

    #[track_caller]
    fn check(change: impl FnOnce(&mut LoadedRule), expected: &str) {
        let quiet = Quiet::new(Rule::of_loaded(&loaded()), "prometheus".into(), None);
        let mut rule = loaded();
        change(&mut rule);
        let mut answer = Some(Ok(Answer::AlertRules(vec![rule])));
        let verdict = judge(&quiet, |_| answer.take().expect("one question"));
        assert_eq!(told(&verdict), expected);
        assert_eq!(verdict.cites, [0]);
    }

    #[test]
    fn a_rule_without_firing_alerts_is_quiet() {
        check(|_| {}, "pass: alert HighLatency does not fire []");
        check(
            |rule| rule.alerts = vec![active("pending", &[])],
            "pass: alert HighLatency does not fire, but 1 is pending []",
        );
    }

    #[test]
    fn a_firing_alert_names_what_its_labels_name() {
        check(
            |rule| {
                let labels = [
                    ("alertname", "HighLatency"),
                    ("agent_type", "ddpg"),
                    ("instance", "10.0.0.1:8099"),
                    ("job", "eval"),
                    ("severity", "critical"),
                ];
                rule.alerts = vec![active("firing", &labels)];
            },
            "fail: alert HighLatency fires since 2026-01-01T11:50:00Z: p95 of eval is 400 s \
             [alert:HighLatency service:eval instance:10.0.0.1:8099 label:agent_type=ddpg]",
        );
    }

    #[test]
    fn of_several_the_longest_speaks_and_all_are_blamed() {
        check(
            |rule| {
                let mut first = active("firing", &[("service", "orch"), ("job", "x")]);
                first.active_at = Some(ago(3600));
                first.annotations.clear();
                let second = active("firing", &[("service", "eval"), ("job", "x")]);
                rule.alerts = vec![second, first, active("pending", &[("service", "new")])];
            },
            "fail: alert HighLatency fires since 2026-01-01T11:00:00Z (and 1 more) \
             [alert:HighLatency service:eval service:orch service:x]",
        );
    }

    #[test]
    fn so_many_alerts_do_not_blame_everything() {
        let instances: Vec<_> = (0..100).map(|n| n.to_string()).collect();
        let alerts: Vec<_> = instances
            .iter()
            .map(|instance| active("firing", &[("instance", instance)]))
            .collect();
        let alerts: Vec<_> = alerts.iter().collect();
        let quiet = Quiet::new(Rule::of_loaded(&loaded()), "prometheus".into(), None);
        let verdict = quiet.fires(alerts[0], &alerts, &loaded());
        assert_eq!(verdict.culprits.len(), MAX_CULPRITS);
    }

    #[test]
    fn silence_of_a_rule_that_does_not_work_is_inconclusive() {
        check(
            |rule| rule.health = "unknown".into(),
            "inconclusive: blocked: alert HighLatency has not been evaluated yet [alert:HighLatency]",
        );
        check(
            |rule| {
                rule.health = "err".into();
                rule.last_error = "many-to-many".into();
            },
            "inconclusive: blocked: alert HighLatency cannot be evaluated: many-to-many [alert:HighLatency]",
        );
        check(
            |rule| {
                rule.last_evaluation = Some(ago(240));
                rule.alerts = vec![active("firing", &[])];
            },
            "inconclusive: stale: the last evaluation of alert HighLatency is 240 s old []",
        );
        check(
            |rule| rule.query = "latency_seconds > 900".into(),
            "inconclusive: blocked: alert HighLatency is not loaded as written: its expression is \
             `latency_seconds > 900` and not `latency_seconds{job=\"eval\",route=\"x\"} > 300` [alert:HighLatency]",
        );
    }

    #[test]
    fn a_changed_rule_that_fires_still_fails() {
        check(
            |rule| {
                rule.query = "latency_seconds > 900".into();
                rule.alerts = vec![active("firing", &[])];
            },
            "fail: alert HighLatency fires since 2026-01-01T11:50:00Z: p95 of eval is 400 s [alert:HighLatency]",
        );
    }

    #[test]
    fn what_is_not_loaded_or_not_answered_is_inconclusive() {
        let quiet = Quiet::new(Rule::of_loaded(&loaded()), "prometheus".into(), None);
        let verdict = judge(&quiet, |_| Ok(Answer::AlertRules(Vec::new())));
        assert_eq!(
            told(&verdict),
            "inconclusive: blocked: alert HighLatency is not loaded by prometheus [alert:HighLatency]"
        );
        let verdict = judge(&quiet, |_| Err(unreachable()));
        assert_eq!(
            told(&verdict),
            "inconclusive: prometheus unreachable: connection refused [peer:prometheus]"
        );
    }

    #[test]
    fn an_alert_that_alertmanager_holds_or_does_not_tell_of_is_no_quiet() {
        let holder = Some("alertmanager".to_owned());
        let quiet = Quiet::new(Rule::of_loaded(&loaded()), "prometheus".into(), holder);
        let held = HeldAlert {
            labels: BTreeMap::new(),
            state: "active".into(),
            receivers: vec!["pager".into()],
            muted_by: Vec::new(),
            starts_at: None,
        };
        for (told, expected) in [
            (Ok(Answer::HeldAlerts(Vec::new())), "pass"),
            (Ok(Answer::HeldAlerts(vec![held])), "blocked"),
            (Err(unreachable()), "unreachable"),
        ] {
            let verdict = judge(&quiet, |ask| match ask {
                Ask::AlertRule { .. } => Ok(Answer::AlertRules(vec![loaded()])),
                _ => told.clone(),
            });
            let reason = verdict.outcome.reason().map(Reason::code);
            assert_eq!(
                reason.unwrap_or(verdict.outcome.name()),
                expected,
                "{}",
                verdict.says
            );
        }
    }
}
