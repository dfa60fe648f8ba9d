//! `steadfast verify`: every promise once, live. With addresses and no document it audits what is loaded there.

use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use indicatif::{ProgressBar, ProgressStyle};

use super::{documents, print, setting, tell_findings, terminal};
use crate::cli::{Format, Options};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, PeerKind};
use crate::daemon::read;
use crate::evaluate::{Judgement, Manners};
use crate::exit::Exit;
use crate::promise::{Promise, Selector};
use crate::report::number::plural;
use crate::report::{HistoryPoint, Row, Standing, TraceLink, verdicts};
use crate::source::desk::Sources;
use crate::verify::{Judged, Verdicts, once};

/// How long one question may take when there is no interval to keep to.
const MANNERS: Manners = Manners {
    tolerance: Duration::from_secs(60),
    timeout: Duration::from_secs(10),
};

/// Judges the promises of the documents, or without any, what is loaded at the addresses given.
///
/// # Errors
/// When usage or configuration is wrong.
pub(crate) async fn run(options: &Options, only: Option<&str>, paths: &[PathBuf]) -> Result<Exit> {
    let setting = setting(options)?;
    let selector = Selector::parse(only.unwrap_or_default()).map_err(anyhow::Error::msg)?;
    let documents = documents(&setting, paths);
    let told = Verdicts::default();
    let sources = sources(&setting.config, &told)?;
    if documents.paths.is_empty() {
        if setting.config.peers.is_empty() {
            bail!("there is nothing to verify: no documents here, and no --prometheus URL");
        }
        return audit(options, &setting.config, &sources, &selector, &told).await;
    }
    let catalog = read(&documents.paths, &setting.config);
    tell_findings(&catalog)?;
    let chosen: Vec<_> = catalog
        .promises
        .iter()
        .filter(|promise| selector.matches(&promise.header.id, &promise.header.labels))
        .cloned()
        .collect();
    let exit = judge(options, &chosen, &sources, &told, &[]).await?;
    Ok(if catalog.findings.has_errors() {
        Exit::Fail
    } else {
        exit
    })
}

/// Sources whose board is the verdicts of this run.
pub(super) fn sources(config: &Config, told: &Verdicts) -> Result<Sources> {
    let telling = told.clone();
    let board = Arc::new(move |selector: &Selector| telling.select(selector));
    Ok(Sources::new(config, Arc::new(SystemClock), board)?)
}

/// Judges `chosen`, prints what came of it and what it cost.
pub(super) async fn judge(
    options: &Options,
    chosen: &[Arc<Promise>],
    sources: &Sources,
    told: &Verdicts,
    remarks: &[String],
) -> Result<Exit> {
    let started = tokio::time::Instant::now();
    let progress = progress(chosen.len() as u64);
    let done = |judged: &Judged| {
        progress.set_message(judged.0.header.id.to_string());
        progress.inc(1);
    };
    let judged = once(chosen, sources, &SystemClock, MANNERS, told, &done).await;
    progress.finish_and_clear();
    let rows: Vec<_> = judged
        .iter()
        .map(|(promise, judgement)| row(promise, judgement))
        .collect();
    let out = terminal(&std::io::stdout());
    let mut text = match options.format {
        Format::Json => verdicts::json::lines(&rows),
        _ => verdicts::text::render(&rows, SystemClock.now(), &out),
    };
    if options.format == Format::Text {
        for remark in remarks {
            text.push_str(&format!("{remark}\n"));
        }
        text.push_str(&format!(
            "{}\n",
            cost(sources, chosen.len(), started.elapsed())
        ));
    }
    print(&text, &mut std::io::stdout())?;
    Ok(Exit::of_outcomes(
        judged
            .iter()
            .map(|(_, judgement)| &judgement.verdict.outcome),
    ))
}

fn progress(n: u64) -> ProgressBar {
    let bar = match std::io::stderr().is_terminal() {
        true => ProgressBar::new(n),
        false => ProgressBar::hidden(),
    };
    let style = ProgressStyle::with_template("{pos}/{len} {wide_msg}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// A judgement that is not kept, as a row.
pub(super) fn row(promise: &Promise, judgement: &Judgement) -> Row {
    let verdict = &judgement.verdict;
    let point = HistoryPoint {
        at: judgement.at,
        standing: Standing::from(&verdict.outcome),
        value: verdict.figure.as_ref().map(|figure| figure.value),
    };
    Row {
        header: Arc::new(promise.header.clone()),
        trace: TraceLink::cited(verdict, &judgement.evidence),
        outcome: verdict.outcome.clone(),
        verdict: Arc::new(verdict.clone()),
        since: judgement.at,
        at: judgement.at,
        due: None,
        took_ms: judgement.took.as_millis() as u64,
        evidence_id: None,
        history: Arc::new([point]),
        transitions: Arc::new([]),
    }
}

/// What it cost, in one line.
fn cost(sources: &Sources, n: usize, took: Duration) -> String {
    let (asked, shared) = sources.counts();
    let peers: Vec<_> = sources
        .stations()
        .map(|station| format!("{} {}", station.guard.counts().0, station.peer.name))
        .collect();
    format!(
        "{} in {}: {asked} questions, {shared} of them answered by another's request; requests: {}",
        plural(n, "promise"),
        crate::duration::human(took),
        peers.join(", ")
    )
}

/// Every alert loaded at the addresses given, and what else is to be said of them.
async fn audit(
    options: &Options,
    config: &Config,
    sources: &Sources,
    selector: &Selector,
    told: &Verdicts,
) -> Result<Exit> {
    let mut promises = Vec::new();
    let mut remarks = Vec::new();
    for station in sources.stations() {
        let name = &station.peer.name;
        match station.version(MANNERS.timeout).await {
            Ok(version) if version.is_empty() => remarks.push(format!("{name} answers")),
            Ok(version) => remarks.push(format!("{name} {version} answers")),
            Err(reason) => remarks.push(format!("{name} does not answer: {reason}")),
        }
        if station.peer.kind != PeerKind::Prometheus {
            continue;
        }
        let now = SystemClock.now();
        if let Ok(rules) = station.rules(now, now, MANNERS.timeout).await {
            promises.extend(crate::alert::sound_of_loaded(&rules, name));
        }
    }
    remarks.extend(super::audit::remarks(sources, MANNERS.timeout).await);
    let mut seen = BTreeSet::new();
    let chosen: Vec<_> = promises
        .into_iter()
        .filter(|promise| seen.insert(promise.header.id.clone()))
        .filter(|promise| selector.matches(&promise.header.id, &promise.header.labels))
        .map(Arc::new)
        .collect();
    if chosen.is_empty() {
        remarks.push("no alert rule is loaded; nothing was judged".to_owned());
    }
    let unreachable = sources.stations().any(|station| !station.guard.is_up());
    let exit = judge(options, &chosen, sources, told, &remarks).await?;
    let missing = config.peer(PeerKind::Prometheus, None).is_none();
    Ok(match exit {
        // What does not answer was not judged.
        Exit::Pass if unreachable || missing => Exit::Inconclusive,
        exit => exit,
    })
}
