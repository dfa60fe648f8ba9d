//! SLOs: burn rates and error budgets of OpenSLO documents.
//!
//! ```text
//! document (SLO, SLI, …) -> link -> plan -> query --Prometheus--> counts -> judge -> says, culprits
//! ```
//!
//! One instant query counts good or bad and all events over every window of an SLO and how much of each window is covered
//! by samples; a second one does so for the window of the error budget.

pub mod burn;
pub mod check;
pub mod counted;
pub mod counts;
pub mod culprits;
pub mod document;
pub mod indicator;
pub mod judge;
pub mod link;
pub mod lints;
pub mod measure;
pub mod number;
pub mod plan;
pub mod query;
pub mod says;
pub mod settings;
pub mod shorthand;
pub mod spec;
#[cfg(test)]
mod testing;

use crate::catalog::library::Kind;

/// The kind `slo`.
pub static KIND: Kind = Kind {
    name: "slo",
    ours: &[],
    accepts: document::accepts,
    read: document::read,
    lints: lints::LINTS,
};
