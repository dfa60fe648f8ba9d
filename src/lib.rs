//! Steadfast keeps asking one question of a running system: does production keep its promises?

pub mod alert;
pub mod catalog;
pub mod clock;
pub mod config;
pub mod daemon;
pub mod duration;
pub mod evaluate;
pub mod evidence;
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
pub mod trace;
pub mod verdict;
