//! Selectors: `tier=critical,team in (eval,core)`, or promise ids with `*`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::PromiseId;

/// Chooses promises by Kubernetes label requirements or by ids; an empty selector chooses all.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Selector {
    text: String,
    terms: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Term {
    Id(String),
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Absent(String),
}

impl Selector {
    /// Reads a selector.
    ///
    /// # Errors
    /// A sentence that shows the part that is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let terms = split(text)
            .into_iter()
            .map(term)
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            text: text.trim().to_owned(),
            terms,
        })
    }

    /// Chooses exactly these ids.
    pub fn of_ids<'a>(ids: impl IntoIterator<Item = &'a PromiseId>) -> Self {
        let ids: Vec<_> = ids.into_iter().map(PromiseId::as_str).collect();
        Self {
            text: ids.join(","),
            terms: ids.into_iter().map(|id| Term::Id(id.to_owned())).collect(),
        }
    }

    /// Whether it chooses this promise: every label requirement holds, and one of the ids matches where there are ids.
    pub fn matches(&self, id: &PromiseId, labels: &BTreeMap<String, String>) -> bool {
        let mut ids = self.terms.iter().filter_map(|term| match term {
            Term::Id(pattern) => Some(glob(pattern, id.as_str())),
            _ => None,
        });
        let named = ids.next().is_none_or(|first| first || ids.any(|hit| hit));
        named && self.terms.iter().all(|term| holds(term, labels))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

fn holds(term: &Term, labels: &BTreeMap<String, String>) -> bool {
    match term {
        Term::Id(_) => true,
        Term::In(key, values) => labels.get(key).is_some_and(|value| values.contains(value)),
        Term::NotIn(key, values) => !labels.get(key).is_some_and(|value| values.contains(value)),
        Term::Exists(key) => labels.contains_key(key),
        Term::Absent(key) => !labels.contains_key(key),
    }
}

/// Splits at commas outside parentheses.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_i32, 0);
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts.retain(|part| !part.trim().is_empty());
    parts
}

fn term(text: &str) -> Result<Term, String> {
    let text = text.trim();
    let words: Vec<&str> = text.splitn(3, ' ').collect();
    if let [key, operator @ ("in" | "notin"), list] = words[..] {
        let values = list
            .trim()
            .strip_prefix('(')
            .and_then(|list| list.strip_suffix(')'))
            .ok_or_else(|| format!("`{text}` needs its values in parentheses"))?;
        let values = values
            .split(',')
            .map(|value| value.trim().to_owned())
            .collect();
        return Ok(match operator {
            "in" => Term::In(key.to_owned(), values),
            _ => Term::NotIn(key.to_owned(), values),
        });
    }
    for (operator, negated) in [("!=", true), ("==", false), ("=", false)] {
        if let Some((key, value)) = text.split_once(operator) {
            let (key, values) = (key.trim().to_owned(), vec![value.trim().to_owned()]);
            return Ok(if negated {
                Term::NotIn(key, values)
            } else {
                Term::In(key, values)
            });
        }
    }
    if text.contains(char::is_whitespace) {
        return Err(format!(
            "`{text}` is not a selector; write `key=value`, `key in (a,b)` or a promise id"
        ));
    }
    Ok(match text.strip_prefix('!') {
        Some(key) => Term::Absent(key.to_owned()),
        None if text.contains('/') || text.contains('*') => Term::Id(text.to_owned()),
        None => Term::Exists(text.to_owned()),
    })
}

/// Whether `text` matches `pattern`, in which `*` stands for any run of characters.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

impl TryFrom<String> for Selector {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl From<Selector> for String {
    fn from(selector: Selector) -> Self {
        selector.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(selector: &str, id: &str, labels: &[(&str, &str)], expected: bool) {
        let labels = labels
            .iter()
            .map(|(k, v)| ((*k).into(), (*v).into()))
            .collect();
        let selector = Selector::parse(selector).unwrap();
        assert_eq!(selector.matches(&PromiseId::new(id), &labels), expected);
    }

    #[test]
    fn labels_and_ids() {
        let labels = [("tier", "critical"), ("team", "eval")];
        check("", "slo/a", &labels, true);
        check("tier=critical,team in (eval,core)", "slo/a", &labels, true);
        check("tier=critical,team notin (eval)", "slo/a", &labels, false);
        check("tier!=critical", "slo/a", &[], true);
        check("team", "slo/a", &labels, true);
        check("!team", "slo/a", &labels, false);
        check("slo/*", "slo/a", &labels, true);
        check("slo/*,alert/*", "alert/a/sound", &[], true);
        check("alert/*/sound", "alert/a/quiet", &[], false);
        check("slo/*,tier=low", "slo/a", &labels, false);
        assert!(Selector::parse("a b c").is_err());
        assert!(Selector::parse("a in b").is_err());
    }

    #[test]
    fn globs() {
        for (pattern, text, hit) in [
            ("a*c", "abc", true),
            ("a*c", "ac", true),
            ("a*c", "a", false),
            ("*", "", true),
            ("ab", "ab", true),
            ("ab", "abc", false),
            ("*a*a", "aa", true),
            ("a*a", "a", false),
        ] {
            assert_eq!(glob(pattern, text), hit, "{pattern} {text}");
        }
    }
}
