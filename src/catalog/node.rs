//! YAML as a tree in which every key and value keeps its place. Pure.
//!
//! Documents are read through this tree and not into derived structs, so that one mistake does not hide the next, an
//! unknown key can be told with the nearest known one, and `#[serde(flatten)]` cannot lose a place.

use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{DuplicateKeyPolicy, Location, Spanned};

use crate::place::{SourceFile, Span};

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Where it stands; for a map or list, where its content starts.
    pub span: Span,
}

/// The shapes of YAML.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing, `~` or `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as it is written.
    Number(String),
    /// A string, unescaped.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map in the order of the document, duplicates included.
    Map(Vec<(Key, Node)>),
}

/// A key of a map.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// As it is written.
    pub name: String,
    /// Where.
    pub span: Span,
}

/// What keeps a text from being YAML.
#[derive(Debug)]
pub struct SyntaxError {
    /// What is wrong.
    pub message: String,
    /// Where.
    pub span: Span,
}

/// Maps and lists within each other, at most. Reading one takes up to 30 kB of a thread's two megabytes of stack; the deepest
/// documents around, definitions of Kubernetes resources, have 30.
const MAX_DEPTH: usize = 48;

/// Reads one YAML document that stands at `range` in `file`. An empty document is [`Value::Null`].
///
/// # Errors
/// The first thing that is not YAML.
pub fn parse(file: &Arc<SourceFile>, range: Span) -> Result<Node, SyntaxError> {
    let text = &file.text[range.start..range.end];
    let options = serde_saphyr::options! {
        strict_booleans: true,
        with_snippet: false,
        duplicate_keys: DuplicateKeyPolicy::LastWins,
        budget: serde_saphyr::budget! { max_nodes: 2_000_000, max_events: 4_000_000, max_depth: MAX_DEPTH },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 100_000 },
    };
    let parsed: Result<Spanned<Raw>, _> = serde_saphyr::from_str_with_options(text, options);
    match parsed {
        Ok(raw) => Ok(place(raw, text, range.start)),
        Err(error) => {
            let location = error.location().unwrap_or(Location::UNKNOWN);
            let (first_line, _) = file.line_column(range.start);
            let line = first_line + (location.line() as u32).max(1) - 1;
            let at = file.offset(line, location.column() as u32).min(range.end);
            Err(SyntaxError {
                message: first_sentence(&error.to_string()),
                span: Span::of(at, usize::from(at < file.text.len())),
            })
        }
    }
}

/// The parser adds its own position, relative to the document; ours is shown instead.
fn first_sentence(message: &str) -> String {
    let end = message.find(" at line ").unwrap_or(message.len());
    message[..end].lines().next().unwrap_or_default().to_owned()
}

fn place(raw: Spanned<Raw>, text: &str, base: usize) -> Node {
    let span = span_of(&raw.referenced, text, base);
    let value = match raw.value {
        Raw::Null => Value::Null,
        Raw::Bool(value) => Value::Bool(value),
        Raw::Number(value) => {
            let written = text
                .get(span.start - base..span.end - base)
                .unwrap_or_default();
            let written = written.trim();
            Value::Number(if written.is_empty() {
                value
            } else {
                written.to_owned()
            })
        }
        Raw::Text(value) => Value::Text(value),
        Raw::List(items) => Value::List(
            items
                .into_iter()
                .map(|item| place(item, text, base))
                .collect(),
        ),
        Raw::Map(entries) => Value::Map(
            entries
                .into_iter()
                .map(|(key, value)| {
                    let key = Key {
                        span: span_of(&key.referenced, text, base),
                        name: key.value,
                    };
                    (key, place(value, text, base))
                })
                .collect(),
        ),
    };
    Node { value, span }
}

fn span_of(location: &Location, text: &str, base: usize) -> Span {
    let span = location.span();
    let (start, len) = match (span.byte_offset(), span.byte_len()) {
        (Some(start), Some(len)) => (start as usize, len as usize),
        _ => (0, 0),
    };
    let start = start.min(text.len());
    let len = len.min(text.len() - start);
    let written = text.get(start..start + len).unwrap_or_default();
    Span::of(base + start, written.trim_end().len())
}

enum Raw {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Number(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Number(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Number(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Text(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Node, SyntaxError> {
        let file = SourceFile::new("a.yaml", text);
        let whole = Span::of(0, text.len());
        parse(&file, whole)
    }

    #[test]
    fn values_keep_their_places_and_numbers_their_writing() {
        let node = read("a: 1.10\nb:\n- x \n").unwrap();
        let Value::Map(entries) = node.value else {
            panic!("a map");
        };
        assert_eq!(entries[0].1.value, Value::Number("1.10".into()));
        assert_eq!(entries[0].1.span, Span { start: 3, end: 7 });
        assert_eq!(entries[1].0.span, Span { start: 8, end: 9 });
        let Value::List(items) = &entries[1].1.value else {
            panic!("a list");
        };
        assert_eq!(items[0].span, Span { start: 13, end: 14 });
    }

    #[test]
    fn duplicates_are_kept_for_the_reader_to_tell() {
        let Value::Map(entries) = read("a: 1\na: 2\n").unwrap().value else {
            panic!("a map");
        };
        assert_eq!(entries.len(), 2);
    }

    #[test]
    fn anchors_and_merges_work() {
        let Value::Map(entries) = read("a: &x {b: 1}\nc:\n  <<: *x\n").unwrap().value else {
            panic!("a map");
        };
        assert!(matches!(&entries[1].1.value, Value::Map(inner) if inner.len() == 1));
    }

    #[test]
    fn errors_point_at_the_line() {
        let error = read("a: 1\nb: \"\\q\"\n").unwrap_err();
        assert_eq!(error.span.start, 8);
        for text in [
            "a:\n\tb: 1",
            "a: [1\nb: 2",
            "a: *z",
            "{",
            "\"",
            "- a\nb: c",
            "%YAML 9\n",
            "a: !!binary x",
        ] {
            match read(text) {
                Ok(_) => {}
                Err(error) => assert!(!error.message.is_empty(), "{text}"),
            }
        }
    }

    #[test]
    fn depth_is_an_error_not_an_overflow() {
        let nested = |depth: usize| format!("{}1{}", "{a: ".repeat(depth), "}".repeat(depth));
        assert!(read(&nested(MAX_DEPTH)).is_ok());
        assert!(read(&nested(MAX_DEPTH + 1)).is_err());
        let blocks: String = (0..200)
            .map(|depth| format!("{}a:\n", " ".repeat(depth)))
            .collect();
        assert!(read(&blocks).is_err());
    }

    #[test]
    fn a_bomb_is_an_error_not_a_hang() {
        let mut text = String::from("a0: &a0 x\n");
        for level in 1..40 {
            text.push_str(&format!(
                "a{level}: &a{level} [*a{0}, *a{0}, *a{0}]\n",
                level - 1
            ));
        }
        assert!(read(&text).is_err());
        assert!(read(&"[".repeat(20_000)).is_err());
    }
}
