//! The cache of rank-1 baselines in Redis.
//!
//! A reader that missed may fill the cache only if nobody invalidated it since: else it would put back what an
//! update just removed. A generation counter beside the entry tells.

use std::time::Duration;

use anyhow::Result;
use tracing::{Instrument, info_span};

use crate::baseline::Baseline;
use crate::pace::Profile;
use crate::rl::Task;
use crate::service::marks::mark;
use crate::service::{Origin, Streams};

const TIME_TO_LIVE: Duration = Duration::from_secs(300);

/// An entry of the cache.
pub(super) struct Entry<'a> {
    redis: &'a Streams,
    key: String,
    time_to_live: Duration,
}

/// What was found: the baseline, or the generation to fill it under.
pub(super) enum Found {
    /// A copy.
    Hit(Box<Baseline>),
    /// None, at this generation.
    Miss(Option<i64>),
}

impl<'a> Entry<'a> {
    /// The entry of a task; probes have entries of their own.
    pub(super) fn of(redis: &'a Streams, profile: Profile, task: Task, origin: Origin) -> Self {
        let prefix = if origin.is_synthetic() {
            "synthetic:"
        } else {
            ""
        };
        let (agent, environment) = (task.agent.name(), task.environment.name());
        Self {
            redis,
            key: format!("{prefix}baseline:{agent}:{environment}:1"),
            time_to_live: profile.scaled(TIME_TO_LIVE),
        }
    }

    /// Looks it up.
    pub(super) async fn get(&self) -> Result<Found> {
        let mut command = redis::cmd("MGET");
        command.arg(&self.key).arg(self.generation());
        let (text, generation): (Option<String>, Option<i64>) = self.run("MGET", &command).await?;
        let copy = text.and_then(|text| serde_json::from_str(&text).ok());
        Ok(copy.map_or(Found::Miss(generation), Found::Hit))
    }

    /// Fills it, unless it was invalidated since.
    pub(super) async fn fill(&self, baseline: &Baseline, generation: Option<i64>) -> Result<()> {
        let script = "if (redis.call('GET', KEYS[2]) or '') == ARGV[2] then
                          redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
                      end";
        let mut command = redis::cmd("EVAL");
        command
            .arg(script)
            .arg(2)
            .arg(&self.key)
            .arg(self.generation());
        command.arg(serde_json::to_string(baseline)?);
        command.arg(
            generation
                .map(|generation| generation.to_string())
                .unwrap_or_default(),
        );
        command.arg(u64::try_from(self.time_to_live.as_millis())?);
        self.run("EVAL", &command).await
    }

    /// Removes it.
    pub(super) async fn invalidate(&self) -> Result<()> {
        let script = "redis.call('INCR', KEYS[2]); redis.call('DEL', KEYS[1])";
        let mut command = redis::cmd("EVAL");
        command
            .arg(script)
            .arg(2)
            .arg(&self.key)
            .arg(self.generation());
        self.run("EVAL", &command).await
    }

    fn generation(&self) -> String {
        format!("{}:generation", self.key)
    }

    async fn run<T: redis::FromRedisValue>(
        &self,
        operation: &'static str,
        command: &redis::Cmd,
    ) -> Result<T> {
        let span = info_span!(
            "db.query",
            otel.kind = "client",
            db.system = "redis",
            db.system.name = "redis",
            db.operation.name = operation,
        );
        mark(&span);
        let mut connection = self.redis.connection();
        Ok(command
            .query_async(&mut connection)
            .instrument(span)
            .await?)
    }
}
