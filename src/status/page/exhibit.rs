//! One piece of evidence: what was asked, what came back, when, and where to look further.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::breaches::Breaches;
use super::parts::{Mark, When};
use super::waterfall::Waterfall;
use crate::evidence::{
    Answer, Ask, Exhibit, HeldAlert, HttpResponse, LoadedRule, Sample, Told, Traces,
};
use crate::report::number::{plural, quantity};
use crate::report::sections::peer_name;
use crate::report::{Standing, time};
use crate::status::face::PeerRow;
use crate::status::links::{self, Link};
use crate::verdict::Unit;

/// Most lines of an answer that are shown as a table.
const MOST_LINES: usize = 10;

/// Most bytes of an answer that are shown as it came.
const MOST_RAW: usize = 16 << 10;

/// Most bytes of a question.
const MOST_ASKED: usize = 4 << 10;

/// A piece of evidence, in words.
pub(super) struct ExhibitView {
    /// Counts from 1.
    pub(super) number: usize,
    pub(super) title: String,
    pub(super) is_cited: bool,
    pub(super) asked: String,
    pub(super) when: When,
    pub(super) took: String,
    pub(super) came_back: String,
    /// Nothing came back, and why is what is said.
    pub(super) is_refusal: bool,
    pub(super) table: Option<Table>,
    pub(super) waterfall: Option<Waterfall>,
    pub(super) raw: String,
    pub(super) is_raw_cut: bool,
    pub(super) open: Option<Link>,
}

/// An answer as a table.
pub(super) struct Table {
    pub(super) head: Vec<&'static str>,
    pub(super) rows: Vec<Vec<String>>,
    pub(super) n_more: usize,
}

impl ExhibitView {
    pub(super) fn new(
        index: usize,
        exhibit: &Exhibit,
        cites: &[usize],
        breaches: &Breaches<'_>,
        peers: &[PeerRow],
        now: Timestamp,
    ) -> Self {
        let raw = match &exhibit.answer {
            Ok(answer) => serde_json::to_string_pretty(answer),
            Err(reason) => serde_json::to_string_pretty(reason),
        };
        let raw = raw.expect("text, numbers and maps with text keys are JSON");
        Self {
            number: index + 1,
            title: title(&exhibit.ask),
            is_cited: cites.contains(&index),
            asked: cut(asked(&exhibit.ask), MOST_ASKED).0,
            when: When::ago(exhibit.at, now),
            took: quantity(exhibit.took_ms as f64 / 1e3, Unit::Seconds),
            came_back: came_back(exhibit),
            is_refusal: exhibit.answer.is_err(),
            table: exhibit.answer.as_ref().ok().and_then(table),
            waterfall: waterfall(exhibit, breaches),
            is_raw_cut: raw.len() > MOST_RAW,
            raw: cut(raw, MOST_RAW).0,
            open: links::open(&exhibit.ask, exhibit.at, peers),
        }
    }
}

impl ExhibitView {
    /// Whether it shows a trace that breaks its contract.
    pub(super) fn is_broken(&self) -> bool {
        let waterfall = self.waterfall.as_ref();
        waterfall.is_some_and(|waterfall| waterfall.is_broken)
    }
}

/// At most so many bytes of a text, and whether it is less than all.
fn cut(mut text: String, most: usize) -> (String, bool) {
    let is_cut = text.len() > most;
    if is_cut {
        text.truncate(text.floor_char_boundary(most));
    }
    (text, is_cut)
}

fn title(ask: &Ask) -> String {
    let of = |what: &str, peer: &str| format!("{what} {}", peer_name(peer));
    match ask {
        Ask::Promql { peer, .. } => of("Query to", peer),
        Ask::AlertRule { peer, .. } => of("Alert rule as loaded by", peer),
        Ask::HeldAlerts { peer, .. } => of("Alerts held by", peer),
        Ask::Trace { peer, .. } => of("Trace from", peer),
        Ask::Traces { peer, .. } => of("Traces from", peer),
        Ask::Http(request) => format!("Request to {}", request.target),
        Ask::Verdicts { .. } => "Verdicts of other promises".to_owned(),
    }
}

