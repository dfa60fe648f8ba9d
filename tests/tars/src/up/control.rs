//! The control port: faults, traffic, processes.
//!
//! - `PUT /faults/{id}` body `{"params": {..}, "ttl": "60s"}`, `DELETE /faults/{id}`, `GET /faults`
//! - `PUT /decoys/{id}`, `DELETE /decoys/{id}`: the same for what only looks like a fault
//! - `GET /truth`: what was on, from when to when
//! - `PUT /traffic` body `{"rate": 0}`: background trials a second
//! - `GET /processes`, `POST /processes/{name}/{start,stop,restart}?signal=KILL`
//! - `GET /received`: what Alertmanager sent

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use nix::sys::signal::Signal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::addresses::{Addresses, ServiceAddress};
use super::catalogue::{self, CATALOGUE};
use super::process::{Order as ProcessOrder, Process};
use super::received;
use super::truth::{Stretch, Truth};
use crate::clock;
use crate::scale::duration;
use crate::service::Problem;
use crate::service::faults::{Order, Params};

const DEFAULT_TTL: Duration = Duration::from_secs(300);

/// What the routes work on.
#[derive(Debug)]
pub(super) struct Control {
    addresses: Addresses,
    seed: u64,
    client: reqwest::Client,
    truth: Mutex<Truth>,
    pub(super) processes: tokio::sync::RwLock<BTreeMap<String, Process>>,
}

impl Control {
    pub(super) fn new(addresses: Addresses, seed: u64) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(5))
            .no_proxy()
            .build()?;
        Ok(Self {
            addresses,
            seed,
            client,
            truth: Mutex::default(),
            processes: tokio::sync::RwLock::default(),
        })
    }

    /// Tells a service that has (re)started what is wrong with it.
    pub(super) async fn brief(&self, service: &ServiceAddress) {
        let active = self.truth().active(clock::now());
        for stretch in active.iter().filter(|stretch| concerns(stretch, service)) {
            if let Err(error) = self.send(service, stretch).await {
                tracing::warn!(fault = stretch.id, ?error, "cannot brief a service");
            }
        }
    }

    fn truth(&self) -> MutexGuard<'_, Truth> {
        self.truth.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn send(&self, service: &ServiceAddress, stretch: &Stretch) -> Result<(), Problem> {
        let left = stretch.until.duration_since(clock::now()).as_millis();
        let order = Order {
            params: stretch.params.clone(),
            ttl_ms: u64::try_from(left).unwrap_or(0),
        };
        let url = format!("{}/internal/faults/{}", service.admin_url(), stretch.id);
        self.order(service, self.client.put(url).json(&order)).await
    }

    async fn order(
        &self,
        service: &ServiceAddress,
        request: reqwest::RequestBuilder,
    ) -> Result<(), Problem> {
        let instance = service.instance;
        match request.send().await {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => {
                let (status, body) = (answer.status(), answer.text().await.unwrap_or_default());
                Err(Problem::upstream(format!(
                    "{instance} answered {status}: {body}"
                )))
            }
            Err(error) => Err(Problem::upstream(format!(
                "{instance} did not answer: {error}"
            ))),
        }
    }
}

fn concerns(stretch: &Stretch, service: &ServiceAddress) -> bool {
    let named = stretch.instance.as_deref();
    stretch.entry.service == service.kind && named.is_none_or(|name| name == service.instance)
}

/// All routes.
pub(super) fn router(control: Arc<Control>) -> Router {
    Router::new()
        .route("/faults", get(list))
        .route("/faults/{id}", put(switch_on).delete(switch_off))
        .route("/decoys/{id}", put(switch_on).delete(switch_off))
        .route("/truth", get(truth))
        .route("/traffic", put(traffic))
        .route("/processes", get(processes))
        .route("/processes/{name}/{order}", post(order))
        .with_state(control)
        .merge(received::router())
}

