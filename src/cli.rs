//! The command line: parse, call one function, map the outcome to an exit code.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::command;
use crate::exit::Exit;

/// Continuously verifies that a production system keeps its promises.
#[derive(Debug, Parser)]
#[command(name = "steadfast", version, about, after_help = AFTER)]
pub struct Invocation {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

const AFTER: &str = "Exit codes: 0 everything holds, 1 something is broken or wrong, 2 usage or configuration, \
                     3 something could not be found out (checking nothing is this, too).";

/// What every command takes.
#[derive(Debug, Args)]
pub struct Options {
    /// The configuration; without it `steadfast.yaml` here, if there is one.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// How to print: verdicts as text or json, findings also as sarif, junit or github.
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Address of a Prometheus, instead of the configured one.
    #[arg(long, global = true, value_name = "URL")]
    pub prometheus: Option<String>,
    /// Address of an Alertmanager, instead of the configured one.
    #[arg(long, global = true, value_name = "URL")]
    pub alertmanager: Option<String>,
    /// Address of a Jaeger, instead of the configured one.
    #[arg(long, global = true, value_name = "URL")]
    pub jaeger: Option<String>,
    /// The SQLite file of the ledger, instead of the configured one.
    #[arg(long, global = true, value_name = "FILE")]
    pub state: Option<PathBuf>,
}

/// How to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// One object a line.
    Json,
    /// SARIF 2.1.0, findings only.
    Sarif,
    /// JUnit XML, findings only.
    Junit,
    /// GitHub annotations, findings only.
    Github,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Checks documents offline.
    Check {
        /// Files, folders, or `-` for standard input; without any, the configured documents.
        paths: Vec<PathBuf>,
    },
    /// Judges every promise once, live.
    Verify {
        /// Only these promises: labels such as `tier=critical`, or ids such as `slo/*`.
        #[arg(long, value_name = "SELECTOR")]
        only: Option<String>,
        /// Files, folders, or `-`; without any, the configured documents.
        paths: Vec<PathBuf>,
    },
    /// Runs the daemon: judges every promise on its interval and shows `/status`.
    Run {
        /// Where to listen, instead of the configured address.
        #[arg(long, value_name = "ADDRESS")]
        listen: Option<String>,
    },
    /// Judges what a gate asks for, once, and answers for it.
    Gate {
        /// The gate's name.
        name: String,
    },
    /// Draws a trace as a tree, what breaks a contract marked.
    Trace {
        /// A trace id, or a file with a trace as Jaeger or OTLP writes it.
        trace: String,
        /// The contract to judge it by.
        #[arg(long, value_name = "NAME")]
        contract: Option<String>,
    },
    /// Explains a promise, a verdict's evidence or a lint; without one, lists promises and lints.
    Explain {
        /// `slo/NAME`, `e-…` or `slo:objective`.
        id: Option<String>,
        /// Judges the stored evidence again and compares.
        #[arg(long)]
        replay: bool,
    },
}

impl Invocation {
    /// Reads the command line. None when help or the version was asked for and has been printed.
    ///
    /// # Errors
    /// When the command line is wrong; the error says how to write it.
    pub fn parse() -> Result<Option<Self>> {
        match Self::try_parse() {
            Ok(invocation) => Ok(Some(invocation)),
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
                ) =>
            {
                error.print()?;
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Whether this is the daemon.
    pub fn is_daemon(&self) -> bool {
        matches!(self.command, Command::Run { .. })
    }

    /// Does it.
    ///
    /// # Errors
    /// When usage or configuration is wrong.
    pub async fn run(self) -> Result<Exit> {
        let options = &self.options;
        match &self.command {
            Command::Check { paths } => command::check::run(options, paths),
            Command::Verify { only, paths } => {
                command::verify::run(options, only.as_deref(), paths).await
            }
            Command::Run { listen } => command::run::run(options, listen.clone()).await,
            Command::Gate { name } => command::gate::run(options, name).await,
            Command::Trace { trace, contract } => {
                command::trace::run(options, trace, contract.as_deref()).await
            }
            Command::Explain { id, replay } => {
                command::explain::run(options, id.as_deref(), *replay).await
            }
        }
    }
}

/// Tells an error and its causes.
pub fn complain(error: &anyhow::Error) {
    let mut text = match error.downcast_ref::<clap::Error>() {
        Some(usage) => usage.to_string(),
        None => format!("error: {error}\n"),
    };
    for cause in error.chain().skip(1) {
        text.push_str(&format!("  caused by: {cause}\n"));
    }
    // Nobody is left to tell when standard error is closed.
    drop(std::io::stderr().lock().write_all(text.as_bytes()));
}
