//! The thin binary: the life of the program on one screen.

use std::process::ExitCode;

use steadfast::cli::{self, Invocation};
use steadfast::exit::Exit;
use steadfast::telemetry;

fn main() -> ExitCode {
    match run() {
        Ok(exit) => exit.into(),
        Err(error) => {
            cli::complain(&error);
            Exit::Usage.into()
        }
    }
}

fn run() -> anyhow::Result<Exit> {
    let Some(invocation) = Invocation::parse()? else {
        return Ok(Exit::Pass);
    };
    // The exporter blocks, so it is built before there is a runtime and dropped after it is gone.
    let _telemetry = invocation
        .is_daemon()
        .then(|| telemetry::start(std::env::var("OTEL_EXPORTER_OTLP_ENDPOINT").ok().as_deref()))
        .transpose()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let exit = runtime.block_on(invocation.run());
    // What still waits for a peer must not hold the process.
    runtime.shutdown_background();
    exit
}
