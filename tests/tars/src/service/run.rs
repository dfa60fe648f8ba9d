//! The life of a service: telemetry, listeners, work; on SIGTERM it drains and flushes its spans.

use std::sync::Arc;

use anyhow::{Context, Result};
use axum::http::Uri;
use axum::routing::get;
use axum::{Json, Router, middleware};
use futures_util::future::BoxFuture;
use prometheus_client::registry::Registry;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::http::{Observer, observe};
use super::metrics::{HttpMetrics, Route, expose};
use super::{Common, Dependencies, Faults, Problem, Service, admin, health, telemetry};

const OWN_ROUTES: [Route; 4] = [
    ("GET", "/health", &[200, 503]),
    ("GET", "/ready", &[200, 503]),
    ("GET", "/version", &[200]),
    ("GET", "/metrics", &[200]),
];

/// What a service adds to the common ground.
pub(crate) struct App {
    /// Its own routes.
    pub(crate) router: Router,
    /// The same, for the metrics.
    pub(crate) routes: &'static [Route],
    /// Its own orders.
    pub(crate) admin: Router,
    /// What its health depends on.
    pub(crate) dependencies: Dependencies,
    /// What it does beside answering; each ends when the service stops.
    pub(crate) workers: Vec<BoxFuture<'static, ()>>,
    /// What `/version` says beside the version.
    pub(crate) version: Arc<dyn Fn() -> Value + Send + Sync>,
}

/// Runs a service until SIGTERM or Ctrl-C.
pub(crate) fn run<F, R>(name: &'static str, common: &Common, build: F) -> Result<()>
where
    F: FnOnce(Service, Registry) -> R,
    R: Future<Output = Result<(App, Registry)>>,
{
    let spans = telemetry::start(name, common)?;
    let service = Service {
        name,
        instance: common.instance.as_str().into(),
        profile: common.profile,
        seed: common.seed,
        faults: Faults::new(common.seed),
        stop: CancellationToken::new(),
    };
    let served = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?
        .block_on(serve(service, common, build));
    let flushed = spans.shutdown().context("cannot flush spans");
    served.and(flushed)
}

async fn serve<F, R>(service: Service, common: &Common, build: F) -> Result<()>
where
    F: FnOnce(Service, Registry) -> R,
    R: Future<Output = Result<(App, Registry)>>,
{
    let listener = TcpListener::bind(common.listen)
        .await
        .with_context(|| format!("cannot listen on {}", common.listen))?;
    let admin_listener = TcpListener::bind(common.admin_listen)
        .await
        .with_context(|| format!("cannot listen on {}", common.admin_listen))?;
    stop_on_signal(service.stop.clone())?;
    let (app, mut registry) = build(service.clone(), Registry::default()).await?;
    let routes = [app.routes, &OWN_ROUTES].concat();
    let metrics = HttpMetrics::register(&mut registry, &service, &routes);
    let observer = Observer {
        service: service.clone(),
        metrics,
    };
    let router = own_routes(&service, &app, Arc::new(registry))
        .merge(app.router)
        .fallback(async |uri: Uri| Problem::unknown("route", uri.path()))
        .method_not_allowed_fallback(async || Problem::wrong_method())
        .layer(middleware::from_fn_with_state(observer, observe));
    let admin = admin::router(service.clone()).merge(app.admin);
    info!(address = %listener.local_addr()?, admin = %admin_listener.local_addr()?, "serving");

    let mut work = JoinSet::new();
    for worker in app.workers {
        work.spawn(worker);
    }
    let stop = service.stop.clone();
    let admin =
        axum::serve(admin_listener, admin).with_graceful_shutdown(stop.clone().cancelled_owned());
    work.spawn(async {
        admin
            .await
            .unwrap_or_else(|error| tracing::error!(%error, "admin port"))
    });
    let face = axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
    work.spawn(async {
        face.await
            .unwrap_or_else(|error| tracing::error!(%error, "port"))
    });

    stop.cancelled().await;
    info!("stopping");
    // Idle keep-alive connections would hold the listeners open: bounded.
    let drained = async { while work.join_next().await.is_some() {} };
    if timeout(service.profile.drain() * 2, drained).await.is_err() {
        tracing::warn!("stopping with work in hand");
    }
    info!("stopped");
    Ok(())
}

fn own_routes(service: &Service, app: &App, registry: Arc<Registry>) -> Router {
    let started = Instant::now();
    let (of_health, of_ready) = (service.clone(), service.clone());
    let (healthy, able) = (app.dependencies.clone(), app.dependencies.clone());
    let (version, of_version) = (app.version.clone(), service.clone());
    let health = async move || health::health(&of_health, &healthy, started.elapsed()).await;
    let ready = async move || health::ready(&of_ready, &able).await;
    let version = async move || {
        let mut body = json!({
            "service": of_version.name,
            "instance": &*of_version.instance,
            "version": env!("CARGO_PKG_VERSION"),
            "image_tag": concat!("tars:", env!("CARGO_PKG_VERSION")),
            "profile": of_version.profile.name(),
        });
        if let (Value::Object(body), Value::Object(more)) = (&mut body, version()) {
            body.extend(more);
        }
        Json(body)
    };
    Router::new()
        .route("/health", get(health))
        .route("/ready", get(ready))
        .route("/version", get(version))
        .route("/metrics", get(async move || expose(&registry)))
}

fn stop_on_signal(stop: CancellationToken) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => (),
            _ = interrupt.recv() => (),
        }
        stop.cancel();
    });
    Ok(())
}
