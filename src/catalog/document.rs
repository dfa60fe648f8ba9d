//! One document of a file: a YAML document or a Markdown page, before any kind has read it. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::fields::{Fields, Spanned};
use super::lints;
use super::node::{Node, Value};
use crate::duration;
use crate::finding::{Finding, Findings};
use crate::place::{SourceFile, Span};
use crate::promise::{Header, PromiseId};

/// A document and its file.
#[derive(Debug)]
pub struct Document {
    /// The file it stands in.
    pub file: Arc<SourceFile>,
    /// Its content.
    pub body: Body,
}

/// What a document is made of.
#[derive(Debug)]
pub enum Body {
    /// One YAML (or JSON) document.
    Yaml(Node),
    /// A Markdown page: the whole file.
    Markdown,
}

impl Document {
    /// The YAML tree, if it is one.
    pub fn yaml(&self) -> Option<&Node> {
        match &self.body {
            Body::Yaml(node) => Some(node),
            Body::Markdown => None,
        }
    }

    /// The text value of a top-level key, as far as it is there.
    pub fn top(&self, key: &str) -> Option<&str> {
        match &self.top_node(key)?.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a top-level key.
    pub fn top_node(&self, key: &str) -> Option<&Node> {
        let Value::Map(entries) = &self.yaml()?.value else {
            return None;
        };
        entries
            .iter()
            .find(|(name, _)| name.name == key)
            .map(|(_, node)| node)
    }

    /// Whether it is a document of ours of this kind.
    pub fn is_ours(&self, kind: &str) -> bool {
        self.top("apiVersion") == Some("steadfast/v1") && self.top("kind") == Some(kind)
    }

    /// Reads `apiVersion`, `kind` and `metadata` of a Kubernetes-like document and leaves `spec` and the rest to the kind.
    pub fn read_metadata<'a>(&'a self, findings: &mut Findings) -> Option<(Metadata, Fields<'a>)> {
        let mut top = Fields::of(&self.file, self.yaml()?, "", findings)?;
        top.node("apiVersion");
        top.node("kind");
        top.required("metadata", findings)?;
        let mut fields = top.map("metadata", findings)?;
        let name = fields.required_text("name", findings);
        let display_name = fields.text("displayName", findings);
        let labels = fields.labels("labels", findings);
        let annotations = fields.strings("annotations", findings);
        fields.node("namespace");
        fields.finish(findings);
        let metadata = Metadata {
            name: name?,
            display_name: display_name.map(|name| name.value),
            labels,
            annotations,
        };
        Some((metadata, top))
    }
}

/// `metadata` of a document.
#[derive(Debug, Clone)]
pub struct Metadata {
    /// `name`.
    pub name: Spanned<String>,
    /// `displayName`, as OpenSLO has it.
    pub display_name: Option<String>,
    /// `labels`.
    pub labels: BTreeMap<String, String>,
    /// `annotations`, with their places.
    pub annotations: BTreeMap<String, Spanned<String>>,
}

impl Metadata {
    /// The annotation `steadfast/KEY`.
    pub fn annotation(&self, key: &str) -> Option<&Spanned<String>> {
        self.annotations.get(&format!("steadfast/{key}"))
    }

    /// The header of the promise `id`, with what the annotations say of its evaluation. `fail_after` and `pass_after` are
    /// the kind's defaults.
    pub fn header(
        &self,
        file: &Arc<SourceFile>,
        id: String,
        (fail_after, pass_after): (u32, u32),
        findings: &mut Findings,
    ) -> Header {
        Header {
            title: self
                .display_name
                .clone()
                .unwrap_or_else(|| self.name.value.clone()),
            service: self.labels.get("service").cloned().unwrap_or_default(),
            id: PromiseId::new(id),
            file: Arc::clone(file),
            span: self.name.span,
            labels: self.labels.clone(),
            interval: self.interval(file, findings),
            fail_after: self
                .count(file, "fail-after", findings)
                .unwrap_or(fail_after),
            pass_after: self
                .count(file, "pass-after", findings)
                .unwrap_or(pass_after),
            runbook: None,
        }
    }

    fn interval(&self, file: &Arc<SourceFile>, findings: &mut Findings) -> Option<Duration> {
        let text = self.annotation("interval")?;
        match duration::parse(&text.value) {
            Ok(interval) if interval >= Duration::from_millis(100) => Some(interval),
            Ok(_) => {
                let message = format!("`{}` is too short an interval; at least 100ms", text.value);
                findings.push(
                    Finding::new(&lints::TYPE, file, text.span, message)
                        .about("steadfast/interval"),
                );
                None
            }
            Err(message) => {
                findings.push(
                    Finding::new(&lints::TYPE, file, text.span, message)
                        .about("steadfast/interval"),
                );
                None
            }
        }
    }

    fn count(&self, file: &Arc<SourceFile>, key: &str, findings: &mut Findings) -> Option<u32> {
        let text = self.annotation(key)?;
        match text.value.parse() {
            Ok(count) if count > 0 => Some(count),
            _ => {
                let message = format!("`{}` is not a number of evaluations", text.value);
                let finding = Finding::new(&lints::TYPE, file, text.span, message);
                findings.push(
                    finding
                        .help("write it like \"2\"")
                        .about(format!("steadfast/{key}")),
                );
                None
            }
        }
    }
}

/// The ranges of the YAML documents of a file: split where a line is `---` or starts with `--- `.
pub fn split(text: &str) -> Vec<Span> {
    let mut ranges = Vec::new();
    let mut start = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        if bare == "---" || line.starts_with("--- ") {
            ranges.push(Span { start, end: at });
            // What follows `--- ` on the same line belongs to the document.
            start = at + 3;
        } else if bare == "..." {
            ranges.push(Span { start, end: at });
            start = at + line.len();
        }
        at += line.len();
    }
    ranges.push(Span {
        start,
        end: text.len(),
    });
    ranges.retain(|range| has_content(&text[range.start..range.end]));
    ranges
}

fn has_content(text: &str) -> bool {
    text.trim_start_matches('\u{feff}')
        .lines()
        .map(str::trim)
        .any(|line| !line.is_empty() && !line.starts_with('#') && !line.starts_with('%'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_split_at_their_markers_only() {
        let text = "# head\n---\na: 1\n--- # x\nb: |\n  ---\n...\n---\n# only a comment\n";
        let parts: Vec<_> = split(text)
            .into_iter()
            .map(|range| &text[range.start..range.end])
            .collect();
        assert_eq!(parts, ["\na: 1\n", " # x\nb: |\n  ---\n"]);
    }
}
