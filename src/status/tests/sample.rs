//! A face to look at: 2 promises broken, 5 that cannot be told, 56 kept.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use uuid::Uuid;

use crate::config::PeerKind;
use crate::evidence::{Answer, Ask, Evidence, Exhibit, Sample as Element, Traces};
use crate::finding::{Finding, Lint, Severity};
use crate::place::{SourceFile, Span};
use crate::promise::PromiseId;
use crate::report::findings::json::FindingJson;
pub(super) use crate::report::row::samples::at;
use crate::report::row::samples::row;
use crate::report::{Delivery, HistoryPoint, Row, Standing, TraceLink, TransitionRow};
use crate::status::{Aside, CatalogRow, Face, Judged, PeerRow, PeerState, Snapshot};
use crate::subject::Subject;
use crate::trace::model::{Span as TraceSpan, SpanKind, SpanStatus, Trace};
use crate::verdict::{Figure, Reason, Unit, Verdict};

#[derive(Clone)]
pub(super) struct Sample {
    pub(super) now: Timestamp,
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) judged: Result<Option<Arc<Judged>>, String>,
    pub(super) metrics: String,
    pub(super) ready: bool,
}

impl Sample {
    pub(super) fn snapshot_mut(&mut self) -> &mut Snapshot {
        Arc::make_mut(&mut self.snapshot)
    }
}

impl Face for Sample {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot)
    }

    fn evidence<'a>(
        &'a self,
        _: &'a PromiseId,
    ) -> BoxFuture<'a, Result<Option<Arc<Judged>>, String>> {
        std::future::ready(self.judged.clone()).boxed()
    }

    fn metrics(&self) -> String {
        self.metrics.clone()
    }

    fn ready(&self) -> bool {
        self.ready
    }
}

pub(super) fn sample() -> Sample {
    Sample {
        now: at(4),
        snapshot: Arc::new(snapshot()),
        judged: Ok(Some(Arc::new(judged()))),
        metrics: "steadfast_up 1\n".to_owned(),
        ready: true,
    }
}

fn snapshot() -> Snapshot {
    let mut rows = vec![slo(), journey()];
    for n in 1..=5 {
        rows.push(
            row(&format!("trace/pipeline-{n}"))
                .of("orch")
                .since(1_080)
                .unknown("jaeger"),
        );
    }
    for (service, n_rows) in [("eval", 21), ("orch", 20), ("hypersync", 15)] {
        for n in 1..=n_rows {
            let mut kept = row(&format!("slo/{service}-{n}"))
                .of(service)
                .since(86_400)
                .judged(Verdict::pass(
                    "99.996 % of 12,345 requests were answered within 300 ms; 99.9 % is promised",
                ));
            kept.due = Some(at(60));
            rows.push(kept);
        }
    }
    Snapshot {
        at: at(0),
        title: "Steadfast eu-1".to_owned(),
        started: at(-620_000),
        rows,
        peers: peers(),
        catalog: CatalogRow {
            loaded_at: at(-7_200),
            n_documents: 63,
            n_files: 12,
            findings: vec![finding()],
            failed_reload: None,
        },
        aside: vec![Aside {
            what: "alert/DiskFull/quiet".to_owned(),
            how: "muted".to_owned(),
            by: "ada".to_owned(),
            until: Some(at(21_600)),
            why: "disk is being replaced".to_owned(),
        }],
    }
}

fn peers() -> Vec<PeerRow> {
    let peer = |name: &str, kind, host: &str, state| PeerRow {
        name: name.to_owned(),
        kind,
        url: format!("https://redacted@{host}.example/"),
        state,
        since: Some(at(-1_080)),
        says: (state == PeerState::Down).then(|| "connection refused".to_owned()),
    };
    vec![
        peer("prometheus", PeerKind::Prometheus, "prom", PeerState::Ok),
        peer("alertmanager", PeerKind::Alertmanager, "am", PeerState::Ok),
        peer("jaeger", PeerKind::Jaeger, "jaeger", PeerState::Down),
    ]
}

