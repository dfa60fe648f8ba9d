//! The real peers, each started alone: in a folder of its own, on free loopback ports, gone when dropped.
//!
//! ```no_run
//! # async fn example() -> Result<(), tars::peers::Error> {
//! use tars::peers::{Prometheus, Tools, Version};
//!
//! let tools = Tools::find();
//! let prometheus = Prometheus::start(&tools, Version::Old, "global: {scrape_interval: 1s}", &[]).await?;
//! println!("{}", prometheus.url);
//! prometheus.stop().await
//! # }
//! ```
//!
//! Whatever is started here also dies when this process is killed: see [`Launch`].

mod alertmanager;
mod error;
mod jaeger;
mod launch;
mod ports;
mod postgres;
mod prometheus;
mod ready;
mod redis;
mod running;
mod tools;

pub use alertmanager::Alertmanager;
pub use error::Error;
pub use jaeger::Jaeger;
pub use launch::Launch;
pub use ports::free_port;
pub use postgres::Postgres;
pub use prometheus::Prometheus;
pub use ready::wait_for_http;
pub use redis::Redis;
pub use running::Running;
pub use tools::{Tools, Version};

pub(crate) use alertmanager::launch as alertmanager;
pub(crate) use jaeger::{Ports as JaegerPorts, launch as jaeger};
pub(crate) use postgres::{
    launch as postgres, url as postgres_url, wait_until_ready as wait_for_postgres,
};
pub(crate) use prometheus::launch as prometheus;
pub(crate) use ready::wait_until;
pub(crate) use redis::launch as redis;
