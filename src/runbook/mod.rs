//! Runbooks: the page that helps on-call can be found, is complete, and asks for what exists.
//!
//! ```text
//! Markdown --front_matter, outline--> page --link--> check
//! ```

mod check;
mod document;
mod front_matter;
mod html;
mod lints;
mod outline;
mod page;
#[cfg(test)]
mod samples;
mod slug;

use crate::catalog::document::Body;
use crate::catalog::library::Kind;

pub use html::render_html;
pub use page::{Page, Query, Runbook};

/// Markdown pages.
pub static KIND: Kind = Kind {
    name: "runbook",
    ours: &[],
    accepts: |document| matches!(document.body, Body::Markdown),
    read: |document, findings| vec![Box::new(document::read(document, findings))],
    lints: lints::LINTS,
};
