//! What counts for every promise right now, in memory.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use crate::evaluate::Judgement;
use crate::evidence::Told;
use crate::ledger::{Entry, Past};
use crate::promise::{Header, PromiseId, Selector};
use crate::settle::{Settled, Transition, settle};
use crate::verdict::Verdict;

/// How many verdicts the history strip shows.
const HISTORY: usize = 120;
/// How many transitions a page shows.
const TRANSITIONS: usize = 20;

/// The latest of one promise.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Labels to select by.
    labels: BTreeMap<String, String>,
    /// What counts; none before the first verdict.
    pub settled: Option<Settled>,
    /// The latest judgement.
    pub latest: Option<Arc<Latest>>,
    /// Outcome and figure of the newest verdicts, oldest first.
    pub history: VecDeque<Point>,
    /// The newest changes, oldest first.
    pub transitions: VecDeque<Transition>,
}

/// The latest judgement of a promise.
#[derive(Debug)]
pub struct Latest {
    /// Names its evidence in the ledger.
    pub evidence_id: String,
    /// The verdict, the evidence and when.
    pub judgement: Judgement,
}

/// One verdict in the history.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// When.
    pub at: Timestamp,
    /// `pass`, `fail` or `inconclusive`.
    pub outcome: &'static str,
    /// The figure it turned on.
    pub figure: Option<f64>,
}

/// The board.
#[derive(Debug, Default)]
pub struct Board {
    standings: RwLock<BTreeMap<PromiseId, Standing>>,
}

impl Board {
    /// Shows exactly the promises of `headers`: what is known of the others is forgotten, and what is new starts with its
    /// past, if it has one.
    pub fn show<'a>(
        &self,
        headers: impl IntoIterator<Item = &'a Header>,
        past: &BTreeMap<PromiseId, Past>,
    ) {
        let mut standings = self.write();
        let mut before = std::mem::take(&mut *standings);
        for header in headers {
            let mut standing = before
                .remove(&header.id)
                .unwrap_or_else(|| remembered(past.get(&header.id)));
            standing.labels = header.labels.clone();
            standings.insert(header.id.clone(), standing);
        }
    }

    /// Takes a judgement in; returns what the ledger is to keep. None when the promise is not shown any more.
    pub fn record(&self, header: &Header, judgement: Judgement) -> Option<Entry> {
        let mut standings = self.write();
        let standing = standings.get_mut(&header.id)?;
        let needed = (header.fail_after, header.pass_after);
        let (settled, transition) = settle(
            standing.settled.as_ref(),
            &judgement.verdict,
            judgement.at,
            needed,
        );
        let entry = Entry {
            evidence_id: format!("e-{}", Uuid::now_v7()),
            promise: header.id.clone(),
            at: judgement.at,
            verdict: judgement.verdict.clone(),
            evidence: judgement.evidence.clone(),
            settled: settled.clone(),
            transition: transition.clone(),
        };
        push(
            &mut standing.history,
            point(&judgement.verdict, judgement.at),
            HISTORY,
        );
        if let Some(transition) = transition {
            push(&mut standing.transitions, transition, TRANSITIONS);
        }
        standing.settled = Some(settled);
        standing.latest = Some(Arc::new(Latest {
            evidence_id: entry.evidence_id.clone(),
            judgement,
        }));
        Some(entry)
    }

    /// What counts for the promises that `selector` chooses, as far as it is known.
    pub fn told(&self, selector: &Selector) -> Vec<Told> {
        let standings = self.read();
        let chosen = standings
            .iter()
            .filter(|(id, standing)| selector.matches(id, &standing.labels));
        chosen
            .filter_map(|(id, standing)| {
                let (settled, latest) = (standing.settled.as_ref()?, standing.latest.as_ref()?);
                Some(Told {
                    promise: id.clone(),
                    outcome: settled.outcome.clone(),
                    says: latest.judgement.verdict.says.clone(),
                    at: latest.judgement.at,
                })
            })
            .collect()
    }

    /// A copy of one standing.
    pub fn get(&self, id: &PromiseId) -> Option<Standing> {
        self.read().get(id).cloned()
    }

    /// Whether every promise has had a verdict since the start.
    pub fn is_complete(&self) -> bool {
        self.read()
            .values()
            .all(|standing| standing.latest.is_some())
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<PromiseId, Standing>> {
        self.standings
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<PromiseId, Standing>> {
        self.standings
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn remembered(past: Option<&Past>) -> Standing {
    Standing {
        labels: BTreeMap::new(),
        settled: past.map(|past| past.settled.clone()),
        latest: None,
        history: VecDeque::new(),
        transitions: past
            .map(|past| past.transitions.iter().cloned().collect())
            .unwrap_or_default(),
    }
}

fn point(verdict: &Verdict, at: Timestamp) -> Point {
    Point {
        at,
        outcome: verdict.outcome.name(),
        figure: verdict.figure.as_ref().map(|figure| figure.value),
    }
}

fn push<T>(queue: &mut VecDeque<T>, item: T, limit: usize) {
    if queue.len() == limit {
        queue.pop_front();
    }
    queue.push_back(item);
}

/// How often `header`'s promise is evaluated.
pub fn interval(header: &Header, default: Duration) -> Duration {
    header.interval.unwrap_or(default)
}
