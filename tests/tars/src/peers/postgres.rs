//! PostgreSQL: a new cluster, trusting, without the caution that would cost time.
//!
//! It refuses to run as root: then it runs as the user `postgres`.

use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

use nix::sys::signal::Signal;
use nix::unistd::{Uid, User};
use tempfile::TempDir;
use tokio::process::Command;

use super::{Error, Launch, Running, Tools, free_port, wait_until};

/// Creates a cluster in a folder, unless there is one; how to start it.
pub(crate) async fn launch(tools: &Tools, folder: &Path, port: u16) -> Result<Launch, Error> {
    let bin = tools.postgres_bin()?;
    let user = Uid::effective().is_root().then(|| "postgres".to_owned());
    let data = folder.join("data");
    if !data.join("PG_VERSION").exists() {
        std::fs::create_dir_all(&data).map_err(Error::io("make PostgreSQL's folder"))?;
        if let Some(user) = &user {
            give_to(user, folder, &data)?;
        }
        let mut init = Launch::new(bin.join("initdb"), folder.join("initdb.log"));
        init.user.clone_from(&user);
        init = init.args([
            "-D",
            &data.display().to_string(),
            "-A",
            "trust",
            "-U",
            "tars",
        ]);
        init = init.args(["--no-sync", "--encoding=UTF8", "--locale=C"]);
        let ended = init
            .spawn()?
            .wait()
            .await
            .map_err(Error::io("run initdb"))?;
        if !ended.success() {
            return Err(Error::Failed {
                program: "initdb".to_owned(),
                says: init.log_tail(),
            });
        }
    }
    let mut launch = Launch::new(bin.join("postgres"), folder.join("postgres.log"));
    launch.user = user;
    // Fast shutdown: do not wait for clients.
    launch.stop_signal = Signal::SIGINT;
    let settings = [
        "listen_addresses=127.0.0.1".to_owned(),
        format!("unix_socket_directories={}", data.display()),
        "fsync=off".to_owned(),
        "synchronous_commit=off".to_owned(),
        "full_page_writes=off".to_owned(),
        // Nothing of ours outside of our folder, even after a SIGKILL.
        "dynamic_shared_memory_type=mmap".to_owned(),
    ];
    launch = launch.args(["-D", &data.display().to_string(), "-p", &port.to_string()]);
    Ok(settings.into_iter().fold(launch, |launch, setting| {
        launch.args(["-c".to_owned(), setting])
    }))
}

/// Lets another user own the data and pass through the folders above.
fn give_to(user: &str, folder: &Path, data: &Path) -> Result<(), Error> {
    let found = User::from_name(user).ok().flatten();
    let owner = found.ok_or(Error::Missing("the user postgres"))?;
    chown(data, Some(owner.uid.as_raw()), Some(owner.gid.as_raw()))
        .map_err(Error::io("give PostgreSQL its folder"))?;
    for above in [Some(folder), folder.parent()].into_iter().flatten() {
        let open =
            std::fs::metadata(above).map(|found| found.permissions().mode() & 0o005 == 0o005);
        if matches!(open, Ok(false)) {
            std::fs::set_permissions(above, std::fs::Permissions::from_mode(0o755))
                .map_err(Error::io("let PostgreSQL into its folder"))?;
        }
    }
    Ok(())
}

/// Waits until it takes connections.
pub(crate) async fn wait_until_ready(
    tools: &Tools,
    launch: &Launch,
    port: u16,
) -> Result<(), Error> {
    let program = tools.postgres_bin()?.join("pg_isready");
    wait_until("postgres", launch, || async {
        let port = port.to_string();
        let asked = Command::new(&program)
            .args(["-q", "-h", "127.0.0.1", "-U", "tars", "-p", &port])
            .status();
        asked.await.is_ok_and(|status| status.success())
    })
    .await
}

/// A PostgreSQL of one's own.
#[derive(Debug)]
pub struct Postgres {
    /// Its address, `postgres://…`.
    pub url: String,
    /// The program.
    pub running: Running,
    tools: Tools,
    port: u16,
    /// Where its data are.
    pub folder: TempDir,
}

impl Postgres {
    /// Starts an empty one.
    ///
    /// # Errors
    /// When it is missing or does not become ready.
    pub async fn start(tools: &Tools) -> Result<Self, Error> {
        let folder = TempDir::with_prefix("postgres-").map_err(Error::io("make a folder"))?;
        let port = free_port();
        let postgres = Self {
            url: url(port),
            running: Running::start(launch(tools, folder.path(), port).await?)?,
            tools: tools.clone(),
            port,
            folder,
        };
        postgres.ready().await?;
        Ok(postgres)
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
        wait_until_ready(&self.tools, self.running.launch(), self.port).await
    }
}

/// The address of the one on a port.
pub(crate) fn url(port: u16) -> String {
    format!("postgres://tars@127.0.0.1:{port}/postgres")
}
