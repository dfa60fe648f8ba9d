//! Text with `${name}` in it. Pure.
//!
//! `$${` stands for `${` itself. Everything else is taken as it is written.

use std::collections::BTreeMap;

use serde_json::Value;

/// What is known by name while a journey runs: what its answers gave, and `run` and `run_number`.
pub type Variables = BTreeMap<String, Value>;

/// A text whose `${name}` parts are filled in later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Variable(String),
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// A sentence that says what is wrong, and the byte at which it starts.
    pub fn parse(text: &str) -> Result<Self, (String, usize)> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            let start = text.len() - rest.len() + at;
            if rest[..at].ends_with('$') {
                literal.push_str(&rest[..at - 1]);
                literal.push_str("${");
                rest = &rest[at + 2..];
                continue;
            }
            literal.push_str(&rest[..at]);
            let (name, after) = rest[at + 2..]
                .split_once('}')
                .ok_or_else(|| ("`${` is never closed".to_owned(), start))?;
            if !is_name(name) {
                return Err((format!("`{name}` is not the name of a variable"), start));
            }
            if !literal.is_empty() {
                pieces.push(Piece::Literal(std::mem::take(&mut literal)));
            }
            pieces.push(Piece::Variable(name.to_owned()));
            rest = after;
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        Ok(Self { pieces })
    }

    /// The variables it needs, in the order in which they stand.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Variable(name) => Some(name.as_str()),
            Piece::Literal(_) => None,
        })
    }

    /// Its parts: a literal text as `Ok`, the name of a variable as `Err`.
    pub(super) fn parts(&self) -> impl Iterator<Item = Result<&str, &str>> {
        self.pieces.iter().map(|piece| match piece {
            Piece::Literal(text) => Ok(text.as_str()),
            Piece::Variable(name) => Err(name.as_str()),
        })
    }

    /// The text, every value passed through `escape`; none while a variable is unknown.
    pub fn render(
        &self,
        variables: &Variables,
        escape: impl Fn(String) -> String,
    ) -> Option<String> {
        self.parts()
            .map(|part| match part {
                Ok(literal) => Some(literal.to_owned()),
                Err(name) => variables.get(name).map(|value| escape(plain(value))),
            })
            .collect()
    }

    /// The value: that of the variable with its type where the whole text is one variable, otherwise a string.
    pub fn value(&self, variables: &Variables) -> Option<Value> {
        match &self.pieces[..] {
            [Piece::Variable(name)] => variables.get(name).cloned(),
            _ => self.render(variables, |text| text).map(Value::String),
        }
    }
}

/// Whether `text` can name a variable, in templates and in expressions alike.
pub fn is_name(text: &str) -> bool {
    let mut characters = text.chars();
    characters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|rest| rest.is_ascii_alphanumeric() || rest == '_')
}

/// A value within a text: strings without quotes, everything else as JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Percent-encodes what is not unreserved (RFC 3986, 2.3), so that a value stays one segment of a path.
pub fn percent_encoded(text: String) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn variables() -> Variables {
        Variables::from([
            ("id".into(), json!("a b/ü")),
            ("n".into(), json!(7)),
            ("list".into(), json!([1, "x"])),
        ])
    }

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let template = Template::parse(text).unwrap();
        let rendered = template.render(&variables(), |text| text);
        assert_eq!(rendered.as_deref(), expected, "{text}");
    }

    #[test]
    fn values_stand_in_for_their_names() {
        check("", Some(""));
        check("/v1/${id}/job?n=${n}", Some("/v1/a b/ü/job?n=7"));
        check("${list}", Some("[1,\"x\"]"));
        check("$5 $${n} ${n}$", Some("$5 ${n} 7$"));
        check("${id}${missing}", None);
    }

    #[test]
    fn a_lone_variable_keeps_its_type() {
        let value = |text: &str| Template::parse(text).unwrap().value(&variables());
        assert_eq!(value("${n}"), Some(json!(7)));
        assert_eq!(value("n${n}"), Some(json!("n7")));
        assert_eq!(value("${nope}"), None);
    }

    #[test]
    fn mistakes_are_placed() {
        for (text, message, at) in [
            ("a${b", "`${` is never closed", 1),
            ("ü${}", "`` is not the name of a variable", 2),
            ("${a b}", "`a b` is not the name of a variable", 0),
            ("${a} ${1}", "`1` is not the name of a variable", 5),
        ] {
            assert_eq!(Template::parse(text), Err((message.into(), at)), "{text}");
        }
    }

    #[test]
    fn a_value_cannot_leave_its_segment() {
        let template = Template::parse("/v1/${id}").unwrap();
        let rendered = template.render(&variables(), percent_encoded);
        assert_eq!(rendered.as_deref(), Some("/v1/a%20b%2F%C3%BC"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[$}{a-z ]{0,20}") {
            if let Ok(template) = Template::parse(&text) {
                let known = template.variables().map(|name| (name.to_owned(), json!("v"))).collect();
                prop_assert!(template.render(&known, |text| text).is_some());
            }
        }
    }
}
