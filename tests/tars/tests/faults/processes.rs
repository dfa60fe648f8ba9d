//! Processes: restarts, alerts on their way, the truth; and that nothing outlives the supervisor.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::spans;
use crate::world::{Request, World, a_trial, eventually, trial};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("an alert arrives at its receiver", alert),
        trial("a restarted replica is told its faults again", restart),
        trial("without Redis: degraded, errors marked, recovers", redis),
        trial("the truth has every stretch", truth),
        trial("nothing outlives a killed supervisor", kill),
    ]
}

async fn alert(world: &World) -> Result<()> {
    ensure!(world.documents().join("alerts/own.yaml").is_file());
    eventually("no alert", || async {
        let received = Request::to("CONTROL_URL", Method::GET, "/received");
        let received = world.ask(received).await?.1;
        let arrived = received.as_array().into_iter().flatten().any(|one| {
            one["receiver"] == "pager" && one["body"]["groupLabels"]["alertname"] == "Watchdog"
        });
        Ok(arrived.then_some(()))
    })
    .await
}

async fn restart(world: &World) -> Result<()> {
    world.fault("F17", json!({"instance": "eval-1"})).await?;
    let path = "/processes/eval-1/restart?signal=KILL";
    let (status, shown) = world
        .ask(Request::to("CONTROL_URL", Method::POST, path))
        .await?;
    ensure!(status.is_success() && shown["starts"] == 2, "{shown}");
    eventually("the fault is forgotten", || async {
        let text = world.metrics("EVAL_1_URL").await.unwrap_or_default();
        let renamed = text.contains("tars_eval_evaluation_duration_seconds_bucket");
        Ok(renamed.then_some(()))
    })
    .await?;
    world.heal("F17").await?;
    let trial = world.submit(&[]).await?;
    ensure!(world.ended(&trial).await?["status"] == "completed");
    Ok(())
}

async fn redis(world: &World) -> Result<()> {
    let tell = |order: &str| {
        Request::to(
            "CONTROL_URL",
            Method::POST,
            format!("/processes/redis/{order}"),
        )
    };
    ensure!(world.ask(tell("stop")).await?.0.is_success());
    let health = || Request::to("ORCH_URL", Method::GET, "/health");
    let (status, health_now) = world.ask(health()).await?;
    ensure!(
        status == StatusCode::OK && health_now["status"] == "degraded",
        "{health_now}"
    );
    let (trace, traceparent) = spans::new_trace("01");
    let mut submit = Request::to("ORCH_URL", Method::POST, "/v1/trials").body(a_trial());
    submit.header("traceparent", traceparent);
    ensure!(world.ask(submit).await?.0 == StatusCode::INTERNAL_SERVER_ERROR);
    if world.url("JAEGER_URL").is_ok() {
        let spans = spans::complete(world, &trace, &["orch POST /v1/trials"]).await?;
        let server = spans.iter().find(|span| span.name == "POST /v1/trials");
        let status = server.and_then(|span| span.tag("otel.status_code"));
        ensure!(status == Some(&json!("ERROR")), "{spans:?}");
    }
    ensure!(world.ask(tell("start")).await?.0.is_success());
    eventually("no recovery", || async {
        Ok((world.ask(health()).await?.1["status"] == "healthy").then_some(()))
    })
    .await?;
    eventually("no trial goes through", || async {
        let Ok(trial) = world.submit(&[]).await else {
            return Ok(None);
        };
        let job = world.ended(&trial).await?;
        Ok((job["status"] == "completed").then_some(()))
    })
    .await
}

async fn truth(world: &World) -> Result<()> {
    let request = Request::to("CONTROL_URL", Method::GET, "/truth");
    let truth = world.ask(request).await?.1;
    let of_f17: Vec<&Value> = truth
        .as_array()
        .into_iter()
        .flatten()
        .filter(|stretch| stretch["id"] == "F17" && stretch["subject"] == "instance:eval-1")
        .collect();
    ensure!(!of_f17.is_empty(), "{truth}");
    for stretch in of_f17 {
        ensure!(
            stretch["from"].as_str() < stretch["to"].as_str(),
            "{stretch}"
        );
    }
    Ok(())
}

async fn kill(_: &World) -> Result<()> {
    let folder = tempfile::TempDir::with_prefix("tars-killed-")?;
    let run = folder.path().join("run");
    let mut up = Command::new(env!("CARGO_BIN_EXE_tars"))
        .args(["up", "--without", "prometheus,alertmanager,jaeger", "--dir"])
        .arg(&run)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    eventually("the system does not start", || async {
        Ok(run.join("env").exists().then_some(()))
    })
    .await?;
    // Four services, PostgreSQL with its own children, Redis.
    ensure!(n_processes(&run)? >= 7, "{} processes", n_processes(&run)?);
    up.kill()?;
    up.wait()?;
    let killed = Instant::now();
    while n_processes(&run)? > 0 {
        let left = n_processes(&run)?;
        ensure!(
            killed.elapsed() < Duration::from_secs(10),
            "{left} processes are left"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

/// How many processes work in a folder, or have it on their command line or as their log.
fn n_processes(folder: &Path) -> Result<usize> {
    let inside = |path: &Path| path.starts_with(folder);
    let mut n_found = 0;
    for entry in std::fs::read_dir("/proc").context("no /proc")? {
        let process = entry?.path();
        let works = std::fs::read_link(process.join("cwd")).is_ok_and(|cwd| inside(&cwd));
        let logs = std::fs::read_link(process.join("fd/2")).is_ok_and(|log| inside(&log));
        n_found += usize::from(works || logs);
    }
    Ok(n_found)
}
