//! What stands above a page: `alert`, `owner`, `reviewed` and `labels`, all optional. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use super::lints;
use crate::catalog::fields::{Fields, Spanned};
use crate::catalog::lints::SYNTAX;
use crate::catalog::node::{self, Value};
use crate::finding::{Finding, Findings};
use crate::place::{SourceFile, Span};

/// The front matter of a page; all absent when there is none.
#[derive(Debug, Default)]
pub(super) struct FrontMatter {
    /// The alert the page is for.
    pub(super) alert: Option<Spanned<String>>,
    /// Who keeps the page up to date.
    pub(super) owner: Option<String>,
    /// When somebody last went through it.
    pub(super) reviewed: Option<Date>,
    /// Labels to select by.
    pub(super) labels: BTreeMap<String, String>,
}

/// Where the front matter of `text` stands, and where the page after it starts: `---` on the first line up to the next
/// `---` or `...`.
pub(super) fn bounds(text: &str) -> Option<(Span, usize)> {
    let mut lines = text.split_inclusive('\n');
    let first = lines.next()?;
    if first.trim_end() != "---" {
        return None;
    }
    let start = first.len();
    let mut at = start;
    for line in lines {
        let end = at + line.len();
        if matches!(line.trim_end(), "---" | "...") {
            return Some((Span { start, end: at }, end));
        }
        at = end;
    }
    None
}

/// Reads the front matter that stands at `range`.
pub(super) fn read(file: &Arc<SourceFile>, range: Span, findings: &mut Findings) -> FrontMatter {
    let root = match node::parse(file, range) {
        Ok(root) => root,
        Err(error) => {
            let finding = Finding::new(&SYNTAX, file, error.span, error.message);
            findings.push(finding.about("front matter"));
            return FrontMatter::default();
        }
    };
    if root.value == Value::Null {
        return FrontMatter::default();
    }
    let Some(mut fields) = Fields::of(file, &root, "", findings) else {
        return FrontMatter::default();
    };
    let alert = fields.text("alert", findings);
    let owner = fields.text("owner", findings);
    let reviewed = fields.text("reviewed", findings);
    let labels = fields.strings("labels", findings);
    fields.finish(findings);
    FrontMatter {
        alert: alert.filter(|alert| !alert.value.trim().is_empty()),
        owner: owner.map(|owner| owner.value),
        reviewed: reviewed.and_then(|date| lints::reviewed::date(file, &date, findings)),
        labels: labels
            .into_iter()
            .map(|(key, text)| (key, text.value))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stands_between_two_lines_at_the_top() {
        for (text, expected) in [
            ("---\na: 1\n---\n# A\n", Some(("a: 1\n", "# A\n"))),
            ("---\r\na: 1\r\n---\r\n# A", Some(("a: 1\r\n", "# A"))),
            ("---\n---\n", Some(("", ""))),
            ("---\na: 1\n", None),
            ("# A\n---\na: 1\n---\n", None),
            ("", None),
        ] {
            let found =
                bounds(text).map(|(range, rest)| (&text[range.start..range.end], &text[rest..]));
            assert_eq!(found, expected, "{text:?}");
        }
    }
}
