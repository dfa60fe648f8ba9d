//! Findings and verdicts as text, JSON, SARIF, JUnit and GitHub annotations. Pure: values in, a string out.
//!
//! ```text
//! findings --> findings::{text, json, sarif, junit, github}
//! rows ------> verdicts::{text, json}                            (the page shows the same rows: status/)
//!    \-------> sections: broken, can't tell by cause, kept by service
//! ```

pub mod findings;
pub mod number;
pub mod row;
pub mod sections;
pub mod terminal;
pub mod time;
pub mod verdicts;

pub use row::{Delivery, HistoryPoint, Row, Standing, TraceLink, TransitionRow};
