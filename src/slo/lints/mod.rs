//! What can be said of an SLO offline, one lint a file.

pub mod alerting;
pub mod annotation;
pub mod budgeting;
pub mod indicator;
pub mod minutes;
pub mod objective;
pub mod op;
pub mod query;
pub mod same_query;
pub mod unfireable;
pub mod unsupported;
pub mod window_order;

use crate::finding::Lint;

/// All of them.
pub static LINTS: &[&Lint] = &[
    &alerting::LINT,
    &annotation::LINT,
    &budgeting::LINT,
    &indicator::LINT,
    &minutes::LINT,
    &objective::LINT,
    &op::LINT,
    &query::LINT,
    &same_query::LINT,
    &unfireable::LINT,
    &unsupported::LINT,
    &window_order::LINT,
];
