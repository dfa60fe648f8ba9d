//! `tars`: see the library.

use anyhow::Result;
use clap::Parser;

fn main() -> Result<()> {
    tars::cli::Cli::parse().run()
}
