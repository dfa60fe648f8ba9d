//! The daemon: `verify` on a timer, and nothing else.
//!
//! Everything that can wake it is one `Event`, handled in one place. Evaluations run as tasks, at most so many at once;
//! what they find goes to the board, from there to the ledger and the page.

pub mod board;
mod face;
pub mod metrics;
mod reload;
pub mod schedule;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, info, info_span, warn};

use crate::catalog::Catalog;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::evaluate::{Judgement, Manners, evaluate};
use crate::evidence::Evidence;
use crate::ledger::{Bounds, Ledger, LedgerError, Past, Writer};
use crate::promise::{Promise, PromiseId};
use crate::source::desk::Sources;
use crate::verdict::{Reason, Verdict};
use board::Board;
use metrics::{Metrics, OutcomeLabel, PromiseLabel};
pub use reload::{Documents, read};
use reload::{Loaded, Watcher};
use schedule::{Schedule, Tick};

/// Evaluations at the same time.
const CONCURRENT: usize = 64;
/// How long running evaluations may take to end when the daemon is told to stop.
const DRAIN: Duration = Duration::from_secs(10);
/// How often peers are asked how they are, beside what checks ask them.
const HEALTH_EVERY: Duration = Duration::from_secs(2);

/// Why the daemon cannot run.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}")]
    Listen {
        /// The configured address.
        address: String,
        /// Why.
        source: std::io::Error,
    },
    /// The ledger cannot be opened.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The HTTP client cannot be built.
    #[error("cannot build the HTTP client")]
    Client(#[from] reqwest::Error),
    /// The HTTP face ended.
    #[error("the HTTP face ended")]
    Face(#[from] std::io::Error),
}

/// What can wake the daemon.
enum Event {
    /// A promise is due.
    Due(Tick),
    /// An evaluation ended.
    Done(PromiseId, Box<Judgement>),
    /// An evaluation panicked: our mistake, and the promise's verdict is that we cannot tell.
    Lost(tokio::task::Id, String),
    /// Documents changed, or somebody asked to look at them again.
    Reload,
    /// Peers are to be asked how they are.
    Health,
    /// Stop.
    Stop,
}

/// What the HTTP face and the loop share.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) started: jiff::Timestamp,
    pub(crate) catalog: RwLock<Arc<Loaded>>,
    pub(crate) board: Arc<Board>,
    pub(crate) sources: Arc<Sources>,
    pub(crate) ledger: Ledger,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Shared {
    pub(crate) fn loaded(&self) -> Arc<Loaded> {
        Arc::clone(&self.catalog.read().unwrap_or_else(PoisonError::into_inner))
    }
}

struct Daemon {
    shared: Arc<Shared>,
    documents: Documents,
    schedule: Schedule,
    epoch: Instant,
    running: BTreeSet<PromiseId>,
    task_of: HashMap<tokio::task::Id, PromiseId>,
    tasks: JoinSet<(PromiseId, Judgement)>,
    permits: Arc<Semaphore>,
    writer: Writer,
    reloads: mpsc::Receiver<()>,
    health: tokio::time::Interval,
    stop: CancellationToken,
}

/// Runs until `stop`, then drains: running evaluations end, what they found is kept.
///
/// # Errors
/// When the daemon cannot start, or its HTTP face fails.
pub async fn run(
    config: Config,
    documents: Documents,
    stop: CancellationToken,
) -> Result<(), DaemonError> {
    let address = config.listen.clone();
    let listener = TcpListener::bind(&address)
        .await
        .map_err(|source| DaemonError::Listen { address, source })?;
    let ledger = Ledger::open(&config.state).await?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let board = Arc::new(Board::default());
    let telling = Arc::clone(&board);
    let sources = Sources::new(
        &config,
        Arc::clone(&clock),
        Arc::new(move |selector| telling.told(selector)),
    )?;
    let past: BTreeMap<PromiseId, Past> = ledger.past().await?.into_iter().collect();
    let loaded = documents.load(&config, clock.now());
    board.show(headers(&loaded.catalog), &past);
    let shared = Arc::new(Shared {
        started: clock.now(),
        catalog: RwLock::new(Arc::new(loaded)),
        board,
        sources: Arc::new(sources),
        ledger: ledger.clone(),
        metrics: Metrics::new(),
        clock,
        config,
    });
    let (asked, reloads) = mpsc::channel(1);
    let _watcher = Watcher::start(&documents, asked);
    let mut daemon = Daemon {
        documents,
        schedule: Schedule::default(),
        epoch: Instant::now(),
        running: BTreeSet::new(),
        task_of: HashMap::new(),
        tasks: JoinSet::new(),
        permits: Arc::new(Semaphore::new(CONCURRENT)),
        writer: Writer::start(ledger.clone(), Bounds::default()),
        reloads,
        health: tokio::time::interval(HEALTH_EVERY),
        stop: stop.clone(),
        shared: Arc::clone(&shared),
    };
    daemon.reschedule();
    info!(address = %listener.local_addr()?, n_promises = shared.loaded().catalog.promises.len(), "listening");
    let router = crate::status::router(Arc::new(face::DaemonFace(Arc::clone(&shared))));
    let closing = CancellationToken::new();
    let serving =
        axum::serve(listener, router).with_graceful_shutdown(closing.clone().cancelled_owned());
    let mut serving = tokio::spawn(async move { serving.await });
    daemon.run_until_stopped(&mut serving).await;
    daemon.drain().await;
    closing.cancel();
    // A page that is held open must not hold the daemon.
    if tokio::time::timeout(Duration::from_secs(2), &mut serving)
        .await
        .is_err()
    {
        serving.abort();
    }
    ledger.close().await;
    Ok(())
}

fn headers(catalog: &Catalog) -> impl Iterator<Item = &crate::promise::Header> {
    catalog.promises.iter().map(|promise| &promise.header)
}

impl Daemon {
    async fn run_until_stopped(
        &mut self,
        serving: &mut tokio::task::JoinHandle<std::io::Result<()>>,
    ) {
        loop {
            let event = tokio::select! {
                ended = &mut *serving, if !serving.is_finished() => {
                    warn!(?ended, "the HTTP face ended");
                    Event::Stop
                }
                event = self.next_event() => event,
            };
            match event {
                Event::Due(tick) => self.start(tick),
                Event::Done(promise, judgement) => self.record(&promise, *judgement).await,
                Event::Lost(task, error) => self.lost(task, error).await,
                Event::Reload => self.reload(),
                Event::Health => self.ask_health(),
                Event::Stop => return,
            }
        }
    }

    async fn next_event(&mut self) -> Event {
        let now = self.epoch.elapsed();
        if let Some(tick) = self.schedule.pop(now) {
            return Event::Due(tick);
        }
        let due = self
            .schedule
            .next()
            .map_or(Duration::from_secs(3_600), |due| due - now);
        tokio::select! {
            () = self.stop.cancelled() => Event::Stop,
            Some(()) = self.reloads.recv() => Event::Reload,
            Some(ended) = self.tasks.join_next_with_id() => match ended {
                Ok((task, (promise, judgement))) => {
                    self.task_of.remove(&task);
                    Event::Done(promise, Box::new(judgement))
                }
                Err(error) => Event::Lost(error.id(), error.to_string()),
            },
            _ = self.health.tick() => Event::Health,
            () = tokio::time::sleep(due) => match self.schedule.pop(self.epoch.elapsed()) {
                Some(tick) => Event::Due(tick),
                None => Event::Health,
            },
        }
    }

    fn start(&mut self, tick: Tick) {
        let metrics = &self.shared.metrics;
        metrics.missed_ticks.inc_by(tick.n_missed);
        let loaded = self.shared.loaded();
        let Some(promise) = loaded.catalog.get(&tick.promise).cloned() else {
            return;
        };
        if !self.running.insert(tick.promise.clone()) {
            metrics.missed_ticks.inc();
            return;
        }
        let interval = self
            .schedule
            .interval(&tick.promise)
            .unwrap_or(self.shared.config.interval);
        let task = evaluate_one(
            Arc::clone(&self.shared),
            promise,
            interval,
            self.epoch + tick.due,
            Arc::clone(&self.permits),
        );
        let span = info_span!("evaluate", promise = %tick.promise, outcome = tracing::field::Empty);
        let task = self.tasks.spawn(task.instrument(span));
        self.task_of.insert(task.id(), tick.promise);
    }

    async fn lost(&mut self, task: tokio::task::Id, error: String) {
        warn!(error, "an evaluation was lost");
        let Some(promise) = self.task_of.remove(&task) else {
            return;
        };
        let now = self.shared.clock.now();
        let what = "the verifier failed while it judged this".to_owned();
        let judgement = Judgement {
            verdict: Verdict::inconclusive(Reason::Starved { what }),
            evidence: Evidence::new(uuid::Uuid::now_v7(), now),
            at: now,
            took: Duration::ZERO,
        };
        self.record(&promise, judgement).await;
    }

    async fn record(&mut self, id: &PromiseId, judgement: Judgement) {
        self.running.remove(id);
        let loaded = self.shared.loaded();
        let Some(promise) = loaded.catalog.get(id) else {
            return;
        };
        let Some(entry) = self.shared.board.record(&promise.header, judgement) else {
            return;
        };
        let metrics = &self.shared.metrics;
        let label = OutcomeLabel {
            outcome: entry.verdict.outcome.name().to_owned(),
        };
        metrics.evaluations.get_or_create(&label).inc();
        let standing = match entry.settled.outcome.name() {
            "pass" => 1,
            "fail" => 0,
            _ => -1,
        };
        let label = PromiseLabel {
            promise: id.to_string(),
        };
        metrics.standing.get_or_create(&label).set(standing);
        if let Some(change) = &entry.transition {
            info!(promise = %id, from = change.from, to = change.to, says = change.says, "changed");
        }
        self.writer.write(entry).await;
    }

    fn reload(&mut self) {
        let shared = &self.shared;
        let before = shared.loaded();
        let loaded = self
            .documents
            .reload(&shared.config, shared.clock.now(), &before);
        if let Some(failed) = &loaded.failed {
            shared.metrics.failed_reloads.inc();
            warn!(says = failed.says, "the documents were not taken over");
        } else {
            shared
                .board
                .show(headers(&loaded.catalog), &BTreeMap::new());
            for promise in &before.catalog.promises {
                let id = &promise.header.id;
                if loaded.catalog.get(id).is_none() {
                    let promise = id.to_string();
                    shared.metrics.standing.remove(&PromiseLabel { promise });
                }
            }
            info!(
                n_promises = loaded.catalog.promises.len(),
                "documents reloaded"
            );
        }
        *shared
            .catalog
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(loaded);
        self.reschedule();
    }

    fn reschedule(&mut self) {
        let loaded = self.shared.loaded();
        let default = self.shared.config.interval;
        let intervals = headers(&loaded.catalog)
            .map(|header| (header.id.clone(), board::interval(header, default)))
            .collect::<Vec<_>>();
        self.schedule.replace(intervals, self.epoch.elapsed());
    }

    fn ask_health(&self) {
        for station in self.shared.sources.stations() {
            let station = Arc::clone(station);
            tokio::spawn(async move {
                // The guard notes how it went; the answer itself is not wanted.
                drop(station.version(HEALTH_EVERY).await);
            });
        }
    }

    /// No new evaluation starts; those that run end, or are aborted when they take too long.
    async fn drain(mut self) {
        info!(n_running = self.running.len(), "draining");
        let deadline = Instant::now() + DRAIN;
        while let Ok(Some(ended)) = tokio::time::timeout_at(deadline, self.tasks.join_next()).await
        {
            if let Ok((promise, judgement)) = ended {
                self.record(&promise, judgement).await;
            }
        }
        self.tasks.abort_all();
        self.writer.finish().await;
        info!("stopped");
    }
}

async fn evaluate_one(
    shared: Arc<Shared>,
    promise: Arc<Promise>,
    interval: Duration,
    due: Instant,
    permits: Arc<Semaphore>,
) -> (PromiseId, Judgement) {
    let _permit = permits
        .acquire_owned()
        .await
        .expect("the semaphore is never closed");
    shared
        .metrics
        .start_lag
        .observe(due.elapsed().as_secs_f64());
    let manners = Manners::of_interval(interval);
    let judgement = evaluate(
        &promise,
        shared.sources.as_ref(),
        shared.clock.as_ref(),
        manners,
    )
    .await;
    shared
        .metrics
        .duration
        .observe(judgement.took.as_secs_f64());
    tracing::Span::current().record("outcome", judgement.verdict.outcome.name());
    (promise.header.id.clone(), judgement)
}
