//! T.A.R.S. in the small: a real system of the same shape, with faults that can be switched on, to prove a verifier
//! against.
//!
//! ```text
//! automl --HTTP--> orch --tars:eval:requests--> eval-0, eval-1 --eval_events--> orch --HTTP reload--> eval-0, eval-1
//!                   |                            |
//!                   +--- PostgreSQL, Redis ------+       Prometheus, Alertmanager, Jaeger watch
//! ```
//!
//! - [`up`]: the supervisor, which starts all of it and switches the faults
//! - [`peers`]: the real servers, each to be had alone
//! - [`automl`], [`orch`], [`eval`]: the services; [`service`]: what they are made of
//! - [`scale`], [`pace`]: the documents and the system at twenty times the speed

pub mod automl;
mod baseline;
pub mod cli;
mod clock;
pub mod eval;
mod job;
mod messages;
pub mod orch;
pub mod pace;
pub mod peers;
mod rl;
pub mod scale;
pub mod service;
pub mod up;
