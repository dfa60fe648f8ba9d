//! Equal questions at about the same time are one request.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use jiff::Timestamp;

/// Answers in flight and recent answers, by question.
pub struct Memo<K, V: Clone> {
    slots: Mutex<HashMap<K, Slot<V>>>,
}

struct Slot<V: Clone> {
    at: Timestamp,
    answer: Shared<BoxFuture<'static, V>>,
}

/// How long an answer is kept for others.
const KEPT: Duration = Duration::from_secs(60);

/// From so many questions on, old ones are looked for and forgotten.
const SWEEP_FROM: usize = 1_024;

impl<K: Eq + Hash, V: Clone + Send + Sync + 'static> Memo<K, V> {
    /// Nothing known.
    pub fn new() -> Self {
        Self {
            slots: Mutex::new(HashMap::new()),
        }
    }

    /// The answer to `key`, asked at `not_before` or later; where there is none, `ask` is run at `now`. It goes on when the
    /// caller is gone, since others may wait for it. Says whether the answer was shared.
    pub async fn get(
        &self,
        key: K,
        not_before: Timestamp,
        now: Timestamp,
        ask: impl FnOnce() -> BoxFuture<'static, V>,
    ) -> (V, bool) {
        let (answer, shared) = self.slot(key, not_before, now, ask);
        (answer.await, shared)
    }

    fn slot(
        &self,
        key: K,
        not_before: Timestamp,
        now: Timestamp,
        ask: impl FnOnce() -> BoxFuture<'static, V>,
    ) -> (Shared<BoxFuture<'static, V>>, bool) {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get(&key)
            && slot.at >= not_before
        {
            return (slot.answer.clone(), true);
        }
        if slots.len() >= SWEEP_FROM && slots.len().is_power_of_two() {
            slots.retain(|_, slot| slot.at > now - KEPT);
        }
        let answer = ask().shared();
        tokio::spawn(answer.clone().map(drop));
        let slot = Slot {
            at: now,
            answer: answer.clone(),
        };
        slots.insert(key, slot);
        (answer, false)
    }
}

impl<K: Eq + Hash, V: Clone + Send + Sync + 'static> Default for Memo<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn one_request_for_equal_questions_until_a_newer_answer_is_wanted() {
        let memo = Memo::<&str, u32>::new();
        let asked = Arc::new(AtomicU32::new(0));
        let at = |second| Timestamp::from_second(second).unwrap();
        let ask = |not_before, now| {
            let asked = Arc::clone(&asked);
            memo.get("up", at(not_before), at(now), move || {
                Box::pin(async move {
                    tokio::task::yield_now().await;
                    asked.fetch_add(1, Ordering::Relaxed) + 1
                })
            })
        };
        let (first, second) = tokio::join!(ask(0, 10), ask(0, 10));
        assert_eq!((first, second), ((1, false), (1, true)));
        assert_eq!(ask(10, 12).await, (1, true));
        assert_eq!(ask(11, 12).await, (2, false));
    }
}
