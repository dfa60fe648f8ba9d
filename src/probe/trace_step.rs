//! The last step of a journey: the trace it caused must keep a contract. Pure.
//!
//! Spans arrive late, so the trace is asked for until the contract is decided or its deadline is over. If a promised edge is
//! missing then, the services it should have led to are asked whether they report at all.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::tape::{Halt, Played, Tape, after, between};
use super::{identity, lints};
use crate::catalog::fields::Spanned;
use crate::catalog::library::Library;
use crate::config::PeerKind;
use crate::evidence::{Answer, Ask, Traces};
use crate::finding::Findings;
use crate::place::SourceFile;
use crate::subject::Subject;
use crate::trace::model::Trace;
use crate::trace::sightings::Sightings;
use crate::trace::{Contract, ContractVerdict, Violation};
use crate::verdict::Reason;

/// The trace store is asked no more often.
const EVERY: Duration = Duration::from_millis(250);

/// So long after the deadline a contract that is still undecided is given up.
const GRACE: Duration = Duration::from_secs(2);

/// Witnesses are looked for a little before the journey began: the store counts back from a later now than ours.
const MARGIN_MS: u64 = 2_000;

/// Traces of a witness: one that ended later is enough.
const WITNESS_TRACES: u32 = 5;

/// Which contract, and who has the trace.
#[derive(Debug, Clone)]
pub struct TraceStep {
    contract: Arc<Contract>,
    peer: String,
}

/// What became of the trace.
pub(super) enum Traced {
    /// The contract is kept by so many spans.
    Kept { n_spans: usize },
    /// The contract is broken.
    Broken(Vec<Violation>),
    /// Could not be found out; with those whose spans are late or lost.
    Inconclusive(Reason, Vec<Subject>),
}

/// Finds the contract called `name`; none, with a finding, where there is none.
pub(super) fn find(
    name: &Spanned<String>,
    source: Option<&str>,
    file: &Arc<SourceFile>,
    library: &Library<'_>,
    findings: &mut Findings,
) -> Option<TraceStep> {
    let Some(contract) = library.get::<Contract>(&name.value) else {
        lints::trace::unknown(name, &library.names::<Contract>(), file, findings);
        return None;
    };
    let peer = library.config.peer(PeerKind::Jaeger, source);
    Some(TraceStep {
        contract,
        // Without a configured peer the evaluation says that it is not reachable.
        peer: peer
            .map_or(PeerKind::Jaeger.name(), |peer| &peer.name)
            .to_owned(),
    })
}

impl TraceStep {
    /// The contract.
    pub(super) fn contract(&self) -> &Arc<Contract> {
        &self.contract
    }

    /// How long it may take until the trace is judged.
    pub(super) fn patience(&self) -> Duration {
        self.contract.complete.deadline + GRACE
    }

    /// Judges the trace of a journey that began at `began`; the exhibits it rests on are added to `cites`.
    pub(super) fn judge(
        &self,
        tape: &mut Tape<'_>,
        began: Timestamp,
        cites: &mut Vec<usize>,
    ) -> Result<Traced, Halt> {
        let id = identity::trace_id(tape.evidence.run);
        let mut due = tape.free_at;
        loop {
            let ask = Ask::Trace {
                peer: self.peer.clone(),
                id: id.clone(),
            };
            let played = tape.take(due, ask)?;
            let trace = match whole(traces(&played)) {
                Ok(trace) => trace.cloned().unwrap_or_else(|| nothing(&id)),
                Err(reason) => {
                    cites.push(played.index);
                    return Ok(Traced::Inconclusive(reason, Vec::new()));
                }
            };
            let asked = played.exhibit.at;
            let unseen = Sightings::default();
            match self.contract.judge(&trace, &unseen, began, asked) {
                ContractVerdict::Undecided { until, why } => {
                    if after(began, self.patience()) <= asked {
                        cites.push(played.index);
                        return Ok(self.given_up(&why));
                    }
                    due = self.next(asked, until).max(played.ended);
                }
                verdict => {
                    cites.push(played.index);
                    return self.decide(verdict, &trace, tape, (began, asked), cites);
                }
            }
        }
    }

