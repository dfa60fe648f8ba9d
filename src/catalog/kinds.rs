//! The registry: one line a kind, in the order in which they are linked and told.

use super::library::Kind;

/// Every kind of promise. Kinds that refer to the promises of others come last.
pub static KINDS: &[&Kind] = &[
    &crate::slo::KIND,
    &crate::alert::KIND,
    &crate::runbook::KIND,
    &crate::trace::KIND,
    &crate::probe::KIND,
    &crate::gate::KIND,
];
