//! The faults there are: what each is about, which services it is sent to, and what it is told by default.
//!
//! A new fault is a line here and a line at the place where it bites. Decoys are handled alike: they look like
//! trouble and are none.

/// An entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// As in the catalogue of the reference system.
    pub(super) id: &'static str,
    /// What a check should name as culprit.
    pub(super) subject: &'static str,
    /// Kind of the services that it bites in.
    pub(super) service: &'static str,
    /// What happens.
    pub(super) summary: &'static str,
}

/// Faults and decoys.
pub(super) const CATALOGUE: [Entry; 9] = [
    Entry {
        id: "F01",
        subject: "service:eval",
        service: "eval",
        summary: "every evaluation takes `seconds` (360, fast 18)",
    },
    Entry {
        id: "F09",
        subject: "service:eval",
        service: "eval",
        summary: "a `share` (0.25) of the evaluations fails",
    },
    Entry {
        id: "F11",
        subject: "route:GET /v1/trials/{id}/job",
        service: "orch",
        summary: "a completed job is answered without its metrics",
    },
    Entry {
        id: "F17",
        subject: "metric:tars_eval_duration_seconds",
        service: "eval",
        summary: "exported as tars_eval_evaluation_duration_seconds",
    },
    Entry {
        id: "F31",
        subject: "edge:orch>eval",
        service: "orch",
        summary: "traceparent is not sent along the stream",
    },
    Entry {
        id: "F34",
        subject: "span:orch/POST /v1/trials",
        service: "orch",
        summary: "a `share` (0.25) of the background trials is answered 500, span status unset",
    },
    Entry {
        id: "F35",
        subject: "service:eval",
        service: "eval",
        summary: "worker spans lack job_id, agent.type and ml.agent_type",
    },
    Entry {
        id: "F41",
        subject: "route:GET /v1/baselines/{agent}/{environment}/rank/{rank}",
        service: "orch",
        summary: "a new best baseline does not invalidate the cache",
    },
    Entry {
        id: "D07",
        subject: "service:automl",
        service: "automl",
        summary: "decoy: invalid trials, answered 422",
    },
];

/// The entry of that id.
pub(super) fn find(id: &str) -> Option<&'static Entry> {
    CATALOGUE.iter().find(|entry| entry.id == id)
}
