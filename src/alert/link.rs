//! From the rules of a document to its promises: ids, headers and what other documents give them. Pure.

use std::sync::Arc;

use super::lints;
use super::metrics::Recording;
use super::quiet::Quiet;
use super::rule::Rule;
use super::rule_file::{Entry, RuleFile};
use super::sound::Sound;
use crate::catalog::fields::Spanned;
use crate::catalog::library::{Draft, Library};
use crate::catalog::lints::REFERENCE;
use crate::config::PeerKind;
use crate::finding::{Finding, Findings};
use crate::place::{SourceFile, Span};
use crate::promise::{Header, Promise, PromiseId};
use crate::promql::Expression;
use crate::runbook::Runbook;

/// The rules of a document, before they are linked.
pub(super) struct Rules {
    document: RuleFile,
    alerts: Vec<Arc<Alert>>,
}

/// An alerting rule, declared under the name that its promises get.
struct Alert {
    rule: Rule,
    span: Span,
}

impl Alert {
    /// The names its promises may get, best first.
    fn names(&self) -> impl Iterator<Item = Name> + '_ {
        suffixes(&self.rule.group).map(|suffix| Name {
            alert: self.rule.name.clone(),
            suffix,
        })
    }
}

/// What is appended to the ids of rules that share a name, for the first, the second and so on. Never ends.
pub(super) fn suffixes(group: &str) -> impl Iterator<Item = String> + '_ {
    let numbered = (2..).map(move |n: u32| format!("/{group}/{n}"));
    [String::new(), format!("/{group}")]
        .into_iter()
        .chain(numbered)
}

/// What tells the promises of a rule from those of other rules.
struct Name {
    alert: String,
    suffix: String,
}

impl Name {
    /// The key in the library. An alert's name may hold a `/`, so the parts are kept apart by what no name holds.
    fn key(&self) -> String {
        format!("{}\0{}", self.alert, self.suffix)
    }

    fn id(&self, promised: &str) -> PromiseId {
        PromiseId::new(format!("alert/{}/{promised}{}", self.alert, self.suffix))
    }
}

impl Rules {
    /// The rules that were read.
    pub(super) fn new(document: RuleFile) -> Self {
        let alerts = document
            .rules
            .iter()
            .filter_map(|entry| {
                Some(Arc::new(Alert {
                    rule: entry.rule()?,
                    span: entry.name().span,
                }))
            })
            .collect();
        Self { document, alerts }
    }

    fn promises(&self, alert: &Arc<Alert>, peer: &str, library: &Library<'_>) -> [Promise; 2] {
        let name = name_of(alert, library);
        let header = |promised: &str, title: String, evaluations: u32| Header {
            id: name.id(promised),
            title,
            file: Arc::clone(&self.document.file),
            span: alert.span,
            labels: alert.rule.labels.clone(),
            service: alert.rule.service(),
            interval: None,
            fail_after: evaluations,
            pass_after: evaluations,
            runbook: page_of(&alert.rule.name, library),
        };
        let path = self.document.file.path.display().to_string();
        let sound = Sound::new(alert.rule.clone(), peer.to_owned(), Some(path))
            .with_metrics(|metrics| metrics.recorded_in(library));
        let quiet = Quiet::new(alert.rule.clone(), peer.to_owned());
        [
            Promise {
                header: header("sound", sound_title(&alert.rule), 2),
                check: Box::new(sound),
            },
            Promise {
                header: header("quiet", alert.rule.title().to_owned(), 1),
                check: Box::new(quiet),
            },
        ]
    }
}

impl Draft for Rules {
    fn declare(&self, library: &mut Library<'_>) {
        for alert in &self.alerts {
            let free = alert
                .names()
                .find(|name| library.get::<Alert>(&name.key()).is_none());
            if let Some(name) = free {
                library.declare(name.key(), Arc::clone(alert));
            }
        }
        for (name, needs) in self.document.rules.iter().filter_map(recorded) {
            library.declare(name, Arc::new(Recording { needs }));
        }
    }

    fn link(self: Box<Self>, library: &Library<'_>, findings: &mut Findings) -> Vec<Promise> {
        for entry in &self.document.rules {
            lints::runbook::check(entry, library, findings);
        }
        let source = self.document.source.as_ref();
        let peer = prometheus(library, source, &self.document.file, findings);
        self.alerts
            .iter()
            .flat_map(|alert| self.promises(alert, &peer, library))
            .collect()
    }
}

/// One line for people about the rule as such.
pub(super) fn sound_title(rule: &Rule) -> String {
    format!("alert {} works", rule.name)
}

