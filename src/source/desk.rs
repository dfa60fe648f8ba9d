//! The desk: takes every ask to the peer that answers it, and equal asks as one request.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jiff::Timestamp;

use super::alertmanager::Alertmanager;
use super::guard::{Guard, Health};
use super::http::Prober;
use super::jaeger::Jaeger;
use super::memo::Memo;
use super::prometheus::Prometheus;
use crate::clock::Clock;
use crate::config::{Config, Peer, PeerKind};
use crate::evaluate::Desk;
use crate::evidence::{Answer, Ask, Exhibit, LoadedRule, Told};
use crate::promise::Selector;
use crate::verdict::Reason;

/// Tells the latest verdicts.
pub type Board = Arc<dyn Fn(&Selector) -> Vec<Told> + Send + Sync>;

/// A configured peer with its client and what stands before it.
pub struct Station {
    /// The peer.
    pub peer: Peer,
    /// Budget and circuit.
    pub guard: Guard,
    client: Client,
    rules: Memo<(), Result<Arc<Vec<LoadedRule>>, Reason>>,
}

enum Client {
    Prometheus(Prometheus),
    Alertmanager(Alertmanager),
    Jaeger(Jaeger),
}

/// Everything that answers.
pub struct Sources {
    stations: BTreeMap<String, Arc<Station>>,
    prober: Arc<Prober>,
    board: Board,
    clock: Arc<dyn Clock>,
    memo: Memo<Ask, Arc<Exhibit>>,
    n_asked: AtomicU64,
    n_shared: AtomicU64,
}

impl Sources {
    /// Sources for the peers and targets of `config`; `board` answers for other promises.
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub fn new(
        config: &Config,
        clock: Arc<dyn Clock>,
        board: Board,
    ) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .user_agent(concat!("steadfast/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(5))
            .pool_idle_timeout(Duration::from_secs(30))
            .redirect(reqwest::redirect::Policy::limited(3))
            .build()?;
        let station = |peer: &Peer| {
            let client = match peer.kind {
                PeerKind::Prometheus => Client::Prometheus(Prometheus::new(peer, http.clone())),
                PeerKind::Alertmanager => {
                    Client::Alertmanager(Alertmanager::new(peer, http.clone()))
                }
                PeerKind::Jaeger => Client::Jaeger(Jaeger::new(peer, http.clone(), &config.keep)),
            };
            let guard = Guard::new(&peer.name, peer.budget, Arc::clone(&clock));
            Arc::new(Station {
                peer: peer.clone(),
                guard,
                client,
                rules: Memo::new(),
            })
        };
        Ok(Self {
            stations: config
                .peers
                .iter()
                .map(|(name, peer)| (name.clone(), station(peer)))
                .collect(),
            prober: Arc::new(Prober::new(&config.keep)),
            board,
            clock,
            memo: Memo::new(),
            n_asked: AtomicU64::new(0),
            n_shared: AtomicU64::new(0),
        })
    }

    /// The configured peers by name.
    pub fn stations(&self) -> impl Iterator<Item = &Arc<Station>> {
        self.stations.values()
    }

    /// Asks of checks, and how many of them were told what another had just been told.
    pub fn counts(&self) -> (u64, u64) {
        (
            self.n_asked.load(Ordering::Relaxed),
            self.n_shared.load(Ordering::Relaxed),
        )
    }

    fn request(
        &self,
        ask: &Ask,
        not_before: Timestamp,
        timeout: Duration,
    ) -> BoxFuture<'static, Answered> {
        let asked = self.clock.now();
        match ask {
            Ask::Http(request) => {
                let (prober, request) = (Arc::clone(&self.prober), request.clone());
                async move { prober.send(&request).await.map(Answer::Http) }.boxed()
            }
            Ask::Verdicts { selector } => {
                let told = (self.board)(selector);
                async move { Ok(Answer::Verdicts(told)) }.boxed()
            }
            Ask::Promql { peer, .. }
            | Ask::AlertRule { peer, .. }
            | Ask::HeldAlerts { peer, .. }
            | Ask::Trace { peer, .. }
            | Ask::Traces { peer, .. } => match self.stations.get(peer) {
                Some(station) => {
                    let (station, ask) = (Arc::clone(station), ask.clone());
                    async move { station.answer(ask, asked, not_before, timeout).await }.boxed()
                }
                None => {
                    let error = "is not configured; name it under `peers`".to_owned();
                    let peer = peer.clone();
                    async move { Err(Reason::Unreachable { peer, error }) }.boxed()
                }
            },
        }
    }
}

type Answered = Result<Answer, Reason>;

