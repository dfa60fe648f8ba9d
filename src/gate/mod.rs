//! Gates: whether a release may go on, judged by the verdicts of other promises.

mod check;
mod document;
pub mod lints;

use crate::catalog::library::Kind;

/// The kind, for the registry.
pub static KIND: Kind = Kind {
    name: "gate",
    ours: &["Gate"],
    accepts: |document| document.is_ours("Gate"),
    read: document::read,
    lints: lints::LINTS,
};
