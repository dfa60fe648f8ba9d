//! Answers by arm: as a system in good health gives them, with defects by chance, with nothing in them, or beside the point.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use regex::Regex;
use steadfast::evidence::{
    Answer, Ask, HeldAlert, HttpRequest, HttpResponse, LoadedAlert, LoadedRule, Sample, Timing,
    Told, Traces,
};
use steadfast::promise::PromiseId;
use steadfast::verdict::{Outcome, Reason};

use super::spans;

/// Draws defects.
pub(super) struct Chance<'r> {
    /// How likely each possible defect is.
    pub(super) rate: f64,
    pub(super) random: &'r mut StdRng,
}

impl Chance<'_> {
    pub(super) fn defect(&mut self) -> bool {
        self.random.random_bool(self.rate)
    }

    pub(super) fn one_of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices.choose(self.random).expect("choices").clone()
    }

    fn instead<T: Clone>(&mut self, good: T, bad: &[T]) -> T {
        match self.defect() {
            true => self.one_of(bad),
            false => good,
        }
    }
}

/// What answers `ask`, with each possible defect as likely as `rate`.
pub(super) fn right(ask: &Ask, at: Timestamp, rate: f64, random: &mut StdRng) -> Answer {
    let mut chance = Chance { rate, random };
    match ask {
        Ask::Promql { query, .. } => Answer::Vector(vector(query, &mut chance)),
        Ask::AlertRule { name, .. } => Answer::AlertRules(rules(name, at, &mut chance)),
        Ask::HeldAlerts { .. } => Answer::HeldAlerts(held(at, &mut chance)),
        Ask::Trace { id, .. } => Answer::Traces(Traces {
            traces: spans::traces(1, id, at, &mut chance),
            truncated: chance.defect(),
        }),
        Ask::Traces { .. } => Answer::Traces(Traces {
            traces: spans::traces(3, &"a".repeat(32), at, &mut chance),
            truncated: chance.defect(),
        }),
        Ask::Http(request) => Answer::Http(response(request, &mut chance)),
        Ask::Verdicts { .. } => Answer::Verdicts(told(at, &mut chance)),
    }
}

/// The answer of the right arm with nothing in it.
pub(super) fn empty(ask: &Ask) -> Answer {
    match ask {
        Ask::Promql { .. } => Answer::Vector(Vec::new()),
        Ask::AlertRule { .. } => Answer::AlertRules(Vec::new()),
        Ask::HeldAlerts { .. } => Answer::HeldAlerts(Vec::new()),
        Ask::Trace { .. } | Ask::Traces { .. } => Answer::Traces(Traces {
            traces: Vec::new(),
            truncated: false,
        }),
        Ask::Http(_) => Answer::Http(HttpResponse {
            status: 0,
            headers: BTreeMap::new(),
            body: String::new(),
            truncated: false,
            timing: Timing::default(),
        }),
        Ask::Verdicts { .. } => Answer::Verdicts(Vec::new()),
    }
}

/// An answer to some other question.
pub(super) fn nonsense(at: Timestamp, random: &mut StdRng) -> Answer {
    let mut chance = Chance { rate: 0.3, random };
    match chance.random.random_range(0..5) {
        0 => Answer::Vector(vector("count(up)", &mut chance)),
        1 => Answer::AlertRules(rules("ShopErrors", at, &mut chance)),
        2 => Answer::HeldAlerts(held(at, &mut chance)),
        3 => Answer::Verdicts(told(at, &mut chance)),
        _ => Answer::Traces(Traces {
            traces: spans::traces(1, &"b".repeat(32), at, &mut chance),
            truncated: false,
        }),
    }
}

/// The arm that answers an ask.
pub(super) fn is_of_arm(answer: &Answer, ask: &Ask) -> bool {
    std::mem::discriminant(answer) == std::mem::discriminant(&empty(ask))
}

fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    entries.iter().map(owned).collect()
}

fn sample(labels: &[(&str, &str)], value: f64) -> Sample {
    Sample {
        labels: map(labels),
        value,
    }
}

/// Numbers that no system in good health answers with.
const ODD: [f64; 9] = [
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    0.0,
    -0.0,
    -5.0,
    1e300,
    f64::MIN_POSITIVE,
    7.0,
];

fn vector(query: &str, chance: &mut Chance<'_>) -> Vec<Sample> {
    let mut samples = match names(query) {
        Some(names) => names
            .iter()
            .map(|name| sample(&[("__name__", name)], 1.0))
            .collect(),
        None if query.contains("\"steadfast\"") => parts(query, chance),
        None => vec![sample(&[], 3.0)],
    };
    for sample in &mut samples {
        sample.value = chance.instead(sample.value, &ODD);
    }
    samples.retain(|_| !chance.defect());
    samples
}

/// The metrics whose existence is asked for.
fn names(query: &str) -> Option<Vec<String>> {
    let pattern = query
        .strip_prefix("group by (__name__) ({__name__=~\"")?
        .strip_suffix("\"})")?;
    Some(pattern.split('|').map(str::to_owned).collect())
}

