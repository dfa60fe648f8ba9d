//! Loads the documents, watches them, and keeps the last good ones when the new ones are wrong.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;
use tracing::warn;

use crate::catalog::{self, Catalog, files};
use crate::config::Config;
use crate::finding::Findings;

/// Where the documents are.
#[derive(Debug, Clone)]
pub struct Documents {
    /// Files and folders.
    pub paths: Vec<PathBuf>,
}

/// A catalog and when it was read.
#[derive(Debug)]
pub struct Loaded {
    /// The promises in force.
    pub catalog: Catalog,
    /// When they were read.
    pub at: Timestamp,
    /// The newest attempt to read, when it failed and these promises are older.
    pub failed: Option<FailedReload>,
}

/// Documents that were not taken over.
#[derive(Debug)]
pub struct FailedReload {
    /// When.
    pub at: Timestamp,
    /// Why, in one sentence.
    pub says: String,
    /// What is wrong with them.
    pub findings: Findings,
}

impl Documents {
    /// Reads the documents as they are; those that are wrong are left out and told.
    pub fn load(&self, config: &Config, now: Timestamp) -> Loaded {
        Loaded {
            catalog: read(&self.paths, config),
            at: now,
            failed: None,
        }
    }

    /// Reads them again. With an error in them the promises of `before` stay in force, all of them.
    pub fn reload(&self, config: &Config, now: Timestamp, before: &Arc<Loaded>) -> Loaded {
        let catalog = read(&self.paths, config);
        if !catalog.findings.has_errors() {
            return Loaded {
                catalog,
                at: now,
                failed: None,
            };
        }
        let n_errors = catalog
            .findings
            .list
            .iter()
            .filter(|finding| finding.severity.name() == "error")
            .count();
        let first = catalog
            .findings
            .list
            .iter()
            .find(|finding| finding.severity.name() == "error");
        let place = first
            .map(|finding| format!("{}: {}", finding.file.place(finding.span), finding.message));
        Loaded {
            at: before.at,
            failed: Some(FailedReload {
                at: now,
                says: format!(
                    "{n_errors} errors in the documents, the last good ones stay in force; {}",
                    place.unwrap_or_default()
                ),
                findings: catalog.findings,
            }),
            catalog: Catalog {
                promises: before.catalog.promises.clone(),
                findings: Findings {
                    list: before.catalog.findings.list.clone(),
                },
                documents: before.catalog.documents.clone(),
                skipped: before.catalog.skipped.clone(),
                n_files: before.catalog.n_files,
            },
        }
    }
}

/// Reads and links what is at `paths`.
pub fn read(paths: &[PathBuf], config: &Config) -> Catalog {
    let mut findings = Findings::default();
    let loaded = files::load(paths, &mut findings);
    let mut catalog = catalog::read(&loaded, config);
    catalog.findings.list.splice(0..0, findings.list);
    catalog
}

/// How long a change must be over before it counts, since editors and ConfigMaps write in several steps.
const SETTLE: Duration = Duration::from_millis(300);

/// Tells when documents change or SIGHUP arrives. Ends when dropped.
pub(super) struct Watcher {
    _watcher: Option<RecommendedWatcher>,
    task: tokio::task::JoinHandle<()>,
}

impl Watcher {
    /// Watches the folders of the documents; each change that has settled sends one `()`.
    pub(super) fn start(documents: &Documents, asked: mpsc::Sender<()>) -> Self {
        let (changes, changed) = mpsc::channel(64);
        let handler = move |event: notify::Result<notify::Event>| {
            if event.is_ok_and(|event| !event.kind.is_access()) && changes.try_send(()).is_err() {
                // The channel is full, which already says that something changed, or nobody listens any more.
                tracing::trace!("a change is told already");
            }
        };
        let watcher = match notify::recommended_watcher(handler) {
            Ok(mut watcher) => {
                for path in &documents.paths {
                    watch(&mut watcher, path);
                }
                Some(watcher)
            }
            Err(error) => {
                warn!(%error, "documents are not watched; send SIGHUP after a change");
                None
            }
        };
        Self {
            _watcher: watcher,
            task: tokio::spawn(forward(changed, asked)),
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A file's folder is watched, since a file that is replaced is another file.
fn watch(watcher: &mut RecommendedWatcher, path: &Path) {
    let (folder, mode) = match path.is_dir() {
        true => (path, RecursiveMode::Recursive),
        false => (path.parent().unwrap_or(path), RecursiveMode::NonRecursive),
    };
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    if let Err(error) = watcher.watch(folder, mode) {
        warn!(%error, path = %folder.display(), "not watched; send SIGHUP after a change");
    }
}

async fn forward(mut changed: mpsc::Receiver<()>, asked: mpsc::Sender<()>) {
    let hangup = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup());
    let mut hangup = match hangup {
        Ok(hangup) => hangup,
        Err(error) => return warn!(%error, "SIGHUP is not heard"),
    };
    loop {
        tokio::select! {
            Some(()) = changed.recv() => {
                while tokio::time::timeout(SETTLE, changed.recv()).await.is_ok_and(|change| change.is_some()) {}
            }
            Some(()) = hangup.recv() => {}
            else => return,
        }
        if asked.send(()).await.is_err() {
            return;
        }
    }
}
