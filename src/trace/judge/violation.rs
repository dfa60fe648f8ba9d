//! One way in which a trace breaks its contract. Pure.

use crate::subject::Subject;
use crate::trace::model::Span;

/// A broken rule, with what is to blame and what to mark.
#[derive(Debug, Clone, PartialEq)]
pub struct Violation {
    /// What is broken regardless of figures: equal for equal breaches of several traces.
    pub about: String,
    /// One sentence, lowercase, without a final period.
    pub says: String,
    /// What is to blame, likeliest first.
    pub culprits: Vec<Subject>,
    /// Ids of the spans it shows in.
    pub spans: Vec<String>,
    /// The span that should have been there.
    pub missing: Option<Missing>,
}

/// A span that should have been in the trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// As the contract names it, `service/name`.
    pub path: String,
    /// The id of the last span on the way to it; none where the trace is empty.
    pub below: Option<String>,
}

impl Violation {
    /// A violation that shows in these spans.
    pub(super) fn new<'s>(
        says: impl Into<String>,
        culprits: Vec<Subject>,
        spans: impl IntoIterator<Item = &'s Span>,
    ) -> Self {
        let says = says.into();
        Self {
            about: says.clone(),
            says,
            culprits,
            spans: spans.into_iter().map(|span| span.id.clone()).collect(),
            missing: None,
        }
    }

    /// About this, for what says figures that differ from trace to trace.
    pub(super) fn about(mut self, about: impl Into<String>) -> Self {
        self.about = about.into();
        self
    }

    /// With the span that should have been there, below the last one on the way to it.
    pub(super) fn lacking(mut self, path: impl ToString, below: Option<&Span>) -> Self {
        self.missing = Some(Missing {
            path: path.to_string(),
            below: below.map(|span| span.id.clone()),
        });
        self
    }
}