impl Desk for Sources {
    fn ask(
        &self,
        ask: Ask,
        not_before: Timestamp,
        timeout: Duration,
    ) -> BoxFuture<'_, Arc<Exhibit>> {
        Box::pin(async move {
            self.n_asked.fetch_add(1, Ordering::Relaxed);
            let at = self.clock.now();
            let clock = Arc::clone(&self.clock);
            let answer = self.request(&ask, not_before, timeout);
            let key = ask.clone();
            let asking = async move {
                let answer = answer.await;
                let took = clock.now().duration_since(at).unsigned_abs();
                Arc::new(Exhibit {
                    ask,
                    at,
                    took_ms: took.as_millis() as u64,
                    answer,
                })
            };
            // Synthetic traffic is each journey's own, and verdicts cost nothing.
            if matches!(key, Ask::Http(_) | Ask::Verdicts { .. }) {
                return asking.await;
            }
            let (exhibit, shared) = self.memo.get(key, not_before, at, || asking.boxed()).await;
            if shared {
                self.n_shared.fetch_add(1, Ordering::Relaxed);
            }
            exhibit
        })
    }
}

impl Station {
    async fn answer(
        self: Arc<Self>,
        ask: Ask,
        asked: Timestamp,
        not_before: Timestamp,
        timeout: Duration,
    ) -> Answered {
        match (&self.client, ask) {
            (Client::Prometheus(client), Ask::Promql { query, .. }) => {
                let samples = self
                    .guard
                    .run(timeout, client.instant(&query, timeout))
                    .await?;
                Ok(Answer::Vector(samples))
            }
            (Client::Prometheus(_), Ask::AlertRule { name, .. }) => {
                let rules = self.rules(asked, not_before, timeout).await?;
                let named = rules.iter().filter(|rule| rule.name == name);
                Ok(Answer::AlertRules(named.cloned().collect()))
            }
            (Client::Alertmanager(client), Ask::HeldAlerts { name, .. }) => {
                let alerts = self
                    .guard
                    .run(timeout, client.alerts(&name, timeout))
                    .await?;
                Ok(Answer::HeldAlerts(alerts))
            }
            (Client::Jaeger(client), Ask::Trace { id, .. }) => {
                let traces = self.guard.run(timeout, client.trace(&id, timeout)).await?;
                Ok(Answer::Traces(traces))
            }
            (
                Client::Jaeger(client),
                Ask::Traces {
                    service,
                    operation,
                    lookback_ms,
                    settle_ms,
                    limit,
                    ..
                },
            ) => {
                let from = asked - Duration::from_millis(lookback_ms);
                let to = asked - Duration::from_millis(settle_ms);
                let search =
                    client.traces(&service, operation.as_deref(), from, to, limit, timeout);
                Ok(Answer::Traces(self.guard.run(timeout, search).await?))
            }
            (_, _) => Err(Reason::Unreachable {
                peer: self.peer.name.clone(),
                error: format!("is {}, which does not answer this", self.peer.kind.name()),
            }),
        }
    }

    /// Every alerting rule loaded; asked once for all checks that want one of them.
    pub async fn rules(
        self: &Arc<Self>,
        asked: Timestamp,
        not_before: Timestamp,
        timeout: Duration,
    ) -> Result<Arc<Vec<LoadedRule>>, Reason> {
        let station = Arc::clone(self);
        let ask = move || {
            async move {
                let Client::Prometheus(client) = &station.client else {
                    return Ok(Arc::default());
                };
                let rules = client.alert_rules(timeout);
                station.guard.run(timeout, rules).await.map(Arc::new)
            }
            .boxed()
        };
        self.rules.get((), not_before, asked, ask).await.0
    }

    /// Asks the peer how it is; returns its version, which may be empty.
    ///
    /// # Errors
    /// As any request.
    pub async fn version(&self, timeout: Duration) -> Result<String, Reason> {
        let version = async {
            match &self.client {
                Client::Prometheus(client) => client.build(timeout).await,
                Client::Alertmanager(client) => {
                    client.status(timeout).await.map(|status| status.version)
                }
                Client::Jaeger(client) => client.services(timeout).await.map(|_| String::new()),
            }
        };
        self.guard.run(timeout, version).await
    }

    /// What the peer is like just now.
    pub fn health(&self) -> Health {
        self.guard.health()
    }

    /// The Prometheus behind it, for pages and reports.
    pub fn prometheus(&self) -> Option<&Prometheus> {
        match &self.client {
            Client::Prometheus(client) => Some(client),
            _ => None,
        }
    }

    /// The Alertmanager behind it.
    pub fn alertmanager(&self) -> Option<&Alertmanager> {
        match &self.client {
            Client::Alertmanager(client) => Some(client),
            _ => None,
        }
    }

    /// The Jaeger behind it.
    pub fn jaeger(&self) -> Option<&Jaeger> {
        match &self.client {
            Client::Jaeger(client) => Some(client),
            _ => None,
        }
    }
}
