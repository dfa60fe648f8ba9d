//! Rule files of Prometheus and `PrometheusRule` resources, as they are written. Pure.
//!
//! Everything `rulefmt` of Prometheus knows is read; what it refuses is a finding here, too.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::lints;
use super::rule::{Rule, without_empty};
use crate::catalog::document::Document;
use crate::catalog::fields::{Fields, Spanned, text_of};
use crate::catalog::node::Node;
use crate::finding::Findings;
use crate::place::{SourceFile, Span};
use crate::promql::Expression;

/// The rules of one document.
#[derive(Debug)]
pub(super) struct RuleFile {
    /// The file it stands in.
    pub(super) file: Arc<SourceFile>,
    /// The Prometheus that has the rules, as the annotation `steadfast/source` of a resource names it.
    pub(super) source: Option<Spanned<String>>,
    /// Alerting and recording rules that can be judged, in the order of the document.
    pub(super) rules: Vec<Entry>,
}

/// One rule as it is written.
#[derive(Debug)]
pub(super) struct Entry {
    /// The file it stands in.
    pub(super) file: Arc<SourceFile>,
    /// Where the rule starts.
    pub(super) span: Span,
    /// The name of its group.
    pub(super) group: String,
    /// `interval` of its group.
    pub(super) interval: Option<Duration>,
    /// `record`.
    pub(super) record: Option<Spanned<String>>,
    /// `alert`.
    pub(super) alert: Option<Spanned<String>>,
    /// `expr`.
    pub(super) expr: Spanned<String>,
    /// `for`.
    pub(super) hold: Option<Spanned<Duration>>,
    /// `keep_firing_for`.
    pub(super) keep_firing: Option<Spanned<Duration>>,
    /// Labels, those of the group included.
    pub(super) labels: BTreeMap<String, String>,
    /// `annotations`.
    pub(super) annotations: BTreeMap<String, Spanned<String>>,
}

impl Entry {
    /// `alert` or `record`, with its place; the rule's start when it has neither.
    pub(super) fn name(&self) -> Spanned<String> {
        let name = self.alert.as_ref().or(self.record.as_ref());
        name.cloned().unwrap_or(Spanned {
            value: String::new(),
            span: Span::of(self.span.start, 1),
        })
    }

    /// What a finding about it is about: `GROUP/NAME`.
    pub(super) fn about(&self) -> String {
        format!("{}/{}", self.group, self.name().value)
    }

    /// The rule to judge, if it is an alerting one.
    pub(super) fn rule(&self) -> Option<Rule> {
        let annotations = self.annotations.iter();
        let annotations = annotations
            .map(|(key, text)| (key.clone(), text.value.clone()))
            .collect();
        Some(Rule {
            name: self.alert.as_ref()?.value.clone(),
            group: self.group.clone(),
            interval: self.interval,
            expr: self.expr.value.clone(),
            expression: Expression::parse(&self.expr.value),
            hold: self.hold.as_ref().map_or(Duration::ZERO, |hold| hold.value),
            keep_firing: self.keep_firing.as_ref().map(|keep| keep.value),
            labels: without_empty(&self.labels),
            annotations: without_empty(&annotations),
        })
    }
}

/// Whether the document is a rule file or a `PrometheusRule`.
pub(super) fn accepts(document: &Document) -> bool {
    let is_plain = document.top("apiVersion").is_none() && document.top("kind").is_none();
    is_resource(document) || is_plain && document.top_node("groups").is_some()
}

fn is_resource(document: &Document) -> bool {
    let version = document.top("apiVersion").unwrap_or_default();
    version.starts_with("monitoring.coreos.com/") && document.top("kind") == Some("PrometheusRule")
}

/// Reads the document, and says what can be said of each rule for itself.
pub(super) fn read(document: &Document, findings: &mut Findings) -> Option<RuleFile> {
    let file = &document.file;
    let mut top = Fields::of(file, document.yaml()?, "", findings)?;
    let mut source = None;
    let groups = if is_resource(document) {
        source = read_source(&mut top, findings);
        read_spec(&mut top, findings)
    } else {
        top.list("groups", findings)
    };
    top.finish(findings);
    let mut read = RuleFile {
        file: Arc::clone(file),
        source,
        rules: Vec::new(),
    };
    let mut names = BTreeSet::new();
    for (path, node) in groups {
        read_group(&mut read, &mut names, path, node, findings);
    }
    for entry in &read.rules {
        lints::of_entry(entry, findings);
    }
    Some(read)
}

/// Metadata of somebody else's resource may hold whatever Kubernetes puts there.
fn read_source(top: &mut Fields<'_>, findings: &mut Findings) -> Option<Spanned<String>> {
    for key in ["apiVersion", "kind", "status"] {
        top.node(key);
    }
    let mut metadata = top.map("metadata", findings)?;
    metadata
        .strings("annotations", findings)
        .remove("steadfast/source")
}

fn read_spec<'a>(top: &mut Fields<'a>, findings: &mut Findings) -> Vec<(String, &'a Node)> {
    if top.required("spec", findings).is_none() {
        return Vec::new();
    }
    let Some(mut spec) = top.map("spec", findings) else {
        return Vec::new();
    };
    let groups = spec.list("groups", findings);
    spec.finish(findings);
    groups
}

