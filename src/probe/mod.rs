//! Journeys: synthetic requests that walk through the system as a user would.
//!
//! ```text
//! document --read--> Journey --link (targets, contract)--> Plan --check--> walk the steps, clean up, judge the trace
//! ```
//!
//! Everything here is pure; `source::http` sends what a check asks for.

pub mod check;
pub mod document;
pub mod expression;
pub mod extract;
pub mod identity;
pub mod journey;
pub mod json;
mod judging;
pub mod lints;
mod plan;
mod reader;
mod says;
mod tape;
pub mod template;
mod trace_step;
mod walk;

pub use check::JourneyCheck;
pub use document::KIND;
pub use plan::Plan;
