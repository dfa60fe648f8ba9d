//! The faults of this half of the system and what must notice them, from the catalogue: a table.

use serde_json::{Value, json};

/// A fault and what is expected of the verifier.
#[derive(Debug)]
pub(crate) struct Fault {
    /// As the fault API calls it.
    pub(crate) id: &'static str,
    /// What it does, in few words.
    pub(crate) does: &'static str,
    /// Promises of which one must turn red, with `*`.
    pub(crate) noticed_by: &'static [&'static str],
    /// Subjects of which the red promise must name one.
    pub(crate) subjects: &'static [&'static str],
    /// Seconds from the first affected event to red, and from the last one to green.
    pub(crate) deadline: u64,
    /// Seconds from switching on or off until the first or last affected event can be seen from outside.
    pub(crate) lag: u64,
    /// Parameters other than the default.
    pub(crate) params: fn() -> Value,
}

fn none() -> Value {
    json!({})
}

/// How long a slow evaluation takes; the first one can be seen when it ends.
const SLOW_SECONDS: u64 = 18;

/// T1 10 s, T2 30 s, T3 30 s, T4 20 s in the fast profile.
pub(crate) static FAULTS: &[Fault] = &[
    Fault {
        id: "F01",
        does: "all evaluations slow",
        noticed_by: &["slo/eval-latency", "alert/HighEvaluationLatency/quiet"],
        subjects: &["service:eval"],
        deadline: 30,
        lag: SLOW_SECONDS,
        params: || json!({"seconds": SLOW_SECONDS}),
    },
    Fault {
        id: "F09",
        does: "a quarter of evaluations fail",
        noticed_by: &["alert/EvaluationFailureRateHigh/quiet", "slo/eval-success"],
        subjects: &["service:eval"],
        deadline: 30,
        lag: 0,
        params: none,
    },
    Fault {
        id: "F11",
        does: "200 with a partial body",
        noticed_by: &["journey/*"],
        subjects: &["service:orch", "route:GET /v1/trials/{id}/job"],
        deadline: 10,
        lag: 0,
        params: none,
    },
    Fault {
        id: "F17",
        does: "a metric is renamed",
        noticed_by: &["alert/HighEvaluationLatency/sound"],
        subjects: &["metric:tars_eval_duration_seconds_bucket"],
        deadline: 20,
        lag: 0,
        params: none,
    },
    Fault {
        id: "F31",
        does: "context lost on a stream",
        noticed_by: &["journey/trial-to-baseline", "trace/*"],
        subjects: &["edge:orch>eval"],
        deadline: 10,
        lag: 0,
        params: none,
    },
    Fault {
        id: "F34",
        does: "500 under an unset span",
        noticed_by: &["trace/*"],
        subjects: &["span:orch/POST /v1/trials", "service:orch"],
        deadline: 10,
        lag: 0,
        params: none,
    },
    Fault {
        id: "F35",
        does: "attributes missing on spans",
        noticed_by: &["trace/*", "journey/trial-to-baseline"],
        subjects: &["span:eval/evaluate_agent_in_env"],
        deadline: 10,
        lag: 0,
        params: none,
    },
    Fault {
        id: "F41",
        does: "cache not invalidated",
        noticed_by: &["journey/baseline-read-after-write"],
        subjects: &["service:orch"],
        deadline: 10,
        lag: 0,
        params: none,
    },
];

/// The faults that `only` names; all without it.
pub(crate) fn chosen(only: Option<&str>) -> Vec<&'static Fault> {
    FAULTS
        .iter()
        .filter(|fault| {
            only.is_none_or(|only| {
                only.split(',')
                    .any(|pattern| matches(pattern.trim(), fault.id))
            })
        })
        .collect()
}

/// Whether `text` matches `pattern`, in which a `*` stands for any run of characters.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, end)) => {
            text.len() >= start.len() + end.len() && text.starts_with(start) && text.ends_with(end)
        }
    }
}
