//! What the tests share: a runtime each, skipping what this machine lacks, waiting for conditions, running our binary.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use libtest_mimic::{Completion, Failed, Trial};
use tars::peers::Error;

/// How a test ends.
pub(crate) type Result<T = ()> = anyhow::Result<T>;

/// A test that runs on a runtime of its own. A missing peer skips it.
pub(crate) fn test<F, R>(name: &'static str, body: F) -> Trial
where
    F: FnOnce() -> R + Send + 'static,
    R: Future<Output = Result>,
{
    Trial::ignorable_test(name, move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        match runtime.block_on(body()) {
            Ok(()) => Ok(Completion::Completed),
            Err(error) => match error.downcast_ref::<Error>() {
                Some(missing @ Error::Missing(_)) => Ok(Completion::ignored_with(missing)),
                _ => Err(Failed::from(format!("{error:#}"))),
            },
        }
    })
}

/// Waits until `condition` gives a value, asking again and again.
pub(crate) async fn eventually<T>(
    what: &str,
    within: Duration,
    mut condition: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let deadline = tokio::time::Instant::now() + within;
    let mut last = None;
    while tokio::time::Instant::now() < deadline {
        match condition().await {
            Ok(Some(value)) => return Ok(value),
            Ok(None) => {}
            Err(error) => last = Some(error),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    match last {
        Some(error) => Err(error.context(format!("{what} did not come within {within:?}"))),
        None => anyhow::bail!("{what} did not come within {within:?}"),
    }
}

/// Runs our binary in `folder` to its end.
pub(crate) fn steadfast(folder: &Path, arguments: &[&str]) -> Result<Output> {
    let output = Command::new(binary())
        .args(arguments)
        .current_dir(folder)
        .env_remove("RUST_LOG")
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output()?;
    Ok(output)
}

/// Our binary.
pub(crate) fn binary() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_steadfast"))
}

/// The top of the checkout.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// What a command printed.
pub(crate) fn printed(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
