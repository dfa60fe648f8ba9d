//! Which services are known to report spans, and until when. Pure.
//!
//! A span that is missing means a broken promise only where its service reports at all: a service whose spans are late or
//! lost would otherwise be blamed for what its exporter did.

use std::collections::BTreeMap;

use super::model::Trace;
use super::pattern::Pattern;

/// For each service, when the latest of its spans that were seen ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sightings {
    last_end_ns: BTreeMap<String, u64>,
}

impl Sightings {
    /// What `traces` show.
    pub fn of<'t>(traces: impl IntoIterator<Item = &'t Trace>) -> Self {
        let mut new = Self::default();
        new.see(traces);
        new
    }

    /// Adds what `traces` show.
    pub fn see<'t>(&mut self, traces: impl IntoIterator<Item = &'t Trace>) {
        for span in traces.into_iter().flat_map(|trace| &trace.spans) {
            let end_ns = span.end_ns_fixed();
            match self.last_end_ns.get_mut(&span.service) {
                Some(last) => *last = end_ns.max(*last),
                None => {
                    self.last_end_ns.insert(span.service.clone(), end_ns);
                }
            }
        }
    }

    /// Whether this service reported a span that ended after `since_ns`.
    pub fn saw(&self, service: &str, since_ns: u64) -> bool {
        let last = self.last_end_ns.get(service);
        last.is_some_and(|end_ns| *end_ns > since_ns)
    }

    /// Whether a service that `pattern` is about reported a span that ended after `since_ns`.
    pub fn reported_since(&self, pattern: &Pattern, since_ns: u64) -> bool {
        self.last_end_ns
            .iter()
            .any(|(service, end_ns)| *end_ns > since_ns && pattern.matches_service(service))
    }
}

#[cfg(test)]
mod tests {
    use super::super::graph::tests::trace;
    use super::*;

    #[test]
    fn only_spans_that_ended_later_count() {
        let seen = Sightings::of(&[trace(&[
            "a<- eval/x 0-5",
            "b<- orch/x 0-9",
            "c<- eval/y 0-3",
        ])]);
        let eval = Pattern::parse("eval/z").unwrap();
        assert!(seen.reported_since(&eval, 4_999_999));
        assert!(!seen.reported_since(&eval, 5_000_000));
        assert!(seen.reported_since(&Pattern::parse("*/z").unwrap(), 8_000_000));
        assert!(seen.saw("orch", 8_999_999) && !seen.saw("orch", 9_000_000));
        assert!(!seen.reported_since(&Pattern::parse("automl/z").unwrap(), 0));
    }
}
