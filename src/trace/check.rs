//! Judges production traffic by a trace contract: asks for its traces, and for those services that it seems to have lost. Pure.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::contract::{Contract, Select};
use super::model::Trace;
use super::sightings::Sightings;
use super::tally;
use crate::evidence::{Answer, Ask, Evidence, Traces};
use crate::promise::{Check, Step};
use crate::verdict::{Reason, Verdict};

/// Traces of a service that are enough to see whether it reports at all.
const WITNESSES: u32 = 20;

/// Which traces are asked of which peer.
#[derive(Debug, Clone)]
pub struct Asking {
    /// The trace store's name.
    pub peer: String,
    /// Which traffic.
    pub select: Select,
    /// How long a stretch of it.
    pub lookback: Duration,
    /// Traces at most.
    pub limit: u32,
}

/// The check of `trace/NAME`.
#[derive(Debug)]
pub struct TraceCheck {
    contract: Arc<Contract>,
    asking: Asking,
}

impl TraceCheck {
    /// Judges what `asking` names by `contract`.
    pub fn new(contract: Arc<Contract>, asking: Asking) -> Self {
        Self { contract, asking }
    }

    /// The traffic up to the deadline ago: what is younger may still be incomplete.
    fn traffic(&self) -> Ask {
        let settle = self.contract.complete.deadline;
        Ask::Traces {
            peer: self.asking.peer.clone(),
            service: self.asking.select.service.clone(),
            operation: self.asking.select.operation.clone(),
            lookback_ms: milliseconds(self.asking.lookback + settle),
            settle_ms: milliseconds(settle),
            limit: self.asking.limit,
        }
    }

    /// Anything that a service reported since the oldest of the traffic began.
    fn witness(&self, service: String) -> Ask {
        Ask::Traces {
            peer: self.asking.peer.clone(),
            service,
            operation: None,
            lookback_ms: milliseconds(self.asking.lookback + self.contract.complete.deadline),
            settle_ms: 0,
            limit: WITNESSES,
        }
    }

    /// Questions about services that some trace lacks and that no other trace shows to report since.
    fn witnesses(&self, seen: &Traces, alive: &Sightings) -> Vec<Ask> {
        let lost_by = |trace: &Trace| {
            let began_ns = trace.start_ns().unwrap_or(0);
            let services = self.contract.witnesses(trace).into_iter();
            services.filter(move |service| !alive.saw(service, began_ns))
        };
        let services: BTreeSet<String> = seen.traces.iter().flat_map(lost_by).collect();
        services
            .into_iter()
            .map(|service| self.witness(service))
            .collect()
    }
}

impl Check for TraceCheck {
    fn contract(&self) -> Option<&Arc<Contract>> {
        Some(&self.contract)
    }

    fn step(&self, seen: &Evidence, _now: Timestamp) -> Step {
        let traffic = self.traffic();
        let Some((cite, exhibit)) = seen.latest(&traffic) else {
            return Step::Ask(vec![traffic]);
        };
        let found = match traces(&exhibit.answer, &self.asking.peer) {
            Ok(found) => found,
            Err(reason) => return Step::Done(Verdict::inconclusive(reason).citing([cite])),
        };
        let mut alive = Sightings::of(&found.traces);
        let witnesses = self.witnesses(found, &alive);
        let missing = seen.missing(witnesses.iter().cloned());
        if !missing.is_empty() {
            return Step::Ask(missing);
        }
        let mut cites = vec![cite];
        for (cite, exhibit) in witnesses.iter().filter_map(|witness| seen.latest(witness)) {
            cites.push(cite);
            // A witness that cannot be asked saw nothing, which leaves the trace inconclusive.
            if let Ok(told) = traces(&exhibit.answer, &self.asking.peer) {
                alive.see(&told.traces);
            }
        }
        // The time of the answer and not of this step, so that the same evidence gives the same verdict.
        let traffic = self.asking.select.to_string();
        let verdict = tally::judge(&self.contract, &traffic, found, &alive, exhibit.at);
        Step::Done(verdict.citing(cites))
    }
}

fn traces<'e>(answer: &'e Result<Answer, Reason>, peer: &str) -> Result<&'e Traces, Reason> {
    match answer {
        Ok(Answer::Traces(traces)) => Ok(traces),
        Ok(_) => Err(Reason::Unreachable {
            peer: peer.to_owned(),
            error: "the answer holds no traces".into(),
        }),
        Err(reason) => Err(reason.clone()),
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
