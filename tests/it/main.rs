//! The integration tests: one program, a module a subject. A test whose peer this machine lacks counts as skipped.

mod audit;
mod clients;
mod daemon;
mod documents;
mod end_to_end;
mod harness;
mod mutants;
mod replay;
mod slo;
mod tidy;

use std::process::ExitCode;

use libtest_mimic::Arguments;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut tests = Vec::new();
    tests.extend(tidy::tests());
    tests.extend(documents::tests());
    tests.extend(clients::tests());
    tests.extend(audit::tests());
    tests.extend(daemon::tests());
    tests.extend(slo::tests());
    tests.extend(end_to_end::tests());
    tests.extend(replay::tests());
    tests.extend(mutants::tests());
    libtest_mimic::run(&arguments, tests).exit_code()
}
