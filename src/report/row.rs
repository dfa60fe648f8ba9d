//! What every face shows of one promise: its header, its verdict and how it came to it.

use std::sync::Arc;

use jiff::Timestamp;

use crate::evidence::{Answer, Ask, Evidence};
use crate::promise::Header;
use crate::verdict::{Outcome, Reason, Verdict};

/// An outcome as people read it: a shape and a word, never a colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Standing {
    /// Fail.
    Broken,
    /// Inconclusive.
    Unknown,
    /// Pass.
    Kept,
}

impl Standing {
    /// Worst first.
    pub const ALL: [Standing; 3] = [Standing::Broken, Standing::Unknown, Standing::Kept];

    /// The shape.
    pub fn symbol(self) -> &'static str {
        match self {
            Standing::Broken => "✕",
            Standing::Unknown => "?",
            Standing::Kept => "✓",
        }
    }

    /// The word for people.
    pub fn word(self) -> &'static str {
        match self {
            Standing::Broken => "broken",
            Standing::Unknown => "can't tell",
            Standing::Kept => "kept",
        }
    }

    /// The standing a program calls so.
    pub fn from_name(name: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|standing| standing.name() == name)
    }

    /// The word for programs: `fail`, `inconclusive` or `pass`.
    pub fn name(self) -> &'static str {
        match self {
            Standing::Broken => "fail",
            Standing::Unknown => "inconclusive",
            Standing::Kept => "pass",
        }
    }
}

impl From<&Outcome> for Standing {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Fail => Standing::Broken,
            Outcome::Inconclusive(_) => Standing::Unknown,
            Outcome::Pass => Standing::Kept,
        }
    }
}

/// One past evaluation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HistoryPoint {
    /// When it was judged.
    pub at: Timestamp,
    /// What it said.
    pub standing: Standing,
    /// The figure it turned on, where there was one.
    pub value: Option<f64>,
}

/// One change of the settled outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransitionRow {
    /// When it settled.
    pub at: Timestamp,
    /// What it was before; none for the first verdict.
    pub from: Option<Standing>,
    /// What it became.
    pub to: Standing,
    /// The sentence it came with.
    pub says: String,
    /// Who was told.
    pub told: Vec<Delivery>,
}

/// A notification of a transition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The receiver's name.
    pub receiver: String,
    /// When it arrived; none while it has not.
    pub arrived: Option<Timestamp>,
    /// Why it has not arrived; none while it is under way.
    pub error: Option<String>,
}

/// A trace the verdict rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceLink {
    /// The trace store's name among the peers.
    pub peer: String,
    /// 32 lower-case hex digits.
    pub id: String,
}

/// A promise as it stands. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Row {
    /// Who it is.
    pub header: Arc<Header>,
    /// The newest verdict.
    pub verdict: Arc<Verdict>,
    /// The settled outcome, which lags behind the newest verdict by `fail_after` and `pass_after`.
    pub outcome: Outcome,
    /// Since when the settled outcome is what it is.
    pub since: Timestamp,
    /// When the newest verdict was judged.
    pub at: Timestamp,
    /// By when the next one is due; a pass is stale after it. None where nothing is evaluated again.
    pub due: Option<Timestamp>,
    /// How long judging took, in milliseconds.
    pub took_ms: u64,
    /// Names the stored evidence.
    pub evidence_id: Option<String>,
    /// A trace the verdict rests on.
    pub trace: Option<TraceLink>,
    /// Past evaluations, oldest first, this one included.
    pub history: Arc<[HistoryPoint]>,
    /// Past transitions, newest first.
    pub transitions: Arc<[TransitionRow]>,
}

impl Row {
    /// The settled outcome for people.
    pub fn standing(&self) -> Standing {
        Standing::from(&self.outcome)
    }

    /// The sentence that belongs to the settled outcome: the newest verdict's where it agrees, otherwise the one the
    /// outcome settled with, so that a promise is never called broken in the words of a pass.
    pub fn says(&self) -> &str {
        let settled = || {
            let mut settled = self.transitions.iter();
            settled.find(|transition| transition.to == self.standing())
        };
        match self.unsettled() {
            None => &self.verdict.says,
            Some(_) => settled().map_or(&self.verdict.says, |transition| &transition.says),
        }
    }

