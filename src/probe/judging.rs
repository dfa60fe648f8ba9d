//! What an answer means to a journey: held, broken, or not found out. Pure.
//!
//! What a user would have seen as well is a fail that blames the target; what we could not do, or did too late, is
//! inconclusive.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::expression::{Expression, Judgement, Scope};
use super::journey::Step;
use super::says;
use super::tape::{Halt, Played};
use super::walk::{LONGEST_REQUEST, Walk};
use crate::duration::human;
use crate::evidence::{Answer, HttpResponse};
use crate::verdict::{Reason, Verdict};

/// An answer to a step's request.
pub(super) struct Answered<'e> {
    pub(super) index: usize,
    pub(super) asked: Timestamp,
    pub(super) ended: Timestamp,
    pub(super) response: &'e HttpResponse,
    /// As JSON, or the text where it is none.
    pub(super) body: Value,
}

impl<'e> Walk<'_, 'e> {
    /// The answer that was played. What a user would not have got either is a fail; what we could not do is inconclusive.
    pub(super) fn answer(&self, step: &Step, played: Played<'e>) -> Result<Answered<'e>, Halt> {
        let reason = match &played.exhibit.answer {
            Ok(Answer::Http(response)) => {
                return Ok(Answered {
                    index: played.index,
                    asked: played.exhibit.at,
                    ended: played.ended,
                    response,
                    body: serde_json::from_str(&response.body)
                        .unwrap_or_else(|_| Value::String(response.body.clone())),
                });
            }
            Ok(_) => {
                let what = "the answer to a request is none of HTTP".into();
                return Err(self.inconclusive(step, Some(played.index), Reason::Blocked { what }));
            }
            Err(reason) => reason,
        };
        let says = says::unanswered(step, reason);
        match reason {
            Reason::Timeout { .. } if self.is_cut_short(&played) => {
                Err(self.out_of_time(step, Some(played.index), says))
            }
            Reason::Timeout { .. } | Reason::Unreachable { .. } => {
                Err(self.fail(step, Some(played.index), says))
            }
            other => Err(self.inconclusive(step, Some(played.index), other.clone())),
        }
    }

    /// Whether it is the end of the journey's time, and not of the request's, that cut an answer off.
    pub(super) fn is_cut_short(&self, played: &Played<'_>) -> bool {
        let longest = LONGEST_REQUEST.as_millis() as u64;
        matches!(&played.exhibit.answer, Err(Reason::Timeout { after_ms, .. }) if *after_ms < longest)
    }

    pub(super) fn expect(
        &self,
        step: &Step,
        expression: &Expression,
        answer: &Answered<'e>,
    ) -> Result<(), Halt> {
        let judgement = self.judge(step, expression, answer, self.elapsed())?;
        if judgement == Judgement::Holds {
            return Ok(());
        }
        let own_time = self.tape.lag.saturating_sub(self.late_start);
        let without_us = self.elapsed().saturating_sub(own_time);
        if self.judge(step, expression, answer, without_us)? == Judgement::Holds {
            return Err(self.starved(step, Some(answer.index)));
        }
        let says = says::broken(step, expression.source(), &judgement, answer.response);
        Err(self.fail(step, Some(answer.index), says))
    }

    pub(super) fn judge(
        &self,
        step: &Step,
        expression: &Expression,
        answer: &Answered<'e>,
        elapsed: Duration,
    ) -> Result<Judgement, Halt> {
        if expression.variables().contains("body") {
            self.needs_whole_body(step, answer)?;
        }
        Ok(expression.judge(&Scope {
            status: answer.response.status,
            body: &answer.body,
            headers: &answer.response.headers,
            elapsed,
            took: Duration::from_micros(answer.response.timing.total_us),
            variables: &self.variables,
        }))
    }

    pub(super) fn needs_whole_body(&self, step: &Step, answer: &Answered<'e>) -> Result<(), Halt> {
        if !answer.response.truncated {
            return Ok(());
        }
        let what = format!(
            "the body of step `{}` is longer than what is kept",
            step.name
        );
        Err(self.inconclusive(step, Some(answer.index), Reason::Truncated { what }))
    }

    pub(super) fn fail(&self, step: &Step, index: Option<usize>, says: String) -> Halt {
        Verdict::fail(says)
            .blame(says::culprits(&step.request))
            .citing(self.cites_with(index))
            .with_figure(says::figure(self.elapsed(), self.plan.journey.timeout))
            .into()
    }

    fn inconclusive(&self, step: &Step, index: Option<usize>, reason: Reason) -> Halt {
        let mut verdict = Verdict::inconclusive(reason);
        verdict.says = format!("step `{}`: {}", step.name, verdict.says);
        verdict.citing(self.cites_with(index)).into()
    }

    /// A fail, unless it was us who took the time.
    pub(super) fn out_of_time(&self, step: &Step, index: Option<usize>, says: String) -> Halt {
        match self.plan.journey.timeout / 10 < self.tape.lag {
            true => self.starved(step, index),
            false => self.fail(step, index, says),
        }
    }

    fn starved(&self, step: &Step, index: Option<usize>) -> Halt {
        let what = format!("requests were sent {} late in all", human(self.tape.lag));
        self.inconclusive(step, index, Reason::Starved { what })
    }

    fn cites_with(&self, index: Option<usize>) -> Vec<usize> {
        let mut cites = self.cites.clone();
        cites.extend(index.filter(|index| !cites.contains(index)));
        cites
    }
}
