//! Two rules that hold for every kind, whatever the world answers: a verdict is judged again from its stored evidence, and what
//! is not known is no pass.

mod answers;
pub(crate) mod documents;
mod spans;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use anyhow::{Context, ensure};
use futures_util::future::join_all;
use libtest_mimic::Trial;
use steadfast::evaluate::{Judgement, Manners, evaluate, judge};
use steadfast::evidence::{Answer, Evidence, Exhibit};
use steadfast::promise::Promise;
use steadfast::verdict::{Outcome, Reason, Verdict};

use crate::harness::{Result, test};
use world::{Mood, World};

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test(
            "replay::stored_evidence_gives_the_same_verdict",
            stored_evidence_gives_the_same_verdict,
        ),
        test("replay::a_pass_rests_on_answers", a_pass_rests_on_answers),
        test(
            "replay::a_pass_does_not_outlive_what_it_cites",
            a_pass_does_not_outlive_what_it_cites,
        ),
        test("replay::the_blind_pass_nothing", the_blind_pass_nothing),
        test("replay::evaluations_end", evaluations_end),
        test(
            "replay::worlds_show_every_outcome",
            worlds_show_every_outcome,
        ),
    ]
}

/// Worlds of each mood.
const N_WORLDS: u64 = 48;

/// One promise, judged in one world.
struct Case {
    promise: Arc<Promise>,
    mood: Mood,
    seed: u64,
    judged: Judgement,
}

impl Case {
    /// What to look at when a property does not hold.
    fn told(&self) -> String {
        let Self { mood, seed, .. } = self;
        let Judgement {
            verdict, evidence, ..
        } = &self.judged;
        let id = &self.promise.header.id;
        format!("{id} in the {mood:?} world {seed}: {verdict:#?}\non {evidence:#?}")
    }

    fn judged_on(&self, evidence: &Evidence) -> Verdict {
        judge(self.promise.check.as_ref(), evidence, self.judged.at)
    }
}

/// Every promise in every world, evaluated once for all tests.
static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    // A runtime cannot be started from within another one's thread.
    let evaluated = std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime");
        runtime.block_on(evaluate_all())
    });
    evaluated.join().expect("no evaluation panics")
});

const MOODS: [Mood; 4] = [Mood::Well, Mood::Ailing, Mood::Wild, Mood::Blind];

async fn evaluate_all() -> Vec<Case> {
    let catalog = documents::read(&documents::files());
    let worlds = MOODS
        .iter()
        .flat_map(|mood| (0..N_WORLDS).map(|seed| (*mood, seed)));
    let evaluations = worlds.flat_map(|(mood, seed)| {
        let promises = catalog.promises.iter().cloned();
        promises.map(move |promise| case(promise, mood, seed))
    });
    join_all(evaluations).await
}

async fn case(promise: Arc<Promise>, mood: Mood, seed: u64) -> Case {
    let world = Arc::new(World::new(mood, seed));
    let manners = Manners::of_interval(Duration::from_secs(30));
    let here = world::within(&world, &promise);
    let judged = evaluate(&here, world.as_ref(), world.as_ref(), manners).await;
    Case {
        promise,
        mood,
        seed,
        judged,
    }
}

async fn stored_evidence_gives_the_same_verdict() -> Result {
    for case in CASES.iter() {
        let judged = &case.judged;
        let stored = serde_json::to_string(&judged.evidence)?;
        let read: Evidence =
            serde_json::from_str(&stored).with_context(|| format!("{stored}\n{}", case.told()))?;
        // NaN is not equal to itself, its text is.
        ensure!(
            format!("{read:?}") == format!("{:?}", judged.evidence),
            "{}",
            case.told()
        );
        ensure!(case.judged_on(&read) == judged.verdict, "{}", case.told());
        let verdict: Verdict = serde_json::from_str(&serde_json::to_string(&judged.verdict)?)?;
        ensure!(verdict == judged.verdict, "{}", case.told());
    }
    Ok(())
}

