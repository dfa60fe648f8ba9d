//! Where the peers' executables are.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Error;

/// Which end of the supported versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Version {
    /// The oldest: Prometheus 2.42, Alertmanager 0.25.
    Old,
    /// The newest: Prometheus 3, Alertmanager 0.34.
    New,
}

/// Finds executables: by environment variable (`STEADFAST_PEER_JAEGER`), else by asking `scripts/peers.sh where jaeger`,
/// else where Debian puts them.
#[derive(Clone, Debug)]
pub struct Tools {
    script: PathBuf,
}

impl Tools {
    /// With the script of this repository (or `STEADFAST_PEERS_SCRIPT`).
    pub fn find() -> Self {
        let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/peers.sh");
        let script = env::var_os("STEADFAST_PEERS_SCRIPT").map_or(ours, PathBuf::from);
        Self { script }
    }

    /// Prometheus.
    ///
    /// # Errors
    /// [`Error::Missing`] when it is not there; so do the others.
    pub fn prometheus(&self, version: Version) -> Result<PathBuf, Error> {
        match version {
            Version::Old => self.locate("prometheus-old", &["/usr/bin/prometheus"]),
            Version::New => self.locate("prometheus-new", &[]),
        }
    }

    /// Prometheus's tool, which writes blocks of samples.
    pub fn promtool(&self) -> Result<PathBuf, Error> {
        self.locate("promtool", &["/usr/bin/promtool"])
    }

    /// Alertmanager.
    pub fn alertmanager(&self, version: Version) -> Result<PathBuf, Error> {
        match version {
            Version::Old => self.locate("alertmanager-old", &["/usr/bin/prometheus-alertmanager"]),
            Version::New => self.locate("alertmanager-new", &[]),
        }
    }

    /// Jaeger 2.
    pub fn jaeger(&self) -> Result<PathBuf, Error> {
        self.locate("jaeger", &[])
    }

    /// Redis.
    pub fn redis_server(&self) -> Result<PathBuf, Error> {
        self.locate("redis-server", &["/usr/bin/redis-server"])
    }

    /// The folder of PostgreSQL's programs.
    pub fn postgres_bin(&self) -> Result<PathBuf, Error> {
        let found = match env::var_os("STEADFAST_PEER_POSTGRES_BIN") {
            Some(path) => PathBuf::from(path),
            None => self.locate("postgres", &["/usr/lib/postgresql/15/bin"])?,
        };
        let folder = match found.is_file() {
            true => found.parent().map(Path::to_owned),
            false => Some(found),
        };
        folder
            .filter(|folder| folder.join("postgres").is_file())
            .ok_or(Error::Missing("postgres"))
    }

    fn locate(&self, name: &'static str, usual: &[&str]) -> Result<PathBuf, Error> {
        let variable = format!("STEADFAST_PEER_{}", name.to_uppercase().replace('-', "_"));
        if let Some(path) = env::var_os(variable) {
            let path = PathBuf::from(path);
            return path.exists().then_some(path).ok_or(Error::Missing(name));
        }
        self.ask_script(name)
            .or_else(|| usual.iter().map(PathBuf::from).find(|path| path.exists()))
            .ok_or(Error::Missing(name))
    }

    fn ask_script(&self, name: &str) -> Option<PathBuf> {
        let asked = Command::new("bash")
            .arg(&self.script)
            .args(["where", name])
            .output();
        let answer = asked.ok().filter(|answer| answer.status.success())?;
        let path = PathBuf::from(String::from_utf8(answer.stdout).ok()?.trim());
        path.exists().then_some(path)
    }
}
