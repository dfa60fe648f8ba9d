//! `AlertContract`: which alerts must be loaded, how they are labelled, whom they reach and how soon. Pure.

mod check;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::link::prometheus;
use super::lints;
use super::rule::without_empty;
use crate::catalog::document::{Document, Metadata};
use crate::catalog::fields::{Fields, Spanned};
use crate::catalog::library::{Draft, Library};
use crate::catalog::lints::{MISSING, TYPE};
use crate::catalog::node::{Node, Value};
use crate::finding::{Finding, Findings};
use crate::place::{SourceFile, Span};
use crate::promise::Promise;
use crate::promql::Expression;
use check::{Kept, Required};

/// The `kind` of `apiVersion: steadfast/v1`.
pub(super) const KIND: &str = "AlertContract";

/// A contract as it is written.
pub(super) struct Contract {
    file: Arc<SourceFile>,
    metadata: Metadata,
    alerts: Vec<Required>,
}

/// Reads a contract. One that is not understood as a whole promises nothing, lest half of it passes for all.
pub(super) fn read(document: &Document, findings: &mut Findings) -> Option<Contract> {
    let n_before = findings.list.len();
    let (metadata, mut top) = document.read_metadata(findings)?;
    top.required("spec", findings);
    let spec = top.map("spec", findings);
    top.finish(findings);
    let mut spec = spec?;
    let node = spec.required("alerts", findings)?;
    let written = spec.list("alerts", findings);
    if node.value == Value::List(Vec::new()) {
        findings.push(no_alerts(document, node));
    }
    spec.finish(findings);
    let alerts: Vec<_> = written
        .into_iter()
        .filter_map(|(path, node)| read_alert(&document.file, path, node, findings))
        .collect();
    (findings.list.len() == n_before).then(|| Contract {
        file: Arc::clone(&document.file),
        metadata,
        alerts,
    })
}

/// A contract that requires nothing would always be kept.
fn no_alerts(document: &Document, node: &Node) -> Finding {
    let message = "`spec.alerts` is empty, so nothing is required";
    let span = Span::of(node.span.start, 1);
    Finding::new(&MISSING, &document.file, span, message)
        .help("add an alert, such as `- name: HighErrorRate`")
        .about("spec.alerts")
}

fn read_alert(
    file: &Arc<SourceFile>,
    path: String,
    node: &Node,
    findings: &mut Findings,
) -> Option<Required> {
    let mut fields = Fields::of(file, node, path, findings)?;
    let name = fields.required_text("name", findings);
    let labels = fields.strings("labels", findings);
    let receiver = fields.text("receiver", findings);
    let within = fields.duration("within", findings);
    let hold = fields.duration("for", findings);
    let expr = fields.text("expr", findings);
    let about = fields.path("expr");
    if let Some(within) = within.as_ref().filter(|within| within.value.is_zero()) {
        let finding = Finding::new(&TYPE, file, within.span, "`within` must be longer than 0 s");
        findings.push(
            finding
                .help("write it like `5m`")
                .about(fields.path("within")),
        );
    }
    fields.finish(findings);
    if let Some(expr) = &expr {
        lints::promql::check(file, expr, &about, findings);
    }
    Some(Required {
        name: name?.value,
        labels: without_empty(&values(labels)),
        hold: hold.map(|hold| hold.value),
        expression: expr.and_then(|expr| Expression::parse(&expr.value).ok()),
        has_delivery: receiver.is_some() || within.is_some(),
    })
}

fn values(strings: BTreeMap<String, Spanned<String>>) -> BTreeMap<String, String> {
    strings
        .into_iter()
        .map(|(key, text)| (key, text.value))
        .collect()
}

impl Draft for Contract {
    fn link(self: Box<Self>, library: &Library<'_>, findings: &mut Findings) -> Vec<Promise> {
        let source = self.metadata.annotation("source");
        let peer = prometheus(library, source, &self.file, findings);
        let id = format!("alert/contract/{}", self.metadata.name.value);
        let header = self.metadata.header(&self.file, id, (2, 2), findings);
        let check = Kept {
            peer,
            document: self.file.path.display().to_string(),
            alerts: self.alerts,
        };
        vec![Promise {
            header,
            check: Box::new(check),
        }]
    }
}

#[cfg(test)]
mod tests {
    use crate::alert::samples::catalog;

    #[track_caller]
    fn check(spec: &str, promises: &[&str], messages: &[&str]) {
        let text = format!(
            "apiVersion: steadfast/v1\nkind: AlertContract\nmetadata: {{name: c}}\n{spec}\n"
        );
        let catalog = catalog(&[("c.yaml", &text)]);
        let ids: Vec<_> = catalog
            .promises
            .iter()
            .map(|p| p.header.id.as_str())
            .collect();
        assert_eq!(ids, promises);
        let found = catalog.findings.list.iter();
        let found: Vec<_> = found.map(|finding| finding.message.as_str()).collect();
        assert_eq!(found, messages);
    }

    #[test]
    fn a_contract_is_one_promise() {
        check(
            "spec: {alerts: [{name: A, labels: {severity: warning}, receiver: oncall, within: 11m, for: 5m, expr: up > 1}]}",
            &["alert/contract/c"],
            &[],
        );
    }

    #[test]
    fn what_is_not_understood_as_a_whole_promises_nothing() {
        check("spec: {}", &[], &["`spec.alerts` is missing"]);
        check(
            "spec: {alerts: []}",
            &[],
            &["`spec.alerts` is empty, so nothing is required"],
        );
        check("spec: {alerts: x}", &[], &["`spec.alerts` must be a list"]);
        check(
            "spec: {alerts: [{name: A}, {name: B, lables: {}, within: 0s}]}",
            &[],
            &["unknown key `lables`", "`within` must be longer than 0 s"],
        );
        check(
            "spec: {alerts: [{name: A, expr: ''}]}",
            &[],
            &["this is not PromQL: the expression is empty"],
        );
    }
}
