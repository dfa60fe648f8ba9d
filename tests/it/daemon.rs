//! The daemon as a process: verdicts on its page, reload, a peer that goes away, restart, stopping.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use libtest_mimic::Trial;
use serde_json::Value;
use tars::peers::{Prometheus, Tools, Version, free_port};
use tokio::process::{Child, Command};

use crate::harness::{Result, binary, eventually, printed, steadfast, test};

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test(
            "daemon::a_bad_reload_keeps_the_last_good_promises",
            a_bad_reload_keeps_the_last_good_promises,
        ),
        test(
            "daemon::a_peer_that_goes_away_is_named_and_comes_back",
            a_peer_that_goes_away_is_named,
        ),
        test(
            "daemon::a_restart_knows_since_when_and_evidence_replays",
            a_restart_knows_since_when,
        ),
    ]
}

const RULES: &str = "groups:
- name: g
  rules:
  - alert: Down
    expr: up == 5
    annotations: {summary: down}
";

const SCRAPE: &str = "global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [rules.yml]
scrape_configs:
- {job_name: nobody, static_configs: [{targets: ['127.0.0.1:9']}]}
";

struct Daemon {
    child: Child,
    url: String,
}

impl Daemon {
    fn start(folder: &Path, prometheus: &str) -> Result<Self> {
        let listen = format!("127.0.0.1:{}", free_port());
        let config = format!(
            "listen: {listen}\nstate: {0}/ledger.db\ndocuments: [rules]\nintervals: {{default: 500ms}}\n\
             peers: {{prometheus: {{url: '{prometheus}'}}}}\n",
            folder.display()
        );
        std::fs::write(folder.join("steadfast.yaml"), config)?;
        let child = Command::new(binary())
            .arg("run")
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.join("log"))?)
            .kill_on_drop(true)
            .spawn()?;
        Ok(Self {
            child,
            url: format!("http://{listen}"),
        })
    }

    async fn status(&self) -> Result<Value> {
        Ok(reqwest::get(format!("{}/status.json", self.url))
            .await?
            .error_for_status()?
            .json()
            .await?)
    }

    /// Waits until `promise` has `outcome`, and returns it.
    async fn until(&self, promise: &str, outcome: &str) -> Result<Value> {
        let what = format!("{promise} {outcome}");
        eventually(&what, Duration::from_secs(30), async || {
            let status = self.status().await?;
            let promises = status["promises"].as_array().context("promises")?;
            let found = promises
                .iter()
                .find(|row| row["promise"] == promise)
                .context("the promise is not shown")?;
            if found["outcome"] == outcome {
                return Ok(Some(found.clone()));
            }
            bail!("{found}")
        })
        .await
    }

    async fn stop(mut self) -> Result {
        let id = self.child.id().context("it runs")?;
        let status = std::process::Command::new("kill")
            .args(["-TERM", &id.to_string()])
            .status()?;
        ensure!(status.success());
        let ended = tokio::time::timeout(Duration::from_secs(15), self.child.wait()).await??;
        ensure!(ended.code() == Some(0), "{ended}");
        Ok(())
    }
}

fn folder() -> Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    std::fs::create_dir(folder.path().join("rules"))?;
    std::fs::write(folder.path().join("rules/rules.yml"), RULES)?;
    Ok(folder)
}

async fn prometheus(version: Version) -> Result<Prometheus> {
    Ok(Prometheus::start(&Tools::find(), version, SCRAPE, &[("rules.yml", RULES)]).await?)
}

async fn a_bad_reload_keeps_the_last_good_promises() -> Result {
    let server = prometheus(Version::New).await?;
    let folder = folder()?;
    let daemon = Daemon::start(folder.path(), &server.url)?;
    daemon.until("alert/Down/sound", "pass").await?;
    let file = folder.path().join("rules/rules.yml");
    std::fs::write(
        &file,
        RULES.replace("expr: up == 5", "expr: up ==\n    exprs: x"),
    )?;
    let failed = eventually("the failed reload", Duration::from_secs(10), async || {
        let status = daemon.status().await?;
        let failed = status["catalog"]["failed_reload"].clone();
        Ok((!failed.is_null()).then_some(failed))
    })
    .await?;
    ensure!(failed.to_string().contains("rules.yml"), "{failed}");
    let row = daemon.until("alert/Down/sound", "pass").await?;
    let at = row["at"].clone();
    eventually("a newer verdict", Duration::from_secs(10), async || {
        let row = daemon.until("alert/Down/sound", "pass").await?;
        Ok((row["at"] != at).then_some(()))
    })
    .await?;
    let more = "  - alert: Other\n    expr: up == 6\n";
    std::fs::write(&file, format!("{RULES}{more}"))?;
    // Prometheus has not loaded it, and that is what is told.
    let row = daemon.until("alert/Other/sound", "fail").await?;
    ensure!(row["says"].to_string().contains("not loaded"), "{row}");
    ensure!(daemon.status().await?["catalog"]["failed_reload"].is_null());
    daemon.stop().await
}

async fn a_peer_that_goes_away_is_named() -> Result {
    let mut server = prometheus(Version::Old).await?;
    let folder = folder()?;
    let daemon = Daemon::start(folder.path(), &server.url)?;
    daemon.until("alert/Down/quiet", "pass").await?;
    server.running.stop().await?;
    for promise in ["alert/Down/quiet", "alert/Down/sound"] {
        let row = daemon.until(promise, "inconclusive").await?;
        ensure!(row["reason"]["code"] == "unreachable", "{row}");
        ensure!(
            row["culprits"][0] == "peer:prometheus" && !row["evidence"].is_null(),
            "{row}"
        );
    }
    let page = reqwest::Client::new()
        .get(format!("{}/status", daemon.url))
        .header("accept", "text/html")
        .send()
        .await?
        .text()
        .await?;
    ensure!(
        page.contains("need Prometheus"),
        "the page does not say what is missing:\n{page}"
    );
    server.restart().await?;
    daemon.until("alert/Down/quiet", "pass").await?;
    daemon.until("alert/Down/sound", "pass").await?;
    daemon.stop().await
}

async fn a_restart_knows_since_when() -> Result {
    let server = prometheus(Version::Old).await?;
    let folder = folder()?;
    let daemon = Daemon::start(folder.path(), &server.url)?;
    let first = daemon.until("alert/Down/quiet", "pass").await?;
    daemon.stop().await?;
    let daemon = Daemon::start(folder.path(), &server.url)?;
    let again = daemon.until("alert/Down/quiet", "pass").await?;
    ensure!(first["since"] == again["since"], "{first} {again}");
    daemon.stop().await?;
    let replayed = steadfast(folder.path(), &["explain", "alert/Down/quiet", "--replay"])?;
    let text = printed(&replayed);
    ensure!(
        replayed.status.code() == Some(0) && text.contains("judged again: the same"),
        "{text}"
    );
    Ok(())
}
