//! Orchestration: turns trials into jobs, good results into baselines, and new bests into hot reloads.
//!
//! ```text
//! POST /v1/trials -> trial + job (one transaction) -> tars:eval:requests -> an evaluator
//!                    update_baseline (one transaction) <- eval_events <-+
//!                    -> cache invalidated -> hot_reload.push to every evaluator
//! ```

mod baseline_routes;
mod baselines;
mod cache;
mod events;
mod metrics;
mod reload;
mod trial_routes;
mod trials;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use axum::Router;
use axum::routing::{get, post};
use clap::Args;
use serde_json::json;
use sqlx::PgPool;

use self::metrics::Metrics;
use crate::messages::EVENTS;
use crate::service::metrics::Route;
use crate::service::{App, Client, Common, Dependencies, Service, Stores, Streams, database, run};

const ROUTES: [Route; 7] = [
    ("POST", "/v1/trials", &[202, 422, 500]),
    ("GET", "/v1/trials/{id}", &[200, 404, 500]),
    ("DELETE", "/v1/trials/{id}", &[204, 404, 500]),
    ("GET", "/v1/trials/{id}/job", &[200, 404, 500]),
    ("POST", "/v1/baselines", &[201, 409, 422, 500]),
    (
        "GET",
        "/v1/baselines/{agent}/{environment}/rank/{rank}",
        &[200, 404, 500],
    ),
    (
        "GET",
        "/v1/baselines/{agent}/{environment}/history",
        &[200, 404, 500],
    ),
];

/// Flags of `tars orch`.
#[derive(Args, Clone, Debug)]
pub struct Flags {
    /// Flags of every service.
    #[command(flatten)]
    pub common: Common,
    /// Where it stores.
    #[command(flatten)]
    pub stores: Stores,
    /// An evaluator to push new hyperparameters to; once for each.
    #[arg(long = "eval-url", env = "TARS_EVAL_URLS", value_delimiter = ',')]
    pub eval_urls: Vec<String>,
}

/// What its parts share.
#[derive(Debug)]
struct Orch {
    service: Service,
    pool: PgPool,
    streams: Streams,
    client: Client,
    eval_urls: Vec<String>,
    metrics: Metrics,
}

/// Runs orchestration until it is told to stop.
pub fn serve(flags: &Flags) -> Result<()> {
    run("orch", &flags.common, async |service, mut registry| {
        let pool = database::connect(&flags.stores.database_url).await?;
        let streams = Streams::connect(&flags.stores.redis_url).await?;
        let orch = Arc::new(Orch {
            metrics: Metrics::register(&mut registry),
            client: Client::new(Duration::from_secs(2))?,
            eval_urls: flags.eval_urls.clone(),
            pool: pool.clone(),
            streams: streams.clone(),
            service: service.clone(),
        });
        let of_events = orch.clone();
        let events = streams
            .clone()
            .consume(service.clone(), EVENTS, 16, move |message| {
                events::handle(of_events.clone(), message)
            });
        let queue = orch
            .metrics
            .queue
            .clone()
            .watch(service.clone(), streams.clone(), EVENTS);
        let app = App {
            router: router(orch.clone()),
            routes: &ROUTES,
            admin: Router::new(),
            dependencies: Dependencies {
                postgres: Some(pool),
                redis: Some(streams),
            },
            workers: vec![Box::pin(events), Box::pin(queue)],
            version: Arc::new(|| json!({})),
        };
        Ok((app, registry))
    })
}

fn router(orch: Arc<Orch>) -> Router {
    Router::new()
        .route("/v1/trials", post(trial_routes::submit))
        .route(
            "/v1/trials/{id}",
            get(trial_routes::show).delete(trial_routes::delete),
        )
        .route("/v1/trials/{id}/job", get(trial_routes::job))
        .route("/v1/baselines", post(baseline_routes::create))
        .route(
            "/v1/baselines/{agent}/{environment}/rank/{rank}",
            get(baseline_routes::rank),
        )
        .route(
            "/v1/baselines/{agent}/{environment}/history",
            get(baseline_routes::history),
        )
        .with_state(orch)
}
