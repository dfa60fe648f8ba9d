//! `/api/v1/rules`: alerting rules as loaded, from Prometheus 2.42 to 3.13 and lookalikes. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use crate::evidence::{LoadedAlert, LoadedRule};

/// `data` of the answer.
#[derive(Debug, Deserialize)]
pub(super) struct Rules {
    #[serde(default)]
    groups: Option<Vec<Group>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    #[serde(default)]
    name: String,
    #[serde(default)]
    file: String,
    #[serde(default)]
    interval: f64,
    #[serde(default)]
    rules: Option<Vec<Rule>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    #[serde(rename = "type", default)]
    kind: String,
    name: String,
    query: String,
    #[serde(default)]
    duration: f64,
    #[serde(default)]
    labels: Option<BTreeMap<String, String>>,
    #[serde(default)]
    annotations: Option<BTreeMap<String, String>>,
    #[serde(default)]
    health: String,
    #[serde(default)]
    last_error: Option<String>,
    #[serde(default)]
    last_evaluation: Option<String>,
    #[serde(default)]
    evaluation_time: f64,
    #[serde(default)]
    alerts: Option<Vec<Alert>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Alert {
    #[serde(default)]
    labels: Option<BTreeMap<String, String>>,
    #[serde(default)]
    annotations: Option<BTreeMap<String, String>>,
    #[serde(default)]
    state: String,
    #[serde(default)]
    active_at: Option<String>,
    #[serde(default)]
    value: String,
}

impl Rules {
    /// The alerting rules in the order of the answer.
    pub(super) fn alerting(self) -> Vec<LoadedRule> {
        let groups = self.groups.unwrap_or_default();
        groups.into_iter().flat_map(Group::alerting).collect()
    }
}

impl Group {
    fn alerting(self) -> Vec<LoadedRule> {
        let (group, file, interval_seconds) = (self.name, self.file, self.interval);
        let rules = self.rules.unwrap_or_default().into_iter();
        rules
            .filter(|rule| rule.kind == "alerting")
            .map(|rule| LoadedRule {
                group: group.clone(),
                file: file.clone(),
                interval_seconds,
                name: rule.name,
                query: rule.query,
                for_seconds: rule.duration,
                labels: rule.labels.unwrap_or_default(),
                annotations: rule.annotations.unwrap_or_default(),
                health: rule.health,
                last_error: rule.last_error.unwrap_or_default(),
                last_evaluation: time(rule.last_evaluation.as_deref()),
                evaluation_seconds: rule.evaluation_time,
                alerts: alerts(rule.alerts),
            })
            .collect()
    }
}

fn alerts(alerts: Option<Vec<Alert>>) -> Vec<LoadedAlert> {
    let alerts = alerts.unwrap_or_default().into_iter();
    alerts
        .map(|alert| LoadedAlert {
            labels: alert.labels.unwrap_or_default(),
            annotations: alert.annotations.unwrap_or_default(),
            state: alert.state,
            active_at: time(alert.active_at.as_deref()),
            value: alert.value,
        })
        .collect()
}

/// A time, or none for Go's zero time.
fn time(text: Option<&str>) -> Option<Timestamp> {
    let time: Timestamp = text?.parse().ok()?;
    (time.as_second() > 0).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shortened answers of Prometheus 2.42.0 (without `keepFiringFor`) and 3.x.
    const OLD: &str = r#"{"groups":[{"name":"g","file":"/r.yml","rules":[
        {"state":"inactive","name":"Down","query":"up == 0","duration":120,"labels":{"severity":"page"},"annotations":{},
         "alerts":[],"health":"unknown","evaluationTime":0,"lastEvaluation":"0001-01-01T00:00:00Z","type":"alerting"}],
        "interval":60,"limit":0,"evaluationTime":0,"lastEvaluation":"0001-01-01T00:00:00Z"}]}"#;
    const NEW: &str = r#"{"groups":[{"name":"g","file":"/r.yml","rules":[
        {"name":"r","query":"x","health":"ok","type":"recording"},
        {"state":"firing","name":"Down","query":"up == 0","duration":0.5,"keepFiringFor":60,"labels":{},"annotations":{},
         "alerts":[{"labels":{"job":"a"},"annotations":{},"state":"firing","activeAt":"2026-01-01T00:00:00.25Z","value":"0e+00"}],
         "health":"err","lastError":"boom","evaluationTime":0.002,"lastEvaluation":"2026-01-01T02:00:00.5+02:00","type":"alerting"}],
        "interval":1.5}],"groupNextToken":""}"#;

    fn read(text: &str) -> LoadedRule {
        let rules: Rules = serde_json::from_str(text).unwrap();
        let mut rules = rules.alerting();
        assert_eq!(rules.len(), 1);
        rules.remove(0)
    }

    #[test]
    fn a_rule_that_was_never_evaluated_says_so() {
        let rule = read(OLD);
        assert_eq!((rule.for_seconds, rule.interval_seconds), (120.0, 60.0));
        assert_eq!(rule.last_evaluation, None);
        assert_eq!(rule.labels["severity"], "page");
    }

    #[test]
    fn newer_servers_say_more() {
        let rule = read(NEW);
        assert_eq!(
            (rule.health.as_str(), rule.last_error.as_str()),
            ("err", "boom")
        );
        let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        assert_eq!(rule.last_evaluation, at("2026-01-01T00:00:00.5Z"));
        assert_eq!(rule.alerts[0].active_at, at("2026-01-01T00:00:00.25Z"));
    }

    #[test]
    fn no_rules_are_no_error() {
        for text in [r#"{"groups":null}"#, r#"{"groups":[]}"#, "{}"] {
            let rules: Rules = serde_json::from_str(text).unwrap();
            assert_eq!(rules.alerting(), []);
        }
    }
}
