//! The command line of `tars`.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

use crate::pace::Profile;
use crate::up::{Options, System};
use crate::{automl, eval, orch, scale};

/// A small real copy of T.A.R.S., with faults that can be switched on.
#[derive(Debug, Parser)]
#[command(name = "tars", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run AutoML.
    Automl(automl::Flags),
    /// Run orchestration.
    Orch(orch::Flags),
    /// Run a replica of the evaluation engine.
    Eval(eval::Flags),
    /// Run everything, until Ctrl-C.
    Up(Box<Options>),
    /// Write a copy of the documents at a pace.
    Profile {
        /// The pace.
        #[arg(value_enum)]
        profile: Profile,
        /// The documents.
        #[arg(long)]
        from: PathBuf,
        /// Where the copy goes.
        #[arg(long)]
        to: PathBuf,
    },
}

impl Cli {
    /// Does what was asked for.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn run(self) -> Result<()> {
        match self.command {
            Command::Automl(flags) => automl::serve(&flags),
            Command::Orch(flags) => orch::serve(&flags),
            Command::Eval(flags) => eval::serve(&flags),
            Command::Up(options) => up(*options),
            Command::Profile { profile, from, to } => scale::copy(profile, &from, &to),
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn up(options: Options) -> Result<()> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let system = tokio::select! {
        system = System::start(options) => system?,
        _ = terminate.recv() => return Ok(()),
        _ = interrupt.recv() => return Ok(()),
    };
    print(&system).context("cannot print the addresses")?;
    tokio::select! {
        _ = terminate.recv() => (),
        _ = interrupt.recv() => (),
    }
    system.stop().await;
    Ok(())
}

fn print(system: &System) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for (name, value) in system.env() {
        writeln!(out, "{name:<17} {value}")?;
    }
    for note in system.notes() {
        writeln!(out, "{note}")?;
    }
    writeln!(out, "ready; Ctrl-C ends it")?;
    out.flush()
}
