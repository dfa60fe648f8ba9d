//! AutoML: proposes trials, steadily and at random (from a seed), and whenever asked to.

mod metrics;
mod routes;
mod submit;
mod traffic;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use axum::Router;
use axum::routing::{post, put};
use clap::Args;
use serde_json::json;

use self::metrics::Metrics;
use self::traffic::Rate;
use crate::service::metrics::Route;
use crate::service::{App, Client, Common, Dependencies, Service, run};

const ROUTES: [Route; 1] = [("POST", "/v1/trials", &[202, 422, 500, 502])];

/// Flags of `tars automl`.
#[derive(Args, Clone, Debug)]
pub struct Flags {
    /// Flags of every service.
    #[command(flatten)]
    pub common: Common,
    /// Orchestration.
    #[arg(long, env = "TARS_ORCH_URL")]
    pub orch_url: String,
    /// Trials a second.
    #[arg(long, env = "TARS_RATE", default_value_t = 3.0)]
    pub rate: f64,
}

/// What its parts share.
#[derive(Debug)]
struct Automl {
    service: Service,
    client: Client,
    orch_url: String,
    rate: Rate,
    metrics: Metrics,
}

/// Runs AutoML until it is told to stop.
pub fn serve(flags: &Flags) -> Result<()> {
    run("automl", &flags.common, async |service, mut registry| {
        let automl = Arc::new(Automl {
            client: Client::new(Duration::from_secs(5))?,
            orch_url: flags.orch_url.clone(),
            rate: Rate::new(flags.rate),
            metrics: Metrics::register(&mut registry),
            service,
        });
        let app = App {
            router: Router::new()
                .route("/v1/trials", post(routes::submit))
                .with_state(automl.clone()),
            routes: &ROUTES,
            admin: Router::new()
                .route("/internal/traffic", put(routes::set_rate))
                .with_state(automl.clone()),
            dependencies: Dependencies::default(),
            workers: vec![Box::pin(traffic::generate(automl))],
            version: Arc::new(|| json!({})),
        };
        Ok((app, registry))
    })
}
