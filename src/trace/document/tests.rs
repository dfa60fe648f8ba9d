use super::*;
use crate::catalog::document::Body;
use crate::catalog::node;
use crate::config::Config;
use crate::place::Span;
use crate::trace::contract::{AtMost, Attributes, Complete, Edge, Latency, Select};
use crate::trace::pattern::Pattern;

const HEAD: &str =
    "apiVersion: steadfast/v1\nkind: TraceContract\nmetadata: {name: pipeline}\nspec:\n";

fn drafts(spec: &str) -> (Vec<Box<dyn Draft>>, Vec<String>) {
    let text = format!("{HEAD}{spec}");
    let file = SourceFile::new("t.yaml", text);
    let node = node::parse(&file, Span::of(0, file.text.len())).unwrap();
    let document = Document {
        file: Arc::clone(&file),
        body: Body::Yaml(node),
    };
    assert!((KIND.accepts)(&document));
    let mut findings = Findings::default();
    let drafts = read(&document, &mut findings);
    let told = findings.list.iter().map(|finding| {
        format!(
            "{} {} {}",
            finding.lint,
            file.place(finding.span),
            finding.message
        )
    });
    (drafts, told.collect())
}

#[track_caller]
fn check(spec: &str, expected: &[&str]) {
    assert_eq!(drafts(spec).1, expected);
}

#[test]
fn the_documented_contract_is_read_whole() {
    let (drafts, told) = drafts(
        "  select: {service: orch, operation: POST /v1/trials}\n  must:\n  - {from: orch/receive_trial, to: eval/evaluate_agent_in_env, within: 2s}\n  mustNot: [{from: eval/*, to: automl/*}]\n  atMost: [{span: '*/db.query', times: 20}]\n  latency: [{span: orch/*, p99: 250ms}]\n  attributes: [{span: eval/*, required: [job_id, agent.type|ml.agent_type]}]\n  status: {http: agree}\n  complete: {quiet: 1s, deadline: 6s}\n",
    );
    assert_eq!(told, [""; 0]);
    let config = Config::default();
    let mut library = Library::new(&config);
    drafts[0].declare(&mut library);
    let contract: Arc<Contract> = library.get("pipeline").unwrap();
    let pattern = |text| Pattern::parse(text).unwrap();
    let expected = Contract {
        select: Some(Select {
            service: "orch".into(),
            operation: Some("POST /v1/trials".into()),
        }),
        must: vec![Edge {
            from: pattern("orch/receive_trial"),
            to: pattern("eval/evaluate_agent_in_env"),
            within: Some(Duration::from_secs(2)),
        }],
        must_not: vec![Edge {
            from: pattern("eval/*"),
            to: pattern("automl/*"),
            within: None,
        }],
        at_most: vec![AtMost {
            span: pattern("*/db.query"),
            times: 20,
        }],
        latency: vec![Latency {
            span: pattern("orch/*"),
            bounds: vec![(99, Duration::from_millis(250))],
        }],
        attributes: vec![Attributes {
            span: pattern("eval/*"),
            required: vec![
                vec!["job_id".into()],
                vec!["agent.type".into(), "ml.agent_type".into()],
            ],
        }],
        http_status: true,
        complete: Complete {
            quiet: Duration::from_secs(1),
            deadline: Duration::from_secs(6),
        },
        ..Contract::new("pipeline")
    };
    assert_eq!(*contract, expected);
    let mut findings = Findings::default();
    for draft in drafts {
        let promises = draft.link(&library, &mut findings);
        assert_eq!(promises[0].header.id.as_str(), "trace/pipeline");
        assert_eq!(promises[0].header.service, "orch");
    }
}

#[test]
fn without_select_it_is_only_declared() {
    let (drafts, told) = drafts("  must: [{from: a/b, to: c/d}]\n");
    assert_eq!(told, [""; 0]);
    let config = Config::default();
    let library = Library::new(&config);
    for draft in drafts {
        assert!(draft.link(&library, &mut Findings::default()).is_empty());
    }
}

#[test]
fn every_mistake_is_told_with_its_place() {
    check(
        "  {}\n",
        &["trace:empty t.yaml:5:3 the contract promises nothing"],
    );
    check(
        "  must: [{from: receive, to: /x}]\n",
        &[
            "trace:pattern t.yaml:5:17 `receive` is not of the form service/name",
            "trace:pattern t.yaml:5:30 `/x` lacks a service or a span name beside its `/`",
        ],
    );
    check(
        "  must:\n  - {from: a/b, to: c/d, within: 0s}\n  - {from: a/b, to: c/e, within: 1m}\n",
        &[
            "trace:within t.yaml:6:34 nothing happens within 0s",
            "trace:within t.yaml:7:34 within 1m is longer than the deadline of 10s",
        ],
    );
    check(
        "  must: [{from: a/b, to: c/d}]\n  mustNot: [{from: a/b, to: c/d, within: 1s}]\n",
        &[
            "document:unknown-key t.yaml:6:34 unknown key `within`",
            "trace:contradiction t.yaml:6:13 a/b to c/d is promised and forbidden",
        ],
    );
    check(
        "  latency: [{span: a/*, p99: 1s, p50: 2s}, {span: b/*}]\n",
        &[
            "trace:latency t.yaml:5:13 the latency of a/* is never judged without `select`",
            "trace:latency t.yaml:5:13 p99 (1s) is tighter than p50 (2s)",
            "trace:latency t.yaml:5:44 the latency of b/* is never judged without `select`",
            "trace:latency t.yaml:5:44 no bound is given for b/*",
        ],
    );
    check(
        "  select: {service: orch, operation: POST *}\n  status: {http: yes}\n  complete: {quiet: 9s, deadline: 6s}\n",
        &[
            "trace:select t.yaml:5:38 `POST *` is a pattern, and `select.operation` takes an exact name",
            "document:type t.yaml:6:18 `spec.status.http` must be `agree`",
            "trace:complete t.yaml:7:35 quiet (9s) must be below the deadline (6s)",
        ],
    );
    check(
        "  atMost: [{span: a/b, times: 1.5}]\n  attributes: [{span: a/b, required: [x|]}, {span: a/b}]\n",
        &[
            "document:type t.yaml:5:31 `1.5` is not a number of times",
            "document:missing t.yaml:6:39 `x|` names an empty attribute",
            "document:missing t.yaml:6:45 `spec.attributes[1].required` is missing",
        ],
    );
}
