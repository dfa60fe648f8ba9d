//! The walk through the steps of a journey. Pure.
//!
//! Time is that of the evidence, never that of the clock: when something was asked, when its answer was there. So the same
//! evidence always leads to the same next question and the same verdict.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::expression::Judgement;
use super::journey::{Request, Step, Until};
use super::judging::Answered;
use super::plan::Plan;
use super::tape::{Halt, Played, Tape, after, between};
use super::template::Variables;
use super::{identity, says};
use crate::duration::human;
use crate::evidence::{Answer, Ask, HttpRequest};
use crate::verdict::Reason;

/// A single request has no longer than this.
pub(super) const LONGEST_REQUEST: Duration = Duration::from_secs(10);

/// A request of the clean-up has so long, whatever the steps took.
pub(super) const CLEAN_UP: Duration = Duration::from_secs(2);

/// The last request of `until` comes so long before the time is up, however long `every` is.
const LAST_CALL: Duration = Duration::from_millis(100);

/// Where a walk has got to.
pub(super) struct Walk<'p, 'e> {
    pub(super) plan: &'p Plan,
    pub(super) tape: Tape<'e>,
    pub(super) variables: Variables,
    deadline: Timestamp,
    began: Option<Timestamp>,
    /// How late the first request was.
    pub(super) late_start: Duration,
    /// When the last answer to a step was there.
    ended: Timestamp,
    /// The exhibits that decided the steps so far.
    pub(super) cites: Vec<usize>,
}

impl<'p, 'e> Walk<'p, 'e> {
    pub(super) fn new(plan: &'p Plan, tape: Tape<'e>) -> Self {
        let run = tape.evidence.run;
        let variables = Variables::from([
            ("run".into(), Value::from(run.to_string())),
            ("run_number".into(), Value::from(identity::run_number(run))),
        ]);
        Self {
            plan,
            variables,
            deadline: after(tape.evidence.started, plan.journey.timeout),
            began: None,
            late_start: Duration::ZERO,
            ended: tape.evidence.started,
            cites: Vec::new(),
            tape,
        }
    }

    /// When the first request was sent.
    pub(super) fn began(&self) -> Timestamp {
        self.began.unwrap_or(self.tape.evidence.started)
    }

    /// From the first request to the last answer.
    pub(super) fn elapsed(&self) -> Duration {
        between(self.began(), self.ended)
    }

    /// All steps, up to the first that fails.
    pub(super) fn steps(&mut self) -> Result<(), Halt> {
        let plan = self.plan;
        plan.journey
            .steps
            .iter()
            .try_for_each(|step| self.step(step))
    }

    fn step(&mut self, step: &Step) -> Result<(), Halt> {
        let answer = match &step.until {
            Some(until) => self.poll(step, until)?,
            None => self.once(step)?,
        };
        self.cites.push(answer.index);
        for expression in &step.expect {
            self.expect(step, expression, &answer)?;
        }
        self.extract(step, &answer)
    }

    fn extract(&mut self, step: &Step, answer: &Answered<'e>) -> Result<(), Halt> {
        for (name, path) in &step.extract {
            self.needs_whole_body(step, answer)?;
            let value = path.find(&answer.body).map_err(|why| {
                let answered = says::answered(answer.response);
                self.fail(
                    step,
                    Some(answer.index),
                    format!("step `{}`: {why} ({answered})", step.name),
                )
            })?;
            self.variables.insert(name.clone(), value);
        }
        Ok(())
    }

    fn once(&mut self, step: &Step) -> Result<Answered<'e>, Halt> {
        let due = self.tape.free_at;
        if self.deadline <= due {
            let timeout = human(self.plan.journey.timeout);
            let says = format!(
                "step `{}`: the steps before it took all of the {timeout}",
                step.name
            );
            return Err(self.out_of_time(step, None, says));
        }
        let played = self.send(step, due)?;
        self.answer(step, played)
    }

    /// Asks until the condition holds. A target that works meanwhile loses nothing when we are late to ask again, so of our
    /// lateness only that of the last request counts when it held, and none of it when it never did.
    fn poll(&mut self, step: &Step, until: &Until) -> Result<Answered<'e>, Halt> {
        let lag = self.tape.lag;
        let mut due = self.tape.free_at;
        let mut last: Option<(Answered<'e>, Judgement)> = None;
        while due < self.deadline {
            self.tape.lag = lag;
            let played = self.send(step, due)?;
            if last.is_some() && self.is_cut_short(&played) {
                break;
            }
            let answer = self.answer(step, played)?;
            let judgement = self.judge(step, &until.that, &answer, self.elapsed())?;
            if judgement == Judgement::Holds {
                return Ok(answer);
            }
            due = self.next_poll(&answer, until.every);
            last = Some((answer, judgement));
        }
        self.tape.lag = lag;
        let (heard, index) = match &last {
            Some((answer, judgement)) => (Some((answer.response, judgement)), Some(answer.index)),
            None => (None, None),
        };
        let says = says::in_vain(step, until.that.source(), self.plan.journey.timeout, heard);
        Err(self.out_of_time(step, index, says))
    }

    /// When to ask again; the deadline after the last call.
    fn next_poll(&self, answer: &Answered<'e>, every: Duration) -> Timestamp {
        let last_call = self.deadline - LAST_CALL;
        match answer.asked < last_call {
            true => after(answer.asked, every).min(last_call).max(answer.ended),
            false => self.deadline,
        }
    }

    fn send(&mut self, step: &Step, due: Timestamp) -> Result<Played<'e>, Halt> {
        let timeout = between(due, self.deadline).min(LONGEST_REQUEST);
        let request = self.request(&step.request, timeout).expect(
            "a journey runs only if its steps use nothing that earlier ones do not extract",
        );
        let played = self.tape.take(due, Ask::Http(request))?;
        if self.began.is_none() {
            self.began = Some(played.exhibit.at);
            self.late_start = self.tape.lag;
        }
        self.ended = played.ended;
        Ok(played)
    }

    /// None while a variable is unknown.
    fn request(&self, request: &Request, timeout: Duration) -> Option<HttpRequest> {
        let index = (self.tape.evidence.run, self.tape.position());
        self.plan.request(request, &self.variables, index, timeout)
    }

    /// Sends what is always sent, and tells what did not work. A request that needs what was never extracted is left out:
    /// there is nothing to clean up then.
    pub(super) fn clean_up(&mut self) -> Result<Vec<String>, Halt> {
        let plan = self.plan;
        let mut troubles = Vec::new();
        for request in &plan.journey.always {
            let Some(complete) = self.request(request, CLEAN_UP) else {
                continue;
            };
            let played = self.tape.take(self.tape.free_at, Ask::Http(complete))?;
            let why = match &played.exhibit.answer {
                Ok(Answer::Http(response)) if response.status < 500 => continue,
                Ok(Answer::Http(response)) => format!("status {}", response.status),
                Ok(_) => "the answer is none of HTTP".into(),
                Err(Reason::Unreachable { error, .. }) => error.clone(),
                Err(reason) => reason.to_string(),
            };
            troubles.push(says::left_over(request, &why));
        }
        Ok(troubles)
    }
}
