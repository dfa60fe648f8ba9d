//! JSON with `${name}` in its strings. Pure.

use std::sync::Arc;

use serde_json::{Map, Number, Value};

use super::template::{Template, Variables};
use crate::catalog::fields::{Fields, Spanned, wrong_type};
use crate::catalog::node::{Key, Node, Value as Yaml};
use crate::finding::Findings;
use crate::place::SourceFile;

/// A JSON value whose strings are filled in later. A string that is one variable takes the variable's type.
#[derive(Debug, Clone)]
pub enum JsonTemplate {
    /// Null, a boolean or a number.
    Fixed(Value),
    /// A string.
    Text(Template),
    /// A list.
    List(Vec<JsonTemplate>),
    /// An object, in the order of the document.
    Object(Vec<(String, JsonTemplate)>),
}

impl JsonTemplate {
    /// The value; none while a variable is unknown.
    pub fn render(&self, variables: &Variables) -> Option<Value> {
        match self {
            Self::Fixed(value) => Some(value.clone()),
            Self::Text(template) => template.value(variables),
            Self::List(items) => items
                .iter()
                .map(|item| item.render(variables))
                .collect::<Option<Vec<_>>>()
                .map(Value::Array),
            Self::Object(fields) => fields
                .iter()
                .map(|(key, value)| Some((key.clone(), value.render(variables)?)))
                .collect::<Option<Map<_, _>>>()
                .map(Value::Object),
        }
    }
}

/// Reads a JSON value that a document writes as YAML. What is wrong becomes a finding, and everything else is still read.
pub(super) struct JsonReader<'a> {
    /// The file it stands in.
    pub(super) file: &'a Arc<SourceFile>,
    /// Reads a string at a path.
    pub(super) template: &'a ReadTemplate<'a>,
}

type ReadTemplate<'a> = dyn Fn(&Spanned<String>, &str, &mut Findings) -> Option<Template> + 'a;

impl JsonReader<'_> {
    pub(super) fn read(
        &self,
        node: &Node,
        path: &str,
        findings: &mut Findings,
    ) -> Option<JsonTemplate> {
        match &node.value {
            Yaml::Null => Some(JsonTemplate::Fixed(Value::Null)),
            Yaml::Bool(value) => Some(JsonTemplate::Fixed(Value::Bool(*value))),
            Yaml::Number(written) => match number(written) {
                Some(number) => Some(JsonTemplate::Fixed(Value::Number(number))),
                None => {
                    findings.push(wrong_type(self.file, node, path, "a number that JSON has"));
                    None
                }
            },
            Yaml::Text(text) => {
                let text = Spanned {
                    value: text.clone(),
                    span: node.span,
                };
                (self.template)(&text, path, findings).map(JsonTemplate::Text)
            }
            Yaml::List(items) => self.list(items, path, findings),
            Yaml::Map(entries) => self.object(node, entries, path, findings),
        }
    }

    fn list(&self, items: &[Node], path: &str, findings: &mut Findings) -> Option<JsonTemplate> {
        let read: Vec<_> = items
            .iter()
            .enumerate()
            .map(|(at, item)| self.read(item, &format!("{path}[{at}]"), findings))
            .collect();
        read.into_iter()
            .collect::<Option<_>>()
            .map(JsonTemplate::List)
    }

    fn object(
        &self,
        node: &Node,
        entries: &[(Key, Node)],
        path: &str,
        findings: &mut Findings,
    ) -> Option<JsonTemplate> {
        // Tells keys that are given twice.
        Fields::of(self.file, node, path, findings)?;
        let read: Vec<_> = entries
            .iter()
            .map(|(key, node)| {
                let value = self.read(node, &format!("{path}.{}", key.name), findings)?;
                Some((key.name.clone(), value))
            })
            .collect();
        read.into_iter()
            .collect::<Option<_>>()
            .map(JsonTemplate::Object)
    }
}

/// A number as YAML writes it, as far as JSON has it.
fn number(written: &str) -> Option<Number> {
    if let Ok(number) = serde_json::from_str(written) {
        return Some(number);
    }
    let bare = written.replace('_', "");
    let bare = bare.strip_prefix('+').unwrap_or(&bare);
    let radix = |prefix, radix| {
        let digits = bare.strip_prefix(prefix)?;
        i64::from_str_radix(digits, radix).ok().map(Number::from)
    };
    radix("0x", 16)
        .or_else(|| radix("0o", 8))
        .or_else(|| bare.parse::<i64>().ok().map(Number::from))
        .or_else(|| bare.parse().ok().and_then(Number::from_f64))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn strings_are_filled_in_at_any_depth() {
        let text = |text| JsonTemplate::Text(Template::parse(text).unwrap());
        let template = JsonTemplate::Object(vec![
            ("seed".into(), text("${n}")),
            (
                "tags".into(),
                JsonTemplate::List(vec![text("run-${n}"), JsonTemplate::Fixed(Value::Null)]),
            ),
        ]);
        let known = Variables::from([("n".into(), json!(7))]);
        let expected = json!({"seed": 7, "tags": ["run-7", null]});
        assert_eq!(template.render(&known), Some(expected));
        assert_eq!(template.render(&Variables::new()), None);
    }

    #[test]
    fn numbers_as_yaml_writes_them() {
        for (written, expected) in [
            ("1.10", json!(1.1)),
            ("-3", json!(-3)),
            ("18446744073709551615", json!(u64::MAX)),
            ("0x1F", json!(31)),
            ("0o17", json!(15)),
            ("+1_000", json!(1000)),
            ("1.", json!(1.0)),
            (".5", json!(0.5)),
        ] {
            let number = number(written).map(Value::Number);
            assert_eq!(number, Some(expected), "{written}");
        }
        for written in [".inf", ".nan", "x"] {
            assert_eq!(number(written), None, "{written}");
        }
    }
}
