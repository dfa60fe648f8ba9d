//! A running system, and its end.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use anyhow::{Context, Result, anyhow};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::Options;
use super::addresses::Addresses;
use super::control::{self, Control};
use super::start::Plan;
use crate::peers::{Error, Tools};

/// A running system. It lives on a thread of its own; dropping it ends it.
#[derive(Debug)]
pub struct System {
    env: BTreeMap<String, String>,
    notes: Vec<String>,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

/// What is known once it runs.
struct Started {
    env: BTreeMap<String, String>,
    notes: Vec<String>,
}

impl System {
    /// Starts a system; returns when everything is ready.
    ///
    /// # Errors
    /// When something is missing ([`Error::Missing`] is in the chain then) or does not become ready; nothing is left
    /// running.
    pub async fn start(options: Options) -> Result<Self> {
        let stop = CancellationToken::new();
        let (started, starting) = oneshot::channel();
        let token = stop.clone();
        let thread = std::thread::Builder::new()
            .name("tars-up".to_owned())
            .spawn(move || supervise(&options, started, &token))
            .context("cannot start the supervisor's thread")?;
        let mut system = Self {
            env: BTreeMap::new(),
            notes: Vec::new(),
            stop,
            thread: Some(thread),
        };
        let known = starting
            .await
            .map_err(|_| anyhow!("the supervisor died"))??;
        (system.env, system.notes) = (known.env, known.notes);
        Ok(system)
    }

    /// The addresses, by the names of the environment file.
    pub fn env(&self) -> &BTreeMap<String, String> {
        &self.env
    }

    /// What was left out, and why.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The control port's address.
    pub fn control(&self) -> &str {
        self.env.get("CONTROL_URL").map_or("", String::as_str)
    }

    /// Stops everything and waits until nothing is left.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            let joined = tokio::task::spawn_blocking(move || thread.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                tracing::warn!("the supervisor died while stopping");
            }
        }
    }
}

impl Drop for System {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::warn!("the supervisor died while stopping");
        }
    }
}

fn supervise(
    options: &Options,
    started: oneshot::Sender<Result<Started>>,
    stop: &CancellationToken,
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            drop(started.send(Err(error.into())));
            return;
        }
    };
    runtime.block_on(run(options, started, stop));
}

async fn run(
    options: &Options,
    started: oneshot::Sender<Result<Started>>,
    stop: &CancellationToken,
) {
    let prepared = match Prepared::new(options) {
        Ok(prepared) => prepared,
        Err(error) => return drop(started.send(Err(error))),
    };
    let outcome = tokio::select! {
        outcome = prepared.start(options) => outcome,
        () = stop.cancelled() => Err(anyhow!("stopped while starting")),
    };
    let runs = outcome.is_ok();
    if started.send(outcome).is_ok() && runs {
        stop.cancelled().await;
    }
    end(&prepared.control).await;
}

/// Everything decided, nothing started. The folder goes last, after everything in it was stopped.
struct Prepared {
    tools: Tools,
    addresses: Addresses,
    control: Arc<Control>,
    notes: Vec<String>,
    folder: Folder,
}

impl Prepared {
    fn new(options: &Options) -> Result<Self> {
        let tools = Tools::find();
        let mut notes = Vec::new();
        let jaeger = options.with("jaeger") && {
            let found = tools.jaeger();
            notes.extend(
                found
                    .as_ref()
                    .err()
                    .map(|error| format!("without Jaeger: {error}")),
            );
            found.is_ok()
        };
        let addresses = Addresses::choose(jaeger);
        Ok(Self {
            control: Arc::new(Control::new(addresses.clone(), options.seed)?),
            folder: Folder::open(options.dir.as_deref())?,
            tools,
            addresses,
            notes,
        })
    }

    async fn start(&self, options: &Options) -> Result<Started> {
        let listener = TcpListener::bind(("127.0.0.1", self.addresses.control))
            .await
            .context("cannot open the control port")?;
        let router = control::router(self.control.clone());
        tokio::spawn(async { axum::serve(listener, router).await });
        let plan = Plan {
            options,
            addresses: &self.addresses,
            dir: self.folder.path(),
            tools: &self.tools,
            control: &self.control,
        };
        plan.carry_out().await?;
        let env = self.addresses.environment(options, self.folder.path());
        write_env(options, self.folder.path(), &env)?;
        Ok(Started {
            env,
            notes: self.notes.clone(),
        })
    }
}

/// Services first, so that they can finish their work; then what they depend on.
async fn end(control: &Control) {
    let processes = std::mem::take(&mut *control.processes.write().await);
    let (services, peers): (Vec<_>, Vec<_>) = processes
        .into_iter()
        .partition(|(name, _)| name.ends_with(|last: char| last.is_ascii_digit()));
    for group in [services, peers] {
        futures_util::future::join_all(group.into_iter().map(|(_, process)| process.end())).await;
    }
}

fn write_env(options: &Options, dir: &Path, env: &BTreeMap<String, String>) -> Result<()> {
    let path = options.env_file.clone().unwrap_or_else(|| dir.join("env"));
    let mut text = String::new();
    for (name, value) in env {
        writeln!(text, "{name}={value}").context("writing to a String succeeds")?;
    }
    let partial = path.with_extension("partial");
    std::fs::write(&partial, text)
        .and_then(|()| std::fs::rename(&partial, &path))
        .with_context(|| format!("cannot write {}", path.display()))
}

enum Folder {
    Given(PathBuf),
    Temporary(TempDir),
}

impl Folder {
    fn open(given: Option<&Path>) -> Result<Self> {
        let Some(path) = given else {
            let folder = TempDir::with_prefix("tars-").map_err(Error::io("make a folder"))?;
            return Ok(Self::Temporary(folder));
        };
        std::fs::create_dir_all(path)
            .and_then(|()| path.canonicalize())
            .map(Self::Given)
            .with_context(|| format!("cannot make {}", path.display()))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Given(path) => path,
            Self::Temporary(folder) => folder.path(),
        }
    }
}
