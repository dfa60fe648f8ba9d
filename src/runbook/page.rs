//! A runbook as it is read, and the page that others link to. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;

use super::outline::Fence;
use crate::catalog::fields::Spanned;
use crate::place::{SourceFile, Span};
use crate::promql::Expression;

/// The page that helps when an alert fires; declared under the alert's name.
#[derive(Debug)]
pub struct Runbook {
    /// The alert it is for.
    pub alert: Spanned<String>,
    /// Who keeps it up to date, where it says so.
    pub owner: Option<String>,
    /// When somebody last went through it, where it says so.
    pub reviewed: Option<Date>,
    /// Labels to select by.
    pub labels: BTreeMap<String, String>,
    /// The first heading, otherwise the alert's name.
    pub title: String,
    /// The headings, in their order.
    pub sections: Vec<String>,
    /// The fenced code marked `promql` that is PromQL.
    pub queries: Vec<Query>,
    /// The page.
    pub file: Arc<SourceFile>,
}

/// A query that a runbook tells on-call to run.
#[derive(Debug, Clone)]
pub struct Query {
    /// The query.
    pub expression: Expression,
    /// As it is written.
    pub text: String,
    /// Whether it must return something now.
    pub some: bool,
    /// Where it stands.
    pub span: Span,
}

impl Query {
    /// The query of a fence marked `promql`, when it is one.
    pub(super) fn of(fence: &Fence) -> Option<Self> {
        let mut words = fence.info.split_whitespace();
        if words.next() != Some("promql") {
            return None;
        }
        Some(Self {
            expression: Expression::parse(&fence.text).ok()?,
            text: fence.text.trim().to_owned(),
            some: words.any(|word| word == "some"),
            span: fence.span,
        })
    }
}

/// What a link can lead to: any Markdown page, declared under its path.
#[derive(Debug)]
pub struct Page {
    path: PathBuf,
    anchors: BTreeSet<String>,
}

impl Page {
    /// The page at `path` with these anchors.
    pub(super) fn new(path: &Path, anchors: BTreeSet<String>) -> Self {
        Self {
            path: normal(path),
            anchors,
        }
    }

    /// Its path without `.` and `..`.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file's name without `.md`.
    pub fn stem(&self) -> &str {
        stem(&self.path)
    }

    /// What a link to it can end in, sorted.
    pub fn anchors(&self) -> impl Iterator<Item = &str> {
        self.anchors.iter().map(String::as_str)
    }

    /// Whether a link can end in `#anchor`. Percent-encoded anchors are not decoded and get the benefit of the doubt.
    pub fn has_anchor(&self, anchor: &str) -> bool {
        anchor.contains('%') || self.anchors.contains(anchor)
    }
}

/// The file's name without its extension.
pub(super) fn stem(path: &Path) -> &str {
    let stem = path.file_stem().unwrap_or_default();
    stem.to_str().unwrap_or_default()
}

/// The path without `.`, and without `..` where that goes back into a folder of the path.
pub(super) fn normal(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut normal = PathBuf::new();
    for part in path.components() {
        match (part, normal.components().next_back()) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                normal.pop();
            }
            _ => normal.push(part),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lose_their_detours() {
        for (path, expected) in [
            ("a/./b/../c.md", "a/c.md"),
            ("./a.md", "a.md"),
            ("../a.md", "../a.md"),
            ("a/../../b.md", "../b.md"),
            ("/a/../b.md", "/b.md"),
        ] {
            assert_eq!(normal(Path::new(path)), Path::new(expected));
        }
    }
}
