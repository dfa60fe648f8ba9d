//! The system under test, and how to ask it.

use std::sync::{LazyLock, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use libtest_mimic::{Completion, Failed, Trial};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tars::peers::Error;
use tars::up::{Options, System};
use tempfile::TempDir;
use tokio::time::Instant;

/// A rule that always fires, to see an alert arrive.
const RULES: &str = "groups:
- name: own
  interval: 30s
  rules:
  - {alert: Watchdog, expr: vector(1), for: 1m, labels: {severity: critical}}
";
const PATIENCE: Duration = Duration::from_secs(30);

static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
});
static WORLD: OnceLock<Result<World>> = OnceLock::new();

/// The running system.
#[derive(Debug)]
pub(crate) struct World {
    system: Mutex<Option<System>>,
    env: std::collections::BTreeMap<String, String>,
    client: reqwest::Client,
    documents: TempDir,
}

/// A test against the system; skipped when a peer is missing.
pub(crate) fn trial<R>(name: &'static str, test: fn(&'static World) -> R) -> Trial
where
    R: Future<Output = Result<()>> + 'static,
{
    Trial::ignorable_test(name, move || {
        match WORLD.get_or_init(|| RUNTIME.block_on(World::start())) {
            Ok(world) => ended(RUNTIME.block_on(test(world))),
            Err(error) => match missing(error) {
                Some(skipped) => Ok(skipped),
                None => Err(Failed::from(format!("{error:#}"))),
            },
        }
    })
}

