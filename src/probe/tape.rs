//! Evidence as a tape that is played from its start. Pure.
//!
//! A journey is written as if it ran straight through; [`Tape::take`] gives the answer to its next question, or leaves it
//! with [`Halt::Ask`] or [`Halt::Wait`] where the evidence ends. Played again with one more exhibit, it gets one question further.

use std::time::Duration;

use jiff::Timestamp;

use crate::evidence::{Answer, Ask, Evidence, Exhibit};
use crate::verdict::{Reason, Verdict};

/// Why a journey does not go on.
#[derive(Debug)]
pub(super) enum Halt {
    /// These must be answered first.
    Ask(Vec<Ask>),
    /// It is too early for the next question.
    Wait(Timestamp),
    /// It is decided.
    Decided(Box<Verdict>),
}

impl From<Verdict> for Halt {
    fn from(verdict: Verdict) -> Self {
        Halt::Decided(Box::new(verdict))
    }
}

/// An exhibit that was played.
#[derive(Debug, Clone, Copy)]
pub(super) struct Played<'e> {
    /// Its place in the evidence.
    pub(super) index: usize,
    /// What was asked, and what came of it.
    pub(super) exhibit: &'e Exhibit,
    /// When the answer was there.
    pub(super) ended: Timestamp,
}

/// The evidence and how far it was played.
#[derive(Debug)]
pub(super) struct Tape<'e> {
    pub(super) evidence: &'e Evidence,
    now: Timestamp,
    next: usize,
    /// When the last answer was there; the start of the evaluation before the first.
    pub(super) free_at: Timestamp,
    /// How much later than possible questions were asked, in all: our fault, not the target's.
    pub(super) lag: Duration,
}

impl<'e> Tape<'e> {
    pub(super) fn new(evidence: &'e Evidence, now: Timestamp) -> Self {
        Self {
            evidence,
            now,
            next: 0,
            free_at: evidence.started,
            lag: Duration::ZERO,
        }
    }

    /// The place of the next exhibit: what a question can be told apart by.
    pub(super) fn position(&self) -> usize {
        self.next
    }

    /// The answer to `ask`, which is asked at `due` at the earliest.
    pub(super) fn take(&mut self, due: Timestamp, ask: Ask) -> Result<Played<'e>, Halt> {
        let Some(exhibit) = self.evidence.exhibits.get(self.next) else {
            return Err(match self.now < due {
                true => Halt::Wait(due),
                false => Halt::Ask(vec![ask]),
            });
        };
        if !is_same(&exhibit.ask, &ask) {
            let what = "the evidence was gathered for another version of this journey";
            return Err(Verdict::inconclusive(Reason::Blocked { what: what.into() }).into());
        }
        self.lag += between(due, exhibit.at);
        Ok(self.play())
    }

    /// The answers to `asks`, which are asked at once.
    pub(super) fn take_all(&mut self, asks: Vec<Ask>) -> Result<Vec<Played<'e>>, Halt> {
        let mut played = Vec::new();
        let mut asks = asks.into_iter();
        while let Some(ask) = asks.next() {
            match self.take(self.free_at, ask.clone()) {
                Err(Halt::Ask(_)) => {
                    let missing = std::iter::once(ask).chain(asks).collect();
                    return Err(Halt::Ask(missing));
                }
                answer => played.push(answer?),
            }
        }
        Ok(played)
    }

    fn play(&mut self) -> Played<'e> {
        let index = self.next;
        let exhibit: &'e Exhibit = &self.evidence.exhibits[index];
        let ended = after(exhibit.at, took(exhibit));
        self.next += 1;
        self.free_at = ended.max(self.free_at);
        Played {
            index,
            exhibit,
            ended,
        }
    }
}

/// The time `duration` after `time`; the end of time where there is none.
pub(super) fn after(time: Timestamp, duration: Duration) -> Timestamp {
    time.saturating_add(duration).unwrap_or(Timestamp::MAX)
}

/// The time from `start` to `end`; zero when `end` comes first.
pub(super) fn between(start: Timestamp, end: Timestamp) -> Duration {
    end.duration_since(start)
        .try_into()
        .unwrap_or(Duration::ZERO)
}

fn took(exhibit: &Exhibit) -> Duration {
    match &exhibit.answer {
        Ok(Answer::Http(response)) => Duration::from_micros(response.timing.total_us),
        _ => Duration::from_millis(exhibit.took_ms),
    }
}

/// Header fields and timeouts do not count: they differ from release to release.
fn is_same(asked: &Ask, wanted: &Ask) -> bool {
    match (asked, wanted) {
        (Ask::Http(asked), Ask::Http(wanted)) => {
            (&asked.target, &asked.method, &asked.url, &asked.body)
                == (&wanted.target, &wanted.method, &wanted.url, &wanted.body)
        }
        _ => asked == wanted,
    }
}
