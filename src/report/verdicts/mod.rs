//! Verdicts as text for people and as JSON lines for programs.

pub mod json;
pub mod text;
