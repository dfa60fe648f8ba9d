//! One evaluation of one promise; every command calls it.
//!
//! ```text
//! step --asks--> desk --exhibits--> step ... --> verdict
//! ```

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};
use jiff::Timestamp;
use uuid::Uuid;

use crate::clock::Clock;
use crate::evidence::{Ask, Evidence, Exhibit};
use crate::promise::{Check, Promise, Step};
use crate::verdict::{Outcome, Reason, Verdict};

/// How often a check may ask or wait before it counts as going in circles.
const MAX_STEPS: usize = 2_000;

/// Answers asks. An exhibit that was asked at `not_before` or later, by whomever, may be shared.
pub trait Desk: Send + Sync {
    /// Asks, and waits at most `timeout`; never fails: what went wrong is in the exhibit.
    fn ask(
        &self,
        ask: Ask,
        not_before: Timestamp,
        timeout: Duration,
    ) -> BoxFuture<'_, Arc<Exhibit>>;
}

/// How an evaluation may ask.
#[derive(Debug, Clone, Copy)]
pub struct Manners {
    /// How old a shared answer may be.
    pub tolerance: Duration,
    /// How long one ask may take.
    pub timeout: Duration,
}

impl Manners {
    /// For a promise evaluated every `interval`: answers may be shared for a fifth of it, two seconds at most, and one ask
    /// takes less than half of it, ten seconds at most.
    pub fn of_interval(interval: Duration) -> Self {
        Self {
            tolerance: (interval / 5).min(Duration::from_secs(2)),
            timeout: (interval * 9 / 20).clamp(Duration::from_millis(200), Duration::from_secs(10)),
        }
    }
}

/// A verdict with what it rests on.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// What was judged.
    pub verdict: Verdict,
    /// On what.
    pub evidence: Evidence,
    /// When.
    pub at: Timestamp,
    /// How long it took from the first step.
    pub took: Duration,
}

/// Evaluates `promise` once.
pub async fn evaluate(
    promise: &Promise,
    desk: &dyn Desk,
    clock: &dyn Clock,
    manners: Manners,
) -> Judgement {
    let mut evidence = Evidence::new(Uuid::now_v7(), clock.now());
    let check = promise.check.as_ref();
    let deadline = evidence.started + check.patience();
    let mut n_steps = 0;
    let at = loop {
        let now = clock.now();
        n_steps += 1;
        let step = if now < deadline && n_steps < MAX_STEPS {
            check.step(&evidence, now)
        } else {
            break now;
        };
        match step {
            Step::Done(_) => break now,
            Step::Wait(until) => sleep_until(until.min(deadline), now).await,
            Step::Ask(asks) => ask_all(asks, &mut evidence, now, desk, manners).await,
        }
    };
    Judgement {
        verdict: judge(check, &evidence, at),
        took: at.duration_since(evidence.started).unsigned_abs(),
        evidence,
        at,
    }
}

async fn ask_all(
    asks: Vec<Ask>,
    evidence: &mut Evidence,
    now: Timestamp,
    desk: &dyn Desk,
    manners: Manners,
) {
    let started = evidence.started;
    let asking = asks.into_iter().map(|ask| {
        // What was seen already is asked anew; the rest may be what another check has just been told.
        let not_before = match evidence.latest(&ask) {
            Some(_) => now,
            None => started - manners.tolerance,
        };
        desk.ask(ask, not_before, manners.timeout)
    });
    let exhibits = join_all(asking.collect::<Vec<_>>()).await;
    evidence.exhibits.extend(exhibits);
}

async fn sleep_until(until: Timestamp, now: Timestamp) {
    let wait = until.duration_since(now);
    // A check that waits for the past would spin.
    let wait = Duration::try_from(wait).unwrap_or_default();
    tokio::time::sleep(wait.max(Duration::from_millis(1))).await;
}

/// Judges `evidence` as of `now`: the same function for a running system and for stored evidence. A check that still wants
/// something has timed out, and a pass must cite answers.
pub fn judge(check: &dyn Check, evidence: &Evidence, now: Timestamp) -> Verdict {
    match check.step(evidence, now) {
        Step::Done(verdict) => grounded(verdict, evidence),
        Step::Ask(_) | Step::Wait(_) => Verdict::inconclusive(Reason::Timeout {
            what: "the evaluation".into(),
            after_ms: check.patience().as_millis() as u64,
        }),
    }
}

