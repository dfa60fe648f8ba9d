//! Faults that are switched on in this process.
//!
//! The place where a fault bites asks for it by its id, in one line:
//!
//! ```text
//! if let Some(fault) = service.faults.on("F01") { sleep(fault.seconds("seconds", 18.0)).await; }
//! if service.faults.strikes("F09", 0.25) { return Err(..); }
//! ```
//!
//! Which faults exist, and what they are about, is the supervisor's business ([`crate::up`]); it pushes them here
//! through the admin port, each with a time to live, so that none outlives a dead supervisor.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant;

/// Parameters of a fault, as given by whoever switched it on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Params(pub(crate) serde_json::Map<String, Value>);

impl Params {
    /// A number, or what it is by default.
    pub(crate) fn number(&self, name: &str, default: f64) -> f64 {
        self.0.get(name).and_then(Value::as_f64).unwrap_or(default)
    }

    /// A duration in seconds.
    pub(crate) fn seconds(&self, name: &str, default: f64) -> Duration {
        Duration::try_from_secs_f64(self.number(name, default)).unwrap_or_default()
    }
}

/// What the supervisor sends to switch a fault on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    /// See [`Params`].
    #[serde(default)]
    pub(crate) params: Params,
    /// How long it lasts at most.
    pub(crate) ttl_ms: u64,
}

#[derive(Debug)]
struct Active {
    params: Params,
    until: Instant,
}

#[derive(Debug)]
struct State {
    active: HashMap<String, Active>,
    dice: ChaCha8Rng,
}

/// The faults of this process; clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Faults(Arc<Mutex<State>>);

impl Faults {
    /// None on; the seed decides which requests a share strikes.
    pub(crate) fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(State {
            active: HashMap::new(),
            dice: ChaCha8Rng::seed_from_u64(seed),
        })))
    }

    /// The parameters of a fault, if it is on.
    pub(crate) fn on(&self, id: &str) -> Option<Params> {
        let mut state = self.lock();
        let active = state.active.get(id)?;
        if active.until <= Instant::now() {
            state.active.remove(id);
            return None;
        }
        Some(active.params.clone())
    }

    /// Whether a fault that hits a share of cases (parameter `share`) hits this one.
    pub(crate) fn strikes(&self, id: &str, default_share: f64) -> bool {
        let Some(params) = self.on(id) else {
            return false;
        };
        let share = params.number("share", default_share).clamp(0.0, 1.0);
        self.lock().dice.random_bool(share)
    }

    /// Switches a fault on, or changes it.
    pub(crate) fn switch_on(&self, id: String, order: Order) {
        let active = Active {
            params: order.params,
            until: Instant::now() + Duration::from_millis(order.ttl_ms),
        };
        self.lock().active.insert(id, active);
    }

    /// Switches a fault off; it may be off already.
    pub(crate) fn switch_off(&self, id: &str) {
        self.lock().active.remove(id);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no holder of this lock panics")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(json: &str, ttl_ms: u64) -> Order {
        let params = serde_json::from_str(json).expect("valid JSON");
        Order { params, ttl_ms }
    }

    #[tokio::test(start_paused = true)]
    async fn lasts_its_time() {
        let faults = Faults::new(1);
        assert!(faults.on("F01").is_none());
        faults.switch_on("F01".to_owned(), order(r#"{"seconds": 2}"#, 1000));
        let params = faults.on("F01").expect("switched on");
        assert_eq!(params.seconds("seconds", 18.0), Duration::from_secs(2));
        tokio::time::advance(Duration::from_millis(1001)).await;
        assert!(faults.on("F01").is_none());
    }

    #[test]
    fn strikes_its_share() {
        let faults = Faults::new(1);
        faults.switch_on("F09".to_owned(), order("{}", 60_000));
        let struck = (0..1000).filter(|_| faults.strikes("F09", 0.25)).count();
        assert!((200..300).contains(&struck), "{struck}");
        faults.switch_off("F09");
        assert!(!faults.strikes("F09", 1.0));
    }
}
