//! `steadfast explain`: a promise, a verdict's evidence, a lint; without an id, what there is.

use std::fmt::Write;

use anyhow::{Context, Result, bail};

use super::{offline_setting, print};
use crate::catalog::kinds::KINDS;
use crate::catalog::{Catalog, UNRECOGNISED, lints};
use crate::cli::{Format, Options};
use crate::daemon::read;
use crate::evaluate::judge;
use crate::exit::Exit;
use crate::finding::Lint;
use crate::ledger::{Ledger, Record};
use crate::promise::PromiseId;

/// Explains `id`.
///
/// # Errors
/// When there is nothing of that id.
pub(crate) async fn run(options: &Options, id: Option<&str>, replay: bool) -> Result<Exit> {
    if let Some(lint) = id.and_then(|id| lints_of_all().find(|lint| lint.id == id)) {
        print(&lint_text(lint), &mut std::io::stdout())?;
        return Ok(Exit::Pass);
    }
    let setting = offline_setting(options)?;
    let catalog = read(&setting.documents.paths, &setting.config);
    let Some(id) = id else {
        print(&list(&catalog), &mut std::io::stdout())?;
        return Ok(Exit::Pass);
    };
    let promise = PromiseId::new(id);
    let stored = stored(&setting.config.state, id, &promise).await?;
    let known = catalog.get(&promise);
    let Some((evidence_id, record)) = stored else {
        let Some(promise) = known else {
            bail!(
                "there is no promise, evidence or lint `{id}`; `steadfast explain` lists what there is"
            );
        };
        let header = &promise.header;
        let text = format!(
            "{} {}\n  {}\n  no verdict is stored yet\n",
            header.id,
            header.title,
            header.place()
        );
        print(&text, &mut std::io::stdout())?;
        return Ok(Exit::Inconclusive);
    };
    let mut text = match options.format {
        Format::Json => format!("{}\n", serde_json::to_string(&json(&evidence_id, &record))?),
        _ => record_text(&evidence_id, &record),
    };
    let mut exit = Exit::of_outcomes([&record.verdict.outcome]);
    if replay {
        let promise = catalog
            .get(&record.promise)
            .with_context(|| format!("no document promises {}", record.promise))?;
        let again = judge(promise.check.as_ref(), &record.evidence, record.at);
        let same = again == record.verdict;
        writeln!(
            text,
            "judged again: {} — {}",
            if same { "the same" } else { "different" },
            again.says
        )?;
        exit = if same { Exit::Pass } else { Exit::Fail };
    }
    print(&text, &mut std::io::stdout())?;
    Ok(exit)
}

async fn stored(
    path: &std::path::Path,
    id: &str,
    promise: &PromiseId,
) -> Result<Option<(String, Record)>> {
    if !path.exists() {
        return Ok(None);
    }
    let ledger = Ledger::open(path).await?;
    let found = match id.starts_with("e-") {
        true => ledger
            .record(id)
            .await?
            .map(|record| (id.to_owned(), record)),
        false => ledger.latest(promise).await?,
    };
    ledger.close().await;
    Ok(found)
}

pub(super) fn lints_of_all() -> impl Iterator<Item = &'static Lint> {
    let of_kinds = KINDS.iter().flat_map(|kind| kind.lints.iter().copied());
    lints::LINTS.iter().chain([&UNRECOGNISED]).chain(of_kinds)
}

fn lint_text(lint: &Lint) -> String {
    format!(
        "{} ({})\n{}\n\n{}\n",
        lint.id,
        lint.severity.name(),
        lint.summary,
        lint.explain
    )
}

fn list(catalog: &Catalog) -> String {
    let mut text = String::from("Promises\n");
    for promise in &catalog.promises {
        let header = &promise.header;
        let labels: Vec<_> = header
            .labels
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        text.push_str(&format!(
            "  {:<44} {}  {}\n",
            header.id,
            labels.join(","),
            header.place()
        ));
    }
    text.push_str("\nLints\n");
    for lint in lints_of_all() {
        text.push_str(&format!(
            "  {:<28} {:<8} {}\n",
            lint.id,
            lint.severity.name(),
            lint.summary
        ));
    }
    text
}

fn record_text(evidence_id: &str, record: &Record) -> String {
    let verdict = &record.verdict;
    let mut text = format!(
        "{} {} at {}\n  {}\n",
        record.promise,
        verdict.outcome.name(),
        record.at,
        verdict.says
    );
    for culprit in &verdict.culprits {
        text.push_str(&format!("  culprit {culprit}\n"));
    }
    text.push_str(&format!("evidence {evidence_id}\n"));
    for (at, exhibit) in record.evidence.exhibits.iter().enumerate() {
        let mark = if verdict.cites.contains(&at) {
            "*"
        } else {
            " "
        };
        let ask = serde_json::to_string(&exhibit.ask).unwrap_or_default();
        let answer = match &exhibit.answer {
            Ok(answer) => serde_json::to_string(answer).unwrap_or_default(),
            Err(reason) => reason.to_string(),
        };
        let cut: String = answer.chars().take(600).collect();
        let more = if cut.len() < answer.len() { " …" } else { "" };
        text.push_str(&format!(
            "{mark} {at} {} ({} ms)\n    asked    {ask}\n    answered {cut}{more}\n",
            exhibit.at, exhibit.took_ms
        ));
    }
    text
}

fn json(evidence_id: &str, record: &Record) -> serde_json::Value {
    serde_json::json!({
        "id": evidence_id, "promise": record.promise, "at": record.at, "verdict": record.verdict,
        "evidence": record.evidence,
    })
}
