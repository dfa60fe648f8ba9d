//! An alerting rule in the form that is judged: from a document, or from a Prometheus that has it loaded. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::evidence::LoadedRule;
use crate::promql::{Expression, SyntaxError};

/// An alerting rule, complete: what its group says is merged in.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    /// `alert`.
    pub(super) name: String,
    /// The name of its group.
    pub(super) group: String,
    /// The group's `interval`, where it is given.
    pub(super) interval: Option<Duration>,
    /// `expr` as it is written.
    pub(super) expr: String,
    /// `expr` parsed.
    pub(super) expression: Result<Expression, SyntaxError>,
    /// `for`.
    pub(super) hold: Duration,
    /// `keep_firing_for`; none where it is unknown, since Prometheus does not always tell it.
    pub(super) keep_firing: Option<Duration>,
    /// Labels of the group and the rule; the rule's count where both have one. Without empty ones.
    pub(super) labels: BTreeMap<String, String>,
    /// Annotations, not expanded. Without empty ones.
    pub(super) annotations: BTreeMap<String, String>,
}

impl Rule {
    /// The rule that a Prometheus has loaded.
    pub(super) fn of_loaded(loaded: &LoadedRule) -> Self {
        Self {
            name: loaded.name.clone(),
            group: loaded.group.clone(),
            interval: Some(seconds(loaded.interval_seconds)),
            expr: loaded.query.clone(),
            expression: Expression::parse(&loaded.query),
            hold: seconds(loaded.for_seconds),
            keep_firing: None,
            labels: without_empty(&loaded.labels),
            annotations: without_empty(&loaded.annotations),
        }
    }

    /// The service it is about, as far as its labels say so: the first of `service`, `job`, `app` and `component` that is
    /// no template. Empty when unknown.
    pub(super) fn service(&self) -> String {
        ["service", "job", "app", "component"]
            .into_iter()
            .filter_map(|label| self.labels.get(label))
            .find(|value| !is_template(value))
            .cloned()
            .unwrap_or_default()
    }

    /// The annotation `summary`, unless it is a template, otherwise the name.
    pub(super) fn title(&self) -> &str {
        match self.annotations.get("summary") {
            Some(summary) if !is_template(summary) => summary.trim(),
            _ => &self.name,
        }
    }
}

/// The entries that say something: Prometheus takes an empty label for none.
pub(super) fn without_empty(entries: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    entries
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// Seconds as a peer tells them; what is no duration counts as none.
pub(super) fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

/// Whether Prometheus expands it, so that its text is not known here.
pub(super) fn is_template(text: &str) -> bool {
    text.contains("{{")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::samples::loaded;

    #[test]
    fn the_service_is_the_first_label_that_tells() {
        for (labels, expected) in [
            (&[("job", "eval"), ("service", "orch")][..], "orch"),
            (&[("service", "{{ $labels.x }}"), ("job", "eval")], "eval"),
            (&[("severity", "critical")], ""),
        ] {
            let mut rule = Rule::of_loaded(&loaded());
            rule.labels = labels
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect();
            assert_eq!(rule.service(), expected);
        }
    }

    #[test]
    fn a_template_is_no_title() {
        let mut rule = Rule::of_loaded(&loaded());
        rule.annotations.clear();
        assert_eq!(rule.title(), "HighLatency");
        for (summary, expected) in [("slow ", "slow"), ("{{ $value }} is slow", "HighLatency")] {
            rule.annotations.insert("summary".into(), summary.into());
            assert_eq!(rule.title(), expected);
        }
    }

    #[test]
    fn odd_seconds_are_no_duration() {
        for value in [f64::NAN, -1.0, f64::INFINITY] {
            assert_eq!(seconds(value), Duration::ZERO);
        }
        assert_eq!(seconds(1.5), Duration::from_millis(1500));
    }
}