/// Rule 1 and rule 3 for every kind: a pass rests on answers, or it is none.
fn grounded(verdict: Verdict, evidence: &Evidence) -> Verdict {
    if verdict.outcome != Outcome::Pass {
        return verdict;
    }
    if verdict.cites.is_empty() {
        return Verdict::inconclusive(Reason::NoData {
            what: "nothing was seen that shows the promise kept".into(),
        });
    }
    let unanswered = verdict
        .cites
        .iter()
        .find_map(|cite| match evidence.exhibits.get(*cite) {
            Some(exhibit) => exhibit.answer.as_ref().err().cloned(),
            None => Some(Reason::NoData {
                what: "the evidence cited is missing".into(),
            }),
        });
    match unanswered {
        Some(reason) => Verdict::inconclusive(reason).citing(verdict.cites),
        None => verdict,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Answer;
    use crate::place::{SourceFile, Span};
    use crate::promise::{Header, PromiseId};

    struct FixedClock;
    impl Clock for FixedClock {
        fn now(&self) -> Timestamp {
            "2026-01-01T00:00:00Z".parse().unwrap()
        }
    }

    struct Answers(Result<Answer, Reason>);
    impl Desk for Answers {
        fn ask(&self, ask: Ask, at: Timestamp, _: Duration) -> BoxFuture<'_, Arc<Exhibit>> {
            let answer = self.0.clone();
            Box::pin(async move {
                Arc::new(Exhibit {
                    ask,
                    at,
                    took_ms: 0,
                    answer,
                })
            })
        }
    }

    fn ask() -> Ask {
        Ask::Promql {
            peer: "prometheus".into(),
            query: "up".into(),
        }
    }

    /// Asks once, then passes citing what its field says.
    struct Careless(Vec<usize>);
    impl Check for Careless {
        fn step(&self, seen: &Evidence, _: Timestamp) -> Step {
            match seen.latest(&ask()) {
                None => Step::Ask(vec![ask()]),
                Some(_) => Step::Done(Verdict::pass("fine").citing(self.0.clone())),
            }
        }
    }

    struct Insatiable;
    impl Check for Insatiable {
        fn step(&self, _: &Evidence, _: Timestamp) -> Step {
            Step::Ask(vec![ask()])
        }
    }

    fn promise(check: impl Check + 'static) -> Promise {
        let file = SourceFile::new("a.yaml", "a");
        let header = Header {
            id: PromiseId::new("slo/a"),
            title: "a".into(),
            file,
            span: Span::of(0, 1),
            labels: Default::default(),
            service: String::new(),
            interval: None,
            fail_after: 1,
            pass_after: 1,
            runbook: None,
        };
        Promise {
            header,
            check: Box::new(check),
        }
    }

    async fn outcome(check: impl Check + 'static, answer: Result<Answer, Reason>) -> &'static str {
        let manners = Manners::of_interval(Duration::from_secs(10));
        let judged = evaluate(&promise(check), &Answers(answer), &FixedClock, manners).await;
        let again = judge(&Insatiable, &judged.evidence, judged.at);
        assert_eq!(again.outcome.name(), "inconclusive");
        match judged.verdict.outcome {
            Outcome::Inconclusive(reason) => reason.code(),
            other => other.name(),
        }
    }

    #[tokio::test]
    async fn a_pass_rests_on_answers() {
        let nothing = || Ok(Answer::Vector(vec![]));
        let down = Reason::Unreachable {
            peer: "prometheus".into(),
            error: "refused".into(),
        };
        assert_eq!(outcome(Careless(vec![0]), nothing()).await, "pass");
        assert_eq!(outcome(Careless(vec![]), nothing()).await, "no_data");
        assert_eq!(outcome(Careless(vec![7]), nothing()).await, "no_data");
        assert_eq!(outcome(Careless(vec![0]), Err(down)).await, "unreachable");
        assert_eq!(outcome(Insatiable, nothing()).await, "timeout");
    }
}