async fn a_pass_rests_on_answers() -> Result {
    let mut n_passed = 0;
    for case in CASES.iter() {
        let verdict = &case.judged.verdict;
        let exhibits = &case.judged.evidence.exhibits;
        ensure!(
            verdict.cites.iter().all(|cite| *cite < exhibits.len()),
            "{}",
            case.told()
        );
        if verdict.outcome != Outcome::Pass {
            continue;
        }
        n_passed += 1;
        let are_answers = verdict.cites.iter().all(|cite| is_whole(&exhibits[*cite]));
        ensure!(!verdict.cites.is_empty() && are_answers, "{}", case.told());
    }
    ensure!(n_passed > 100, "only {n_passed} promises passed");
    Ok(())
}

/// Whether it answers what was asked, and all of it.
fn is_whole(exhibit: &Exhibit) -> bool {
    match &exhibit.answer {
        Ok(Answer::Traces(traces)) => !traces.truncated,
        Ok(answer) => answers::is_of_arm(answer, &exhibit.ask),
        Err(_) => false,
    }
}

/// Takes away, one at a time, the answers that a pass cites.
async fn a_pass_does_not_outlive_what_it_cites() -> Result {
    let mut n_taken = 0;
    for case in CASES.iter() {
        if case.judged.verdict.outcome != Outcome::Pass {
            continue;
        }
        for cite in &case.judged.verdict.cites {
            for lost in lost(&case.judged.evidence.exhibits[*cite]) {
                n_taken += 1;
                let mut evidence = case.judged.evidence.clone();
                evidence.exhibits[*cite] = Arc::new(lost);
                let again = case.judged_on(&evidence);
                let rests_on_it = again.outcome == Outcome::Pass && again.cites.contains(cite);
                ensure!(
                    !rests_on_it,
                    "still passes without answer {cite}, as it is {:?}: {}",
                    evidence.exhibits[*cite].answer,
                    case.told()
                );
            }
        }
    }
    ensure!(n_taken > 300, "only {n_taken} answers were taken away");
    Ok(())
}

/// The exhibit with no answer, and with one that answers something else.
fn lost(exhibit: &Exhibit) -> [Exhibit; 2] {
    let reason = Reason::OverBudget {
        peer: "peer".into(),
    };
    let other = match exhibit.answer {
        Ok(Answer::Vector(_)) => Answer::HeldAlerts(Vec::new()),
        _ => Answer::Vector(Vec::new()),
    };
    [Err(reason), Ok(other)].map(|answer| Exhibit {
        answer,
        ..exhibit.clone()
    })
}

async fn the_blind_pass_nothing() -> Result {
    for case in CASES.iter().filter(|case| case.mood == Mood::Blind) {
        ensure!(
            case.judged.verdict.outcome != Outcome::Pass,
            "{}",
            case.told()
        );
    }
    Ok(())
}

async fn evaluations_end() -> Result {
    for case in CASES.iter() {
        let Judgement {
            verdict,
            evidence,
            at,
            ..
        } = &case.judged;
        ensure!(evidence.exhibits.len() < 200, "{}", case.told());
        let patience = case.promise.check.patience();
        let is_over = evidence.started + patience <= *at;
        let gave_up = matches!(
            verdict.outcome.reason(),
            Some(Reason::Timeout { what, .. }) if what == "the evaluation"
        );
        ensure!(
            is_over || !gave_up,
            "gave up before its time: {}",
            case.told()
        );
    }
    Ok(())
}

/// Whether the worlds are of use: in them every promise is kept, broken and not found out.
async fn worlds_show_every_outcome() -> Result {
    let mut shown: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for case in CASES.iter() {
        let outcomes = shown.entry(case.promise.header.id.to_string()).or_default();
        outcomes.insert(case.judged.verdict.outcome.name());
        if case.mood == Mood::Well {
            ensure!(
                case.judged.verdict.outcome == Outcome::Pass,
                "{}",
                case.told()
            );
        }
    }
    let kinds: BTreeSet<_> = shown.keys().filter_map(|id| id.split('/').next()).collect();
    ensure!(
        kinds == BTreeSet::from(["slo", "alert", "runbook", "trace", "journey", "gate"]),
        "{kinds:?}"
    );
    let poor: Vec<_> = shown
        .iter()
        .filter(|(_, outcomes)| outcomes.len() < 3)
        .collect();
    ensure!(poor.is_empty(), "{poor:?}");
    Ok(())
}
