//! Rows for tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{HistoryPoint, Row, Standing, TransitionRow};
use crate::place::{SourceFile, Span};
use crate::promise::{Header, PromiseId};
use crate::subject::Subject;
use crate::verdict::{Outcome, Reason, Verdict};

/// `seconds` after 2026-01-01 12:00 UTC, the time at which every sample was judged.
pub(crate) fn at(seconds: i64) -> Timestamp {
    let noon: Timestamp = "2026-01-01T12:00:00Z".parse().unwrap();
    noon + SignedDuration::from_secs(seconds)
}

/// A row that is yet to be given an outcome.
pub(crate) struct Sample(Row);

/// A sample of the promise `id`, judged at [`at`]`(0)` and what it is for three minutes.
pub(crate) fn row(id: &str) -> Sample {
    let file = SourceFile::new(
        format!("{}.yaml", id.replace('/', "-")),
        "kind: SLO\nname: a\n",
    );
    let header = Header {
        id: PromiseId::new(id),
        title: format!("{id} does what it should"),
        span: Span::of(16, 1),
        file,
        labels: BTreeMap::new(),
        service: String::new(),
        interval: None,
        fail_after: 2,
        pass_after: 2,
        runbook: None,
    };
    Sample(Row {
        header: Arc::new(header),
        verdict: Arc::new(Verdict::pass("fine")),
        outcome: Outcome::Pass,
        since: at(-180),
        at: at(0),
        due: None,
        took_ms: 12,
        evidence_id: Some("e-1".to_owned()),
        trace: None,
        history: Arc::new([]),
        transitions: Arc::new([]),
    })
}

impl Sample {
    /// Of this service.
    pub(crate) fn of(mut self, service: &str) -> Self {
        Arc::get_mut(&mut self.0.header).unwrap().service = service.to_owned();
        self
    }

    /// With a change to its header.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Header)) -> Self {
        change(Arc::get_mut(&mut self.0.header).unwrap());
        self
    }

    /// What it is since so many seconds before it was judged.
    pub(crate) fn since(mut self, seconds: i64) -> Self {
        self.0.since = at(-seconds);
        self
    }

    /// Kept.
    pub(crate) fn kept(self) -> Row {
        self.judged(Verdict::pass("fine"))
    }

    /// Broken, in these words.
    pub(crate) fn broken(self, says: &str) -> Row {
        self.judged(Verdict::fail(says).blame(["service:eval".parse::<Subject>().unwrap()]))
    }

    /// Not to be told, since this peer refuses connections.
    pub(crate) fn unknown(self, peer: &str) -> Row {
        self.judged(Verdict::inconclusive(Reason::Unreachable {
            peer: peer.to_owned(),
            error: "connection refused".to_owned(),
        }))
    }

    /// Judged so, settled so, with a history of twenty evaluations of which the last four were so.
    pub(crate) fn judged(mut self, verdict: Verdict) -> Row {
        let standing = Standing::from(&verdict.outcome);
        let value = verdict.figure.as_ref().map(|figure| figure.value);
        self.0.outcome = verdict.outcome.clone();
        self.0.history = (0..20)
            .map(|n| HistoryPoint {
                at: at((n - 19) * 10),
                standing: if n < 16 { Standing::Kept } else { standing },
                value: value.map(|value| value * (1.0 + n as f64) / 20.0),
            })
            .collect();
        self.0.transitions = Arc::new([TransitionRow {
            at: self.0.since,
            from: Some(Standing::Kept),
            to: standing,
            says: verdict.says.clone(),
            told: Vec::new(),
        }]);
        self.0.verdict = Arc::new(verdict);
        self.0
    }
}
