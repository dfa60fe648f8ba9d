//! What `tars up` can be told.

use std::path::PathBuf;

use clap::Args;

use crate::pace::Profile;
use crate::peers::Version;

/// Options of `tars up`.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Folder of the documents (`alerts/*.yaml` are given to Prometheus); a copy at the profile's pace is made.
    #[arg(long)]
    pub documents: Option<PathBuf>,
    /// How fast to live.
    #[arg(long, value_enum, default_value = "fast")]
    pub profile: Profile,
    /// Where data and logs go; by default a folder in the temporary one, removed at the end.
    #[arg(long)]
    pub dir: Option<PathBuf>,
    /// Where to write the addresses, as `NAME=value` lines; by default `env` in the run folder.
    #[arg(long)]
    pub env_file: Option<PathBuf>,
    /// Which Prometheus.
    #[arg(long, value_enum, default_value = "old")]
    pub prometheus: Version,
    /// Which Alertmanager.
    #[arg(long, value_enum, default_value = "old")]
    pub alertmanager: Version,
    /// Peers to go without: prometheus, alertmanager, jaeger.
    #[arg(long, value_delimiter = ',')]
    pub without: Vec<String>,
    /// A further job for Prometheus to scrape, `NAME=HOST:PORT`.
    #[arg(long, value_parser = scrape)]
    pub scrape: Vec<(String, String)>,
    /// Background trials a second.
    #[arg(long, default_value_t = 3.0)]
    pub rate: f64,
    /// Seed of everything random.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            documents: None,
            profile: Profile::Fast,
            dir: None,
            env_file: None,
            prometheus: Version::Old,
            alertmanager: Version::Old,
            without: Vec::new(),
            scrape: Vec::new(),
            rate: 3.0,
            seed: 7,
        }
    }
}

impl Options {
    /// Whether a peer is wanted.
    pub(super) fn with(&self, peer: &str) -> bool {
        !self.without.iter().any(|name| name == peer)
    }
}

fn scrape(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .filter(|(name, address)| !name.is_empty() && address.contains(':'))
        .map(|(name, address)| (name.to_owned(), address.to_owned()))
        .ok_or_else(|| format!("{text:?} is not NAME=HOST:PORT"))
}
