//! Journeys: synthetic requests that walk through the system as a user would.

pub mod expression;
pub mod extract;
pub mod template;