fn recorded(entry: &Entry) -> Option<(String, crate::promql::Needs)> {
    let parsed = Expression::parse(&entry.expr.value).ok()?;
    Some((entry.record.as_ref()?.value.clone(), parsed.needs()))
}

/// The name under which the rule was declared.
fn name_of(alert: &Arc<Alert>, library: &Library<'_>) -> Name {
    alert
        .names()
        .find(|name| {
            library
                .get::<Alert>(&name.key())
                .is_none_or(|declared| Arc::ptr_eq(&declared, alert))
        })
        .expect("the names never end")
}

fn page_of(alert: &str, library: &Library<'_>) -> Option<Arc<SourceFile>> {
    let runbook = library.get::<Runbook>(alert)?;
    Some(Arc::clone(&runbook.file))
}

/// The name of the Prometheus that `source` says, or of the one that is used without saying.
pub(crate) fn prometheus(
    library: &Library<'_>,
    source: Option<&Spanned<String>>,
    file: &Arc<SourceFile>,
    findings: &mut Findings,
) -> String {
    let named = source.map(|source| source.value.as_str());
    if let Some(peer) = library.config.peer(PeerKind::Prometheus, named) {
        return peer.name.clone();
    }
    let Some(source) = source else {
        return PeerKind::Prometheus.name().to_owned();
    };
    let message = format!("no Prometheus is called `{}`", source.value);
    findings.push(
        Finding::new(&REFERENCE, file, source.span, message)
            .help("name one of `peers.prometheus` in steadfast.yaml")
            .about("steadfast/source"),
    );
    source.value.clone()
}

#[cfg(test)]
mod tests {
    use crate::alert::samples::catalog;
    use crate::catalog::Catalog;

    fn ids(catalog: &Catalog) -> Vec<&str> {
        let promises = catalog.promises.iter();
        promises.map(|promise| promise.header.id.as_str()).collect()
    }

    #[test]
    fn rules_that_share_a_name_get_ids_of_their_own() {
        let rule = "{alert: A, expr: up > 1}";
        let one = format!("groups:\n- {{name: g, rules: [{rule}, {rule}, {rule}]}}\n");
        let two = format!("groups:\n- {{name: h, rules: [{rule}]}}\n");
        let catalog = catalog(&[("1.yaml", &one), ("2.yaml", &two)]);
        assert_eq!(
            ids(&catalog),
            [
                "alert/A/quiet",
                "alert/A/quiet/g",
                "alert/A/quiet/g/2",
                "alert/A/quiet/h",
                "alert/A/sound",
                "alert/A/sound/g",
                "alert/A/sound/g/2",
                "alert/A/sound/h",
            ]
        );
        assert!(catalog.findings.list.is_empty());
        let second = &catalog.promises[1].header;
        assert_eq!(second.place().to_string(), "1.yaml:2:55");
    }

    #[test]
    fn the_header_has_what_rule_group_and_runbook_say() {
        let rules = "\
groups:
- name: g
  labels: {job: eval}
  rules:
  - alert: A
    expr: up > 1
    labels: {severity: info}
    annotations: {summary: evaluations are slow}
";
        let catalog = catalog(&[("a.yaml", rules), ("A.md", "# A\ntext\n")]);
        assert_eq!(
            ids(&catalog),
            ["alert/A/quiet", "alert/A/sound", "runbook/A"]
        );
        for (promise, title, evaluations) in [
            (&catalog.promises[0], "evaluations are slow", 1),
            (&catalog.promises[1], "alert A works", 2),
        ] {
            let header = &promise.header;
            assert_eq!(header.title, title);
            assert_eq!(header.fail_after, evaluations);
            assert_eq!(header.pass_after, evaluations);
            assert_eq!(header.service, "eval");
            assert_eq!(header.labels["severity"], "info");
            let runbook = header.runbook.as_ref().expect("a runbook");
            assert_eq!(runbook.path.to_string_lossy(), "A.md");
        }
    }

    #[test]
    fn a_source_that_is_not_configured_is_told() {
        let text = "\
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: a, annotations: {steadfast/source: eu}}
spec: {groups: [{name: g, rules: [{alert: A, expr: up > 1}]}]}
";
        let catalog = catalog(&[("a.yaml", text)]);
        let messages: Vec<_> = catalog
            .findings
            .list
            .iter()
            .map(|finding| finding.message.as_str())
            .collect();
        assert_eq!(messages, ["no Prometheus is called `eu`"]);
    }
}
