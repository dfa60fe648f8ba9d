//! Alertmanager.

use std::path::Path;

use tempfile::TempDir;

use super::{Error, Launch, Running, Tools, Version, free_port, wait_for_http};

/// How to start it with the `alertmanager.yml` in a folder.
pub(crate) fn launch(
    tools: &Tools,
    version: Version,
    folder: &Path,
    port: u16,
) -> Result<Launch, Error> {
    let config = folder.join("alertmanager.yml");
    let data = folder.join("data");
    let launch = Launch::new(
        tools.alertmanager(version)?,
        folder.join("alertmanager.log"),
    );
    Ok(launch.args([
        format!("--config.file={}", config.display()),
        format!("--storage.path={}", data.display()),
        format!("--web.listen-address=127.0.0.1:{port}"),
        // Alone: no cluster port.
        "--cluster.listen-address=".to_owned(),
    ]))
}

/// An Alertmanager of one's own.
#[derive(Debug)]
pub struct Alertmanager {
    /// Its address.
    pub url: String,
    /// The program.
    pub running: Running,
    /// Where its configuration is.
    pub folder: TempDir,
}

impl Alertmanager {
    /// Starts one with a configuration.
    ///
    /// # Errors
    /// When it is missing or does not become ready.
    pub async fn start(tools: &Tools, version: Version, config: &str) -> Result<Self, Error> {
        let folder = TempDir::with_prefix("alertmanager-").map_err(Error::io("make a folder"))?;
        let port = free_port();
        let launch = launch(tools, version, folder.path(), port)?;
        std::fs::write(folder.path().join("alertmanager.yml"), config)
            .map_err(Error::io("write alertmanager.yml"))?;
        let alertmanager = Self {
            url: format!("http://127.0.0.1:{port}"),
            running: Running::start(launch)?,
            folder,
        };
        alertmanager.ready().await?;
        Ok(alertmanager)
    }

    /// Stops it.
    ///
    /// # Errors
    /// When it cannot be stopped.
    pub async fn stop(mut self) -> Result<(), Error> {
        self.running.stop().await
    }

    /// Stops it and starts it again over the same data.
    ///
    /// # Errors
    /// When it does not become ready again.
    pub async fn restart(&mut self) -> Result<(), Error> {
        self.running.restart().await?;
        self.ready().await
    }

    async fn ready(&self) -> Result<(), Error> {
        let url = format!("{}/-/ready", self.url);
        wait_for_http("alertmanager", self.running.launch(), &url).await
    }
}