fn read_group(
    into: &mut RuleFile,
    names: &mut BTreeSet<String>,
    path: String,
    node: &Node,
    findings: &mut Findings,
) {
    let file = Arc::clone(&into.file);
    let Some(mut fields) = Fields::of(&file, node, path, findings) else {
        return;
    };
    let name = fields.required_text("name", findings);
    let interval = fields.duration("interval", findings);
    fields.duration("query_offset", findings);
    fields.number("limit", findings);
    fields.text("partial_response_strategy", findings);
    let labels = fields.strings("labels", findings);
    let rules = fields.list("rules", findings);
    fields.finish(findings);
    if let Some(name) = &name {
        lints::group::check(&file, name, names, findings);
    }
    let group = Group {
        name: name.map(|name| name.value).unwrap_or_default(),
        interval: interval.map(|interval| interval.value),
        labels: values(labels),
    };
    for (path, node) in rules {
        into.rules
            .extend(read_rule(&file, &group, path, node, findings));
    }
}

/// What a group says for all of its rules.
struct Group {
    name: String,
    interval: Option<Duration>,
    labels: BTreeMap<String, String>,
}

fn read_rule(
    file: &Arc<SourceFile>,
    group: &Group,
    path: String,
    node: &Node,
    findings: &mut Findings,
) -> Option<Entry> {
    let mut fields = Fields::of(file, node, path, findings)?;
    let named = |name: Option<Spanned<String>>| name.filter(|name| !name.value.trim().is_empty());
    let record = named(fields.text("record", findings));
    let alert = named(fields.text("alert", findings));
    let expr = fields.required("expr", findings);
    let expr = expr.and_then(|node| text_of(file, node, &fields.path("expr"), findings));
    let hold = fields.duration("for", findings);
    let keep_firing = fields.duration("keep_firing_for", findings);
    let mut labels = group.labels.clone();
    labels.extend(values(fields.strings("labels", findings)));
    let annotations = fields.strings("annotations", findings);
    let span = fields.span();
    fields.finish(findings);
    Some(Entry {
        file: Arc::clone(file),
        span,
        group: group.name.clone(),
        interval: group.interval,
        record,
        alert,
        expr: expr?,
        hold,
        keep_firing,
        labels,
        annotations,
    })
}

fn values(strings: BTreeMap<String, Spanned<String>>) -> BTreeMap<String, String> {
    strings
        .into_iter()
        .map(|(key, text)| (key, text.value))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::alert::samples::catalog;
    use crate::catalog::document::Body;
    use crate::catalog::node::parse;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let catalog = catalog(&[("a.yaml", text)]);
        let found: Vec<_> = catalog
            .findings
            .list
            .iter()
            .map(|finding| {
                let place = finding.file.place(finding.span);
                format!("{} {place} {}", finding.lint, finding.message)
            })
            .collect();
        assert_eq!(found, expected);
    }

    const WHOLE: &str = "\
groups:
- name: g
  interval: 30s
  limit: 10
  query_offset: 10s
  labels: {team: eval, severity: warning}
  rules:
  - record: job:up:sum
    expr: sum by (job) (up)
    labels: {a: b}
  - alert: A
    expr: job:up:sum > 1
    for: 5m
    keep_firing_for: 10m
    labels: {severity: info, empty: ''}
    annotations: {summary: s}
";

    #[test]
    fn everything_prometheus_knows_is_read() {
        check(WHOLE, &[]);
        let file = SourceFile::new("a.yaml", WHOLE);
        let node = parse(&file, Span::of(0, WHOLE.len())).unwrap();
        let body = Body::Yaml(node);
        let read = read(&Document { file, body }, &mut Findings::default()).unwrap();
        assert!(read.rules[0].rule().is_none());
        let rule = read.rules[1].rule().unwrap();
        assert_eq!((rule.name.as_str(), rule.group.as_str()), ("A", "g"));
        assert_eq!(rule.interval, Some(Duration::from_secs(30)));
        assert_eq!(rule.hold, Duration::from_secs(300));
        assert_eq!(rule.keep_firing, Some(Duration::from_secs(600)));
        let labels: Vec<_> = rule.labels.iter().collect();
        assert_eq!(
            format!("{labels:?}"),
            r#"[("severity", "info"), ("team", "eval")]"#
        );
        assert_eq!(rule.annotations["summary"], "s");
    }

    #[test]
    fn mistakes_come_together_with_their_places() {
        check(
            "\
groups:
- nmae: g
  rules:
  - alert: A
    exrp: up > 1
  - alert: B
    expr: up > 1
    for: 5 min
    labels: [x]
",
            &[
                "document:missing a.yaml:2:3 `groups[0].name` is missing",
                "document:unknown-key a.yaml:2:3 unknown key `nmae`",
                "document:missing a.yaml:4:5 `groups[0].rules[0].expr` is missing",
                "document:unknown-key a.yaml:5:5 unknown key `exrp`",
                "document:type a.yaml:8:10 `5 min` is not a duration; write it like `30s`, `5m` or `1h30m`",
                "document:type a.yaml:9:13 `groups[0].rules[1].labels` must be a map",
            ],
        );
    }

    #[test]
    fn resources_are_read_as_they_are() {
        let resource = |spec: &str| {
            format!(
                "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\n\
                 metadata: {{name: a, uid: x, annotations: {{a: b}}}}\n{spec}"
            )
        };
        let rules = "groups: [{name: g, rules: [{alert: A, expr: up > 1}]}]";
        check(&resource(&format!("spec: {{{rules}}}\n")), &[]);
        check(
            &resource("spec: {gruops: []}\n"),
            &["document:unknown-key a.yaml:4:8 unknown key `gruops`"],
        );
        check(
            &resource(""),
            &["document:missing a.yaml:1:1 `spec` is missing"],
        );
    }

    #[test]
    fn a_number_is_an_expression() {
        check("groups: [{name: g, rules: [{record: r, expr: 1}]}]", &[]);
    }
}
