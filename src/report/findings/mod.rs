//! Findings in the forms their readers take: people, programs, code hosts and build servers.

pub mod github;
pub mod json;
pub mod junit;
pub mod sarif;
pub mod text;

use std::path::Path;

/// A path as a relative address with `/`, as SARIF and GitHub want it.
fn slashed(path: &Path) -> String {
    path.display().to_string().replace('\\', "/")
}

#[cfg(test)]
mod samples;
