//! What a check says: pass, fail, or inconclusive with its reason.

use serde::{Deserialize, Serialize};

use crate::subject::{Role, Subject};

/// Why something could not be found out. Never a pass.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are named after what they hold")]
pub enum Reason {
    /// The question was answered, with nothing.
    NoData { what: String },
    /// The newest answer is too old to judge by.
    Stale { what: String, age_seconds: u64 },
    /// The peer says that its answer lacks something.
    Partial { what: String },
    /// The answer hit a limit.
    Truncated { what: String },
    /// Fewer samples or events than a judgement needs.
    TooFew { have: u64, need: u64 },
    /// A peer could not be reached or did not answer sensibly.
    Unreachable { peer: String, error: String },
    /// A peer, or the check as a whole, took too long.
    Timeout { what: String, after_ms: u64 },
    /// The verifier itself had no time to do its part.
    Starved { what: String },
    /// Asking would have exceeded what we may ask of a peer.
    OverBudget { peer: String },
    /// Something that must come first has not.
    Blocked { what: String },
    /// Too little of a window is covered by data; both are ratios in 0..=1.
    NotCovered { have: f64, need: f64 },
}

impl Reason {
    /// The stable code programs read.
    pub fn code(&self) -> &'static str {
        match self {
            Reason::NoData { .. } => "no_data",
            Reason::Stale { .. } => "stale",
            Reason::Partial { .. } => "partial",
            Reason::Truncated { .. } => "truncated",
            Reason::TooFew { .. } => "too_few",
            Reason::Unreachable { .. } => "unreachable",
            Reason::Timeout { .. } => "timeout",
            Reason::Starved { .. } => "starved",
            Reason::OverBudget { .. } => "over_budget",
            Reason::Blocked { .. } => "blocked",
            Reason::NotCovered { .. } => "not_covered",
        }
    }

    /// The peer that is the cause, when one is.
    pub fn peer(&self) -> Option<&str> {
        match self {
            Reason::Unreachable { peer, .. } | Reason::OverBudget { peer } => Some(peer),
            _ => None,
        }
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Reason::NoData { what } => write!(f, "no data: {what}"),
            Reason::Stale { what, age_seconds } => {
                write!(f, "stale: {what} is {age_seconds} s old")
            }
            Reason::Partial { what } => write!(f, "partial answer: {what}"),
            Reason::Truncated { what } => write!(f, "truncated answer: {what}"),
            Reason::TooFew { have, need } => write!(f, "too few: {have} of {need}"),
            Reason::Unreachable { peer, error } => write!(f, "{peer} unreachable: {error}"),
            Reason::Timeout { what, after_ms } => write!(f, "{what}: no answer in {after_ms} ms"),
            Reason::Starved { what } => write!(f, "starved: {what}"),
            Reason::OverBudget { peer } => write!(f, "the budget of {peer} is used up"),
            Reason::Blocked { what } => write!(f, "blocked: {what}"),
            Reason::NotCovered { have, need } => write!(
                f,
                "not covered: data for {:.0} % of the window, {:.0} % needed",
                have * 100.0,
                need * 100.0
            ),
        }
    }
}

/// The three answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Kept, on evidence.
    Pass,
    /// Broken, on evidence.
    Fail,
    /// Could not be found out.
    Inconclusive(Reason),
}

impl Outcome {
    /// `pass`, `fail` or `inconclusive`.
    pub fn name(&self) -> &'static str {
        match self {
            Outcome::Pass => "pass",
            Outcome::Fail => "fail",
            Outcome::Inconclusive(_) => "inconclusive",
        }
    }

    /// The reason of an inconclusive outcome.
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Outcome::Inconclusive(reason) => Some(reason),
            _ => None,
        }
    }

    /// Worst first: fail, inconclusive, pass.
    pub fn badness(&self) -> u8 {
        match self {
            Outcome::Fail => 0,
            Outcome::Inconclusive(_) => 1,
            Outcome::Pass => 2,
        }
    }
}

/// The unit of a [`Figure`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A ratio in 0..=1, shown as percent.
    Ratio,
    /// A duration in seconds.
    Seconds,
    /// A number of things.
    Count,
    /// A factor such as a burn rate, shown with ×.
    Factor,
}

/// The number a verdict turns on, against its target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// What is counted or measured, for people: `burn rate over 5m`.
    pub name: String,
    /// What was found.
    pub value: f64,
    /// What is promised.
    pub target: Option<f64>,
    /// The unit of both.
    pub unit: Unit,
    /// Whether more is worse, as for latencies and error ratios.
    pub lower_is_better: bool,
}

/// The judgement of one promise at one time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Pass, fail or inconclusive.
    pub outcome: Outcome,
    /// One sentence for on-call: what is broken for whom, by how much.
    pub says: String,
    /// What is to blame, likeliest first; empty for a pass.
    pub culprits: Vec<Subject>,
    /// Which exhibits of the evidence the verdict rests on.
    pub cites: Vec<usize>,
    /// The number it turns on, where there is one.
    pub figure: Option<Figure>,
}

impl Verdict {
    fn new(outcome: Outcome, says: impl Into<String>) -> Self {
        Self {
            outcome,
            says: says.into(),
            culprits: Vec::new(),
            cites: Vec::new(),
            figure: None,
        }
    }

    /// A pass. It must cite what it rests on: the evaluation turns a pass without citation into inconclusive.
    pub fn pass(says: impl Into<String>) -> Self {
        Self::new(Outcome::Pass, says)
    }

    /// A fail.
    pub fn fail(says: impl Into<String>) -> Self {
        Self::new(Outcome::Fail, says)
    }

    /// Inconclusive; says the reason, and names the peer where one is the cause.
    pub fn inconclusive(reason: Reason) -> Self {
        let mut verdict = Self::new(Outcome::Inconclusive(reason.clone()), reason.to_string());
        verdict.culprits = reason
            .peer()
            .map(|peer| Subject::new(Role::Peer, peer))
            .into_iter()
            .collect();
        verdict
    }

    /// With these culprits, likeliest first.
    #[must_use]
    pub fn blame(mut self, culprits: impl IntoIterator<Item = Subject>) -> Self {
        self.culprits = culprits.into_iter().collect();
        self
    }

    /// Resting on these exhibits.
    #[must_use]
    pub fn citing(mut self, cites: impl IntoIterator<Item = usize>) -> Self {
        self.cites = cites.into_iter().collect();
        self
    }

    /// Turning on this number. One that is no number is left out.
    #[must_use]
    pub fn with_figure(mut self, figure: Figure) -> Self {
        self.figure = Some(figure).filter(|figure| figure.value.is_finite());
        self
    }
}
