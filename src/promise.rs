//! A promise: who it is, and the check that judges it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::evidence::{Ask, Evidence};
use crate::place::{Place, SourceFile, Span};
use crate::trace::Contract;
use crate::verdict::Verdict;

mod selector;
pub use selector::Selector;
pub(crate) use selector::glob;

/// `slo/NAME`, `alert/NAME/sound`, …: unique within a catalog.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PromiseId(Arc<str>);

impl PromiseId {
    /// The id written `text`.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(Arc::from(text.as_ref()))
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the first `/`.
    pub fn kind(&self) -> &str {
        self.0.split('/').next().unwrap_or_default()
    }
}

impl fmt::Display for PromiseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Everything about a promise but how it is judged.
#[derive(Debug, Clone)]
pub struct Header {
    /// Its name.
    pub id: PromiseId,
    /// One line for people: what is promised.
    pub title: String,
    /// The file it is written in.
    pub file: Arc<SourceFile>,
    /// Where in the file; the `metadata.name` or what comes closest.
    pub span: Span,
    /// Labels to select by.
    pub labels: BTreeMap<String, String>,
    /// The service it is about, for grouping; empty when unknown.
    pub service: String,
    /// How often it is evaluated, when the document says so.
    pub interval: Option<Duration>,
    /// Evaluations in a row that fail before the promise counts as broken.
    pub fail_after: u32,
    /// Evaluations in a row that pass before a broken promise counts as kept.
    pub pass_after: u32,
    /// The page that helps when it breaks.
    pub runbook: Option<Arc<SourceFile>>,
}

impl Header {
    /// The place of the promise.
    pub fn place(&self) -> Place {
        self.file.place(self.span)
    }
}

/// What a check wants next.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Ask all of these, at once.
    Ask(Vec<Ask>),
    /// Step again at this time.
    Wait(Timestamp),
    /// Judged.
    Done(Verdict),
}

/// Judges one promise: a pure, resumable state machine.
pub trait Check: Send + Sync {
    /// Given what was seen so far and the time, says what is wanted next. Pure: no socket, file, clock or log; the same
    /// arguments give the same answer, which is what lets stored evidence be judged again.
    fn step(&self, seen: &Evidence, now: Timestamp) -> Step;

    /// How long the whole evaluation may take before it counts as timed out.
    fn patience(&self) -> Duration {
        Duration::from_secs(30)
    }

    /// The contract by which it judges traces, for those who draw them.
    fn contract(&self) -> Option<&Arc<Contract>> {
        None
    }

    /// Whether it judges the verdicts of other promises, and so comes after them.
    fn is_last(&self) -> bool {
        false
    }
}

/// A promise ready to be judged.
pub struct Promise {
    /// Who it is.
    pub header: Header,
    /// How it is judged.
    pub check: Box<dyn Check>,
}

impl fmt::Debug for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Promise({})", self.header.id)
    }
}