#[derive(Debug, Default, Deserialize)]
struct SwitchOn {
    #[serde(default)]
    params: Params,
    ttl: Option<String>,
}

async fn switch_on(
    State(control): State<Arc<Control>>,
    Path(id): Path<String>,
    body: String,
) -> Result<Json<Stretch>, Problem> {
    let entry = catalogue::find(&id).ok_or_else(|| Problem::unknown("fault", &id))?;
    let body = if body.trim().is_empty() { "{}" } else { &body };
    let asked: SwitchOn =
        serde_json::from_str(body).map_err(|error| Problem::invalid(error.to_string()))?;
    let ttl = match &asked.ttl {
        Some(text) => duration::parse(text)
            .ok_or_else(|| Problem::invalid(format!("ttl {text:?} is not a duration like 60s")))?,
        None => DEFAULT_TTL,
    };
    let now = clock::now();
    let stretch = control.truth().switch_on(entry, asked.params, ttl, now);
    let mut n_told = 0;
    for service in &control.addresses.services {
        if concerns(&stretch, service) {
            control.send(service, &stretch).await?;
            n_told += 1;
        }
    }
    if n_told == 0 {
        control.truth().switch_off(&id, now);
        return Err(Problem::invalid(
            "no service of that instance has this fault",
        ));
    }
    Ok(Json(stretch))
}

async fn switch_off(
    State(control): State<Arc<Control>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let entry = catalogue::find(&id).ok_or_else(|| Problem::unknown("fault", &id))?;
    for service in control.addresses.of_kind(entry.service) {
        let url = format!("{}/internal/faults/{id}", service.admin_url());
        control.order(service, control.client.delete(url)).await?;
    }
    control.truth().switch_off(&id, clock::now());
    Ok(StatusCode::NO_CONTENT)
}

async fn list(State(control): State<Arc<Control>>) -> Json<Value> {
    let active = control.truth().active(clock::now());
    let known: Vec<_> = CATALOGUE
        .iter()
        .map(|entry| json!({"id": entry.id, "subject": entry.subject, "summary": entry.summary}))
        .collect();
    Json(json!({"active": active, "known": known, "seed": control.seed}))
}

async fn truth(State(control): State<Arc<Control>>) -> Json<Vec<Stretch>> {
    Json(control.truth().all(clock::now()).to_vec())
}

async fn traffic(
    State(control): State<Arc<Control>>,
    Json(rate): Json<Value>,
) -> Result<StatusCode, Problem> {
    for service in control.addresses.of_kind("automl") {
        let url = format!("{}/internal/traffic", service.admin_url());
        control
            .order(service, control.client.put(url).json(&rate))
            .await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn processes(State(control): State<Arc<Control>>) -> Json<Value> {
    let processes = control.processes.read().await;
    let shown: Vec<_> = processes.values().map(Process::shown).collect();
    Json(json!(shown))
}

#[derive(Debug, Deserialize)]
struct How {
    signal: Option<String>,
}

async fn order(
    State(control): State<Arc<Control>>,
    Path((name, order)): Path<(String, String)>,
    Query(how): Query<How>,
) -> Result<Json<Value>, Problem> {
    let signal = match how.signal.as_deref() {
        None => None,
        Some("TERM") => Some(Signal::SIGTERM),
        Some("KILL") => Some(Signal::SIGKILL),
        Some(other) => return Err(Problem::invalid(format!("signal {other:?}: TERM or KILL"))),
    };
    let order = match order.as_str() {
        "start" => ProcessOrder::Start,
        "stop" => ProcessOrder::Stop(signal),
        "restart" => ProcessOrder::Restart(signal),
        _ => return Err(Problem::unknown("order", order)),
    };
    let processes = control.processes.read().await;
    let process = processes
        .get(&name)
        .ok_or_else(|| Problem::unknown("process", name))?;
    process
        .tell(order)
        .await
        .map_err(|error| Problem::internal(format!("{error}")))?;
    Ok(Json(json!(process.shown())))
}
