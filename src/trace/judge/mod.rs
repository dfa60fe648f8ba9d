//! Judges one trace by a contract. Pure.
//!
//! Each rule gives a [`Ruling`]. What cannot heal breaks the contract at once. What may still come is waited for: an edge until
//! the deadline, an earlier span until the trace is quiet.

mod at_most;
mod attributes;
mod must;
mod must_not;
mod status;
mod violation;

use std::time::Duration;

use jiff::Timestamp;

use super::contract::Contract;
use super::graph::TraceGraph;
use super::model::Trace;
use super::pattern::Pattern;
use super::sightings::Sightings;
use crate::duration::human;
use crate::subject::{Role, Subject};
use crate::verdict::Reason;
pub use violation::{Missing, Violation};

/// What a contract says of one trace.
#[derive(Debug, Clone, PartialEq)]
pub enum ContractVerdict {
    /// Every rule holds, and the trace is complete.
    Kept,
    /// What is broken, in the order of the contract; never empty.
    Broken(Vec<Violation>),
    /// Spans may still come.
    Undecided {
        /// When it is decided by the spans that are there, if none come.
        until: Timestamp,
        /// What is waited for.
        why: String,
    },
    /// Could not be found out, and waiting no longer helps.
    Inconclusive {
        /// Why.
        reason: Reason,
        /// Whose spans are late or lost.
        culprits: Vec<Subject>,
    },
}

/// What one rule says of one trace.
#[derive(Debug, Clone, PartialEq)]
enum Ruling {
    /// The trace has nothing the rule is about.
    Idle,
    /// Holds for the spans that are there.
    Kept,
    /// Does not hold, whatever spans may come; never empty.
    Broken(Vec<Violation>),
    /// Holds only if a span that started earlier is still to come.
    Late(Violation),
    /// A span is not there, and only its service can say whether it ever will be.
    Missing { violation: Violation, of: Pattern },
    /// A span that would tell is not there.
    Doubt { what: String, culprit: Subject },
}

/// What the rules look at.
struct Case<'t> {
    graph: TraceGraph<'t>,
}

/// What all rules say of one trace.
pub(super) struct Examination {
    /// By the place of the rule in [`rules`].
    rulings: Vec<Ruling>,
}

/// The rules that are judged trace by trace, as people find them in the document.
pub(super) fn rules(contract: &Contract) -> Vec<String> {
    let numbered = |key: &'static str, n: usize| (0..n).map(move |at| format!("{key}[{at}]"));
    numbered("must", contract.must.len())
        .chain(numbered("mustNot", contract.must_not.len()))
        .chain(numbered("atMost", contract.at_most.len()))
        .chain(numbered("attributes", contract.attributes.len()))
        .chain(contract.http_status.then(|| "status.http".to_owned()))
        .collect()
}

impl Contract {
    /// Judges a trace that began at `began` with what is known at `now`.
    ///
    /// A promised edge that is missing counts against the contract only from the deadline on, and only if its target's service
    /// is known to have reported spans since `began`: by this trace, or by `alive`. [`Contract::witnesses`] says whom to ask
    /// for. An empty trace is judged, too: it lacks everything.
    pub fn judge(
        &self,
        trace: &Trace,
        alive: &Sightings,
        began: Timestamp,
        now: Timestamp,
    ) -> ContractVerdict {
        let examination = self.examine(trace);
        let verdict = examination.decide(self, trace, alive, began, now);
        if verdict == ContractVerdict::Kept && examination.exercised().all(|exercised| !exercised) {
            return ContractVerdict::Inconclusive {
                reason: Reason::NoData {
                    what: format!("no span that the contract `{}` is about", self.name),
                },
                culprits: Vec::new(),
            };
        }
        verdict
    }

    /// Services of which this trace has no span although an edge to them is promised and missing. Ask for traces of these, of
    /// any operation, since the trace began: whether they report at all decides between broken and inconclusive.
    pub fn witnesses(&self, trace: &Trace) -> Vec<String> {
        let own = Sightings::of([trace]);
        let mut services: Vec<String> = self
            .examine(trace)
            .rulings
            .iter()
            .filter_map(|ruling| match ruling {
                Ruling::Missing { of, .. } if !own.reported_since(of, 0) => of.one_service(),
                _ => None,
            })
            .map(str::to_owned)
            .collect();
        services.sort_unstable();
        services.dedup();
        services
    }

