//! What is wrong with a document, with its place and what to write instead.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::place::{SourceFile, Span};

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The document cannot be used, or promises what cannot be kept.
    Error,
    /// Likely a mistake.
    Warning,
    /// Worth knowing.
    Info,
}

impl Severity {
    /// `error`, `warning` or `info`.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        }
    }
}

/// What a lint is, for `explain` and for lists. The function that applies it stands beside it, one lint a file.
#[derive(Debug)]
pub struct Lint {
    /// `kind:file-name`.
    pub id: &'static str,
    /// One line.
    pub summary: &'static str,
    /// How much a finding of it matters.
    pub severity: Severity,
    /// Why, with a bad and a good document.
    pub explain: &'static str,
}

/// Something said of a document.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The lint's id.
    pub lint: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// Lowercase, no final period, the value shown.
    pub message: String,
    /// Where.
    pub file: Arc<SourceFile>,
    /// Where in it.
    pub span: Span,
    /// What is said right at the place.
    pub label: String,
    /// What to write instead, so that it can be typed in.
    pub help: Option<String>,
    /// What it is about regardless of wording and line: a promise id or a path in the document.
    pub about: String,
}

impl Finding {
    /// A finding of `lint` at `span` of `file`, as far as it lies there.
    pub fn new(
        lint: &'static Lint,
        file: &Arc<SourceFile>,
        span: Span,
        message: impl Into<String>,
    ) -> Self {
        Self {
            lint: lint.id,
            severity: lint.severity,
            message: message.into(),
            file: Arc::clone(file),
            // A lint that points at one byte may have hit one of several that are one character.
            span: file.within(span),
            label: String::new(),
            help: None,
            about: String::new(),
        }
    }

    /// With a word right at the place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// With what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// About this, for its identity.
    #[must_use]
    pub fn about(mut self, about: impl Into<String>) -> Self {
        self.about = about.into();
        self
    }

    /// Sixteen hex digits that stay the same when the wording or the line changes.
    pub fn identity(&self) -> String {
        let mut hash = Sha256::new();
        for part in [self.lint, &self.file.path.to_string_lossy(), &self.about] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        hash.finalize()[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

/// Findings as they are collected.
#[derive(Debug, Default)]
pub struct Findings {
    /// In the order in which they were found.
    pub list: Vec<Finding>,
}

impl Findings {
    /// Adds one.
    pub fn push(&mut self, finding: Finding) {
        self.list.push(finding);
    }

    /// How many there are of each severity.
    pub fn count(&self) -> BTreeMap<Severity, usize> {
        let mut counts = BTreeMap::new();
        for finding in &self.list {
            *counts.entry(finding.severity).or_insert(0) += 1;
        }
        counts
    }

    /// How many are errors.
    pub fn n_errors(&self) -> usize {
        let all = self.list.iter();
        all.filter(|finding| finding.severity == Severity::Error)
            .count()
    }

    /// Whether one is an error.
    pub fn has_errors(&self) -> bool {
        self.list
            .iter()
            .any(|finding| finding.severity == Severity::Error)
    }
}
