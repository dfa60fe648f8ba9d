//! Where the traces of an evaluation break the contract they were judged by: judged again, to be drawn. Pure.

use jiff::{SignedDuration, Timestamp};

use crate::evidence::{Answer, Ask};
use crate::status::face::Judged;
use crate::trace::model::Trace;
use crate::trace::sightings::Sightings;
use crate::trace::{Contract, ContractVerdict, Violation};
use crate::verdict::Outcome;

/// What breaks the contract of a broken promise.
pub(super) struct Breaches<'j>(Option<Case<'j>>);

struct Case<'j> {
    contract: &'j Contract,
    /// Services that report.
    alive: Sightings,
    /// When nothing is waited for any more.
    over: Timestamp,
}

impl<'j> Breaches<'j> {
    /// Of a promise that is broken and judges by a contract; of any other there are none.
    pub(super) fn of(judged: &'j Judged) -> Self {
        let is_broken = judged.verdict.outcome == Outcome::Fail;
        let contract = judged.contract.as_deref().filter(|_| is_broken);
        Self(contract.map(|contract| {
            let deadline = SignedDuration::try_from(contract.complete.deadline);
            Case {
                contract,
                alive: Sightings::of(judged.evidence.exhibits.iter().flat_map(|exhibit| {
                    match &exhibit.answer {
                        Ok(Answer::Traces(found)) => found.traces.as_slice(),
                        _ => &[],
                    }
                })),
                over: deadline
                    .ok()
                    .and_then(|deadline| judged.at.checked_add(deadline).ok())
                    .unwrap_or(judged.at),
            }
        }))
    }

    /// None.
    #[cfg(test)]
    pub(super) fn none() -> Self {
        Self(None)
    }

    /// Of one trace that answered `ask`.
    pub(super) fn of_trace(&self, ask: &Ask, trace: &Trace) -> Vec<Violation> {
        // What is asked for without letting it settle only shows who reports.
        let is_sign_of_life = matches!(ask, Ask::Traces { settle_ms: 0, .. });
        let Some(case) = self.0.as_ref().filter(|_| !is_sign_of_life) else {
            return Vec::new();
        };
        let began = trace.start_ns().unwrap_or(0);
        let began = Timestamp::from_nanosecond(i128::from(began)).unwrap_or(case.over);
        match (case.contract).judge(trace, &case.alive, began, case.over) {
            ContractVerdict::Broken(violations) => violations,
            _ => Vec::new(),
        }
    }
}
