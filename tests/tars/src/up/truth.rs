//! What was wrong, from when to when: the record that a verifier is graded by.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::catalogue::Entry;
use crate::service::faults::Params;

/// One stretch of a fault.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Stretch {
    pub(super) id: &'static str,
    pub(super) subject: String,
    pub(super) from: Timestamp,
    /// When it ended; null while it is on.
    pub(super) to: Option<Timestamp>,
    pub(super) params: Params,
    #[serde(skip)]
    pub(super) until: Timestamp,
    #[serde(skip)]
    pub(super) instance: Option<String>,
    #[serde(skip)]
    pub(super) entry: &'static Entry,
}

/// All stretches, oldest first.
#[derive(Debug, Default)]
pub(super) struct Truth(Vec<Stretch>);

impl Truth {
    /// A fault is switched on (or changed).
    pub(super) fn switch_on(
        &mut self,
        entry: &'static Entry,
        params: Params,
        ttl: Duration,
        now: Timestamp,
    ) -> Stretch {
        self.switch_off(entry.id, now);
        let text = |name: &str| params.0.get(name).and_then(|value| value.as_str());
        let instance = text("instance").map(str::to_owned);
        let subject = match &instance {
            Some(instance) => format!("instance:{instance}"),
            None => entry.subject.to_owned(),
        };
        let stretch = Stretch {
            id: entry.id,
            subject,
            from: now,
            to: None,
            params,
            until: now + ttl,
            instance,
            entry,
        };
        self.0.push(stretch.clone());
        stretch
    }

    /// A fault is switched off; false if it was not on.
    pub(super) fn switch_off(&mut self, id: &str, now: Timestamp) -> bool {
        self.expire(now);
        let mut on = self
            .0
            .iter_mut()
            .filter(|stretch| stretch.id == id && stretch.to.is_none());
        let found = on.next().map(|stretch| stretch.to = Some(now));
        found.is_some()
    }

    /// What is on.
    pub(super) fn active(&mut self, now: Timestamp) -> Vec<Stretch> {
        self.expire(now);
        let on = self.0.iter().filter(|stretch| stretch.to.is_none());
        on.cloned().collect()
    }

    /// Everything.
    pub(super) fn all(&mut self, now: Timestamp) -> &[Stretch] {
        self.expire(now);
        &self.0
    }

    fn expire(&mut self, now: Timestamp) {
        for stretch in &mut self.0 {
            if stretch.to.is_none() && stretch.until <= now {
                stretch.to = Some(stretch.until);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::up::catalogue;

    #[test]
    fn stretches_end_by_order_or_by_themselves() {
        let mut truth = Truth::default();
        let at = |second: i64| Timestamp::from_second(second).expect("in range");
        let entry = catalogue::find("F01").expect("known");
        let ttl = Duration::from_secs(60);
        truth.switch_on(entry, Params::default(), ttl, at(0));
        assert!(truth.switch_off("F01", at(10)));
        assert!(!truth.switch_off("F01", at(11)));
        truth.switch_on(entry, Params::default(), ttl, at(20));
        assert_eq!(truth.active(at(79)).len(), 1);
        assert_eq!(truth.active(at(81)).len(), 0);
        let ends: Vec<_> = truth.all(at(90)).iter().map(|stretch| stretch.to).collect();
        assert_eq!(ends, [Some(at(10)), Some(at(80))]);
    }
}
