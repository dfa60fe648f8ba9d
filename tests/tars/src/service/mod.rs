//! What every service is made of: its entry, its HTTP face, its telemetry, its faults, its stores and streams.

mod admin;
pub(crate) mod client;
mod consumer;
pub(crate) mod context;
pub(crate) mod database;
pub(crate) mod faults;
mod health;
mod http;
pub(crate) mod marks;
pub(crate) mod metrics;
mod problem;
mod run;
mod streams;
mod telemetry;

use std::net::SocketAddr;
use std::sync::Arc;

use clap::Args;
pub(crate) use client::{Client, Target};
pub(crate) use consumer::{Handled, Message};
pub(crate) use context::Origin;
pub(crate) use faults::Faults;
pub(crate) use health::Dependencies;
pub(crate) use marks::Marks;
pub(crate) use problem::{Body, Problem};
pub(crate) use run::{App, run};
pub(crate) use streams::Streams;
use tokio_util::sync::CancellationToken;

use crate::pace::Profile;

/// Flags of every service.
#[derive(Args, Clone, Debug)]
pub struct Common {
    /// Name of this instance, as in `service.instance.id`.
    #[arg(long, env = "TARS_INSTANCE")]
    pub instance: String,
    /// Where to serve.
    #[arg(long, env = "TARS_LISTEN", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Where to take orders about faults: loopback only.
    #[arg(long, env = "TARS_ADMIN_LISTEN", default_value = "127.0.0.1:0")]
    pub admin_listen: SocketAddr,
    /// OTLP/HTTP receiver for spans; without it none are exported.
    #[arg(long, env = "TARS_OTLP_URL")]
    pub otlp_url: Option<String>,
    /// How fast to live.
    #[arg(long, env = "TARS_PROFILE", value_enum, default_value = "fast")]
    pub profile: Profile,
    /// Seed of everything random.
    #[arg(long, env = "TARS_SEED", default_value_t = 7)]
    pub seed: u64,
}

/// Flags of the services that store.
#[derive(Args, Clone, Debug)]
pub struct Stores {
    /// PostgreSQL.
    #[arg(long, env = "DATABASE_URL")]
    pub database_url: String,
    /// Redis.
    #[arg(long, env = "REDIS_URL")]
    pub redis_url: String,
}

/// What the parts of a running service share.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    /// `automl`, `orch` or `eval`.
    pub(crate) name: &'static str,
    /// See [`Common::instance`].
    pub(crate) instance: Arc<str>,
    /// See [`Common::profile`].
    pub(crate) profile: Profile,
    /// See [`Common::seed`].
    pub(crate) seed: u64,
    /// What is wrong at the moment.
    pub(crate) faults: Faults,
    /// Cancelled when the service shall stop.
    pub(crate) stop: CancellationToken,
}
