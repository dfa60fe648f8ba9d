//! Trace contracts: what the graph of a trace must and must not contain.

pub mod model;
