//! `steadfast run`: the daemon.

use anyhow::Result;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::setting;
use crate::cli::Options;
use crate::daemon;
use crate::exit::Exit;

/// Runs until SIGTERM or Ctrl-C, then drains.
///
/// # Errors
/// When the configuration is wrong or the daemon cannot start.
pub(crate) async fn run(options: &Options, listen: Option<String>) -> Result<Exit> {
    let mut setting = setting(options)?;
    if let Some(listen) = listen {
        setting.config.listen = listen;
    }
    let stop = CancellationToken::new();
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    let asked = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        asked.cancel();
    });
    daemon::run(setting.config, setting.documents, stop).await?;
    Ok(Exit::Pass)
}