/// A test that needs no system; skipped when a peer is missing.
pub(crate) fn alone<R>(name: &'static str, test: fn() -> R) -> Trial
where
    R: Future<Output = Result<()>> + 'static,
{
    Trial::ignorable_test(name, move || ended(RUNTIME.block_on(test())))
}

fn ended(done: Result<()>) -> Result<Completion, Failed> {
    match done {
        Ok(()) => Ok(Completion::Completed),
        Err(error) => missing(&error).ok_or_else(|| Failed::from(format!("{error:#}"))),
    }
}

fn missing(error: &anyhow::Error) -> Option<Completion> {
    let error = error.downcast_ref::<Error>()?;
    matches!(error, Error::Missing(_)).then(|| Completion::ignored_with(error))
}

/// Stops the system, if it was started.
pub(crate) fn end() {
    if let Some(Ok(world)) = WORLD.get() {
        let system = world
            .system
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        drop(system);
    }
}

impl World {
    async fn start() -> Result<Self> {
        let documents = TempDir::with_prefix("tars-documents-")?;
        std::fs::create_dir(documents.path().join("alerts"))?;
        std::fs::write(documents.path().join("alerts/own.yaml"), RULES)?;
        let options = Options {
            documents: Some(documents.path().to_owned()),
            ..Options::default()
        };
        let system = System::start(options).await?;
        Ok(Self {
            env: system.env().clone(),
            system: Mutex::new(Some(system)),
            client: reqwest::Client::builder()
                .no_proxy()
                .timeout(PATIENCE)
                .build()?,
            documents,
        })
    }

    /// An address, by its name in the environment file; without it, the peer is missing.
    pub(crate) fn url(&self, name: &str) -> Result<&str> {
        match self.env.get(name) {
            Some(url) => Ok(url),
            None if name == "JAEGER_URL" => Err(Error::Missing("jaeger").into()),
            None => bail!("no {name} in the environment"),
        }
    }

    /// Sends a request; the status and the body, null where that is not JSON.
    pub(crate) async fn ask(&self, request: Request<'_>) -> Result<(StatusCode, Value)> {
        let url = format!("{}{}", self.url(request.service)?, request.path);
        let mut sent = self.client.request(request.method, &url);
        for (name, value) in &request.headers {
            sent = sent.header(*name, value);
        }
        if let Some(body) = &request.body {
            sent = sent.json(body);
        }
        let answer = sent
            .send()
            .await
            .with_context(|| format!("no answer from {url}"))?;
        let status = answer.status();
        let text = answer.text().await?;
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
    }

    /// What `/metrics` shows.
    pub(crate) async fn metrics(&self, service: &str) -> Result<String> {
        let url = format!("{}/metrics", self.url(service)?);
        Ok(self.client.get(url).send().await?.text().await?)
    }

    /// The sum of the series of a name whose labels contain all of these texts.
    pub(crate) async fn sum(&self, service: &str, name: &str, labels: &[&str]) -> Result<f64> {
        let text = self.metrics(service).await?;
        let series = text.lines().filter(|line| {
            let named = line
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('{'));
            named && labels.iter().all(|label| line.contains(label))
        });
        let value = |line: &str| line.rsplit(' ').next()?.parse::<f64>().ok();
        Ok(series.filter_map(value).sum())
    }

    /// Switches a fault on.
    pub(crate) async fn fault(&self, id: &str, params: Value) -> Result<()> {
        let body = json!({"params": params, "ttl": "60s"});
        let request = Request::to("CONTROL_URL", Method::PUT, format!("/faults/{id}"));
        let (status, answer) = self.ask(request.body(body)).await?;
        ensure!(status.is_success(), "{status}: {answer}");
        Ok(())
    }

    /// Switches it off.
    pub(crate) async fn heal(&self, id: &str) -> Result<()> {
        let request = Request::to("CONTROL_URL", Method::DELETE, format!("/faults/{id}"));
        let (status, answer) = self.ask(request).await?;
        ensure!(status.is_success(), "{status}: {answer}");
        Ok(())
    }

    /// Submits a trial as a probe would; its id.
    pub(crate) async fn submit(&self, headers: &[(&'static str, String)]) -> Result<String> {
        let mut request = Request::to("ORCH_URL", Method::POST, "/v1/trials").synthetic();
        request.headers.extend_from_slice(headers);
        let (status, answer) = self.ask(request.body(a_trial())).await?;
        ensure!(status == StatusCode::ACCEPTED, "{status}: {answer}");
        Ok(answer["trial_id"]
            .as_str()
            .context("no trial_id")?
            .to_owned())
    }

    /// Waits until the job of a trial has ended.
    pub(crate) async fn ended(&self, trial: &str) -> Result<Value> {
        eventually("the job has not ended", || async {
            let path = format!("/v1/trials/{trial}/job");
            let (_, job) = self.ask(Request::to("ORCH_URL", Method::GET, path)).await?;
            let ended = matches!(job["status"].as_str(), Some("completed" | "failed"));
            Ok(ended.then_some(job))
        })
        .await
    }

    /// Where the documents are that the system was given.
    pub(crate) fn documents(&self) -> &std::path::Path {
        self.documents.path()
    }
}

/// A request.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    service: &'a str,
    method: Method,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Option<Value>,
}

impl<'a> Request<'a> {
    pub(crate) fn to(service: &'a str, method: Method, path: impl Into<String>) -> Self {
        Self {
            service,
            method,
            path: path.into(),
            headers: Vec::new(),
            body: None,
        }
    }

    pub(crate) fn body(self, body: Value) -> Self {
        Self {
            body: Some(body),
            ..self
        }
    }

    pub(crate) fn header(&mut self, name: &'static str, value: String) {
        self.headers.push((name, value));
    }

    /// Marks it as a probe's.
    pub(crate) fn synthetic(mut self) -> Self {
        let mark = "user_agent.synthetic.type=test".to_owned();
        self.headers.push(("baggage", mark));
        self
    }
}

/// A small trial.
pub(crate) fn a_trial() -> Value {
    json!({"agent_type": "dqn", "environment": "CartPole-v1", "num_episodes": 20})
}

/// Asks again and again until there is something.
pub(crate) async fn eventually<T, R>(otherwise: &str, mut ask: impl FnMut() -> R) -> Result<T>
where
    R: Future<Output = Result<Option<T>>>,
{
    let started = Instant::now();
    loop {
        if let Some(found) = ask().await? {
            return Ok(found);
        }
        if started.elapsed() > PATIENCE {
            bail!("{otherwise} within {PATIENCE:?}");
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
