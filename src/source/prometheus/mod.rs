//! Prometheus, or what answers its API.
