//! Reading a map key by key: wrong types, missing, unknown and repeated keys become findings, and reading goes on. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::lints;
use super::node::{Node, Value};
use crate::duration;
use crate::finding::{Finding, Findings};
use crate::place::{SourceFile, Span};

/// A value that was read, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// The same place with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned {
            value: change(self.value),
            span: self.span,
        }
    }
}

/// The keys of one map. Every accessor takes a key as known; [`Fields::finish`] tells the rest.
pub struct Fields<'a> {
    file: &'a Arc<SourceFile>,
    span: Span,
    path: String,
    entries: Vec<(&'a super::node::Key, &'a Node, bool)>,
    known: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// Takes `node` as a map; `path` is its place in the document for people, such as `spec.steps[1]`.
    pub fn of(
        file: &'a Arc<SourceFile>,
        node: &'a Node,
        path: impl Into<String>,
        findings: &mut Findings,
    ) -> Option<Self> {
        let path = path.into();
        let Value::Map(entries) = &node.value else {
            findings.push(wrong_type(file, node, &path, "a map"));
            return None;
        };
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        for (key, _) in entries {
            if let Some(first) = seen.insert(&key.name, key.span) {
                let (line, _) = file.line_column(first.start);
                findings.push(
                    Finding::new(
                        &lints::DUPLICATE_KEY,
                        file,
                        key.span,
                        format!("key `{}` is given twice", key.name),
                    )
                    .label(format!("first given on line {line}"))
                    .help("remove one of them")
                    .about(join(&path, &key.name)),
                );
            }
        }
        Some(Self {
            file,
            span: node.span,
            path,
            entries: entries
                .iter()
                .map(|(key, node)| (key, node, false))
                .collect(),
            known: Vec::new(),
        })
    }

    /// The path of a key of this map.
    pub fn path(&self, key: &str) -> String {
        join(&self.path, key)
    }

    /// The file the map stands in.
    pub fn file(&self) -> &'a Arc<SourceFile> {
        self.file
    }

    /// Where the map starts.
    pub fn span(&self) -> Span {
        self.span
    }

    /// The value of `key` as it is, or none when it is absent or null.
    pub fn node(&mut self, key: &'static str) -> Option<&'a Node> {
        self.known.push(key);
        let mut found = None;
        for (name, node, used) in &mut self.entries {
            if name.name == key {
                *used = true;
                found = Some(*node);
            }
        }
        found.filter(|node| node.value != Value::Null)
    }

    /// Where `key` itself stands.
    pub fn key_span(&self, key: &str) -> Option<Span> {
        let entry = self.entries.iter().find(|(name, _, _)| name.name == key)?;
        Some(entry.0.span)
    }

    /// A string; numbers and booleans are taken as they are written only where `lenient`.
    pub fn text(&mut self, key: &'static str, findings: &mut Findings) -> Option<Spanned<String>> {
        let node = self.node(key)?;
        match &node.value {
            Value::Text(text) => Some(Spanned {
                value: text.clone(),
                span: node.span,
            }),
            _ => {
                let path = self.path(key);
                findings.push(wrong_type(self.file, node, &path, "a string"));
                None
            }
        }
    }

    /// A string that must be there and not be empty.
    pub fn required_text(
        &mut self,
        key: &'static str,
        findings: &mut Findings,
    ) -> Option<Spanned<String>> {
        self.required(key, findings)?;
        let text = self.text(key, findings)?;
        if text.value.trim().is_empty() {
            let finding = Finding::new(
                &lints::MISSING,
                self.file,
                text.span,
                format!("`{key}` is empty"),
            );
            findings.push(finding.about(self.path(key)));
            return None;
        }
        Some(text)
    }

    /// The value of `key`, with a finding when it is absent.
    pub fn required(&mut self, key: &'static str, findings: &mut Findings) -> Option<&'a Node> {
        let node = self.node(key);
        if node.is_none() {
            let span = self.key_span(key).unwrap_or(Span::of(self.span.start, 1));
            findings.push(
                Finding::new(
                    &lints::MISSING,
                    self.file,
                    span,
                    format!("`{}` is missing", self.path(key)),
                )
                .about(self.path(key)),
            );
        }
        node
    }

    /// A number.
    pub fn number(&mut self, key: &'static str, findings: &mut Findings) -> Option<Spanned<f64>> {
        let node = self.node(key)?;
        let parsed = match &node.value {
            Value::Number(text) => text.replace('_', "").parse().ok(),
            _ => None,
        };
        match parsed {
            Some(value) => Some(Spanned {
                value,
                span: node.span,
            }),
            None => {
                let path = self.path(key);
                findings.push(wrong_type(self.file, node, &path, "a number"));
                None
            }
        }
    }

    /// A boolean.
    pub fn boolean(&mut self, key: &'static str, findings: &mut Findings) -> Option<Spanned<bool>> {
        let node = self.node(key)?;
        match node.value {
            Value::Bool(value) => Some(Spanned {
                value,
                span: node.span,
            }),
            _ => {
                let path = self.path(key);
                findings.push(wrong_type(self.file, node, &path, "true or false"));
                None
            }
        }
    }

    /// A duration as Prometheus writes it.
    pub fn duration(
        &mut self,
        key: &'static str,
        findings: &mut Findings,
    ) -> Option<Spanned<Duration>> {
        let node = self.node(key)?;
        let text = match &node.value {
            Value::Text(text) => text.clone(),
            Value::Number(text) => text.clone(),
            _ => {
                let path = self.path(key);
                findings.push(wrong_type(
                    self.file,
                    node,
                    &path,
                    "a duration such as `30s`",
                ));
                return None;
            }
        };
        match duration::parse(&text) {
            Ok(value) => Some(Spanned {
                value,
                span: node.span,
            }),
            Err(message) => {
                let finding = Finding::new(&lints::TYPE, self.file, node.span, message);
                findings.push(finding.about(self.path(key)));
                None
            }
        }
    }

    /// The items of a list; empty when absent.
    pub fn list(&mut self, key: &'static str, findings: &mut Findings) -> Vec<(String, &'a Node)> {
        let Some(node) = self.node(key) else {
            return Vec::new();
        };
        let path = self.path(key);
        let Value::List(items) = &node.value else {
            findings.push(wrong_type(self.file, node, &path, "a list"));
            return Vec::new();
        };
        items
            .iter()
            .enumerate()
            .map(|(at, item)| (format!("{path}[{at}]"), item))
            .collect()
    }

    /// A list of strings; empty when absent.
    pub fn texts(&mut self, key: &'static str, findings: &mut Findings) -> Vec<Spanned<String>> {
        let file = self.file;
        self.list(key, findings)
            .into_iter()
            .filter_map(|(path, node)| text_of(file, node, &path, findings))
            .collect()
    }

    /// A map below `key`; none when absent.
    pub fn map(&mut self, key: &'static str, findings: &mut Findings) -> Option<Fields<'a>> {
        let node = self.node(key)?;
        Fields::of(self.file, node, self.path(key), findings)
    }

    /// A map of strings to scalars, such as labels; empty when absent.
    pub fn strings(
        &mut self,
        key: &'static str,
        findings: &mut Findings,
    ) -> BTreeMap<String, Spanned<String>> {
        let Some(fields) = self.map(key, findings) else {
            return BTreeMap::new();
        };
        let mut strings = BTreeMap::new();
        for (name, node, _) in &fields.entries {
            if let Some(text) = text_of(self.file, node, &fields.path(&name.name), findings) {
                strings.insert(name.name.clone(), text);
            }
        }
        strings
    }

    /// Labels below `key`; empty when absent. A list of values, as OpenSLO has it, is joined with commas.
    pub fn labels(
        &mut self,
        key: &'static str,
        findings: &mut Findings,
    ) -> BTreeMap<String, String> {
        let Some(fields) = self.map(key, findings) else {
            return BTreeMap::new();
        };
        let mut labels = BTreeMap::new();
        for (name, node, _) in &fields.entries {
            let path = fields.path(&name.name);
            let values = match &node.value {
                Value::List(items) => items.as_slice(),
                _ => std::slice::from_ref(*node),
            };
            let texts: Option<Vec<_>> = values
                .iter()
                .map(|value| Some(text_of(self.file, value, &path, findings)?.value))
                .collect();
            if let Some(texts) = texts {
                labels.insert(name.name.clone(), texts.join(","));
            }
        }
        labels
    }

    /// The keys of this map with their values, for maps whose keys are names.
    pub fn named(mut self) -> Vec<(Spanned<String>, &'a Node)> {
        self.entries
            .drain(..)
            .map(|(key, node, _)| {
                let key = Spanned {
                    value: key.name.clone(),
                    span: key.span,
                };
                (key, node)
            })
            .collect()
    }

    /// Tells every key that nobody asked for, with the nearest known one.
    pub fn finish(self, findings: &mut Findings) {
        for (key, _, used) in &self.entries {
            if *used {
                continue;
            }
            let mut finding = Finding::new(
                &lints::UNKNOWN_KEY,
                self.file,
                key.span,
                format!("unknown key `{}`", key.name),
            )
            .about(self.path(&key.name));
            finding = match nearest(&key.name, &self.known) {
                Some(near) => finding
                    .label("not known here")
                    .help(format!("did you mean `{near}`?")),
                None => finding
                    .label("not known here")
                    .help(format!("known here: {}", self.known.join(", "))),
            };
            findings.push(finding);
        }
    }
}

fn join(path: &str, key: &str) -> String {
    match path {
        "" => key.to_owned(),
        path => format!("{path}.{key}"),
    }
}

/// A string, or a finding that says what is there instead. A number or boolean is a scalar, too, and taken as written.
pub fn text_of(
    file: &Arc<SourceFile>,
    node: &Node,
    path: &str,
    findings: &mut Findings,
) -> Option<Spanned<String>> {
    let value = match &node.value {
        Value::Text(text) | Value::Number(text) => text.clone(),
        Value::Bool(value) => value.to_string(),
        Value::Null => String::new(),
        _ => {
            findings.push(wrong_type(file, node, path, "a string"));
            return None;
        }
    };
    Some(Spanned {
        value,
        span: node.span,
    })
}

/// The finding that `node` is not `wanted`.
pub fn wrong_type(file: &Arc<SourceFile>, node: &Node, path: &str, wanted: &str) -> Finding {
    let (found, width) = match &node.value {
        Value::Null => ("nothing", 0),
        Value::Bool(_) => ("a boolean", node.span.end - node.span.start),
        Value::Number(_) => ("a number", node.span.end - node.span.start),
        Value::Text(_) => ("a string", node.span.end - node.span.start),
        Value::List(_) => ("a list", 1),
        Value::Map(_) => ("a map", 1),
    };
    let name = if path.is_empty() {
        "the document"
    } else {
        path
    };
    Finding::new(
        &lints::TYPE,
        file,
        Span::of(node.span.start, width),
        format!("`{name}` must be {wanted}"),
    )
    .label(format!("this is {found}"))
    .about(path)
}

/// The known name closest to `name`, if it is close enough to be meant.
pub fn nearest<'n>(name: &str, known: &[&'n str]) -> Option<&'n str> {
    let limit = (name.chars().count() / 3).max(2);
    let (distance, near) = known
        .iter()
        .map(|known| {
            (
                strsim::damerau_levenshtein(&name.to_lowercase(), &known.to_lowercase()),
                *known,
            )
        })
        .min()?;
    (distance <= limit).then_some(near)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::node::parse;

    #[track_caller]
    fn findings(text: &str) -> Vec<String> {
        let file = SourceFile::new("a.yaml", text);
        let node = parse(&file, Span::of(0, text.len())).unwrap();
        let mut findings = Findings::default();
        if let Some(mut fields) = Fields::of(&file, &node, "", &mut findings) {
            fields.required_text("name", &mut findings);
            fields.duration("within", &mut findings);
            fields.finish(&mut findings);
        }
        findings
            .list
            .iter()
            .map(|finding| {
                format!(
                    "{} {} {}",
                    finding.lint,
                    finding.file.place(finding.span),
                    finding.message
                )
            })
            .collect()
    }

    #[test]
    fn a_label_may_have_several_values() {
        let text = "labels: {team: eval, area: [core, 2], wrong: {a: b}}";
        let file = SourceFile::new("a.yaml", text);
        let node = parse(&file, Span::of(0, text.len())).expect("the text is YAML");
        let mut findings = Findings::default();
        let mut fields = Fields::of(&file, &node, "", &mut findings).expect("it is a map");
        let labels = fields.labels("labels", &mut findings);
        let expected = [("area", "core,2"), ("team", "eval")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(labels, expected.into());
        assert_eq!(findings.list.len(), 1);
        assert_eq!(findings.list[0].message, "`labels.wrong` must be a string");
    }

    #[test]
    fn one_mistake_does_not_hide_the_next() {
        assert_eq!(findings("name: a\nwithin: 5m\n"), [""; 0]);
        assert_eq!(
            findings("nmae: a\nwithin: 5 min\nwithin: 1s\n"),
            [
                "document:duplicate-key a.yaml:3:1 key `within` is given twice",
                "document:missing a.yaml:1:1 `name` is missing",
                "document:unknown-key a.yaml:1:1 unknown key `nmae`",
            ]
        );
        assert_eq!(
            findings("name: [x]\nwithin: soon\n"),
            [
                "document:type a.yaml:1:7 `name` must be a string",
                "document:type a.yaml:2:9 `soon` is not a duration; write it like `30s`, `5m` or `1h30m`",
            ]
        );
    }
}
