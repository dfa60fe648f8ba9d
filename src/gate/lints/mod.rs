//! What can be said of a gate offline.

pub mod empty;

use crate::finding::Lint;

/// All of them.
pub static LINTS: &[&Lint] = &[&empty::LINT];
