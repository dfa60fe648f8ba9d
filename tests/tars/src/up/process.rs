//! A child process kept running: started again when it dies, stopped and started when told to.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use nix::sys::signal::Signal;
use serde::Serialize;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tracing::warn;

use crate::clock;
use crate::peers::{Error, Launch, Running};

const FIRST_BACKOFF: Duration = Duration::from_millis(200);
const LAST_BACKOFF: Duration = Duration::from_secs(5);
/// Having run this long, it counts as healthy again.
const HEALTHY: Duration = Duration::from_secs(10);

/// As shown by `GET /processes`.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Shown {
    pub(super) name: String,
    pub(super) pid: Option<u32>,
    /// `running`, `stopped` (told to) or `died` (about to be started again).
    pub(super) state: &'static str,
    /// How often it died by itself.
    pub(super) deaths: u32,
    /// How often it was started.
    pub(super) starts: u32,
    pub(super) since: Timestamp,
    pub(super) log: String,
}

/// What it can be told.
#[derive(Clone, Copy, Debug)]
pub(super) enum Order {
    Start,
    Stop(Option<Signal>),
    Restart(Option<Signal>),
}

type Reply = oneshot::Sender<Result<(), Error>>;

/// A handle on it.
#[derive(Debug)]
pub(super) struct Process {
    orders: mpsc::Sender<(Order, Reply)>,
    shown: Arc<Mutex<Shown>>,
    task: JoinHandle<()>,
}

impl Process {
    /// Starts it; `started` is called after every start.
    pub(super) fn start(
        name: &str,
        launch: Launch,
        started: impl Fn() + Send + 'static,
    ) -> Result<Self, Error> {
        let shown = Arc::new(Mutex::new(Shown {
            name: name.to_owned(),
            pid: None,
            state: "stopped",
            deaths: 0,
            starts: 0,
            since: clock::now(),
            log: launch.log.display().to_string(),
        }));
        let (orders, received) = mpsc::channel(8);
        let mut keeper = Keeper {
            launch,
            shown: shown.clone(),
            running: None,
            started: Box::new(started),
        };
        keeper.start()?;
        Ok(Self {
            orders,
            shown,
            task: tokio::spawn(keeper.keep(received)),
        })
    }

    /// How it is.
    pub(super) fn shown(&self) -> Shown {
        self.shown
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Tells it something; returns when that is done (not: when it is ready).
    pub(super) async fn tell(&self, order: Order) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        let gone = || Error::Failed {
            program: self.shown().name,
            says: "its keeper is gone".to_owned(),
        };
        self.orders.send((order, reply)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    /// Stops it for good.
    pub(super) async fn end(self) {
        if let Err(error) = self.tell(Order::Stop(None)).await {
            warn!(%error, "cannot stop a process");
        }
        self.task.abort();
    }
}

struct Keeper {
    launch: Launch,
    shown: Arc<Mutex<Shown>>,
    running: Option<Running>,
    started: Box<dyn Fn() + Send>,
}

impl Keeper {
    async fn keep(mut self, mut orders: mpsc::Receiver<(Order, Reply)>) {
        let mut backoff = FIRST_BACKOFF;
        let mut started = Instant::now();
        loop {
            let died = async {
                match &mut self.running {
                    Some(running) => running.ended().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                order = orders.recv() => {
                    let Some((order, reply)) = order else { return };
                    let done = self.obey(order).await;
                    started = Instant::now();
                    drop(reply.send(done));
                }
                () = died => {
                    if started.elapsed() > HEALTHY {
                        backoff = FIRST_BACKOFF;
                    }
                    self.died();
                    sleep(backoff).await;
                    backoff = (backoff * 2).min(LAST_BACKOFF);
                    started = Instant::now();
                    if let Err(error) = self.start() {
                        warn!(%error, "cannot start again");
                    }
                }
            }
        }
    }

    async fn obey(&mut self, order: Order) -> Result<(), Error> {
        match order {
            Order::Start => self.start_if_stopped(),
            Order::Stop(signal) => self.stop(signal).await,
            Order::Restart(signal) => {
                self.stop(signal).await?;
                self.start_if_stopped()
            }
        }
    }

    fn start_if_stopped(&mut self) -> Result<(), Error> {
        match self.running {
            Some(_) => Ok(()),
            None => self.start(),
        }
    }

    fn start(&mut self) -> Result<(), Error> {
        let running = Running::start(self.launch.clone())?;
        let pid = running.pid();
        self.running = Some(running);
        self.show(|shown| {
            shown.pid = pid;
            shown.state = "running";
            shown.starts += 1;
        });
        (self.started)();
        Ok(())
    }

    async fn stop(&mut self, signal: Option<Signal>) -> Result<(), Error> {
        if let Some(mut running) = self.running.take() {
            let signal = signal.unwrap_or(self.launch.stop_signal);
            running.stop_by(signal).await?;
        }
        self.show(|shown| {
            shown.pid = None;
            shown.state = "stopped";
        });
        Ok(())
    }

    fn died(&mut self) {
        self.running = None;
        self.show(|shown| {
            shown.pid = None;
            shown.state = "died";
            shown.deaths += 1;
        });
        warn!(program = %self.launch.program.display(), "died, starting it again");
    }

    fn show(&self, change: impl FnOnce(&mut Shown)) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut shown);
        shown.since = clock::now();
    }
}