/// The parts of an SLO's question, found by the label that tells them apart.
fn parts(query: &str, chance: &mut Chance<'_>) -> Vec<Sample> {
    let part = Regex::new(r#""steadfast", "([^"]+)""#).expect("a pattern");
    let n_bad = chance.instead(1.0, &[0.0, 40.0, 990.0, 1_000.0, 2_000.0]);
    let n_total = chance.instead(1_000.0, &[0.0, 7.0, 1_000.5]);
    let value = |part: &str| match part.split(' ').next() {
        Some("good") => n_total - n_bad * 0.5,
        Some("bad") => n_bad * 0.5,
        Some("total") => n_total,
        // Ten samples in each of at most twenty slots: as many as the densest stretches promise.
        Some("samples") => 200.0,
        Some("densest") if part.contains("half") => 100.0,
        Some("densest") => 10.0,
        _ => 20.0,
    };
    let parts = part.captures_iter(query).map(|found| found[1].to_owned());
    let labels = |part: &str| match query.contains(" by ") {
        true => map(&[
            ("steadfast", part),
            ("route", "/orders"),
            ("instance", "a:1"),
        ]),
        false => map(&[("steadfast", part)]),
    };
    parts
        .map(|part| Sample {
            labels: labels(&part),
            value: value(&part),
        })
        .collect()
}

fn ago(at: Timestamp, seconds: i64) -> Timestamp {
    at - SignedDuration::from_secs(seconds)
}

fn rules(name: &str, at: Timestamp, chance: &mut Chance<'_>) -> Vec<LoadedRule> {
    if chance.defect() {
        return Vec::new();
    }
    let mut rules = vec![rule(name, at, chance)];
    if chance.defect() {
        rules.push(rule(name, at, chance));
    }
    rules
}

fn rule(name: &str, at: Timestamp, chance: &mut Chance<'_>) -> LoadedRule {
    let seconds = [0.0, -1.0, 1e19, 1e300, 45.0];
    let times = [
        None,
        Some(ago(at, 4_000)),
        Some(ago(at, -4_000)),
        Some(Timestamp::MIN),
    ];
    LoadedRule {
        group: chance.instead("shop", &["cart", ""]).into(),
        file: "/etc/prometheus/shop.yaml".into(),
        interval_seconds: chance.instead(30.0, &seconds),
        name: name.into(),
        query: chance
            .instead(
                "shop:errors:rate5m > 5",
                &["", "up > ", "shop:errors:rate5m > 50", "1"],
            )
            .into(),
        for_seconds: chance.instead(120.0, &seconds),
        labels: map(&[
            ("severity", chance.instead("critical", &["", "warning"])),
            ("service", "shop"),
        ]),
        annotations: map(&[
            ("summary", "the shop fails"),
            ("runbook_url", "https://runbooks.example.com/ShopErrors.md"),
        ]),
        health: chance.instead("ok", &["err", "unknown", ""]).into(),
        last_error: chance.instead("", &["too many samples"]).into(),
        last_evaluation: chance.instead(Some(ago(at, 3)), &times),
        evaluation_seconds: chance.instead(0.002, &seconds),
        alerts: active(at, chance),
    }
}

fn active(at: Timestamp, chance: &mut Chance<'_>) -> Vec<LoadedAlert> {
    let state = chance.instead("", &["pending", "firing", "firing", "inactive", "FIRING"]);
    if state.is_empty() {
        return Vec::new();
    }
    vec![LoadedAlert {
        labels: map(&[("service", "shop"), ("route", "/orders")]),
        annotations: map(&[("summary", "the shop fails")]),
        state: state.into(),
        active_at: chance.instead(Some(ago(at, 600)), &[None]),
        value: "9e+00".into(),
    }]
}

fn held(at: Timestamp, chance: &mut Chance<'_>) -> Vec<HeldAlert> {
    if !chance.defect() {
        return Vec::new();
    }
    vec![HeldAlert {
        labels: map(&[("alertname", "ShopErrors")]),
        state: chance
            .one_of(&["active", "suppressed", "unprocessed", ""])
            .into(),
        receivers: vec!["oncall".into()],
        muted_by: Vec::new(),
        starts_at: Some(ago(at, 600)),
    }]
}

fn response(request: &HttpRequest, chance: &mut Chance<'_>) -> HttpResponse {
    let good = match request.method.as_str() {
        "POST" => (202, r#"{"id": "o-1"}"#),
        "DELETE" => (204, ""),
        // An order takes a while.
        _ if chance.random.random_bool(0.4) => (200, r#"{"status": "open"}"#),
        _ => (200, r#"{"status": "done"}"#),
    };
    let body = chance.instead(
        good.1,
        &[
            "",
            "null",
            "[]",
            "<html>",
            r#"{"id": null}"#,
            r#"{"id": {"a": [1]}, "status": 1e999}"#,
            "\u{0}é",
        ],
    );
    let total_us = chance.instead(3_000, &[0, 900_000, u64::MAX]);
    HttpResponse {
        status: chance.instead(good.0, &[0, 302, 404, 500, 999]),
        headers: map(&[("content-type", "application/json")]),
        body: body.into(),
        truncated: chance.defect(),
        timing: Timing {
            first_byte_us: total_us,
            total_us,
            ..Timing::default()
        },
    }
}

fn told(at: Timestamp, chance: &mut Chance<'_>) -> Vec<Told> {
    let ids = [
        "slo/good",
        "journey/order",
        "alert/ShopErrors/sound",
        "gate/release",
    ];
    let mut told: Vec<_> = ids.iter().map(|id| one_told(id, at, chance)).collect();
    told.retain(|_| !chance.defect());
    told
}

fn one_told(id: &str, at: Timestamp, chance: &mut Chance<'_>) -> Told {
    let unknown = Outcome::Inconclusive(Reason::NoData {
        what: "no traffic".into(),
    });
    Told {
        promise: PromiseId::new(id),
        outcome: chance.instead(Outcome::Pass, &[Outcome::Fail, unknown]),
        says: "so".into(),
        at: chance.instead(ago(at, 5), &[ago(at, 500), ago(at, -500), Timestamp::MIN]),
    }
}
