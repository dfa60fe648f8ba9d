//! Prometheus.

use std::path::Path;

use tempfile::TempDir;

use super::{Error, Launch, Running, Tools, Version, free_port, wait_for_http};

/// How to start it with the `prometheus.yml` in a folder.
pub(crate) fn launch(
    tools: &Tools,
    version: Version,
    folder: &Path,
    port: u16,
) -> Result<Launch, Error> {
    let config = folder.join("prometheus.yml");
    let data = folder.join("data");
    let launch = Launch::new(tools.prometheus(version)?, folder.join("prometheus.log"));
    Ok(launch.args([
        format!("--config.file={}", config.display()),
        format!("--storage.tsdb.path={}", data.display()),
        format!("--web.listen-address=127.0.0.1:{port}"),
        "--web.enable-lifecycle".to_owned(),
        "--web.enable-remote-write-receiver".to_owned(),
        // An alert sent before Alertmanager is discovered is lost; by default it would be sent again a minute later.
        "--rules.alert.resend-delay=2s".to_owned(),
    ]))
}

/// A Prometheus of one's own.
#[derive(Debug)]
pub struct Prometheus {
    /// Its address.
    pub url: String,
    /// The program.
    pub running: Running,
    /// Where its configuration and rule files are.
    pub folder: TempDir,
}

impl Prometheus {
    /// Starts one with a configuration and rule files (name and text), which lie beside it.
    ///
    /// # Errors
    /// When it is missing or does not become ready.
    pub async fn start(
        tools: &Tools,
        version: Version,
        config: &str,
        rule_files: &[(&str, &str)],
    ) -> Result<Self, Error> {
        let folder = TempDir::with_prefix("prometheus-").map_err(Error::io("make a folder"))?;
        let port = free_port();
        let launch = launch(tools, version, folder.path(), port)?;
        for (name, text) in rule_files.iter().chain(&[("prometheus.yml", config)]) {
            std::fs::write(folder.path().join(name), text)
                .map_err(Error::io(format!("write {name}")))?;
        }
        let prometheus = Self {
            url: format!("http://127.0.0.1:{port}"),
            running: Running::start(launch)?,
            folder,
        };
        prometheus.ready().await?;
        Ok(prometheus)
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
        wait_for_http("prometheus", self.running.launch(), &url).await
    }
}
