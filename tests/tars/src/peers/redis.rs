//! Redis, in memory only.

use std::path::Path;

use tempfile::TempDir;
use tokio::net::TcpStream;

use super::{Error, Launch, Running, Tools, free_port, wait_until};

/// How to start it in a folder.
pub(crate) fn launch(tools: &Tools, folder: &Path, port: u16) -> Result<Launch, Error> {
    let launch = Launch::new(tools.redis_server()?, folder.join("redis.log"));
    Ok(launch.args([
        "--port".to_owned(),
        port.to_string(),
        "--bind".to_owned(),
        "127.0.0.1".to_owned(),
        "--dir".to_owned(),
        folder.display().to_string(),
        "--save".to_owned(),
        String::new(),
        "--appendonly".to_owned(),
        "no".to_owned(),
    ]))
}

/// A Redis of one's own.
#[derive(Debug)]
pub struct Redis {
    /// Its address, `redis://…`.
    pub url: String,
    /// The program.
    pub running: Running,
    port: u16,
    /// Where its log is.
    pub folder: TempDir,
}

impl Redis {
    /// Starts one.
    ///
    /// # Errors
    /// When it is missing or does not become ready.
    pub async fn start(tools: &Tools) -> Result<Self, Error> {
        let folder = TempDir::with_prefix("redis-").map_err(Error::io("make a folder"))?;
        let port = free_port();
        let redis = Self {
            url: format!("redis://127.0.0.1:{port}"),
            running: Running::start(launch(tools, folder.path(), port)?)?,
            port,
            folder,
        };
        redis.ready().await?;
        Ok(redis)
    }

    /// Stops it; its data are gone then.
    ///
    /// # Errors
    /// When it cannot be stopped.
    pub async fn stop(mut self) -> Result<(), Error> {
        self.running.stop().await
    }

    /// Stops it and starts it again, empty.
    ///
    /// # Errors
    /// When it does not become ready again.
    pub async fn restart(&mut self) -> Result<(), Error> {
        self.running.restart().await?;
        self.ready().await
    }

    async fn ready(&self) -> Result<(), Error> {
        wait_until("redis", self.running.launch(), || async {
            TcpStream::connect(("127.0.0.1", self.port)).await.is_ok()
        })
        .await
    }
}
