//! Our clients against the real servers, old and new.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use libtest_mimic::Trial;
use serde_json::json;
use steadfast::clock::{Clock, SystemClock};
use steadfast::config::{Budget, Config, Peer, PeerKind};
use steadfast::evaluate::Desk;
use steadfast::evidence::{Answer, Ask};
use steadfast::source::desk::Sources;
use steadfast::verdict::Reason;
use tars::peers::{Alertmanager, Jaeger, Prometheus, Tools, Version};

use crate::harness::{Result, eventually, test};

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("clients::prometheus_old", || prometheus(Version::Old)),
        test("clients::prometheus_new", || prometheus(Version::New)),
        test("clients::alertmanager_old", || alertmanager(Version::Old)),
        test("clients::alertmanager_new", || alertmanager(Version::New)),
        test("clients::jaeger", jaeger),
        test("clients::silence_is_told", silence_is_told),
    ]
}

const TIMEOUT: Duration = Duration::from_secs(5);

const SCRAPE_ITSELF: &str = "global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [rules.yml]
scrape_configs:
- job_name: self
  static_configs: [{targets: ['localhost:9']}]
";

const RULES: &str = "groups:
- name: g
  rules:
  - alert: Down
    expr: up == 0
    for: 1s
    labels: {severity: critical}
    annotations: {summary: 'down: {{ $labels.job }}'}
  - alert: Unevaluable
    expr: label_replace(up, 'a', '$1', 'job', '.*') * on (nothing) group_left up
";

/// Sources with one peer.
pub(crate) fn sources(kind: PeerKind, url: &str) -> Result<Sources> {
    let mut config = Config::default();
    let name = kind.name().to_owned();
    let peer = Peer {
        kind,
        name: name.clone(),
        url: url.parse()?,
        budget: Budget::default(),
    };
    config.peers.insert(name, peer);
    Ok(Sources::new(
        &config,
        Arc::new(SystemClock),
        Arc::new(|_| Vec::new()),
    )?)
}

async fn ask(sources: &Sources, ask: Ask) -> std::result::Result<Answer, Reason> {
    let exhibit = sources.ask(ask, SystemClock.now(), TIMEOUT).await;
    exhibit.answer.clone()
}

async fn prometheus(version: Version) -> Result {
    let server = Prometheus::start(
        &Tools::find(),
        version,
        SCRAPE_ITSELF,
        &[("rules.yml", RULES)],
    )
    .await?;
    let sources = sources(PeerKind::Prometheus, &server.url)?;
    let promql = |query: &str| Ask::Promql {
        peer: "prometheus".into(),
        query: query.into(),
    };
    let firing = eventually("a firing alert", Duration::from_secs(20), async || {
        let peer = "prometheus".to_owned();
        let answer = ask(
            &sources,
            Ask::AlertRule {
                peer,
                name: "Down".into(),
            },
        )
        .await;
        let Ok(Answer::AlertRules(rules)) = answer else {
            bail!("{answer:?}")
        };
        Ok(rules
            .into_iter()
            .find(|rule| rule.alerts.iter().any(|alert| alert.state == "firing")))
    })
    .await?;
    ensure!(
        firing.query == "up == 0" && firing.for_seconds == 1.0 && firing.health == "ok",
        "{firing:?}"
    );
    ensure!(
        firing.labels["severity"] == "critical" && firing.last_evaluation.is_some(),
        "{firing:?}"
    );
    ensure!(
        firing.alerts[0].annotations["summary"] == "down: self",
        "{firing:?}"
    );
    let Ok(Answer::Vector(samples)) = ask(&sources, promql("up")).await else {
        bail!("no vector")
    };
    ensure!(
        samples.len() == 1 && samples[0].value == 0.0 && samples[0].labels["job"] == "self",
        "{samples:?}"
    );
    let Ok(Answer::Vector(samples)) = ask(&sources, promql("vector(0) / 0")).await else {
        bail!("no vector")
    };
    ensure!(
        samples.iter().all(|sample| sample.value.is_nan()),
        "{samples:?}"
    );
    let refused = ask(&sources, promql("up ==")).await;
    ensure!(
        matches!(&refused, Err(Reason::Blocked { .. })),
        "{refused:?}"
    );
    let station = sources.stations().next().context("one station")?;
    let built = station.version(TIMEOUT).await;
    ensure!(built.is_ok(), "{built:?}");
    Ok(())
}

