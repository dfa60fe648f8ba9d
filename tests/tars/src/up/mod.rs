//! The supervisor: `tars up` starts the whole system, keeps it running, and switches its faults.
//!
//! It also is a library: [`System::start`] starts a system for a test, [`System::stop`] or dropping it ends it.

mod addresses;
mod catalogue;
mod configs;
mod control;
mod options;
mod process;
mod received;
mod start;
mod system;
mod truth;

pub use options::Options;
pub use system::System;