/// The question so that it can be asked again by hand.
fn asked(ask: &Ask) -> String {
    match ask {
        Ask::Promql { query, .. } => query.clone(),
        Ask::AlertRule { name, .. } | Ask::HeldAlerts { name, .. } => name.clone(),
        Ask::Trace { id, .. } => id.clone(),
        Ask::Traces {
            service,
            operation,
            lookback_ms,
            settle_ms,
            limit,
            ..
        } => {
            let operation = operation.as_deref().unwrap_or("any operation");
            let seconds = |ms: &u64| quantity(*ms as f64 / 1e3, Unit::Seconds);
            let (back, settle) = (seconds(lookback_ms), seconds(settle_ms));
            format!(
                "{service}: {operation}, the last {back} without the last {settle}, at most {limit}"
            )
        }
        Ask::Http(request) => {
            let body = request.body.iter().map(|body| format!("\n{body}"));
            format!("{} {}", request.method, request.url) + &body.collect::<String>()
        }
        Ask::Verdicts { selector } => selector.as_str().to_owned(),
    }
}

fn came_back(exhibit: &Exhibit) -> String {
    match &exhibit.answer {
        Err(reason) => reason.to_string(),
        Ok(Answer::Vector(samples)) if samples.is_empty() => {
            "nothing: no series matches".to_owned()
        }
        Ok(Answer::Vector(samples)) => plural(samples.len(), "sample"),
        Ok(Answer::AlertRules(rules)) if rules.is_empty() => {
            "nothing: no such rule is loaded".to_owned()
        }
        Ok(Answer::AlertRules(rules)) => plural(rules.len(), "rule"),
        Ok(Answer::HeldAlerts(alerts)) if alerts.is_empty() => {
            "nothing: it holds no alert of this name".to_owned()
        }
        Ok(Answer::HeldAlerts(alerts)) => plural(alerts.len(), "alert"),
        Ok(Answer::Traces(traces)) => found(traces),
        Ok(Answer::Http(response)) => responded(response),
        Ok(Answer::Verdicts(told)) => plural(told.len(), "verdict"),
    }
}

fn found(traces: &Traces) -> String {
    let n_spans = traces.traces.iter().map(|trace| trace.spans.len()).sum();
    let found = match traces.traces.len() {
        0 => return "nothing: no such trace".to_owned(),
        n => format!("{} with {}", plural(n, "trace"), plural(n_spans, "span")),
    };
    match traces.truncated {
        true => format!("{found}, and maybe more: a limit was hit"),
        false => found,
    }
}

fn responded(response: &HttpResponse) -> String {
    let after = |us: u64| quantity(us as f64 / 1e6, Unit::Seconds);
    let timing = response.timing;
    let cut = if response.truncated { ", body cut" } else { "" };
    format!(
        "status {} after {}{cut}; connected after {}, first byte after {}",
        response.status,
        after(timing.total_us),
        after(timing.connected_us),
        after(timing.first_byte_us),
    )
}

fn table(answer: &Answer) -> Option<Table> {
    let (head, rows): (_, Vec<_>) = match answer {
        Answer::Vector(samples) => (
            vec!["labels", "value"],
            samples.iter().map(sample).collect(),
        ),
        Answer::AlertRules(rules) => (
            vec!["group", "health", "last evaluated", "alerts"],
            rules.iter().map(rule).collect(),
        ),
        Answer::HeldAlerts(alerts) => (
            vec!["state", "receivers", "labels"],
            alerts.iter().map(held).collect(),
        ),
        Answer::Verdicts(told) => (
            vec!["promise", "outcome", "says"],
            told.iter().map(verdict).collect(),
        ),
        Answer::Traces(_) | Answer::Http(_) => return None,
    };
    let n_more = rows.len().saturating_sub(MOST_LINES);
    let rows: Vec<_> = rows.into_iter().take(MOST_LINES).collect();
    (!rows.is_empty()).then_some(Table { head, rows, n_more })
}

fn sample(sample: &Sample) -> Vec<String> {
    vec![labels(&sample.labels), sample.value.to_string()]
}

/// `name{a="b"}`, as Prometheus writes a series.
fn labels(labels: &BTreeMap<String, String>) -> String {
    let name = labels.get("__name__").map_or("", String::as_str);
    let pairs = labels.iter().filter(|(key, _)| *key != "__name__");
    let pairs: Vec<_> = pairs
        .map(|(key, value)| format!("{key}={value:?}"))
        .collect();
    format!("{name}{{{}}}", pairs.join(", "))
}

fn rule(rule: &LoadedRule) -> Vec<String> {
    let health = match rule.last_error.as_str() {
        "" => rule.health.clone(),
        error => format!("{}: {error}", rule.health),
    };
    let evaluated = rule.last_evaluation.map_or("never".to_owned(), time::utc);
    let states: Vec<_> = rule
        .alerts
        .iter()
        .map(|alert| alert.state.as_str())
        .collect();
    let alerts = if states.is_empty() {
        "none".to_owned()
    } else {
        states.join(", ")
    };
    vec![rule.group.clone(), health, evaluated, alerts]
}

