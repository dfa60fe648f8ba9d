//! One fault: clean, on, red, off, green. And the time in which nothing may turn red.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Result, bail};
use serde::Serialize;
use tokio::time::Instant;

use crate::catalogue::{Fault, matches};
use crate::stand::{Stand, Verdict};
use crate::table;

/// How long the system may take to be green before a fault is switched on.
const CLEAN: Duration = Duration::from_secs(180);
/// How long nothing may be red before it counts as clean.
const QUIET: Duration = Duration::from_secs(5);
/// How often the page is read.
const EVERY: Duration = Duration::from_millis(200);

/// What became of one fault.
#[derive(Debug, Serialize)]
pub(crate) struct Grade {
    pub(crate) fault: &'static str,
    pub(crate) does: &'static str,
    /// The promise that turned red first among those that must.
    pub(crate) promise: Option<String>,
    /// Seconds from the first affected event to red.
    pub(crate) seconds: Option<f64>,
    pub(crate) deadline: u64,
    /// What the promise blamed.
    pub(crate) culprits: Vec<String>,
    /// Whether the right thing is among it.
    pub(crate) named: bool,
    /// Whether the red verdict has evidence behind it.
    pub(crate) evidence: bool,
    /// Seconds from the last affected event until nothing was red.
    pub(crate) recovered: Option<f64>,
    /// Other promises that turned red meanwhile.
    pub(crate) collateral: BTreeSet<String>,
}

impl Grade {
    /// Detected in time with the right subject and evidence, and recovered in time.
    pub(crate) fn is_good(&self) -> bool {
        let in_time =
            |seconds: Option<f64>| seconds.is_some_and(|seconds| seconds <= self.deadline as f64);
        in_time(self.seconds) && in_time(self.recovered) && self.named && self.evidence
    }
}

/// Grades one fault from a clean state.
pub(crate) async fn one_fault(stand: &Stand, fault: &'static Fault) -> Result<Grade> {
    clean(stand).await?;
    table::progress(&format!("{} {}: on", fault.id, fault.does));
    let mut grade = Grade {
        fault: fault.id,
        does: fault.does,
        promise: None,
        seconds: None,
        deadline: fault.deadline,
        culprits: Vec::new(),
        named: false,
        evidence: false,
        recovered: None,
        collateral: BTreeSet::new(),
    };
    let lag = Duration::from_secs(fault.lag);
    stand.switch_on(fault.id, (fault.params)()).await?;
    let on = Instant::now();
    let patience = lag + Duration::from_secs(fault.deadline) * 2;
    while on.elapsed() < patience && !grade.named {
        let red = red(stand).await?;
        for verdict in &red {
            notice(&mut grade, fault, verdict, on.elapsed().saturating_sub(lag));
        }
        tokio::time::sleep(EVERY).await;
    }
    stand.switch_off(fault.id).await?;
    let off = Instant::now();
    table::progress(&format!("{} {}: off", fault.id, fault.does));
    while off.elapsed() < lag + Duration::from_secs(fault.deadline) * 2 + CLEAN {
        let red = red(stand).await?;
        if red.is_empty() {
            grade.recovered = Some(off.elapsed().saturating_sub(lag).as_secs_f64());
            break;
        }
        for verdict in &red {
            if !is_expected(fault, verdict) {
                grade.collateral.insert(verdict.promise.clone());
            }
        }
        tokio::time::sleep(EVERY).await;
    }
    Ok(grade)
}

fn is_expected(fault: &Fault, verdict: &Verdict) -> bool {
    fault
        .noticed_by
        .iter()
        .any(|pattern| matches(pattern, &verdict.promise))
}

fn notice(grade: &mut Grade, fault: &Fault, verdict: &Verdict, after: Duration) {
    if !is_expected(fault, verdict) {
        grade.collateral.insert(verdict.promise.clone());
        return;
    }
    let named = verdict
        .culprits
        .iter()
        .any(|culprit| fault.subjects.contains(&culprit.as_str()));
    if grade.promise.is_some() && !named {
        return;
    }
    if grade.promise.is_none() || !grade.named {
        grade.promise = Some(verdict.promise.clone());
        grade.seconds = Some(after.as_secs_f64());
        grade.culprits.clone_from(&verdict.culprits);
        grade.named = named;
        grade.evidence = verdict.evidence.is_some();
    }
}

/// What counts as broken now.
async fn red(stand: &Stand) -> Result<Vec<Verdict>> {
    let verdicts = stand.verdicts().await?;
    Ok(verdicts
        .into_iter()
        .filter(|verdict| verdict.outcome == "fail")
        .collect())
}

/// Waits until nothing has been red, and everything known, for a while.
async fn clean(stand: &Stand) -> Result<()> {
    let started = Instant::now();
    let mut since: Option<Instant> = None;
    while started.elapsed() < CLEAN {
        let verdicts = stand.verdicts().await?;
        let bad: Vec<_> = verdicts
            .iter()
            .filter(|verdict| verdict.outcome != "pass")
            .collect();
        if verdicts.is_empty() || !bad.is_empty() {
            since = None;
            let names: Vec<_> = bad.iter().map(|verdict| verdict.promise.as_str()).collect();
            table::progress(&format!("waiting until all is green: {}", names.join(", ")));
        } else if since.get_or_insert_with(Instant::now).elapsed() > QUIET {
            return Ok(());
        }
        tokio::time::sleep(EVERY).await;
    }
    let verdicts = stand.verdicts().await?;
    let bad: Vec<_> = verdicts
        .iter()
        .filter(|verdict| verdict.outcome != "pass")
        .map(|verdict| format!("{} {}: {}", verdict.outcome, verdict.promise, verdict.says))
        .collect();
    bail!("not green after {} s:\n{}", CLEAN.as_secs(), bad.join("\n"))
}

/// Watches for `time` while harmless things happen; returns every promise that turned red, with its sentence.
pub(crate) async fn healthy(stand: &Stand, time: Duration) -> Result<Vec<String>> {
    clean(stand).await?;
    let started = Instant::now();
    let mut alarms = Vec::new();
    let mut is_red: BTreeSet<String> = BTreeSet::new();
    let mut decoys = stand.decoys(time).into_iter().peekable();
    while started.elapsed() < time {
        while let Some(decoy) = decoys.next_if(|decoy| decoy.at <= started.elapsed()) {
            table::progress(&format!("decoy {}", decoy.says));
            stand.play(&decoy).await?;
        }
        let red = red(stand).await?;
        for verdict in &red {
            if is_red.insert(verdict.promise.clone()) {
                let after = started.elapsed().as_secs();
                alarms.push(format!(
                    "after {after} s {}: {}",
                    verdict.promise, verdict.says
                ));
            }
        }
        is_red.retain(|promise| red.iter().any(|verdict| verdict.promise == *promise));
        let left = (time - started.elapsed().min(time)).as_secs();
        table::progress(&format!(
            "healthy time: {} alarms, {left} s left",
            alarms.len()
        ));
        tokio::time::sleep(EVERY * 2).await;
    }
    Ok(alarms)
}
