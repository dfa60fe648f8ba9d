//! What can be said of a trace contract offline, one lint a file.

pub mod complete;
pub mod contradiction;
pub mod empty;
pub mod latency;
pub mod pattern;
pub mod select;
pub mod within;

use crate::finding::Lint;

/// All of them.
pub static LINTS: &[&Lint] = &[
    &complete::LINT,
    &contradiction::LINT,
    &empty::LINT,
    &latency::LINT,
    &pattern::LINT,
    &select::LINT,
    &within::LINT,
];
