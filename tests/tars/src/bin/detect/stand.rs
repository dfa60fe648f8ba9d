//! The test stand: the reference system and the verifier under test, started here or running already.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::process::{Child, Command};
use tokio::time::Instant;

use crate::table;

/// How long the system and the verifier may take to start.
const START: Duration = Duration::from_secs(180);

/// A verdict as the page tells it.
#[derive(Debug, Deserialize)]
pub(crate) struct Verdict {
    pub(crate) promise: String,
    pub(crate) outcome: String,
    pub(crate) says: String,
    #[serde(default)]
    pub(crate) culprits: Vec<String>,
    pub(crate) evidence: Option<String>,
}

/// A harmless thing that must leave everything green.
#[derive(Debug)]
pub(crate) struct Decoy {
    pub(crate) at: Duration,
    pub(crate) says: &'static str,
    method: reqwest::Method,
    path: &'static str,
    body: Value,
}

/// Both, and how to reach them.
pub(crate) struct Stand {
    http: reqwest::Client,
    status: String,
    control: String,
    children: Vec<Child>,
    _folder: Option<tempfile::TempDir>,
}

impl Stand {
    /// A stand that runs already.
    pub(crate) fn running(status: &str, control: &str) -> Self {
        Self {
            http: client(),
            status: status.trim_end_matches('/').to_owned(),
            control: control.trim_end_matches('/').to_owned(),
            children: Vec::new(),
            _folder: None,
        }
    }

