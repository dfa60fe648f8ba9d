//! PostgreSQL: the connection, the tables, and a span for each statement.

use std::time::Duration;

use anyhow::{Context, Result};
use opentelemetry::trace::Status;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tracing::{Instrument, Span, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::marks::mark;

/// Connects and brings the tables into being. Several services may do so at once.
pub(crate) async fn connect(url: &str) -> Result<PgPool> {
    let pool = PgPoolOptions::new()
        .max_connections(16)
        .acquire_timeout(Duration::from_secs(5))
        .connect(url)
        .await
        .context("cannot connect to PostgreSQL")?;
    sqlx::raw_sql(include_str!("schema.sql"))
        .execute(&pool)
        .await
        .context("cannot create the tables")?;
    Ok(pool)
}

/// Runs a statement inside a `db.query` span.
pub(crate) async fn query<T>(
    operation: &'static str,
    table: &'static str,
    statement: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T> {
    let span = span(operation, table);
    let outcome = statement.instrument(span.clone()).await;
    if let Err(error) = &outcome {
        span.set_status(Status::error(error.to_string()));
    }
    outcome.with_context(|| format!("{operation} {table}"))
}

fn span(operation: &'static str, table: &'static str) -> Span {
    let span = info_span!(
        "db.query",
        otel.kind = "client",
        db.system = "postgresql",
        db.system.name = "postgresql",
        db.operation.name = operation,
        db.collection.name = table,
    );
    mark(&span);
    span
}
