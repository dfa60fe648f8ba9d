//! `steadfast check`: documents, offline.

use std::path::PathBuf;

use anyhow::Result;

use super::{documents, offline_setting, print, render, terminal};
use crate::catalog::Catalog;
use crate::cli::{Format, Options};
use crate::daemon::read;
use crate::exit::Exit;
use crate::report::number::plural;

/// Checks the documents at `paths`, or the configured ones.
///
/// # Errors
/// When the configuration is wrong or the output cannot be written.
pub(crate) fn run(options: &Options, paths: &[PathBuf]) -> Result<Exit> {
    let setting = offline_setting(options)?;
    let catalog = read(&documents(&setting, paths).paths, &setting.config);
    let out = terminal(&std::io::stdout());
    let mut text = render(&catalog.findings, catalog.n_files, options.format, &out);
    if options.format == Format::Text {
        text.push_str(&summary(&catalog));
    }
    print(&text, &mut std::io::stdout())?;
    let n_documents: usize = catalog.documents.values().sum();
    Ok(match (catalog.findings.has_errors(), n_documents) {
        (true, _) => Exit::Fail,
        (false, 0) => Exit::Inconclusive,
        (false, _) => Exit::Pass,
    })
}

/// What was read, after what is wrong with it.
fn summary(catalog: &Catalog) -> String {
    let kinds: Vec<_> = catalog
        .documents
        .iter()
        .map(|(kind, n)| format!("{n} {kind}"))
        .collect();
    let kinds = if kinds.is_empty() {
        "none".to_owned()
    } else {
        kinds.join(", ")
    };
    let mut text = format!(
        "documents: {kinds}; {}",
        plural(catalog.promises.len(), "promise")
    );
    if !catalog.skipped.is_empty() {
        let skipped: Vec<_> = catalog
            .skipped
            .iter()
            .map(|(kind, n)| format!("{n} {kind}"))
            .collect();
        text.push_str(&format!("; not ours: {}", skipped.join(", ")));
    }
    text.push('\n');
    text
}
