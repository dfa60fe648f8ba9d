//! How a program is started so that it dies with us, however we die.
//!
//! `setpriv --pdeathsig KILL` makes the kernel kill the program when its parent *thread* ends. So all programs are
//! started by one thread that lives as long as this process, whichever thread asks for it.

use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{OnceLock, mpsc};
use std::thread;

use nix::sys::signal::Signal;
use tokio::process::{Child, Command};
use tokio::runtime::Handle;

use super::Error;

/// A program and how to start it.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The executable.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// Run as this user (only root can).
    pub user: Option<String>,
    /// Where its output goes, appended.
    pub log: PathBuf,
    /// What asks it to stop.
    pub stop_signal: Signal,
}

impl Launch {
    /// Starts as ourselves, stops by SIGTERM.
    pub fn new(program: impl Into<PathBuf>, log: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
            user: None,
            log: log.into(),
            stop_signal: Signal::SIGTERM,
        }
    }

    /// Adds arguments.
    pub fn args(mut self, args: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Starts it. Dropping the child kills it.
    ///
    /// # Errors
    /// When the log cannot be written or the program not be started.
    pub fn spawn(&self) -> Result<Child, Error> {
        let doing = || format!("start {}", self.program.display());
        let log = open_log(&self.log).map_err(Error::io(doing()))?;
        let also = log.try_clone().map_err(Error::io(doing()))?;
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]);
        if let Some(user) = &self.user {
            // In the same call: a change of user clears the death signal.
            command.args([format!("--reuid={user}"), format!("--regid={user}")]);
            command.arg("--init-groups");
        }
        command.arg("--").arg(&self.program).args(&self.args);
        command.stdin(Stdio::null()).stdout(log).stderr(also);
        command.kill_on_drop(true);
        spawn_on_lasting_thread(command).map_err(Error::io(doing()))
    }

    /// The last lines of its log.
    pub(crate) fn log_tail(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(8)..].join("\n")
    }
}

fn open_log(path: &Path) -> io::Result<std::fs::File> {
    OpenOptions::new().create(true).append(true).open(path)
}

struct Order {
    command: Command,
    runtime: Handle,
    reply: mpsc::Sender<io::Result<Child>>,
}

fn spawn_on_lasting_thread(command: Command) -> io::Result<Child> {
    static THREAD: OnceLock<mpsc::Sender<Order>> = OnceLock::new();
    let orders = THREAD.get_or_init(|| {
        let (orders, received) = mpsc::channel::<Order>();
        thread::spawn(move || {
            for mut order in received {
                let inside = order.runtime.enter();
                let child = order.command.spawn();
                drop(inside);
                // Whoever asked may have gone: then the child goes, too.
                drop(order.reply.send(child));
            }
        });
        orders
    });
    let (reply, answer) = mpsc::channel();
    let order = Order {
        command,
        runtime: Handle::current(),
        reply,
    };
    orders.send(order).map_err(io::Error::other)?;
    answer.recv().map_err(io::Error::other)?
}