    /// What the newest verdict says where it differs from the settled outcome.
    pub fn unsettled(&self) -> Option<Standing> {
        let newest = Standing::from(&self.verdict.outcome);
        (newest != self.standing()).then_some(newest)
    }

    /// The row as it must be read at `now`: a pass nobody has renewed in time is stale, and no pass. What is broken stays
    /// broken until an evaluation says otherwise.
    #[must_use]
    pub fn as_of(&self, now: Timestamp) -> Self {
        let row = self.clone();
        match self.due {
            Some(due) if due < now && self.standing() == Standing::Kept => row.stale(due, now),
            _ => row,
        }
    }

    fn stale(mut self, due: Timestamp, now: Timestamp) -> Self {
        let age_seconds = now.duration_since(self.at).as_secs().max(0).unsigned_abs();
        let what = "the latest verdict".to_owned();
        let reason = Reason::Stale { what, age_seconds };
        let mut verdict = Verdict::inconclusive(reason.clone());
        verdict.cites.clone_from(&self.verdict.cites);
        verdict.figure.clone_from(&self.verdict.figure);
        self.verdict = Arc::new(verdict);
        self.outcome = Outcome::Inconclusive(reason);
        self.since = due;
        self
    }
}

impl TraceLink {
    /// The first trace among the exhibits a verdict cites, or none.
    pub fn cited(verdict: &Verdict, evidence: &Evidence) -> Option<Self> {
        let cited = verdict.cites.iter();
        cited
            .filter_map(|at| evidence.exhibits.get(*at))
            .find_map(|exhibit| {
                let (Ask::Trace { peer, .. } | Ask::Traces { peer, .. }) = &exhibit.ask else {
                    return None;
                };
                let Ok(Answer::Traces(found)) = &exhibit.answer else {
                    return None;
                };
                Some(Self {
                    peer: peer.clone(),
                    id: found.traces.first()?.id.clone(),
                })
            })
    }
}

/// The worst of the standings, or none of none: what was not looked at is not kept.
pub fn worst<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Option<Standing> {
    rows.into_iter().map(Row::standing).min()
}

#[cfg(test)]
pub(crate) mod samples;

#[cfg(test)]
mod tests {
    use super::samples::{at, row};
    use super::*;

    #[test]
    fn nothing_is_not_kept() {
        assert_eq!(worst(&[]), None);
        assert_eq!(worst(&[row("a/kept").kept()]), Some(Standing::Kept));
        let rows = [row("a/kept").kept(), row("a/unknown").unknown("jaeger")];
        assert_eq!(worst(&rows), Some(Standing::Unknown));
    }

    #[test]
    fn names_lead_back() {
        for standing in Standing::ALL {
            assert_eq!(Standing::from_name(standing.name()), Some(standing));
        }
        assert_eq!(Standing::from_name("kept"), None);
    }

    #[test]
    fn a_pass_that_is_overdue_is_no_pass() {
        let mut kept = row("slo/a").kept();
        kept.at = at(0);
        kept.due = Some(at(60));
        assert_eq!(kept.as_of(at(60)).standing(), Standing::Kept);
        let stale = kept.as_of(at(61));
        assert_eq!(stale.standing(), Standing::Unknown);
        assert_eq!(stale.says(), "stale: the latest verdict is 61 s old");
        assert_eq!(stale.since, at(60));
    }

    #[test]
    fn what_is_broken_stays_broken_when_nobody_looks_again() {
        let mut broken = row("slo/a").broken("too slow");
        broken.due = Some(at(60));
        assert_eq!(broken.as_of(at(9_999)).standing(), Standing::Broken);
    }

    #[test]
    fn a_broken_promise_is_not_described_by_a_pass() {
        let mut recovering = row("slo/a").broken("too slow");
        recovering.verdict = Arc::new(Verdict::pass("fast enough"));
        assert_eq!(recovering.unsettled(), Some(Standing::Kept));
        assert_eq!(recovering.says(), "too slow");
    }
}
