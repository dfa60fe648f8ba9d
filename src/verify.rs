//! Every promise once: what `verify` and `gate` do, and what the daemon does on a timer.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt;
use futures_util::stream;

use crate::clock::Clock;
use crate::evaluate::{Desk, Judgement, Manners, evaluate};
use crate::evidence::Told;
use crate::promise::{Promise, Selector};

/// Evaluations at the same time.
const CONCURRENT: usize = 32;

/// A promise and what was judged of it.
pub type Judged = (Arc<Promise>, Judgement);

/// A verdict with the labels of its promise.
type Labelled = (BTreeMap<String, String>, Told);

/// The verdicts of this run, for promises that judge others.
#[derive(Debug, Clone, Default)]
pub struct Verdicts {
    told: Arc<Mutex<Vec<Labelled>>>,
}

impl Verdicts {
    /// The verdicts of the promises that `selector` chooses.
    pub fn select(&self, selector: &Selector) -> Vec<Told> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let chosen = told
            .iter()
            .filter(|(labels, told)| selector.matches(&told.promise, labels));
        chosen.map(|(_, told)| told.clone()).collect()
    }

    fn add(&self, (promise, judgement): &Judged) {
        let told = Told {
            promise: promise.header.id.clone(),
            outcome: judgement.verdict.outcome.clone(),
            says: judgement.verdict.says.clone(),
            at: judgement.at,
        };
        let mut all = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        all.push((promise.header.labels.clone(), told));
    }
}

/// Evaluates `promises` once, those that judge others last. `done` is called after each. The result is in the order of
/// the promises.
pub async fn once(
    promises: &[Arc<Promise>],
    desk: &dyn Desk,
    clock: &dyn Clock,
    manners: Manners,
    told: &Verdicts,
    done: &(dyn Fn(&Judged) + Sync),
) -> Vec<Judged> {
    let mut judged = Vec::with_capacity(promises.len());
    for is_last in [false, true] {
        let round = promises
            .iter()
            .filter(|promise| promise.check.is_last() == is_last);
        let mut running = stream::iter(round.map(|promise| async move {
            let judgement = evaluate(promise, desk, clock, manners).await;
            (Arc::clone(promise), judgement)
        }))
        .buffer_unordered(CONCURRENT);
        while let Some(one) = running.next().await {
            done(&one);
            told.add(&one);
            judged.push(one);
        }
    }
    judged.sort_by(|(a, _), (b, _)| a.header.id.cmp(&b.header.id));
    judged
}
