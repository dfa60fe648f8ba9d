//! Judges a journey: walks its steps, cleans up, then looks at the trace it caused. Pure.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::plan::Plan;
use super::says;
use super::tape::{Halt, Tape};
use super::trace_step::{TraceStep, Traced};
use super::walk::{CLEAN_UP, Walk};
use crate::evidence::Evidence;
use crate::promise::{Check, Step};
use crate::trace::Contract;
use crate::verdict::{Reason, Verdict};

/// Beyond what a journey itself may take: the last answers and the way to them.
const SPARE: Duration = Duration::from_secs(10);

/// The check of a journey.
#[derive(Debug)]
pub struct JourneyCheck {
    plan: Result<Plan, String>,
}

impl JourneyCheck {
    /// A check that follows `plan`, or is blocked by what stands in its place.
    pub fn new(plan: Result<Plan, String>) -> Self {
        Self { plan }
    }
}

impl Check for JourneyCheck {
    fn step(&self, seen: &Evidence, now: Timestamp) -> Step {
        let verdict = match &self.plan {
            Ok(plan) => judge(plan, Tape::new(seen, now)),
            Err(what) => Err(Verdict::inconclusive(Reason::Blocked { what: what.clone() }).into()),
        };
        match verdict {
            Ok(verdict) => Step::Done(verdict),
            Err(Halt::Decided(verdict)) => Step::Done(*verdict),
            Err(Halt::Ask(asks)) => Step::Ask(asks),
            Err(Halt::Wait(until)) => Step::Wait(until),
        }
    }

    fn contract(&self) -> Option<&Arc<Contract>> {
        let plan = self.plan.as_ref().ok()?;
        plan.trace.as_ref().map(TraceStep::contract)
    }

    fn patience(&self) -> Duration {
        let Ok(Plan { journey, trace, .. }) = &self.plan else {
            return SPARE;
        };
        let clean_up = CLEAN_UP * journey.always.len() as u32;
        let trace = trace.as_ref().map_or(Duration::ZERO, TraceStep::patience);
        journey.timeout + clean_up + trace + SPARE
    }
}

fn judge(plan: &Plan, tape: Tape<'_>) -> Result<Verdict, Halt> {
    let mut walk = Walk::new(plan, tape);
    let broken = match walk.steps() {
        Ok(()) => None,
        Err(Halt::Decided(verdict)) => Some(*verdict),
        Err(pause) => return Err(pause),
    };
    let troubles = walk.clean_up()?;
    let mut verdict = match broken {
        Some(verdict) => verdict,
        None => passed(plan, &mut walk)?,
    };
    for trouble in troubles {
        verdict.says = format!("{}; {trouble}", verdict.says);
    }
    Ok(verdict)
}

/// The verdict when every step passed.
fn passed(plan: &Plan, walk: &mut Walk<'_, '_>) -> Result<Verdict, Halt> {
    let steps = says::passed(plan.journey.steps.len(), walk.elapsed());
    let mut cites = std::mem::take(&mut walk.cites);
    let verdict = match &plan.trace {
        None => Verdict::pass(steps),
        Some(trace) => {
            let began = walk.began();
            traced(
                trace.judge(&mut walk.tape, began, &mut cites)?,
                &trace.contract().name,
                &steps,
            )
        }
    };
    let figure = says::figure(walk.elapsed(), plan.journey.timeout);
    Ok(verdict.citing(cites).with_figure(figure))
}

fn traced(traced: Traced, contract: &str, steps: &str) -> Verdict {
    match traced {
        Traced::Kept { n_spans } => {
            let spans = if n_spans == 1 { "span" } else { "spans" };
            Verdict::pass(format!(
                "{steps}; the trace keeps {contract} ({n_spans} {spans})"
            ))
        }
        Traced::Broken(violations) => {
            let told = each_once(violations.iter().map(|violation| violation.says.as_str()));
            let culprits = violations.iter().flat_map(|violation| &violation.culprits);
            let culprits = each_once(culprits.cloned());
            Verdict::fail(format!("the trace breaks {contract}: {}", told.join("; ")))
                .blame(culprits)
        }
        Traced::Inconclusive(reason, culprits) => {
            let mut verdict = Verdict::inconclusive(reason);
            verdict.says = format!(
                "{steps}, but the trace could not be judged: {}",
                verdict.says
            );
            verdict.culprits.extend(culprits);
            verdict
        }
    }
}

/// Without what came before; two spans may break the same rule alike.
fn each_once<T: PartialEq>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut kept = Vec::new();
    for one in all {
        if !kept.contains(&one) {
            kept.push(one);
        }
    }
    kept
}

#[cfg(test)]
mod tests;
