//! Answers asks: the edge to Prometheus, Jaeger and probed targets.

pub mod http;
pub mod jaeger;
pub mod prometheus;
