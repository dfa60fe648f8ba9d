//! The sentences of a journey's verdicts. Pure.

use std::time::Duration;

use super::expression::Judgement;
use super::journey::{Request, Step};
use crate::duration::human;
use crate::evidence::HttpResponse;
use crate::subject::{Role, Subject};
use crate::verdict::{Figure, Reason, Unit};

/// How much of a body is shown, in characters.
const EXCERPT: usize = 120;

/// `body.status == 'x'` does not hold, and why.
pub(super) fn broken(
    step: &Step,
    expression: &str,
    judgement: &Judgement,
    response: &HttpResponse,
) -> String {
    let because = because(judgement, response);
    format!(
        "step `{}`: `{expression}` does not hold: {because}",
        step.name
    )
}

/// A condition that was waited for in vain, with the last answer.
pub(super) fn in_vain(
    step: &Step,
    expression: &str,
    timeout: Duration,
    last: Option<(&HttpResponse, &Judgement)>,
) -> String {
    let last = match last {
        Some((response, judgement @ Judgement::False(Some(_)))) => {
            format!(
                "status {}, {}",
                response.status,
                because(judgement, response)
            )
        }
        Some((response, judgement)) => because(judgement, response),
        None => "no answer".into(),
    };
    format!(
        "step `{}`: `{expression}` did not hold within {} (last: {last})",
        step.name,
        human(timeout)
    )
}

fn because(judgement: &Judgement, response: &HttpResponse) -> String {
    match judgement {
        Judgement::False(Some(value)) => value.clone(),
        Judgement::Error(error) => format!("{error} ({})", answered(response)),
        Judgement::False(None) | Judgement::Holds => answered(response),
    }
}

/// A target that a user would not have reached either.
pub(super) fn unanswered(step: &Step, reason: &Reason) -> String {
    let target = &step.request.target;
    match reason {
        Reason::Timeout { after_ms, .. } => {
            let after = human(Duration::from_millis(*after_ms));
            format!("step `{}`: {target} gave no answer in {after}", step.name)
        }
        Reason::Unreachable { error, .. } => {
            format!("step `{}`: {target} cannot be reached: {error}", step.name)
        }
        other => format!("step `{}`: {other}", step.name),
    }
}

/// A request of the clean-up that did not work.
pub(super) fn left_over(request: &Request, why: &str) -> String {
    format!(
        "cleaning up with `{} {}` failed: {why}",
        request.method, request.route
    )
}

/// `status 200, body …`, short and on one line.
pub(super) fn answered(response: &HttpResponse) -> String {
    let body = response
        .body
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    match (body.is_empty(), body.char_indices().nth(EXCERPT)) {
        (true, _) => format!("status {}, no body", response.status),
        (_, None) => format!("status {}, body {body}", response.status),
        (_, Some((end, _))) => format!("status {}, body {}…", response.status, &body[..end]),
    }
}

/// `4 steps in 812 ms`.
pub(super) fn passed(n_steps: usize, elapsed: Duration) -> String {
    let steps = if n_steps == 1 { "step" } else { "steps" };
    format!("{n_steps} {steps} in {}", human(elapsed))
}

/// The target's service, and the route that was asked for.
pub(super) fn culprits(request: &Request) -> [Subject; 2] {
    let route = format!("{} {}", request.method, request.route);
    [
        Subject::new(Role::Service, &request.target),
        Subject::new(Role::Route, route),
    ]
}

/// The time the steps took against the time they have.
pub(super) fn figure(elapsed: Duration, timeout: Duration) -> Figure {
    Figure {
        name: "time of all steps".into(),
        value: elapsed.as_secs_f64(),
        target: Some(timeout.as_secs_f64()),
        unit: Unit::Seconds,
        lower_is_better: true,
    }
}
