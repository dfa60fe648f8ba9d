//! Whether a rule is loaded as it is written. Pure.
//!
//! Prometheus reprints an expression when it loads it, so expressions are compared as trees. `keep_firing_for`, `limit`
//! and `query_offset` are not compared, since not every Prometheus tells them.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::rule::{Rule, seconds, without_empty};
use crate::duration;
use crate::evidence::LoadedRule;
use crate::promql::Expression;

/// One thing that is not loaded as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    /// What differs.
    pub(super) part: Part,
    written: String,
    loaded: String,
}

/// The parts of a rule that are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    Expression,
    For,
    Group,
    Interval,
    Label(String),
    Annotation(String),
}

impl Part {
    /// Whether it decides when, and as what, the alert fires.
    pub(super) fn decides(&self) -> bool {
        matches!(self, Part::Expression | Part::For | Part::Label(_))
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.part {
            Part::Expression => f.write_str("its expression")?,
            Part::For => f.write_str("its `for`")?,
            Part::Group => f.write_str("its group")?,
            Part::Interval => f.write_str("the interval of its group")?,
            Part::Label(name) => write!(f, "its label `{name}`")?,
            Part::Annotation(name) => write!(f, "its annotation `{name}`")?,
        }
        write!(f, " is {} and not {}", self.loaded, self.written)
    }
}

/// The loaded rule that differs least from the written one, the first of several, with the differences.
pub(super) fn closest<'a>(
    written: &Rule,
    loaded: &'a [LoadedRule],
) -> Option<(&'a LoadedRule, Vec<Difference>)> {
    loaded
        .iter()
        .map(|loaded| (loaded, differences(written, loaded)))
        .min_by_key(|(_, differences)| differences.len())
}

/// What differs, in the order of its weight.
fn differences(written: &Rule, loaded: &LoadedRule) -> Vec<Difference> {
    let mut found = Vec::new();
    if same_expression(written, &loaded.query) == Some(false) {
        let canonical = |text: &str| Expression::parse(text).map_or(text.into(), |e| e.to_string());
        let (written, loaded) = (canonical(&written.expr), canonical(&loaded.query));
        found.push(difference(
            Part::Expression,
            quoted(&written),
            quoted(&loaded),
        ));
    }
    found.extend(duration(Part::For, Some(written.hold), loaded.for_seconds));
    let loaded_labels = without_empty(&loaded.labels);
    found.extend(entries(&written.labels, &loaded_labels, Part::Label));
    if written.group != loaded.group {
        let (written, loaded) = (quoted(&written.group), quoted(&loaded.group));
        found.push(difference(Part::Group, written, loaded));
    }
    found.extend(duration(
        Part::Interval,
        written.interval,
        loaded.interval_seconds,
    ));
    let loaded_annotations = without_empty(&loaded.annotations);
    found.extend(entries(
        &written.annotations,
        &loaded_annotations,
        Part::Annotation,
    ));
    found
}

/// Whether both mean the same; none where an expression is beyond our parser and the texts differ.
pub(super) fn same_expression(written: &Rule, loaded: &str) -> Option<bool> {
    if written
        .expr
        .split_whitespace()
        .eq(loaded.split_whitespace())
    {
        return Some(true);
    }
    let written = written.expression.as_ref().ok()?;
    let loaded = Expression::parse(loaded).ok()?;
    // Printed, the matchers of a selector have one order.
    Some(written.to_string() == loaded.to_string())
}

fn difference(part: Part, written: String, loaded: String) -> Difference {
    Difference {
        part,
        written,
        loaded,
    }
}

fn duration(part: Part, written: Option<Duration>, loaded: f64) -> Option<Difference> {
    let (written, loaded) = (written?, seconds(loaded));
    (written.as_millis() != loaded.as_millis())
        .then(|| difference(part, duration::human(written), duration::human(loaded)))
}

fn entries(
    written: &BTreeMap<String, String>,
    loaded: &BTreeMap<String, String>,
    part: fn(String) -> Part,
) -> Vec<Difference> {
    let mut names: Vec<_> = written.keys().chain(loaded.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let tell = |value: Option<&String>| value.map_or("absent".into(), |value| quoted(value));
    names
        .into_iter()
        .filter(|name| written.get(*name) != loaded.get(*name))
        .map(|name| {
            let (written, loaded) = (tell(written.get(name)), tell(loaded.get(name)));
            difference(part(name.clone()), written, loaded)
        })
        .collect()
}

/// As it is shown in a sentence: on one line, and not longer than one reads.
fn quoted(text: &str) -> String {
    const LONGEST: usize = 160;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("`{}…`", &line[..end]),
        None => format!("`{line}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::samples::loaded;

    #[track_caller]
    fn check(change: impl FnOnce(&mut LoadedRule), expected: &[&str]) {
        let written = Rule::of_loaded(&loaded());
        let mut loaded = loaded();
        change(&mut loaded);
        let found = differences(&written, &loaded);
        let told: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn what_means_the_same_does_not_differ() {
        check(|_| {}, &[]);
        check(
            |rule| rule.query = "  latency_seconds{route=\"x\",\n job=\"eval\"}   > 300.0".into(),
            &[],
        );
        check(
            |rule| {
                rule.labels.insert("team".into(), String::new());
            },
            &[],
        );
    }

    #[test]
    fn each_part_is_told_as_written_and_as_loaded() {
        check(
            |rule| rule.query = r#"latency_seconds{job="eval",route="x"} > 400"#.into(),
            &[
                r#"its expression is `latency_seconds{job="eval",route="x"} > 400` and not `latency_seconds{job="eval",route="x"} > 300`"#,
            ],
        );
        check(
            |rule| rule.for_seconds = 60.0,
            &["its `for` is 1 m and not 5 m"],
        );
        check(
            |rule| {
                rule.labels.remove("severity");
            },
            &["its label `severity` is absent and not `critical`"],
        );
        check(
            |rule| {
                rule.annotations
                    .insert("summary".into(), "new\ntext".into());
            },
            &["its annotation `summary` is `new text` and not `evaluations are slow`"],
        );
        check(
            |rule| {
                rule.group = "other".into();
                rule.interval_seconds = 60.0;
            },
            &[
                "its group is `other` and not `eval`",
                "the interval of its group is 1 m and not 30 s",
            ],
        );
    }

    #[test]
    fn an_interval_that_is_not_written_is_not_compared() {
        let mut written = Rule::of_loaded(&loaded());
        written.interval = None;
        assert_eq!(differences(&written, &loaded()), []);
    }

    #[test]
    fn expressions_beyond_the_parser_are_unknown_unless_equal() {
        let mut written = Rule::of_loaded(&loaded());
        written.expr = "future_syntax !! 1".into();
        written.expression = Expression::parse(&written.expr);
        assert_eq!(same_expression(&written, "future_syntax  !! 1"), Some(true));
        assert_eq!(same_expression(&written, "future_syntax !! (1)"), None);
        assert_eq!(same_expression(&written, "x > 1"), None);
    }

    #[test]
    fn of_several_the_least_different_counts() {
        let written = Rule::of_loaded(&loaded());
        let mut warning = loaded();
        warning.labels.insert("severity".into(), "warning".into());
        let both = [warning, loaded()];
        let (found, differences) = closest(&written, &both).unwrap();
        assert_eq!(found.labels["severity"], "critical");
        assert_eq!(differences, []);
        assert!(closest(&written, &[]).is_none());
    }
}
