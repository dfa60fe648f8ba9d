//! `steadfast trace ID|FILE`: a trace as a tree, what breaks its contract marked.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;

use super::{print, setting, terminal};
use crate::catalog::{self, files};
use crate::cli::Options;
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, PeerKind};
use crate::evaluate::Desk;
use crate::evidence::{Answer, Ask};
use crate::exit::Exit;
use crate::finding::Findings;
use crate::trace::decode::read_trace_file;
use crate::trace::model::Trace;
use crate::trace::sightings::Sightings;
use crate::trace::{Contract, ContractVerdict, Violation, tree};

/// Draws the trace of this id, or those of this file.
///
/// # Errors
/// When there is no such trace or contract, or no trace store to ask.
pub(crate) async fn run(options: &Options, trace: &str, contract: Option<&str>) -> Result<Exit> {
    let setting = setting(options)?;
    let contract = contract
        .map(|name| find_contract(&setting.documents.paths, &setting.config, name))
        .transpose()?;
    let is_file = Path::new(trace).exists();
    let traces = match is_file {
        true => read_file(trace)?,
        false => fetch(&setting.config, trace).await?,
    };
    if traces.is_empty() {
        bail!("there is no trace {trace}");
    }
    let mut exit = Exit::Pass;
    for trace in &traces {
        let mut alive = Sightings::of([trace]);
        if let Some(contract) = contract.as_deref().filter(|_| !is_file) {
            witness(&setting.config, contract, trace, &mut alive).await?;
        }
        let (violations, says, this) = judge(trace, contract.as_deref(), &alive);
        let width = terminal(&std::io::stdout()).width;
        let text = format!("{}{says}", tree::render(trace, &violations, width));
        print(&text, &mut std::io::stdout())?;
        exit = worse(exit, this);
    }
    Ok(exit)
}

fn worse(a: Exit, b: Exit) -> Exit {
    match (a, b) {
        (Exit::Fail, _) | (_, Exit::Fail) => Exit::Fail,
        (Exit::Pass, other) | (other, Exit::Pass) => other,
        (other, _) => other,
    }
}

fn read_file(path: &str) -> Result<Vec<Trace>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
    read_trace_file(&text)
        .map_err(anyhow::Error::msg)
        .with_context(|| format!("{path} is not a trace"))
}

async fn fetch(config: &Config, id: &str) -> Result<Vec<Trace>> {
    let Some(peer) = config.peer(PeerKind::Jaeger, None) else {
        bail!("`{id}` is no file, and no trace store is configured; give --jaeger URL");
    };
    let ask = Ask::Trace {
        peer: peer.name.clone(),
        id: id.to_lowercase(),
    };
    asked(config, ask).await
}

async fn asked(config: &Config, ask: Ask) -> Result<Vec<Trace>> {
    let sources = super::verify::sources(config, &crate::verify::Verdicts::default())?;
    let exhibit = sources
        .ask(ask, SystemClock.now(), Duration::from_secs(10))
        .await;
    match &exhibit.answer {
        Ok(Answer::Traces(found)) => Ok(found.traces.clone()),
        Ok(_) => Ok(Vec::new()),
        Err(reason) => bail!("{reason}"),
    }
}

/// Sees whether services that the trace lacks report at all since it began: only then are their spans missing and not lost.
async fn witness(
    config: &Config,
    contract: &Contract,
    trace: &Trace,
    alive: &mut Sightings,
) -> Result<()> {
    let Some(peer) = config.peer(PeerKind::Jaeger, None) else {
        return Ok(());
    };
    let age = SystemClock.now().duration_since(began(trace));
    for service in contract.witnesses(trace) {
        let ask = Ask::Traces {
            peer: peer.name.clone(),
            service,
            operation: None,
            lookback_ms: u64::try_from(age.as_millis()).unwrap_or(0),
            settle_ms: 0,
            limit: 5,
        };
        alive.see(&asked(config, ask).await?);
    }
    Ok(())
}

/// When its first span did.
fn began(trace: &Trace) -> Timestamp {
    let start_ns = i128::from(trace.start_ns().unwrap_or(0));
    Timestamp::from_nanosecond(start_ns).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn find_contract(
    paths: &[std::path::PathBuf],
    config: &Config,
    name: &str,
) -> Result<Arc<Contract>> {
    let mut findings = Findings::default();
    let loaded = files::load(paths, &mut findings);
    catalog::declared(&loaded, config, |library| {
        match library.get::<Contract>(name) {
            Some(contract) => Ok(contract),
            None => bail!(
                "there is no trace contract `{name}`; there are: {}",
                library.names::<Contract>().join(", ")
            ),
        }
    })
}

type Judged = (Vec<Violation>, String, Exit);

fn judge(trace: &Trace, contract: Option<&Contract>, alive: &Sightings) -> Judged {
    let Some(contract) = contract else {
        return (Vec::new(), String::new(), Exit::Pass);
    };
    let name = &contract.name;
    match contract.judge(trace, alive, began(trace), SystemClock.now()) {
        ContractVerdict::Kept => (Vec::new(), format!("✓ keeps {name}\n"), Exit::Pass),
        // What is broken stands beside the spans.
        ContractVerdict::Broken(violations) => {
            (violations, format!("✕ breaks {name}\n"), Exit::Fail)
        }
        ContractVerdict::Undecided { why, .. } => {
            (Vec::new(), format!("? {why}\n"), Exit::Inconclusive)
        }
        ContractVerdict::Inconclusive { reason, .. } => {
            (Vec::new(), format!("? {reason}\n"), Exit::Inconclusive)
        }
    }
}