fn finding() -> FindingJson {
    static LINT: Lint = Lint {
        id: "slo:objective",
        summary: "",
        severity: Severity::Error,
        explain: "",
    };
    let file = SourceFile::new("slos/checkout.yaml", "objective: 99.9\n");
    let finding = Finding::new(
        &LINT,
        &file,
        Span::of(11, 4),
        "objective must lie between 0 and 1",
    );
    FindingJson::from(&finding.help("write 0.999"))
}

fn subject(text: &str) -> Subject {
    text.parse().unwrap()
}

fn journey() -> Row {
    let verdict = Verdict::fail(
        "the trace ends at orch: context is lost on the stream eval:requests (5 of 5 runs)",
    );
    let mut row = row("journey/trial-to-baseline")
        .since(192)
        .with(|header| {
            header.file = SourceFile::new(
                "probes/trial.yaml",
                "apiVersion: steadfast/v1\nkind: Journey\nmetadata:\n  name: trial-to-baseline\n",
            );
            header.span = Span::of(58, 17);
            header.runbook = Some(SourceFile::new("runbooks/trial.md", RUNBOOK));
        })
        .judged(verdict.blame([subject("edge:orch>eval")]).citing([0]));
    row.trace = Some(TraceLink {
        peer: "jaeger".to_owned(),
        id: "4f3a92b1c04d4d6e8f1a2b3c4d5e6f70".to_owned(),
    });
    row
}

const DOCUMENT: &str = "\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: eval-latency
  labels: {service: eval, tier: critical}
  annotations:
    steadfast/burn: \"14.4@1h/5m, 6@6h/30m\"