    /// When to ask again: when the contract says that it will be decided, and now and then before, since spans may come.
    fn next(&self, asked: Timestamp, until: Timestamp) -> Timestamp {
        let interval = EVERY.max(self.contract.complete.quiet / 2);
        until.min(after(asked, interval)).max(after(asked, EVERY))
    }

    fn given_up(&self, why: &str) -> Traced {
        let reason = Reason::Timeout {
            what: format!("the trace contract `{}`, {why}", self.contract.name),
            after_ms: self.patience().as_millis() as u64,
        };
        Traced::Inconclusive(reason, Vec::new())
    }

    /// Turns what the contract says into what is told, asking for witnesses where only they can tell broken from lost.
    fn decide(
        &self,
        verdict: ContractVerdict,
        trace: &Trace,
        tape: &mut Tape<'_>,
        (began, asked): (Timestamp, Timestamp),
        cites: &mut Vec<usize>,
    ) -> Result<Traced, Halt> {
        let is_settled = matches!(
            verdict,
            ContractVerdict::Kept | ContractVerdict::Undecided { .. }
        );
        let verdict = match is_settled {
            true => verdict,
            // What is broken already may be so because of an edge further up: its service is asked for, too, so that it is
            // named first.
            false => self.with_witnesses(verdict, trace, tape, (began, asked), cites)?,
        };
        Ok(match verdict {
            ContractVerdict::Kept => Traced::Kept {
                n_spans: trace.spans.len(),
            },
            ContractVerdict::Broken(violations) => Traced::Broken(violations),
            ContractVerdict::Undecided { why, .. } => self.given_up(&why),
            ContractVerdict::Inconclusive { reason, culprits } => {
                Traced::Inconclusive(reason, culprits)
            }
        })
    }

    /// Judges again with what the services show of which the trace has no span; where they cannot be asked, what is broken
    /// stays so.
    fn with_witnesses(
        &self,
        verdict: ContractVerdict,
        trace: &Trace,
        tape: &mut Tape<'_>,
        (began, asked): (Timestamp, Timestamp),
        cites: &mut Vec<usize>,
    ) -> Result<ContractVerdict, Halt> {
        let played = tape.take_all(self.witnesses(trace, between(began, asked)))?;
        if played.is_empty() {
            return Ok(verdict);
        }
        cites.extend(played.iter().map(|played| played.index));
        let mut seen = Sightings::default();
        for witness in &played {
            match (traces(witness), &verdict) {
                (Ok(found), _) => seen.see(&found.traces),
                (Err(_), ContractVerdict::Broken(_)) => return Ok(verdict),
                (Err(reason), _) => {
                    let culprits = Vec::new();
                    return Ok(ContractVerdict::Inconclusive { reason, culprits });
                }
            }
        }
        Ok(self.contract.judge(trace, &seen, began, asked))
    }

    fn witnesses(&self, trace: &Trace, since: Duration) -> Vec<Ask> {
        let ask = |service| Ask::Traces {
            peer: self.peer.clone(),
            service,
            operation: None,
            lookback_ms: since.as_millis() as u64 + MARGIN_MS,
            settle_ms: 0,
            limit: WITNESS_TRACES,
        };
        self.contract
            .witnesses(trace)
            .into_iter()
            .map(ask)
            .collect()
    }
}

fn traces<'e>(played: &Played<'e>) -> Result<&'e Traces, Reason> {
    match &played.exhibit.answer {
        Ok(Answer::Traces(traces)) => Ok(traces),
        Ok(_) => Err(Reason::NoData {
            what: "the trace store answered with something else than traces".into(),
        }),
        Err(reason) => Err(reason.clone()),
    }
}

/// The one trace of an answer, which must not have been cut.
fn whole(traces: Result<&Traces, Reason>) -> Result<Option<&Trace>, Reason> {
    let traces = traces?;
    match traces.truncated {
        true => Err(Reason::Truncated {
            what: "the journey's trace".into(),
        }),
        false => Ok(traces.traces.first()),
    }
}

/// A trace of which no span has arrived.
fn nothing(id: &str) -> Trace {
    Trace {
        id: id.to_owned(),
        spans: Vec::new(),
    }
}