fn held(alert: &HeldAlert) -> Vec<String> {
    let labels = alert
        .labels
        .iter()
        .map(|(key, value)| format!("{key}={value}"));
    vec![
        alert.state.clone(),
        alert.receivers.join(" "),
        labels.collect::<Vec<_>>().join(" "),
    ]
}

fn verdict(told: &Told) -> Vec<String> {
    let mark = Mark::from(Standing::from(&told.outcome));
    let outcome = format!("{} {}", mark.symbol, mark.word);
    vec![told.promise.to_string(), outcome, told.says.clone()]
}

/// Of the first trace of the answer that breaks the contract, else of the first.
fn waterfall(exhibit: &Exhibit, breaches: &Breaches<'_>) -> Option<Waterfall> {
    let Ok(Answer::Traces(Traces { traces, .. })) = &exhibit.answer else {
        return None;
    };
    let broken = traces.iter().find_map(|trace| {
        let violations = breaches.of_trace(&exhibit.ask, trace);
        (!violations.is_empty()).then(|| Waterfall::new(trace, &violations))
    });
    broken.or_else(|| Some(Waterfall::new(traces.first()?, &[])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{HttpRequest, Timing};
    use crate::report::row::samples::at;
    use crate::verdict::Reason;

    fn view(ask: Ask, answer: Result<Answer, Reason>) -> ExhibitView {
        let exhibit = Exhibit {
            ask,
            at: at(-4),
            took_ms: 12,
            answer,
        };
        ExhibitView::new(2, &exhibit, &[2], &Breaches::none(), &[], at(0))
    }

    fn query() -> Ask {
        Ask::Promql {
            peer: "prometheus".to_owned(),
            query: "up".to_owned(),
        }
    }

    #[test]
    fn a_query_and_its_samples() {
        let labels: BTreeMap<_, _> = [("__name__", "up"), ("job", "a\"b")]
            .map(|(k, v)| (k.into(), v.into()))
            .into();
        let samples = (0..12).map(|n| Sample {
            labels: labels.clone(),
            value: f64::from(n),
        });
        let view = view(query(), Ok(Answer::Vector(samples.collect())));
        assert_eq!(
            (view.number, view.is_cited, view.is_refusal),
            (3, true, false)
        );
        assert_eq!(
            (view.title.as_str(), view.asked.as_str()),
            ("Query to Prometheus", "up")
        );
        assert_eq!(
            (view.came_back.as_str(), view.took.as_str()),
            ("12 samples", "12 ms")
        );
        let table = view.table.unwrap();
        assert_eq!((table.rows.len(), table.n_more), (10, 2));
        assert_eq!(table.rows[1], ["up{job=\"a\\\"b\"}", "1"]);
    }

    #[test]
    fn nothing_and_refusals_are_said() {
        assert_eq!(
            view(query(), Ok(Answer::Vector(Vec::new()))).came_back,
            "nothing: no series matches"
        );
        let reason = Reason::Unreachable {
            peer: "prometheus".into(),
            error: "connection refused".into(),
        };
        let refused = view(query(), Err(reason));
        assert_eq!(
            refused.came_back,
            "prometheus unreachable: connection refused"
        );
        assert!(refused.is_refusal && refused.table.is_none());
    }

    #[test]
    fn a_request_with_its_phases_and_a_long_body() {
        let request = HttpRequest {
            target: "orch".to_owned(),
            method: "POST".to_owned(),
            url: "http://orch/v1".to_owned(),
            headers: BTreeMap::new(),
            body: Some("{}".to_owned()),
            timeout_ms: 1_000,
        };
        let response = HttpResponse {
            status: 503,
            headers: BTreeMap::new(),
            body: "é".repeat(MOST_RAW),
            truncated: true,
            timing: Timing {
                connected_us: 900,
                first_byte_us: 41_000,
                total_us: 42_000,
                ..Timing::default()
            },
        };
        let view = view(Ask::Http(request), Ok(Answer::Http(response)));
        assert_eq!(view.asked, "POST http://orch/v1\n{}");
        assert_eq!(
            view.came_back,
            "status 503 after 42 ms, body cut; connected after 900 µs, first byte after 41 ms"
        );
        assert!(view.is_raw_cut && view.raw.len() <= MOST_RAW);
    }
}
