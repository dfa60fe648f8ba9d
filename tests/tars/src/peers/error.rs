//! What can go wrong with a peer.

use std::io;
use std::path::PathBuf;

/// Why a peer does not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Its executable is not on this machine: a test that needs it counts as skipped.
    #[error("{0} is not installed: try scripts/peers.sh, or set its STEADFAST_PEER_ variable")]
    Missing(&'static str),
    /// Something about files or processes failed.
    #[error("cannot {doing}")]
    Io {
        /// What was being done.
        doing: String,
        /// Why it failed.
        source: io::Error,
    },
    /// It was started but did not become ready.
    #[error("{what} was not ready within {seconds} s; the end of {log}:\n{tail}", log = log.display())]
    NotReady {
        /// Who.
        what: String,
        /// How long we waited.
        seconds: u64,
        /// Its log.
        log: PathBuf,
        /// The log's end.
        tail: String,
    },
    /// A helper program failed.
    #[error("{program} failed: {says}")]
    Failed {
        /// Which.
        program: String,
        /// What it said.
        says: String,
    },
}

impl Error {
    /// Names what was being done.
    pub(crate) fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }
}
