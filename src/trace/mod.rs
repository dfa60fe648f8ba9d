//! Trace contracts: what the graph of a trace must and must not contain.
//!
//! ```text
//! Jaeger, files --decode--> Trace --graph--> TraceGraph --judge (Contract)--> ContractVerdict --tally--> verdict
//!                                                |
//!                                                +--critical_path, tree--> what people see
//! ```
//!
//! A contract is judged on one trace by [`Contract::judge`], which journeys use for the trace they caused, and on all
//! traces of an operation by the promise `trace/NAME`. Everything here is pure; `source::jaeger` fetches.

pub mod check;
pub mod contract;
pub mod critical_path;
pub mod decode;
pub mod document;
pub mod graph;
mod judge;
pub mod latency;
pub mod lints;
pub mod model;
pub mod pattern;
pub mod redact;
pub mod sightings;
mod tally;
pub mod tree;

pub use contract::Contract;
pub use document::KIND;
pub use judge::{ContractVerdict, Missing, Violation};
