//! The evaluation engine: takes requests from the stream, lets an agent learn and play, compares with the baseline.

mod agents;
mod evaluation;
mod metrics;
mod routes;
mod store;
mod worker;

use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use axum::routing::{get, post};
use clap::Args;
use serde_json::json;
use sqlx::PgPool;

use self::agents::Agents;
use self::metrics::Metrics;
use crate::baseline::Baseline;
use crate::messages::REQUESTS;
use crate::service::metrics::{Route, tasks};
use crate::service::{App, Common, Dependencies, Service, Stores, Streams, database, run};

const ROUTES: [Route; 4] = [
    ("GET", "/v1/jobs/{id}", &[200, 404, 500]),
    ("GET", "/v1/baselines/{agent}", &[200, 404, 422, 500]),
    ("POST", "/v1/agents/{agent}/reload", &[200, 404, 422, 500]),
    ("GET", "/v1/agents/{agent}/status", &[200, 404]),
];
/// Slow evaluations wait, mostly: many fit into one replica without starving the others.
const AT_ONCE: usize = 96;

/// Flags of `tars eval`.
#[derive(Args, Clone, Debug)]
pub struct Flags {
    /// Flags of every service.
    #[command(flatten)]
    pub common: Common,
    /// Where it stores.
    #[command(flatten)]
    pub stores: Stores,
}

/// What its parts share.
#[derive(Debug)]
struct Eval {
    service: Service,
    pool: PgPool,
    streams: Streams,
    agents: Agents,
    metrics: Metrics,
}

/// Runs a replica until it is told to stop.
pub fn serve(flags: &Flags) -> Result<()> {
    run("eval", &flags.common, async |service, mut registry| {
        let pool = database::connect(&flags.stores.database_url).await?;
        let streams = Streams::connect(&flags.stores.redis_url).await?;
        let eval = Arc::new(Eval {
            metrics: Metrics::register(&mut registry, &service),
            agents: Agents::default(),
            pool: pool.clone(),
            streams: streams.clone(),
            service: service.clone(),
        });
        // A reload pushed while this replica was away is made up for here.
        for (task, origin) in tasks() {
            if let Some(best) = Baseline::best(&pool, task, origin).await? {
                let (version, hyperparameters) = (best.version, best.hyperparameters);
                eval.agents
                    .reload(task.agent, origin, version, hyperparameters);
            }
        }
        let of_worker = eval.clone();
        let requests =
            streams
                .clone()
                .consume(service.clone(), REQUESTS, AT_ONCE, move |message| {
                    worker::handle(of_worker.clone(), message)
                });
        let of_version = eval.clone();
        let queue = eval
            .metrics
            .queue
            .clone()
            .watch(service.clone(), streams.clone(), REQUESTS);
        let app = App {
            router: router(eval.clone()),
            routes: &ROUTES,
            admin: Router::new(),
            dependencies: Dependencies {
                postgres: Some(pool),
                redis: Some(streams),
            },
            workers: vec![Box::pin(requests), Box::pin(queue)],
            version: Arc::new(move || json!({"parameter_hash": of_version.agents.hashes()})),
        };
        Ok((app, registry))
    })
}

fn router(eval: Arc<Eval>) -> Router {
    Router::new()
        .route("/v1/jobs/{id}", get(routes::job))
        .route("/v1/baselines/{agent}", get(routes::baselines))
        .route("/v1/agents/{agent}/reload", post(routes::reload))
        .route("/v1/agents/{agent}/status", get(routes::status))
        .with_state(eval)
}
