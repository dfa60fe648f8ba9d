//! Steadfast keeps asking one question of a running system: does production keep its promises?
//!
//! # The way a promise goes
//!
//! ```text
//! documents --read--> promises --link--> catalog --schedule--> step --asks--> desk --exhibits--> step ... --> verdict --> ledger
//! catalog/            slo/ alert/ ...            daemon/       check.rs       source/            evaluate.rs              ledger/
//!                                                                                                  /status, report, gate <--'
//! ```
//!
//! # The map
//!
//! | where | what | |
//! |---|---|---|
//! | [`promise`] [`verdict`] [`evidence`] [`subject`] [`finding`] [`place`] | what every kind speaks | pure |
//! | [`catalog`] | finds, reads and links documents; the registry of kinds | pure but for `files` |
//! | [`slo`] [`alert`] [`runbook`] [`trace`] [`probe`] [`gate`] | one folder a kind of promise | pure |
//! | [`promql`] | expressions; no type of a parser leaks out | pure |
//! | [`evaluate`] [`verify`](mod@verify) [`settle`] | one evaluation; all once; what counts | |
//! | [`source`] | answers asks: Prometheus, Alertmanager, Jaeger, HTTP | edge |
//! | [`daemon`] | the same on a timer: schedule, reload, drain | edge |
//! | [`ledger`] | what was judged, in SQLite | edge |
//! | [`status`] | the HTTP face | edge |
//! | [`report`] | findings and verdicts as text and JSON | pure |
//! | [`cli`] [`command`] [`config`] [`exit`] [`telemetry`] | the program | edge |
//!
//! # What holds everywhere
//!
//! - A pass cites answers. [`evaluate::judge`] turns any other into inconclusive, whatever the kind.
//! - A check is a pure function of evidence and time, so stored evidence is judged again by the same function.
//! - Time is an argument; only [`clock`] reads it.
//! - Nothing here knows the system that is verified.

pub mod alert;
pub mod catalog;
pub mod cli;
pub mod clock;
pub mod command;
pub mod config;
pub mod daemon;
pub mod duration;
pub mod evaluate;
pub mod evidence;
pub mod exit;
pub mod finding;
pub mod gate;
pub mod ledger;
pub mod place;
pub mod probe;
pub mod promise;
pub mod promql;
pub mod report;
pub mod runbook;
pub mod settle;
pub mod slo;
pub mod source;
pub mod status;
pub mod subject;
pub mod telemetry;
pub mod trace;
pub mod verdict;
pub mod verify;
