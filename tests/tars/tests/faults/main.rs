//! Every fault, seen at the running system itself: on, it misbehaves as the catalogue says; off, it heals.
//!
//! The system is started once. What needs a peer that this machine lacks is skipped and counted.

mod evaluations;
mod http;
mod peers;
mod processes;
mod spans;
mod world;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // One system, one fault at a time.
    arguments.test_threads = Some(1);
    let trials: Vec<Trial> = [
        peers::trials(),
        http::trials(),
        evaluations::trials(),
        spans::trials(),
        processes::trials(),
    ]
    .into_iter()
    .flatten()
    .collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    world::end();
    conclusion.exit_code()
}
