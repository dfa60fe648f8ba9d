//! Receiving from a stream in a consumer group.
//!
//! A message is acknowledged after its handler is done. One whose handler failed, or whose consumer died, is
//! delivered again: to the same consumer when it comes back, to any other after a while.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use redis::aio::MultiplexedConnection;
use redis::streams::{StreamAutoClaimReply, StreamId, StreamKey, StreamReadReply};
use serde::de::DeserializeOwned;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tracing::{Instrument, info_span, warn};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::{Service, Streams, context};

const BATCH: usize = 16;
/// Waiting for messages ends after this time, to look around.
const BLOCK_MS: usize = 200;
const CLAIM_EVERY: Duration = Duration::from_secs(5);
/// A message unacknowledged for this long, in production, has lost its consumer.
const ABANDONED: Duration = Duration::from_secs(1200);
/// An answer takes no longer than this, blocking included.
const PATIENCE: Duration = Duration::from_secs(5);

/// A message received.
#[derive(Debug)]
pub(crate) struct Message {
    fields: HashMap<String, String>,
}

impl Message {
    /// The payload.
    pub(crate) fn payload<T: DeserializeOwned>(&self) -> Result<T> {
        let text = self.fields.get("payload").context("no payload")?;
        serde_json::from_str(text).context("unexpected payload")
    }
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handled {
    /// Acknowledge it.
    Done,
    /// Deliver it again later.
    Again,
}

impl Streams {
    /// Hands every message of a group to `handle`, up to `limit` at once, until the service stops.
    pub(crate) async fn consume<F, R>(
        self,
        service: Service,
        (stream, group): (&'static str, &'static str),
        limit: usize,
        handle: F,
    ) where
        F: Fn(Message) -> R + Clone + Send + 'static,
        R: Future<Output = Handled> + Send + 'static,
    {
        let mut consumer = Consumer {
            streams: self,
            stream,
            group,
            name: service.instance.to_string(),
            abandoned: service.profile.scaled(ABANDONED),
            limit,
            in_hand: Arc::default(),
            tasks: JoinSet::new(),
        };
        while !service.stop.is_cancelled() {
            if let Err(error) = consumer.session(&service, &handle).await {
                warn!(
                    stream,
                    error = format!("{error:#}"),
                    "cannot receive, trying again"
                );
                sleep(Duration::from_millis(300)).await;
            }
        }
        let finished = async { while consumer.tasks.join_next().await.is_some() {} };
        if timeout(service.profile.drain(), finished).await.is_err() {
            warn!(
                stream,
                n_left = consumer.tasks.len(),
                "work in hand left to others"
            );
        }
    }
}

struct Consumer {
    streams: Streams,
    stream: &'static str,
    group: &'static str,
    name: String,
    abandoned: Duration,
    limit: usize,
    /// Ids of the messages being handled here.
    in_hand: Arc<Mutex<HashSet<String>>>,
    tasks: JoinSet<()>,
}

impl Consumer {
    /// Receives over one connection: first what was left over, then what is new, now and then what others lost.
    async fn session<F, R>(&mut self, service: &Service, handle: &F) -> Result<()>
    where
        F: Fn(Message) -> R + Clone + Send + 'static,
        R: Future<Output = Handled> + Send + 'static,
    {
        // Not the shared connection: a blocking read would hold up everybody else.
        let mut connection = self.streams.own_connection(PATIENCE).await?;
        self.join_group(&mut connection).await?;
        let mut from = Some("0".to_owned());
        let mut claimed = Instant::now();
        while !service.stop.is_cancelled() {
            while self.tasks.try_join_next().is_some() {}
            if self.tasks.len() >= self.limit {
                tokio::select! {
                    _ = self.tasks.join_next() => continue,
                    () = service.stop.cancelled() => break,
                }
            }
            let count = (self.limit - self.tasks.len()).min(BATCH);
            let messages = if claimed.elapsed() > CLAIM_EVERY {
                claimed = Instant::now();
                self.claim(&mut connection, count).await?
            } else {
                let start = from.as_deref().unwrap_or(">");
                let messages = self.read(&mut connection, start, count).await?;
                if from.is_some() {
                    from = messages.last().map(|message| message.id.clone());
                }
                messages
            };
            for message in messages {
                self.take(message, handle);
            }
        }
        Ok(())
    }

