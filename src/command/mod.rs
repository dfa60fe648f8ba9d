//! One file a command. What they share: reading the configuration and the documents, and printing.

mod audit;
pub mod check;
pub mod explain;
pub mod gate;
pub mod run;
pub mod trace;
pub mod verify;

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::catalog::Catalog;
use crate::cli::{Format, Options};
use crate::config::{self, Budget, Config, Peer, PeerKind};
use crate::daemon::Documents;
use crate::finding::Findings;
use crate::place::SourceFile;
use crate::report::findings;
use crate::report::terminal::Terminal;

/// The configuration that is there when none is named.
const CONFIG: &str = "steadfast.yaml";

/// The configuration and where its documents are.
struct Setting {
    config: Config,
    documents: Documents,
}

/// Reads the configuration; what it lacks may be given as addresses on the command line.
fn setting(options: &Options) -> Result<Setting> {
    setting_with(options, &|name| std::env::var(name).ok())
}

/// The same where nothing is asked of peers and targets: a reference to the environment need not be set.
fn offline_setting(options: &Options) -> Result<Setting> {
    setting_with(options, &|name| {
        let set = std::env::var(name).ok();
        Some(
            set.unwrap_or_else(|| {
                format!("http://{}.invalid", name.to_lowercase().replace('_', "-"))
            }),
        )
    })
}

fn setting_with(options: &Options, lookup: &dyn Fn(&str) -> Option<String>) -> Result<Setting> {
    let path = match &options.config {
        Some(path) => Some(path.clone()),
        None => Some(PathBuf::from(CONFIG)).filter(|path| path.exists()),
    };
    let mut config = match &path {
        Some(path) => read_config(path, options, lookup)?,
        None => Config::default(),
    };
    if let Some(state) = &options.state {
        config.state.clone_from(state);
    }
    let given = [
        (PeerKind::Prometheus, &options.prometheus),
        (PeerKind::Alertmanager, &options.alertmanager),
        (PeerKind::Jaeger, &options.jaeger),
    ];
    for (kind, url) in given {
        if let Some(url) = url {
            let url = config::parse_url(url)
                .map_err(anyhow::Error::msg)
                .context(format!("--{}", kind.name()))?;
            let peer = Peer {
                kind,
                name: kind.name().to_owned(),
                url,
                budget: Budget::default(),
            };
            config.peers.retain(|_, other| other.kind != kind);
            config.peers.insert(peer.name.clone(), peer);
        }
    }
    let base = path
        .as_deref()
        .and_then(Path::parent)
        .unwrap_or(Path::new(""));
    let paths = config
        .documents
        .iter()
        .map(|folder| base.join(folder))
        .filter(|folder| folder.exists())
        .collect();
    Ok(Setting {
        documents: Documents { paths },
        config,
    })
}

fn read_config(
    path: &Path,
    options: &Options,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<Config> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let file = SourceFile::new(path, text);
    let mut found = Findings::default();
    let config = config::read(&file, lookup, &mut found);
    if found.has_errors() {
        print(
            &render(&found, 1, options.format, &terminal(&std::io::stderr())),
            &mut std::io::stderr(),
        )?;
        bail!("{} is wrong", path.display());
    }
    Ok(config)
}

/// The documents to work on: those named, or the configured ones.
fn documents(setting: &Setting, paths: &[PathBuf]) -> Documents {
    match paths {
        [] => setting.documents.clone(),
        paths => Documents {
            paths: paths.to_vec(),
        },
    }
}

/// Findings as asked for, of `n_files` files.
fn render(found: &Findings, n_files: usize, format: Format, terminal: &Terminal) -> String {
    match format {
        Format::Text => findings::text::render(found, n_files, terminal),
        Format::Json => findings::json::lines(found),
        Format::Sarif => {
            findings::sarif::render(found, &explain::lints_of_all().collect::<Vec<_>>())
        }
        Format::Junit => findings::junit::render(
            found,
            found.list.iter().map(|finding| finding.file.path.as_path()),
        ),
        Format::Github => findings::github::lines(found),
    }
}

/// Says that documents are wrong, on standard error, so that verdicts stay alone on standard output.
fn tell_findings(catalog: &Catalog) -> Result<()> {
    let errors = catalog
        .findings
        .list
        .iter()
        .filter(|finding| finding.severity.name() == "error");
    let errors = Findings {
        list: errors.cloned().collect(),
    };
    if errors.list.is_empty() {
        return Ok(());
    }
    print(
        &render(
            &errors,
            catalog.n_files,
            Format::Text,
            &terminal(&std::io::stderr()),
        ),
        &mut std::io::stderr(),
    )
}

/// What we are printing to.
fn terminal(stream: &impl IsTerminal) -> Terminal {
    let columns = std::env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok());
    Terminal {
        width: columns.unwrap_or(100).max(40),
        colour: stream.is_terminal() && std::env::var_os("NO_COLOR").is_none(),
    }
}

/// Writes `text`. A reader that has gone away, such as `head`, is no error.
fn print(text: &str, out: &mut dyn Write) -> Result<()> {
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}
