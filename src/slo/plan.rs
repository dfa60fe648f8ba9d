//! Everything needed to judge one objective: what is measured, over which windows, and what to ask for it. Pure.

use std::collections::BTreeSet;
use std::time::Duration;

use super::burn::{Objective, Pair};
use super::measure::Measure;
use crate::evidence::Ask;

/// One objective of an SLO, ready to be judged.
#[derive(Debug)]
pub struct Plan {
    /// What is promised.
    pub objective: Objective,
    /// The window of the error budget.
    pub window: Duration,
    /// The burn rates that must not be exceeded, most urgent first.
    pub pairs: Vec<Pair>,
    /// What is measured.
    pub measure: Measure,
    /// How many events the long window of a pair must have seen.
    pub min_events: u64,
    /// Labels to look for culprits in.
    pub by: Vec<String>,
    /// The Prometheus that is asked.
    pub peer: String,
    /// The service it is about.
    pub service: String,
}

impl Plan {
    /// All windows of all pairs in one question.
    pub fn burn_ask(&self) -> Ask {
        let windows = self.pairs.iter().flat_map(|pair| [pair.short, pair.long]);
        self.ask(self.measure.query(&windows.collect()))
    }

    /// The window of the budget. A question of its own: over a month it may cost more than a peer allows, and burn rates are
    /// judged without it.
    pub fn budget_ask(&self) -> Ask {
        self.ask(self.measure.query(&BTreeSet::from([self.window])))
    }

    /// Who caused the bad events of `window`; none when no label is to be looked at.
    pub fn culprit_ask(&self, window: Duration) -> Option<Ask> {
        if self.by.is_empty() {
            return None;
        }
        let query = self.measure.query_by(window, &self.by)?;
        Some(self.ask(query))
    }

    fn ask(&self, query: String) -> Ask {
        Ask::Promql {
            peer: self.peer.clone(),
            query,
        }
    }
}