spec:
  indicator:
    spec:
      ratioMetric:
        good: {metricSource: {spec: {query: 'evaluation_duration_seconds_bucket{le=\"300\"}'}}}
        total: {metricSource: {spec: {query: evaluation_duration_seconds_count}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  objectives: [{target: 0.99}]
";

const RUNBOOK: &str = "\
---
alert: EvaluationLatency
---
# Meaning

Evaluations take longer than promised; trials queue up behind them.

## Diagnosis

1. Look for a worker that is **starved**: `kubectl top pod -l app=eval`.
2. Compare the queue's length with yesterday's:

```promql
sum(redis_stream_length{stream=\"eval:requests\"})
```

## Mitigation

Add workers, or shed load at the [gateway](https://gateway.example/).
";

fn slo() -> Row {
    let figure = Figure {
        name: "burn rate over 5m".to_owned(),
        value: 4.2,
        target: Some(1.0),
        unit: Unit::Factor,
        lower_is_better: true,
    };
    let verdict = Verdict::fail(
        "4.2 % of evaluations took longer than 300 s; 1 % is promised. Burning 4.2×, budget lasts 7 d",
    );
    let verdict = verdict
        .blame([subject("service:eval")])
        .citing([0])
        .with_figure(figure);
    let mut row = row("slo/eval-latency")
        .of("eval")
        .since(100)
        .with(|header| {
            header.title = "Evaluations finish within 300 s".to_owned();
            header.span = Span::of(DOCUMENT.find("eval-latency").unwrap(), 12);
            header.file = SourceFile::new("slos/eval.yaml", DOCUMENT);
            header.labels = [("service", "eval"), ("tier", "critical")]
                .map(|(k, v)| (k.into(), v.into()))
                .into();
            header.runbook = Some(SourceFile::new("runbooks/EvaluationLatency.md", RUNBOOK));
        })
        .judged(verdict);
    row.history = (0..60).map(burn).collect();
    row.transitions = transitions();
    row
}

/// Quiet, then unknown for two evaluations, then a rise that breaks the promise for the last eight.
fn burn(n: i32) -> HistoryPoint {
    let wave = 0.35 + 0.2 * (f64::from(n) / 5.0).sin();
    let (standing, value) = match n {
        30 | 31 => (Standing::Unknown, None),
        52.. => (Standing::Broken, Some(1.1 + f64::from(n - 52) * 0.44)),
        _ => (Standing::Kept, Some(wave)),
    };
    HistoryPoint {
        at: at(i64::from(n - 59) * 30),
        standing,
        value,
    }
}

fn transitions() -> Arc<[TransitionRow]> {
    let delivery = |arrived, error: Option<&str>, receiver: &str| Delivery {
        receiver: receiver.to_owned(),
        arrived,
        error: error.map(str::to_owned),
    };
    let broke = "3.1 % of evaluations took longer than 300 s; 1 % is promised";
    Arc::new([
        TransitionRow {
            at: at(-100),
            from: Some(Standing::Kept),
            to: Standing::Broken,
            says: broke.to_owned(),
            told: vec![
                delivery(Some(at(-97)), None, "oncall"),
                delivery(None, Some("status 503"), "slack"),
            ],
        },
        TransitionRow {
            at: at(-86_400),
            from: None,
            to: Standing::Kept,
            says: "0.3 % of evaluations took longer than 300 s; 1 % is promised".to_owned(),
            told: Vec::new(),
        },
    ])
}

fn judged() -> Judged {
    let mut evidence = Evidence::new(Uuid::nil(), at(-1));
    let query = "sum(rate(evaluation_duration_seconds_bucket{le=\"300\"}[5m])) / sum(rate(evaluation_duration_seconds_count[5m]))";
    let asked = [
        (
            Ask::Promql {
                peer: "prometheus".to_owned(),
                query: query.to_owned(),
            },
            Ok(Answer::Vector(vec![Element {
                labels: BTreeMap::from([("service".to_owned(), "eval".to_owned())]),
                value: 0.958,
            }])),
        ),
        (
            Ask::Trace {
                peer: "jaeger".to_owned(),
                id: "4f3a".to_owned(),
            },
            Err(Reason::Unreachable {
                peer: "jaeger".to_owned(),
                error: "connection refused".to_owned(),
            }),
        ),
        (
            Ask::Traces {
                peer: "jaeger".to_owned(),
                service: "orch".to_owned(),
                operation: Some("POST /v1/trials".to_owned()),
                lookback_ms: 300_000,
                settle_ms: 5_000,
                limit: 20,
            },
            Ok(Answer::Traces(Traces {
                traces: vec![trace("4f3a92b1"), trace("77aa01c2")],
                truncated: false,
            })),
        ),
    ];
    let exhibits = asked.into_iter().map(|(ask, answer)| Exhibit {
        ask,
        at: at(-1),
        took_ms: 12,
        answer,
    });
    evidence.exhibits = exhibits.map(Arc::new).collect();
    Judged {
        evidence_id: Some("e-01JGZX".to_owned()),
        at: at(0),
        verdict: Verdict::fail("too slow").citing([0]),
        evidence,
        contract: None,
    }
}

fn trace(id: &str) -> Trace {
    let span = |id: &str, parent: Option<&str>, path: &str, start_ms: u64, end_ms: u64, status| {
        let (service, name) = path.split_once('/').unwrap();
        TraceSpan {
            id: id.to_owned(),
            parent: parent.map(str::to_owned),
            service: service.to_owned(),
            name: name.to_owned(),
            kind: SpanKind::Server,
            start_ns: start_ms * 1_000_000,
            end_ns: end_ms * 1_000_000,
            status,
            attributes: BTreeMap::new(),
            links: Vec::new(),
        }
    };
    Trace {
        id: id.to_owned(),
        spans: vec![
            span("a", None, "orch/receive_trial", 0, 420, SpanStatus::Ok),
            span("b", Some("a"), "orch/enqueue", 14, 30, SpanStatus::Unset),
            span(
                "c",
                Some("b"),
                "eval/evaluate_agent",
                61,
                412,
                SpanStatus::Error,
            ),
        ],
    }
}