    pub(super) fn examine(&self, trace: &Trace) -> Examination {
        let case = Case {
            graph: TraceGraph::of(trace),
        };
        let must = self.must.iter().map(|rule| must::rule(&case, rule));
        let must_not = self.must_not.iter().map(|rule| must_not::rule(&case, rule));
        let at_most = self.at_most.iter().map(|rule| at_most::rule(&case, rule));
        let attributes = self
            .attributes
            .iter()
            .map(|rule| attributes::rule(&case, rule));
        let status = self.http_status.then(|| status::rule(&case));
        let rulings = must
            .chain(must_not)
            .chain(at_most)
            .chain(attributes)
            .chain(status);
        Examination {
            rulings: rulings.collect(),
        }
    }
}

impl Examination {
    /// For each rule whether the trace had anything it is about.
    pub(super) fn exercised(&self) -> impl Iterator<Item = bool> {
        self.rulings.iter().map(|ruling| *ruling != Ruling::Idle)
    }

    pub(super) fn decide(
        &self,
        contract: &Contract,
        trace: &Trace,
        alive: &Sightings,
        began: Timestamp,
        now: Timestamp,
    ) -> ContractVerdict {
        let deadline = after(began, contract.complete.deadline);
        let is_over = deadline <= now;
        let waited_for = self.waited_for();
        let quiet_at = trace
            .end_ns()
            .map(|end_ns| after(timestamp(end_ns), contract.complete.quiet));
        let is_quiet = quiet_at.is_some_and(|quiet_at| quiet_at <= now);
        let is_settled = is_over || (waited_for.is_none() && is_quiet);
        let mut known = alive.clone();
        known.see([trace]);
        let reports = |of: &Pattern| known.reported_since(of, nanoseconds(began));

        let violations = self.violations(is_settled, &|of| is_over && reports(of));
        if !violations.is_empty() {
            return ContractVerdict::Broken(violations);
        }
        if !is_settled {
            let quiet_at = quiet_at.unwrap_or(deadline);
            return ContractVerdict::Undecided {
                until: if waited_for.is_some() {
                    deadline
                } else {
                    quiet_at.min(deadline)
                },
                why: waited_for.unwrap_or_else(|| {
                    let quiet = human(contract.complete.quiet);
                    format!("the trace was not quiet for {quiet} yet")
                }),
            };
        }
        self.doubts().unwrap_or(ContractVerdict::Kept)
    }

    fn violations(&self, is_settled: bool, counts: &dyn Fn(&Pattern) -> bool) -> Vec<Violation> {
        self.rulings
            .iter()
            .flat_map(|ruling| match ruling {
                Ruling::Broken(violations) => violations.clone(),
                Ruling::Late(violation) if is_settled => vec![violation.clone()],
                Ruling::Missing { violation, of } if counts(of) => vec![violation.clone()],
                _ => Vec::new(),
            })
            .collect()
    }

    fn waited_for(&self) -> Option<String> {
        self.rulings.iter().find_map(|ruling| match ruling {
            Ruling::Missing { violation, .. } => Some(format!("not yet: {}", violation.says)),
            Ruling::Doubt { what, .. } => Some(format!("not yet: {what}")),
            _ => None,
        })
    }

    /// Whatever is in doubt once the deadline is over; none when nothing is.
    fn doubts(&self) -> Option<ContractVerdict> {
        let doubts: Vec<(Reason, Subject)> = self.rulings.iter().filter_map(doubt).collect();
        let reason = doubts.first()?.0.clone();
        let mut culprits: Vec<Subject> = Vec::new();
        for (_, culprit) in doubts {
            if !culprits.contains(&culprit) {
                culprits.push(culprit);
            }
        }
        Some(ContractVerdict::Inconclusive { reason, culprits })
    }
}

fn doubt(ruling: &Ruling) -> Option<(Reason, Subject)> {
    match ruling {
        Ruling::Missing { of, .. } => {
            let service = &of.service;
            let what =
                format!("no span of {service} since the trace began, its spans are late or lost");
            Some((
                Reason::NoData { what },
                Subject::new(Role::Service, service),
            ))
        }
        Ruling::Doubt { what, culprit } => {
            Some((Reason::Partial { what: what.clone() }, culprit.clone()))
        }
        _ => None,
    }
}

/// The time `duration` after `time`; the end of time where there is none.
fn after(time: Timestamp, duration: Duration) -> Timestamp {
    time.saturating_add(duration).unwrap_or(Timestamp::MAX)
}

/// The time of nanoseconds since the epoch.
pub(super) fn timestamp(nanoseconds: u64) -> Timestamp {
    Timestamp::from_nanosecond(i128::from(nanoseconds)).unwrap_or(Timestamp::MAX)
}

/// Nanoseconds since the epoch; zero before it.
fn nanoseconds(time: Timestamp) -> u64 {
    u64::try_from(time.as_nanosecond()).unwrap_or(0)
}

#[cfg(test)]
mod tests;