async fn alertmanager(version: Version) -> Result {
    let config = "route: {receiver: pager}\nreceivers:\n- name: pager\n";
    let server = Alertmanager::start(&Tools::find(), version, config).await?;
    let alerts = json!([{"labels": {"alertname": "Down", "job": "a\"b"}}, {"labels": {"alertname": "Other"}}]);
    let url = format!("{}/api/v2/alerts", server.url);
    reqwest::Client::new()
        .post(url)
        .json(&alerts)
        .send()
        .await?
        .error_for_status()?;
    let sources = sources(PeerKind::Alertmanager, &server.url)?;
    let held = |name: &str| Ask::HeldAlerts {
        peer: "alertmanager".into(),
        name: name.into(),
    };
    let Ok(Answer::HeldAlerts(down)) = ask(&sources, held("Down")).await else {
        bail!("no alerts")
    };
    ensure!(
        down.len() == 1 && down[0].labels["job"] == "a\"b" && down[0].receivers == ["pager"],
        "{down:?}"
    );
    let Ok(Answer::HeldAlerts(none)) = ask(&sources, held("Nothing \"of the kind\"")).await else {
        bail!("no alerts")
    };
    ensure!(none.is_empty(), "{none:?}");
    Ok(())
}

async fn jaeger() -> Result {
    let server = Jaeger::start(&Tools::find()).await?;
    let now = SystemClock.now().as_nanosecond();
    let span = |id: &str, parent: &str, name: &str| {
        json!({"traceId": "4f3a0000000000000000000000000001", "spanId": id, "parentSpanId": parent, "name": name, "kind": 2,
               "startTimeUnixNano": (now - 2_000_000_000).to_string(), "endTimeUnixNano": (now - 1_000_000_000).to_string(),
               "attributes": [{"key": "http.route", "value": {"stringValue": "/x"}}, {"key": "secret", "value": {"stringValue": "s"}}]})
    };
    let spans = [
        span("00000000000000a1", "", "GET /x"),
        span("00000000000000a2", "00000000000000a1", "work"),
    ];
    let body = json!({"resourceSpans": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
        "scopeSpans": [{"spans": spans}],
    }]});
    let url = format!("{}/v1/traces", server.otlp_url);
    reqwest::Client::new()
        .post(url)
        .json(&body)
        .send()
        .await?
        .error_for_status()?;
    let sources = sources(PeerKind::Jaeger, &server.query_url)?;
    let by_id = |id: &str| Ask::Trace {
        peer: "jaeger".into(),
        id: id.into(),
    };
    let trace = eventually("the trace", Duration::from_secs(20), async || {
        let answer = ask(&sources, by_id("4f3a0000000000000000000000000001")).await;
        let Ok(Answer::Traces(found)) = answer else {
            bail!("{answer:?}")
        };
        Ok(found
            .traces
            .into_iter()
            .find(|trace| trace.spans.len() == 2))
    })
    .await?;
    let work = trace
        .spans
        .iter()
        .find(|span| span.name == "work")
        .context("the span")?;
    ensure!(
        work.service == "shop" && work.parent.as_deref() == Some("00000000000000a1"),
        "{work:?}"
    );
    ensure!(
        work.attributes["http.route"] == "/x" && work.attributes["secret"] == "[redacted]",
        "{work:?}"
    );
    let Ok(Answer::Traces(none)) = ask(&sources, by_id("00000000000000000000000000000bad")).await
    else {
        bail!("an unknown id is no error")
    };
    ensure!(none.traces.is_empty());
    let search = Ask::Traces {
        peer: "jaeger".into(),
        service: "shop".into(),
        operation: Some("GET /x".into()),
        lookback_ms: 60_000,
        settle_ms: 0,
        limit: 10,
    };
    let Ok(Answer::Traces(found)) = ask(&sources, search).await else {
        bail!("the search failed")
    };
    ensure!(found.traces.len() == 1 && !found.truncated, "{found:?}");
    Ok(())
}

async fn silence_is_told() -> Result {
    let port = tars::peers::free_port();
    let sources = sources(PeerKind::Prometheus, &format!("http://127.0.0.1:{port}"))?;
    let query = Ask::Promql {
        peer: "prometheus".into(),
        query: "up".into(),
    };
    let Err(Reason::Unreachable { peer, error }) = ask(&sources, query).await else {
        bail!("nobody listens there")
    };
    ensure!(
        peer == "prometheus" && error.contains("connection refused"),
        "{error}"
    );
    let unknown = Ask::Promql {
        peer: "prometheus.eu".into(),
        query: "up".into(),
    };
    let answer = ask(&sources, unknown).await;
    ensure!(
        matches!(&answer, Err(Reason::Unreachable { error, .. }) if error.contains("not configured")),
        "{answer:?}"
    );
    Ok(())
}
