//! Answers asks: the edge to Prometheus, Jaeger and probed targets.

pub mod alertmanager;
mod answer;
pub mod circuit;
pub mod desk;
pub mod guard;
pub mod http;
pub mod jaeger;
pub mod memo;
mod plain;
pub mod prometheus;
