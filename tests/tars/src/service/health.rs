//! `/health` and `/ready`: what a service depends on, asked when asked.

use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;
use sqlx::PgPool;
use tokio::time::{Instant, timeout};

use super::{Service, Streams};
use crate::clock;

const PATIENCE: Duration = Duration::from_secs(1);

/// What a service cannot do without (PostgreSQL) and what it can do less well without (Redis).
#[derive(Clone, Debug, Default)]
pub(crate) struct Dependencies {
    /// PostgreSQL.
    pub(crate) postgres: Option<PgPool>,
    /// Redis.
    pub(crate) redis: Option<Streams>,
}

/// How one of them is.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Check {
    status: &'static str,
    latency_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// How they are.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Checks {
    #[serde(skip_serializing_if = "Option::is_none")]
    postgres: Option<Check>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redis: Option<Check>,
}

impl Dependencies {
    async fn check(&self) -> Checks {
        let postgres = async {
            let pool = self.postgres.as_ref()?;
            Some(check(async { sqlx::query("SELECT 1").execute(pool).await.map(drop) }).await)
        };
        let redis = async {
            let mut connection = self.redis.as_ref()?.connection();
            let ping = async { redis::cmd("PING").query_async::<()>(&mut connection).await };
            Some(check(ping).await)
        };
        let (postgres, redis) = tokio::join!(postgres, redis);
        Checks { postgres, redis }
    }
}

impl Checks {
    fn status(&self) -> &'static str {
        let fails = |check: &Option<Check>| check.as_ref().is_some_and(|c| c.error.is_some());
        match (fails(&self.postgres), fails(&self.redis)) {
            (true, _) => "unhealthy",
            (false, true) => "degraded",
            (false, false) => "healthy",
        }
    }
}

async fn check<E: std::fmt::Display>(asking: impl Future<Output = Result<(), E>>) -> Check {
    let started = Instant::now();
    let error = match timeout(PATIENCE, asking).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some(format!("no answer within {PATIENCE:?}")),
    };
    Check {
        status: if error.is_some() {
            "unhealthy"
        } else {
            "healthy"
        },
        latency_ms: started.elapsed().as_secs_f64() * 1e3,
        error,
    }
}

/// Healthy and degraded are 200, unhealthy is 503.
pub(super) async fn health(
    service: &Service,
    dependencies: &Dependencies,
    uptime: Duration,
) -> Response {
    let checks = dependencies.check().await;
    let status = checks.status();
    let code = match status {
        "unhealthy" => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::OK,
    };
    let body = json!({
        "status": status,
        "service": service.name,
        "instance": &*service.instance,
        "version": env!("CARGO_PKG_VERSION"),
        "uptime_seconds": uptime.as_secs_f64(),
        "checks": checks,
        "timestamp": clock::now(),
    });
    (code, Json(body)).into_response()
}

/// Ready means: able to serve, and not about to stop.
pub(super) async fn ready(service: &Service, dependencies: &Dependencies) -> Response {
    let stopping = service.stop.is_cancelled();
    let ready = !stopping && dependencies.check().await.status() != "unhealthy";
    let code = match ready {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    (code, Json(json!({"ready": ready, "stopping": stopping}))).into_response()
}
