//! A small document of every kind, good as they stand: what worlds answer, and what mutations break.

use std::sync::Arc;

use steadfast::catalog::{self, Catalog};
use steadfast::config::{Budget, Config, Peer, PeerKind};
use steadfast::place::SourceFile;

const SLOS: &str = r#"apiVersion: openslo/v1
kind: SLO
metadata:
  name: good
  labels: {tier: critical}
  annotations: {steadfast/budget: judge, steadfast/by: "route,instance", steadfast/burn: "14.4@1h/5m, 6@6h/30m"}
spec:
  service: shop
  indicator:
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: Prometheus, spec: {query: 'sum(requests_total{code="200"})'}}}
        total: {metricSource: {type: Prometheus, spec: {query: sum(requests_total)}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.99}]
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: bad, annotations: {steadfast/interval: 20s, steadfast/min-events: "10"}}
spec:
  service: shop
  indicator:
    spec:
      ratioMetric:
        counter: true
        bad: {metricSource: {type: Prometheus, spec: {query: sum(failures_total)}}}
        total: {metricSource: {type: Prometheus, spec: {query: sum(requests_total)}}}
  timeWindow: [{duration: 7d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.999}]
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: threshold, annotations: {steadfast/burn: "6@1h/5m"}}
spec:
  service: shop
  indicator:
    spec:
      thresholdMetric: {metricSource: {type: Prometheus, spec: {query: max(queue_length)}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.9, op: lte, value: 100}]
"#;

const RULES: &str = r#"groups:
- name: shop
  interval: 30s
  rules:
  - record: shop:errors:rate5m
    expr: sum(rate(requests_total{code="500"}[5m]))
  - alert: ShopErrors
    expr: shop:errors:rate5m > 5
    for: 2m
    labels: {severity: critical, service: shop}
    annotations: {summary: the shop fails, runbook_url: https://runbooks.example.com/ShopErrors.md}
"#;

const CONTRACT: &str = r#"apiVersion: steadfast/v1
kind: AlertContract
metadata: {name: critical}
spec:
  alerts:
  - {name: ShopErrors, labels: {severity: critical}}
"#;

const RUNBOOK: &str = r#"---
alert: ShopErrors
owner: shop
reviewed: 2026-01-01
labels: {service: shop}
---
# ShopErrors

## Meaning

More than five requests a second fail; see [what to do](#mitigation).

## Impact

People cannot buy.

## Diagnosis

```promql some
sum by (route) (rate(requests_total[5m]))
```

## Mitigation

Roll back.
"#;

const TRACES: &str = r#"apiVersion: steadfast/v1
kind: TraceContract
metadata: {name: order}
spec:
  select: {service: shop, operation: POST /orders}
  must: [{from: shop/order, to: pay/charge, within: 300ms}]
  mustNot: [{from: pay/*, to: mail/*}]
  atMost: [{span: "*/db.query", times: 3}]
  latency: [{span: "pay/*", p50: 500ms}]
  attributes: [{span: "pay/*", required: ["job_id|job.id"]}]
  status: {http: agree}
  complete: {quiet: 10ms, deadline: 400ms}
"#;

const JOURNEY: &str = r#"apiVersion: steadfast/v1
kind: Journey
metadata: {name: order, labels: {tier: critical}}
spec:
  timeout: 600ms
  steps:
  - name: submit
    request: {target: shop, method: POST, path: /orders, json: {item: tea, number: "${run_number}"}}
    expect: ["status == 202"]
    extract: {order: $.id}
  - name: done
    request: {target: shop, path: "/orders/${order}"}
    until: {that: "body.status == 'done'", every: 40ms}
    expect: ["elapsed < duration('500ms')"]
  always:
  - request: {target: shop, method: DELETE, path: "/orders/${order}"}
  trace: order
"#;

const GATE: &str = r#"apiVersion: steadfast/v1
kind: Gate
metadata: {name: release}
spec:
  promises: "tier=critical"
  require: [alert/ShopErrors/sound]
  maxAge: 2m
"#;

/// Every document, with the path it stands at.
pub(crate) const ALL: [(&str, &str); 7] = [
    ("slos/shop.yaml", SLOS),
    ("alerts/shop.yaml", RULES),
    ("alerts/contract.yaml", CONTRACT),
    ("runbooks/ShopErrors.md", RUNBOOK),
    ("traces/order.yaml", TRACES),
    ("probes/order.yaml", JOURNEY),
    ("gates/release.yaml", GATE),
];

/// Every document as a file.
pub(crate) fn files() -> Vec<Arc<SourceFile>> {
    ALL.map(|(path, text)| SourceFile::new(path, text)).to_vec()
}

/// The catalog of these files, with a peer of every kind and the one target.
pub(crate) fn read(files: &[Arc<SourceFile>]) -> Catalog {
    let peer = |kind: PeerKind| Peer {
        kind,
        name: kind.name().to_owned(),
        url: "http://peer.example.com".parse().expect("an address"),
        budget: Budget::default(),
    };
    let mut config = Config {
        peers: PeerKind::ALL
            .map(|kind| (kind.name().to_owned(), peer(kind)))
            .into(),
        ..Config::default()
    };
    let shop = "http://shop.example.com".parse().expect("an address");
    config.targets.insert("shop".to_owned(), shop);
    catalog::read(files, &config)
}
