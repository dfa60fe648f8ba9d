//! Exhibits made by hand, for the tests of this folder and of runbooks.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::catalog::{self, Catalog};
use crate::config::Config;
use crate::evidence::{Answer, Ask, Evidence, Exhibit, LoadedAlert, LoadedRule, Sample};
use crate::place::SourceFile;
use crate::promise::{Check, Step};
use crate::verdict::{Reason, Verdict};

/// When every sample exhibit was asked.
pub(crate) fn now() -> Timestamp {
    "2026-01-01T12:00:00Z".parse().expect("a timestamp")
}

pub(crate) fn ago(seconds: i64) -> Timestamp {
    now() - SignedDuration::from_secs(seconds)
}

pub(crate) fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
    entries
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

/// A healthy rule, evaluated three seconds ago, without active alerts.
pub(crate) fn loaded() -> LoadedRule {
    LoadedRule {
        group: "eval".into(),
        file: "/etc/prometheus/eval.yaml".into(),
        interval_seconds: 30.0,
        name: "HighLatency".into(),
        query: r#"latency_seconds{job="eval",route="x"} > 300"#.into(),
        for_seconds: 300.0,
        labels: map(&[("severity", "critical")]),
        annotations: map(&[("summary", "evaluations are slow")]),
        health: "ok".into(),
        last_error: String::new(),
        last_evaluation: Some(ago(3)),
        evaluation_seconds: 0.002,
        alerts: Vec::new(),
    }
}

pub(crate) fn active(state: &str, labels: &[(&str, &str)]) -> LoadedAlert {
    LoadedAlert {
        labels: map(labels),
        annotations: map(&[("summary", "p95 of eval is 400 s")]),
        state: state.into(),
        active_at: Some(ago(600)),
        value: "4e+02".into(),
    }
}

/// A vector of one sample a metric name.
pub(crate) fn names(names: &[&str]) -> Answer {
    let sample = |name: &&str| Sample {
        labels: map(&[("__name__", name)]),
        value: 1.0,
    };
    Answer::Vector(names.iter().map(sample).collect())
}

/// What `count(up)` answers where something is scraped.
pub(crate) fn scraping() -> Answer {
    let sample = Sample {
        labels: BTreeMap::new(),
        value: 3.0,
    };
    Answer::Vector(vec![sample])
}

pub(crate) fn unreachable() -> Reason {
    Reason::Unreachable {
        peer: "prometheus".into(),
        error: "connection refused".into(),
    }
}

/// Steps `check` until it is done; `answer` is asked once a question.
pub(crate) fn judge(
    check: &dyn Check,
    mut answer: impl FnMut(&Ask) -> Result<Answer, Reason>,
) -> Verdict {
    let mut seen = Evidence::new(Uuid::nil(), now());
    for _ in 0..8 {
        match check.step(&seen, now()) {
            Step::Done(verdict) => return verdict,
            Step::Wait(_) => panic!("this check never waits"),
            Step::Ask(asks) => {
                for ask in asks {
                    let answer = answer(&ask);
                    seen.exhibits.push(Arc::new(Exhibit {
                        ask,
                        at: now(),
                        took_ms: 1,
                        answer,
                    }));
                }
            }
        }
    }
    panic!("the check never ends");
}

/// `outcome: says [culprits]`, for one-line expectations.
pub(crate) fn told(verdict: &Verdict) -> String {
    let culprits: Vec<_> = verdict.culprits.iter().map(ToString::to_string).collect();
    format!(
        "{}: {} [{}]",
        verdict.outcome.name(),
        verdict.says,
        culprits.join(" ")
    )
}

/// Documents read and linked together: paths with their texts.
pub(crate) fn catalog(documents: &[(&str, &str)]) -> Catalog {
    let files = documents.iter();
    let files: Vec<_> = files
        .map(|(path, text)| SourceFile::new(path, *text))
        .collect();
    catalog::read(&files, &Config::default())
}

/// What `lint` finds in documents that are read together: severity, place and message.
pub(crate) fn findings(lint: &str, documents: &[(&str, &str)]) -> Vec<String> {
    let catalog = catalog(documents);
    let found = catalog.findings.list.iter();
    found
        .filter(|finding| finding.lint == lint)
        .map(|finding| {
            let place = finding.file.place(finding.span);
            format!("{} {place} {}", finding.severity.name(), finding.message)
        })
        .collect()
}