    async fn join_group(&self, connection: &mut MultiplexedConnection) -> Result<()> {
        let created = redis::cmd("XGROUP")
            .arg("CREATE")
            .arg(self.stream)
            .arg(self.group)
            .arg("0")
            .arg("MKSTREAM")
            .query_async::<()>(connection)
            .await;
        match created {
            Err(error) if error.code() != Some("BUSYGROUP") => Err(error.into()),
            _ => Ok(()),
        }
    }

    async fn read(
        &self,
        connection: &mut MultiplexedConnection,
        start: &str,
        count: usize,
    ) -> Result<Vec<StreamId>> {
        let mut command = redis::cmd("XREADGROUP");
        command.arg("GROUP").arg(self.group).arg(&self.name);
        command.arg("COUNT").arg(count).arg("BLOCK").arg(BLOCK_MS);
        command.arg("STREAMS").arg(self.stream).arg(start);
        let reply: Option<StreamReadReply> = command.query_async(connection).await?;
        let keys: Vec<StreamKey> = reply.map(|reply| reply.keys).unwrap_or_default();
        Ok(keys.into_iter().flat_map(|key| key.ids).collect())
    }

    async fn claim(
        &self,
        connection: &mut MultiplexedConnection,
        count: usize,
    ) -> Result<Vec<StreamId>> {
        let mut command = redis::cmd("XAUTOCLAIM");
        command.arg(self.stream).arg(self.group).arg(&self.name);
        command.arg(u64::try_from(self.abandoned.as_millis())?);
        command.arg("0-0").arg("COUNT").arg(count);
        let reply: StreamAutoClaimReply = command.query_async(connection).await?;
        Ok(reply.claimed)
    }

    /// Handles a message in a task of its own, inside a `receive` span that continues the sender's trace.
    fn take<F, R>(&mut self, message: StreamId, handle: &F)
    where
        F: Fn(Message) -> R + Clone + Send + 'static,
        R: Future<Output = Handled> + Send + 'static,
    {
        let in_hand = self.in_hand.clone();
        let lock = |in_hand: &Mutex<HashSet<String>>,
                    change: &dyn Fn(&mut HashSet<String>) -> bool| {
            change(&mut in_hand.lock().unwrap_or_else(PoisonError::into_inner))
        };
        if !lock(&in_hand, &|ids| ids.insert(message.id.clone())) {
            return;
        }
        let fields: HashMap<String, String> = message
            .map
            .iter()
            .filter_map(|(name, value)| {
                Some((name.clone(), redis::from_redis_value_ref(value).ok()?))
            })
            .collect();
        let span = info_span!(
            "receive",
            otel.name = format!("receive {}", self.stream),
            otel.kind = "consumer",
            messaging.system = "redis",
            messaging.operation.type = "receive",
            messaging.destination.name = self.stream,
            messaging.message.id = message.id,
        );
        if let Err(error) = span.set_parent(context::extract(&fields)) {
            warn!(%error, "cannot continue the sender's trace");
        }
        let (stream, group) = (self.stream, self.group);
        let (handled, mut connection) = (handle(Message { fields }), self.streams.connection());
        let work = async move {
            if handled.await == Handled::Done {
                let mut command = redis::cmd("XACK");
                command.arg(stream).arg(group).arg(&message.id);
                if let Err(error) = command.query_async::<()>(&mut connection).await {
                    warn!(stream, %error, "cannot acknowledge");
                }
            }
            lock(&in_hand, &|ids| ids.remove(&message.id));
        };
        self.tasks.spawn(work.instrument(span));
    }
}
