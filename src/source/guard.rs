//! What stands before every peer: its budget and its circuit.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::circuit::{Circuit, Permit};
use crate::clock::Clock;
use crate::config::Budget;
use crate::verdict::Reason;

/// Lets requests through to one peer as its budget and its circuit allow.
pub struct Guard {
    name: String,
    slots: Semaphore,
    spacing: Duration,
    next: Mutex<Option<Instant>>,
    circuit: Mutex<Circuit>,
    clock: Arc<dyn Clock>,
    n_requests: AtomicU64,
    n_failures: AtomicU64,
}

/// What a peer is like just now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// Not asked yet.
    Unknown,
    /// Answers.
    Up,
    /// Does not, since then, and what was wrong.
    Down(Timestamp, String),
}

impl Guard {
    /// Guards the peer `name`.
    pub fn new(name: &str, budget: Budget, clock: Arc<dyn Clock>) -> Self {
        Self {
            name: name.to_owned(),
            slots: Semaphore::new(budget.concurrent),
            spacing: Duration::from_secs(1) / budget.requests_per_second,
            next: Mutex::new(None),
            circuit: Mutex::new(Circuit::default()),
            clock,
            n_requests: AtomicU64::new(0),
            n_failures: AtomicU64::new(0),
        }
    }

    /// Runs `request` within `timeout`, waiting for its turn included.
    ///
    /// # Errors
    /// What the request says, over budget when its turn did not come, unreachable while the circuit is open.
    pub async fn run<T>(
        &self,
        timeout: Duration,
        request: impl Future<Output = Result<T, Reason>>,
    ) -> Result<T, Reason> {
        let deadline = Instant::now() + timeout;
        let over_budget = || Reason::OverBudget {
            peer: self.name.clone(),
        };
        let turn = tokio::time::timeout_at(deadline, self.slots.acquire()).await;
        let _slot = turn
            .map_err(|_| over_budget())?
            .expect("the semaphore is never closed");
        let start = self.reserve();
        if start > deadline {
            return Err(over_budget());
        }
        tokio::time::sleep_until(start).await;
        if let Permit::Stop(_, error) = self.circuit().permit(self.clock.now()) {
            return Err(Reason::Unreachable {
                peer: self.name.clone(),
                error,
            });
        }
        self.n_requests.fetch_add(1, Ordering::Relaxed);
        let answer = tokio::time::timeout_at(deadline, request)
            .await
            .unwrap_or_else(|_| {
                Err(Reason::Timeout {
                    what: self.name.clone(),
                    after_ms: timeout.as_millis() as u64,
                })
            });
        self.note(answer.as_ref().err());
        answer
    }

    fn note(&self, error: Option<&Reason>) {
        let mut circuit = self.circuit();
        match error {
            Some(Reason::Unreachable { error, .. }) => {
                circuit.failed(self.clock.now(), error.clone(), rand::random());
            }
            Some(reason @ Reason::Timeout { .. }) => {
                circuit.failed(self.clock.now(), reason.to_string(), rand::random());
            }
            // Any other answer is one: the peer is there.
            _ => circuit.succeeded(),
        }
        if error.is_some() {
            self.n_failures.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// When the next request may start, a spacing after the one before.
    fn reserve(&self) -> Instant {
        let now = Instant::now();
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let start = next.map_or(now, |next| next.max(now));
        *next = Some(start + self.spacing);
        start
    }

    fn circuit(&self) -> MutexGuard<'_, Circuit> {
        self.circuit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the peer is like just now.
    pub fn health(&self) -> Health {
        let circuit = self.circuit();
        match circuit.down() {
            Some((since, error)) => Health::Down(*since, error.clone()),
            None if circuit.is_up() => Health::Up,
            None => Health::Unknown,
        }
    }

    /// Whether the peer has been asked and answers.
    pub fn is_up(&self) -> bool {
        self.health() == Health::Up
    }

    /// Requests sent, and those without a usable answer.
    pub fn counts(&self) -> (u64, u64) {
        (
            self.n_requests.load(Ordering::Relaxed),
            self.n_failures.load(Ordering::Relaxed),
        )
    }
}
