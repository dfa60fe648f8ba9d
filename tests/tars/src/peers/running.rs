//! A started program.

use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::Child;
use tokio::time::timeout;

use super::{Error, Launch};

/// How long a program may take to stop before it is killed.
const GRACE: Duration = Duration::from_secs(10);

/// A running program; dropping it kills it.
#[derive(Debug)]
pub struct Running {
    launch: Launch,
    child: Child,
}

impl Running {
    /// Starts a program.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(launch: Launch) -> Result<Self, Error> {
        let child = launch.spawn()?;
        Ok(Self { launch, child })
    }

    /// Its process id, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// How it was started.
    pub fn launch(&self) -> &Launch {
        &self.launch
    }

    /// Waits until it ends by itself.
    pub(crate) async fn ended(&mut self) {
        drop(self.child.wait().await);
    }

    /// Asks it to stop and, if it does not, kills it; returns when it is gone.
    ///
    /// # Errors
    /// When it cannot be killed.
    pub async fn stop(&mut self) -> Result<(), Error> {
        self.stop_by(self.launch.stop_signal).await
    }

    /// The same with another signal.
    pub(crate) async fn stop_by(&mut self, signal: Signal) -> Result<(), Error> {
        let doing = || format!("stop {}", self.launch.program.display());
        let pid = self.child.id().and_then(|pid| i32::try_from(pid).ok());
        if let Some(pid) = pid {
            kill(Pid::from_raw(pid), signal)
                .map_err(std::io::Error::from)
                .map_err(Error::io(doing()))?;
        }
        match timeout(GRACE, self.child.wait()).await {
            Ok(ended) => ended.map(drop).map_err(Error::io(doing())),
            Err(_) => self.child.kill().await.map_err(Error::io(doing())),
        }
    }

    /// Stops it and starts it again, the same way.
    ///
    /// # Errors
    /// When either fails.
    pub async fn restart(&mut self) -> Result<(), Error> {
        self.stop().await?;
        self.child = self.launch.spawn()?;
        Ok(())
    }
}
