//! `steadfast gate NAME`: judges what the gate asks for, once, and answers for it.

use anyhow::{Result, bail};
use jiff::Timestamp;
use uuid::Uuid;

use super::verify::{judge, sources};
use super::{setting, tell_findings};
use crate::catalog::fields::nearest;
use crate::cli::Options;
use crate::daemon::read;
use crate::evidence::{Ask, Evidence};
use crate::exit::Exit;
use crate::promise::{PromiseId, Selector, Step};
use crate::verdict::Outcome;
use crate::verify::Verdicts;

/// Judges the gate `name`; the exit code is its answer.
///
/// # Errors
/// When there is no such gate, or the configuration is wrong.
pub(crate) async fn run(options: &Options, name: &str) -> Result<Exit> {
    let setting = setting(options)?;
    let catalog = read(&setting.documents.paths, &setting.config);
    tell_findings(&catalog)?;
    let id = PromiseId::new(format!("gate/{name}"));
    let Some(gate) = catalog.get(&id) else {
        let gates = catalog
            .promises
            .iter()
            .map(|promise| promise.header.id.as_str());
        let gates: Vec<_> = gates.filter_map(|id| id.strip_prefix("gate/")).collect();
        match nearest(name, &gates) {
            Some(near) => bail!("there is no gate `{name}`; did you mean `{near}`?"),
            None => bail!(
                "there is no gate `{name}`; the gates are: {}",
                gates.join(", ")
            ),
        }
    };
    // The gate itself says whose verdicts it wants.
    let wanted = match gate.check.step(
        &Evidence::new(Uuid::nil(), Timestamp::UNIX_EPOCH),
        Timestamp::UNIX_EPOCH,
    ) {
        Step::Ask(asks) => asks,
        Step::Wait(_) | Step::Done(_) => Vec::new(),
    };
    let selectors: Vec<Selector> = wanted
        .into_iter()
        .filter_map(|ask| match ask {
            Ask::Verdicts { selector } => Some(selector),
            _ => None,
        })
        .collect();
    let chosen: Vec<_> = catalog
        .promises
        .iter()
        .filter(|promise| {
            let header = &promise.header;
            header.id == id
                || selectors
                    .iter()
                    .any(|selector| selector.matches(&header.id, &header.labels))
        })
        .cloned()
        .collect();
    let told = Verdicts::default();
    let sources = sources(&setting.config, &told)?;
    judge(options, &chosen, &sources, &told, &[]).await?;
    let verdict = told.select(&Selector::of_ids([&id]));
    Ok(match verdict.first().map(|told| &told.outcome) {
        // A document that could not be read may hold what the gate should have asked for.
        Some(Outcome::Pass) if catalog.findings.has_errors() => Exit::Inconclusive,
        Some(Outcome::Pass) => Exit::Pass,
        Some(Outcome::Fail) => Exit::Fail,
        _ => Exit::Inconclusive,
    })
}