    /// Starts the system with a scaled copy of `documents`, and the verifier on that copy.
    pub(crate) async fn start(documents: &Path) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("steadfast-detect-")
            .tempdir()?;
        let env_file = folder.path().join("env");
        let listen = free_address()?;
        table::progress("starting the reference system");
        let mut system = Command::new(beside("tars")?)
            .args(["up", "--profile", "fast", "--documents"])
            .arg(documents)
            .arg("--dir")
            .arg(folder.path().join("run"))
            .arg("--env-file")
            .arg(&env_file)
            .args(["--scrape", &format!("steadfast={listen}")])
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.path().join("tars.log"))?)
            .kill_on_drop(true)
            .spawn()
            .context("starting tars up")?;
        let environment = wait_for_environment(&mut system, &env_file, folder.path()).await?;
        let documents = environment
            .get("DOCUMENTS")
            .context("the environment lacks DOCUMENTS")?;
        let verifier = Command::new(beside("steadfast")?)
            .arg("run")
            .args([
                "--config",
                &format!("{documents}/steadfast.yaml"),
                "--listen",
                &listen,
            ])
            .arg("--state")
            .arg(folder.path().join("ledger.db"))
            .envs(&environment)
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.path().join("steadfast.log"))?)
            .kill_on_drop(true)
            .spawn()
            .context("starting steadfast run")?;
        let control = environment
            .get("CONTROL_URL")
            .context("the environment lacks CONTROL_URL")?;
        let mut stand = Self::running(&format!("http://{listen}"), control);
        stand.children = vec![verifier, system];
        stand._folder = Some(folder);
        stand.wait_for_page().await?;
        Ok(stand)
    }

    async fn wait_for_page(&self) -> Result<()> {
        let started = Instant::now();
        while started.elapsed() < START {
            if self.verdicts().await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        bail!("the verifier's page did not come up")
    }

    /// Every promise as the page tells it.
    pub(crate) async fn verdicts(&self) -> Result<Vec<Verdict>> {
        #[derive(Deserialize)]
        struct Page {
            promises: Vec<Verdict>,
        }
        let url = format!("{}/status.json", self.status);
        let page: Page = self
            .http
            .get(url)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?;
        Ok(page.promises)
    }

    /// Switches a fault on; it ends by itself when the grader is gone.
    pub(crate) async fn switch_on(&self, id: &str, params: Value) -> Result<()> {
        let body = json!({"params": params, "ttl": "300s"});
        self.control(reqwest::Method::PUT, &format!("faults/{id}"), body)
            .await
    }

    /// Switches a fault off.
    pub(crate) async fn switch_off(&self, id: &str) -> Result<()> {
        self.control(
            reqwest::Method::DELETE,
            &format!("faults/{id}"),
            Value::Null,
        )
        .await
    }

    async fn control(&self, method: reqwest::Method, path: &str, body: Value) -> Result<()> {
        let mut request = self
            .http
            .request(method, format!("{}/{path}", self.control));
        if !body.is_null() {
            request = request.json(&body);
        }
        let response = request
            .send()
            .await
            .with_context(|| format!("asking the fault API for {path}"))?;
        let status = response.status();
        if !status.is_success() {
            bail!(
                "the fault API answers {status} to {path}: {}",
                response.text().await?
            );
        }
        Ok(())
    }

    /// What happens in the healthy time: no traffic, a restart (counters fall to zero), bad input.
    pub(crate) fn decoys(&self, time: Duration) -> Vec<Decoy> {
        let decoy = |share: f64, says, method, path, body| Decoy {
            at: time.mul_f64(share),
            says,
            method,
            path,
            body,
        };
        use reqwest::Method;
        vec![
            decoy(
                0.15,
                "no traffic",
                Method::PUT,
                "traffic",
                json!({"rate": 0.0}),
            ),
            decoy(
                0.30,
                "traffic again",
                Method::PUT,
                "traffic",
                json!({"rate": 3.0}),
            ),
            decoy(
                0.45,
                "a replica restarts",
                Method::POST,
                "processes/eval-1/restart",
                Value::Null,
            ),
            decoy(
                0.65,
                "bad input",
                Method::PUT,
                "decoys/D07",
                json!({"ttl": "60s"}),
            ),
        ]
    }

    /// Lets a harmless thing happen.
    pub(crate) async fn play(&self, decoy: &Decoy) -> Result<()> {
        self.control(decoy.method.clone(), decoy.path, decoy.body.clone())
            .await
    }

    /// Ends what was started here.
    pub(crate) async fn stop(mut self) -> Result<()> {
        for child in &mut self.children {
            let Some(id) = child.id() else { continue };
            let id = nix::unistd::Pid::from_raw(i32::try_from(id)?);
            if nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGTERM).is_err() {
                // It has ended by itself just now.
                continue;
            }
            tokio::time::timeout(Duration::from_secs(30), child.wait())
                .await
                .context("a process does not end")??;
        }
        Ok(())
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .timeout(Duration::from_secs(10))
        .build()
        .expect("a client without special settings can be built")
}

fn free_address() -> Result<String> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    Ok(listener.local_addr()?.to_string())
}

/// A program of the same build.
fn beside(name: &str) -> Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name(name);
    if !path.exists() {
        bail!(
            "{} is not built; run `cargo build --workspace --bins`",
            path.display()
        );
    }
    Ok(path)
}

async fn wait_for_environment(
    system: &mut Child,
    env_file: &Path,
    folder: &Path,
) -> Result<BTreeMap<String, String>> {
    let started = Instant::now();
    while started.elapsed() < START {
        if let Ok(text) = std::fs::read_to_string(env_file)
            && text.contains("CONTROL_URL=")
        {
            let pairs = text.lines().filter_map(|line| line.split_once('='));
            return Ok(pairs
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect());
        }
        if let Some(status) = system.try_wait()? {
            let log = std::fs::read_to_string(folder.join("tars.log")).unwrap_or_default();
            bail!("the reference system ended with {status}:\n{log}");
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    bail!(
        "the reference system did not start in {} s",
        START.as_secs()
    )
}

/// The commit that is graded; empty outside a checkout.
pub(crate) fn commit() -> String {
    let output = std::process::Command::new("git")
        .args(["rev-parse", "HEAD"])
        .output();
    output.map_or_else(
        |_| String::new(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}
