//! Redis: its connection, sending to a stream with the trace context, and how much waits in one.

use std::time::Duration;

use anyhow::{Context, Result};
use redis::aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use redis::streams::StreamInfoGroupsReply;
use serde_json::Value;
use tracing::{Instrument, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::context;
use super::marks::mark;

/// Messages kept in a stream, about.
const KEEP: usize = 10_000;

/// Redis.
#[derive(Clone)]
pub(crate) struct Streams {
    client: redis::Client,
    manager: ConnectionManager,
}

impl std::fmt::Debug for Streams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Streams")
    }
}

impl Streams {
    /// Connects; the connection repairs itself from then on.
    pub(crate) async fn connect(url: &str) -> Result<Self> {
        let client = redis::Client::open(url).context("not an address of Redis")?;
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(Some(Duration::from_secs(2)))
            .set_number_of_retries(2);
        let manager = ConnectionManager::new_with_config(client.clone(), config)
            .await
            .context("cannot connect to Redis")?;
        Ok(Self { client, manager })
    }

    /// The connection for everything that is not a stream.
    pub(crate) fn connection(&self) -> ConnectionManager {
        self.manager.clone()
    }

    /// Appends a message; `traced` says whether the trace context goes along (the baggage always does).
    pub(crate) async fn send(&self, stream: &str, payload: &Value, traced: bool) -> Result<()> {
        let span = info_span!(
            "send",
            otel.name = format!("send {stream}"),
            otel.kind = "producer",
            messaging.system = "redis",
            messaging.operation.type = "send",
            messaging.destination.name = stream,
        );
        mark(&span);
        let mut command = redis::cmd("XADD");
        command
            .arg(stream)
            .arg("MAXLEN")
            .arg("~")
            .arg(KEEP)
            .arg("*");
        command.arg("payload").arg(payload.to_string());
        for (name, value) in context::inject(&span) {
            if traced || name == "baggage" {
                command.arg(name).arg(value);
            }
        }
        let mut connection = self.manager.clone();
        let sent = command
            .query_async::<String>(&mut connection)
            .instrument(span.clone())
            .await;
        if let Err(error) = &sent {
            span.set_status(opentelemetry::trace::Status::error(error.to_string()));
        }
        sent.with_context(|| format!("cannot send to {stream}"))?;
        Ok(())
    }

    /// A connection of one's own, for commands that block.
    pub(super) async fn own_connection(
        &self,
        patience: Duration,
    ) -> redis::RedisResult<MultiplexedConnection> {
        let config = redis::AsyncConnectionConfig::new().set_response_timeout(Some(patience));
        self.client
            .get_multiplexed_async_connection_with_config(&config)
            .await
    }

    /// How many messages of a group are undelivered or unacknowledged.
    pub(crate) async fn depth(&self, stream: &str, group: &str) -> Result<i64> {
        let mut connection = self.manager.clone();
        let groups: StreamInfoGroupsReply = redis::cmd("XINFO")
            .arg("GROUPS")
            .arg(stream)
            .query_async(&mut connection)
            .await?;
        let found = groups.groups.iter().find(|found| found.name == group);
        let depth = found.map_or(0, |found| found.pending + found.lag.unwrap_or(0));
        Ok(i64::try_from(depth)?)
    }
}
