//! A random world: it answers every ask, well or badly as its mood is, and time passes while it does.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use steadfast::clock::Clock;
use steadfast::evaluate::Desk;
use steadfast::evidence::{Answer, Ask, Evidence, Exhibit};
use steadfast::promise::{Check, Promise, Step};
use steadfast::verdict::Reason;

use super::answers;

/// What is to be expected of a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    /// Every answer is as it should be.
    Well,
    /// Answers are of the right kind; now and then one shows a defect.
    Ailing,
    /// Anything may come: errors, answers to other questions, nonsense.
    Wild,
    /// There is no answer, or one with nothing in it.
    Blind,
}

/// One world, the same for the same seed.
pub(super) struct World {
    pub(super) mood: Mood,
    /// What time it is here, in milliseconds since the epoch. Nobody has to wait for it to pass.
    now_ms: AtomicI64,
    random: Mutex<StdRng>,
}

impl World {
    pub(super) fn new(mood: Mood, seed: u64) -> Self {
        Self {
            mood,
            now_ms: AtomicI64::new(1_767_268_800_000),
            random: Mutex::new(StdRng::seed_from_u64(seed)),
        }
    }

    /// Lets time pass until then, but a minute at most: longer than anybody has patience.
    fn pass(&self, until: Timestamp) {
        let latest = self.now() + Duration::from_secs(60);
        let until_ms = until.min(latest).as_millisecond() + 1;
        self.now_ms.fetch_max(until_ms, Ordering::Relaxed);
    }

    fn answer(&self, ask: &Ask) -> Exhibit {
        let mut random = self.random.lock().expect("no test panics with the lock");
        let at = self.now();
        let took_ms = match self.mood {
            Mood::Wild if random.random_bool(0.05) => random.random_range(0..60_000),
            _ => random.random_range(0..8),
        };
        self.now_ms.fetch_add(took_ms, Ordering::Relaxed);
        let answer = match self.mood {
            Mood::Well => Ok(answers::right(ask, at, 0.0, &mut random)),
            Mood::Ailing => Ok(answers::right(ask, at, 0.15, &mut random)),
            Mood::Wild => wild(ask, at, &mut random),
            Mood::Blind => blind(ask, &mut random),
        };
        Exhibit {
            ask: ask.clone(),
            at,
            took_ms: took_ms as u64,
            answer,
        }
    }
}

impl Clock for World {
    fn now(&self) -> Timestamp {
        let now_ms = self.now_ms.load(Ordering::Relaxed);
        Timestamp::from_millisecond(now_ms).expect("worlds end before time does")
    }
}

impl Desk for World {
    fn ask(&self, ask: Ask, _: Timestamp, _: Duration) -> BoxFuture<'_, Arc<Exhibit>> {
        Box::pin(async move { Arc::new(self.answer(&ask)) })
    }
}

/// A check that waits in a world, where time passes at once, and not in ours.
struct Waiting {
    promise: Arc<Promise>,
    world: Arc<World>,
}

impl Check for Waiting {
    fn step(&self, seen: &Evidence, now: Timestamp) -> Step {
        match self.promise.check.step(seen, now) {
            Step::Wait(until) => {
                self.world.pass(until);
                Step::Wait(now)
            }
            step => step,
        }
    }

    fn patience(&self) -> Duration {
        self.promise.check.patience()
    }
}

/// `promise`, to be evaluated in `world`.
pub(super) fn within(world: &Arc<World>, promise: &Arc<Promise>) -> Promise {
    Promise {
        header: promise.header.clone(),
        check: Box::new(Waiting {
            promise: Arc::clone(promise),
            world: Arc::clone(world),
        }),
    }
}

fn wild(ask: &Ask, at: Timestamp, random: &mut StdRng) -> Result<Answer, Reason> {
    match random.random_range(0..10) {
        0..6 => Ok(answers::right(ask, at, 0.4, random)),
        6 => Err(reason(random)),
        7 => Ok(answers::empty(ask)),
        8 => Ok(answers::nonsense(at, random)),
        _ => Ok(answers::right(ask, at, 0.9, random)),
    }
}

/// A synthetic request has no empty answer: any status is one.
fn blind(ask: &Ask, random: &mut StdRng) -> Result<Answer, Reason> {
    match ask {
        Ask::Http(_) => Err(reason(random)),
        _ if random.random_bool(0.5) => Err(reason(random)),
        _ => Ok(answers::empty(ask)),
    }
}

/// Any reason for which there is no answer.
pub(super) fn reason(random: &mut StdRng) -> Reason {
    let what = || "the answer".to_owned();
    let all = [
        Reason::NoData { what: what() },
        Reason::Stale {
            what: what(),
            age_seconds: 400,
        },
        Reason::Partial { what: what() },
        Reason::Truncated { what: what() },
        Reason::TooFew { have: 1, need: 20 },
        Reason::Unreachable {
            peer: "peer".into(),
            error: "connection refused".into(),
        },
        Reason::Timeout {
            what: what(),
            after_ms: random.random_range(0..12_000),
        },
        Reason::Starved { what: what() },
        Reason::OverBudget {
            peer: "peer".into(),
        },
        Reason::Blocked { what: what() },
        Reason::NotCovered {
            have: 0.1,
            need: 0.8,
        },
    ];
    all.choose(random).expect("there are reasons").clone()
}
