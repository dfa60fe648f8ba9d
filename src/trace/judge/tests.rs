use super::*;
use crate::trace::contract::{AtMost, Attributes, Edge};
use crate::trace::graph::tests::trace;
use crate::trace::model::SpanKind;

const BEGAN_MS: u64 = 0;

fn at(ms: u64) -> Timestamp {
    timestamp(ms * 1_000_000)
}

fn edge(from: &str, to: &str, within_ms: Option<u64>) -> Edge {
    Edge {
        from: Pattern::parse(from).unwrap(),
        to: Pattern::parse(to).unwrap(),
        within: within_ms.map(Duration::from_millis),
    }
}

/// Quiet after 1 s, deadline after 6 s.
fn contract() -> Contract {
    Contract {
        complete: super::super::contract::Complete {
            quiet: Duration::from_secs(1),
            deadline: Duration::from_secs(6),
        },
        ..Contract::new("pipeline")
    }
}

fn must(edges: &[(&str, &str, Option<u64>)]) -> Contract {
    Contract {
        must: edges
            .iter()
            .map(|(from, to, within)| edge(from, to, *within))
            .collect(),
        ..contract()
    }
}

fn told(verdict: ContractVerdict) -> String {
    let names = |culprits: &[Subject]| {
        culprits
            .iter()
            .map(Subject::to_string)
            .collect::<Vec<_>>()
            .join(" ")
    };
    match verdict {
        ContractVerdict::Kept => "kept".into(),
        ContractVerdict::Broken(violations) => violations
            .iter()
            .map(|violation| format!("{} [{}]", violation.says, names(&violation.culprits)))
            .collect::<Vec<_>>()
            .join("; "),
        ContractVerdict::Undecided { until, why } => {
            format!("until {}: {why}", until.as_millisecond())
        }
        ContractVerdict::Inconclusive { reason, culprits } => {
            format!("{reason} [{}]", names(&culprits))
        }
    }
}

/// Judges `spans` at `now_ms`; `alive` are spans of other traces.
#[track_caller]
fn check(contract: &Contract, spans: &[&str], alive: &[&str], now_ms: u64, expected: &str) {
    let alive = Sightings::of(&[trace(alive)]);
    let verdict = contract.judge(&trace(spans), &alive, at(BEGAN_MS), at(now_ms));
    assert_eq!(told(verdict), expected);
}

#[test]
fn an_edge_is_kept_once_the_trace_is_quiet() {
    let contract = must(&[("orch/receive", "eval/run", Some(2_000))]);
    let spans = [
        "a<- orch/receive 0-500",
        "b<a orch/send 10-20",
        "c<b eval/run 100-900",
    ];
    check(
        &contract,
        &spans,
        &[],
        1_000,
        "until 1900: the trace was not quiet for 1 s yet",
    );
    check(&contract, &spans, &[], 1_900, "kept");
    check(&contract, &spans, &[], 6_000, "kept");
}

#[test]
fn a_missing_edge_is_undecided_until_the_deadline() {
    let contract = must(&[("orch/receive", "eval/run", None)]);
    let spans = ["a<- orch/receive 0-500", "b<a orch/send 10-20"];
    let seen = ["z<- eval/other 700-800"];
    let waits = "until 6000: not yet: the trace ends at orch: eval/run is missing";
    check(&contract, &spans, &seen, 5_999, waits);
    check(
        &contract,
        &spans,
        &seen,
        6_000,
        "the trace ends at orch: eval/run is missing [edge:orch>eval]",
    );
}

#[test]
fn a_service_that_reports_nothing_is_not_blamed() {
    let contract = must(&[("orch/receive", "eval/run", None)]);
    let spans = ["a<- orch/receive 0-500"];
    let late =
        "no data: no span of eval since the trace began, its spans are late or lost [service:eval]";
    check(&contract, &spans, &[], 6_000, late);
    assert_eq!(contract.witnesses(&trace(&spans)), ["eval"]);
    assert_eq!(
        contract.witnesses(&trace(&["a<- orch/receive 0-5", "b<a eval/load 1-2"])),
        [""; 0]
    );
    // Nothing of the trace at all: did its first service take the context up?
    check(
        &contract,
        &[],
        &[],
        5_000,
        "until 6000: not yet: no span of the trace was reported, not even orch/receive",
    );
    check(
        &contract,
        &[],
        &["z<- orch/x 1-2"],
        6_000,
        "no span of the trace was reported, not even orch/receive [service:orch]",
    );
    assert_eq!(contract.witnesses(&trace(&[])), ["orch"]);
}

#[test]
fn the_edge_that_broke_is_named() {
    let contract = must(&[("orch/receive", "hyper/propose", None)]);
    let alive = ["z<- hyper/other 700-800"];
    let broken = |spans: &[&str], expected| check(&contract, spans, &alive, 6_000, expected);
    broken(
        &[
            "a<- orch/receive 0-9",
            "b<a eval/run 1-8",
            "c<b eval/detect 2-3",
        ],
        "the trace ends at eval: hyper/propose is missing [edge:eval>hyper]",
    );
    broken(
        &[
            "a<- orch/receive 0-9",
            "b<a eval/run 1-8",
            "c<b hyper/receive 2-3",
        ],
        "the trace ends within hyper, at receive: hyper/propose is missing [span:hyper/propose service:hyper]",
    );
    broken(
        &["a<- orch/receive 0-9", "b<- hyper/propose 2-3"],
        "hyper/propose is in the trace, but not below orch/receive [edge:orch>hyper]",
    );
    broken(
        &[
            "a<- orch/receive 0-9",
            "x<a eval/run 1-8",
            "b<lost hyper/propose 2-3",
        ],
        "partial answer: the parent of hyper/propose was not reported, so nobody can tell whether orch/receive led to hyper/propose [span:hyper/propose]",
    );
    check(
        &contract,
        &["a<- automl/submit 0-9"],
        &["z<- orch/other 1-2"],
        6_000,
        "the trace ends at automl: orch/receive is missing [edge:automl>orch]",
    );
}

#[test]
fn a_call_nobody_answered_is_more_likely_than_a_deep_branch() {
    let contract = must(&[("orch/receive", "hyper/propose", None)]);
    let mut torn = trace(&[
        "a<- orch/receive 0-9",
        "b<a eval/send 1-2",
        "c<a automl/x 1-2",
        "d<c automl/y 1-2",
        "e<d automl/db 1-2",
    ]);
    torn.spans[1].kind = SpanKind::Producer;
    torn.spans[4].kind = SpanKind::Client;
    torn.spans[4]
        .attributes
        .insert("db.system".into(), "redis".into());
    let alive = Sightings::of(&[trace(&["z<- hyper/other 700-800"])]);
    let verdict = contract.judge(&torn, &alive, at(0), at(6_000));
    assert_eq!(
        told(verdict),
        "the trace ends at eval: hyper/propose is missing [edge:eval>hyper]"
    );
}

#[test]
fn a_late_edge_names_where_the_time_went() {
    let contract = must(&[("orch/receive", "hyper/propose", Some(2_000))]);
    let late = |spans: &[&str], expected: &str| check(&contract, spans, &[], 9_000, expected);
    late(
        &[
            "a<- orch/receive 0-9",
            "b<a orch/call 100-3000",
            "c<b hyper/propose 2900-3000",
        ],
        "hyper/propose started 2.9 s after orch/receive, more than 2 s [edge:orch>hyper]",
    );
    late(
        &[
            "a<- orch/receive 0-9",
            "b<a eval/run 100-4000",
            "s<b eval/episodes 200-3000",
            "c<b hyper/propose 3100-4000",
        ],
        "hyper/propose started 3.1 s after orch/receive, more than 2 s [span:eval/episodes service:eval]",
    );
    late(
        &[
            "a<- orch/receive 0-9",
            "b<a orch/wait 2500-4000",
            "c<b hyper/propose 2600-4000",
        ],
        "hyper/propose started 2.6 s after orch/receive, more than 2 s [span:orch/receive service:orch]",
    );
    // The nearest of several sources counts, and the fastest of several targets.
    late(
        &[
            "a<- orch/receive 0-9",
            "b<a orch/receive 2500-2900",
            "c<b hyper/propose 2600-4000",
        ],
        "kept",
    );
    late(
        &[
            "a<- orch/receive 0-9",
            "b<a hyper/propose 2500-2900",
            "c<a hyper/propose 1500-4000",
        ],
        "kept",
    );
    // A clock that runs behind is no reason to fail.
    late(&["a<- orch/receive 5-9", "b<a hyper/propose 1-8"], "kept");
}

#[test]
fn what_must_not_be_is_told_at_once() {
    let contract = Contract {
        must_not: vec![edge("eval/*", "automl/*", None)],
        ..contract()
    };
    let spans = [
        "a<- orch/x 0-9",
        "b<a eval/x 1-8",
        "c<b orch/y 2-7",
        "d<c automl/z 3-4",
    ];
    check(
        &contract,
        &spans,
        &[],
        10,
        "eval/x led to automl/z, which it must not [edge:eval>automl span:automl/z]",
    );
    check(
        &contract,
        &["a<- orch/x 0-9", "b<a automl/x 1-8", "c<a eval/x 1-2"],
        &[],
        6_000,
        "kept",
    );
    // An orphan's ancestors are unknown, so nothing is ruled out.
    check(
        &contract,
        &["a<- orch/x 0-9", "d<lost automl/z 3-4"],
        &[],
        6_000,
        "partial answer: the parent of automl/z was not reported, so eval/* cannot be ruled out as the cause of automl/z [span:automl/z]",
    );
    // The entry's caller may be somebody who does not report.
    check(&contract, &["a<outside automl/x 0-9"], &[], 6_000, "kept");
}

#[test]
fn links_are_no_edges() {
    let contract = must(&[("orch/receive", "eval/run", None)]);
    let mut linked = trace(&["a<- orch/receive 0-9", "b<- eval/run 1-2"]);
    linked.spans[1].links.push(("t".into(), "a".into()));
    let verdict = contract.judge(&linked, &Sightings::default(), at(0), at(6_000));
    assert_eq!(
        told(verdict),
        "eval/run is in the trace, but not below orch/receive [edge:orch>eval]"
    );
}

#[test]
fn counts_and_attributes_are_told_at_once() {
    let mut contract = Contract {
        at_most: vec![AtMost {
            span: Pattern::parse("*/db.query").unwrap(),
            times: 1,
        }],
        ..contract()
    };
    let spans = [
        "a<- orch/x 0-9",
        "b<a orch/db.query 1-2",
        "c<a eval/db.query 1-2",
        "d<a eval/db.query 1-2",
    ];
    check(
        &contract,
        &spans,
        &[],
        10,
        "*/db.query happened 3 times in one trace, at most 1 are promised [span:eval/db.query service:eval]",
    );
    check(&contract, &spans[..2], &[], 6_000, "kept");

    contract.at_most.clear();
    contract.attributes = vec![Attributes {
        span: Pattern::parse("eval/*").unwrap(),
        required: vec![
            vec!["job_id".into()],
            vec!["agent.type".into(), "ml.agent_type".into()],
        ],
    }];
    let mut trace = trace(&["a<- eval/run 0-9", "b<a eval/run 1-2"]);
    let judge =
        |trace: &Trace| told(contract.judge(trace, &Sightings::default(), at(0), at(6_000)));
    trace.spans[0]
        .attributes
        .insert("job_id".into(), "[redacted]".into());
    trace.spans[1]
        .attributes
        .insert("job_id".into(), String::new());
    for span in &mut trace.spans {
        span.attributes.insert("ml.agent_type".into(), "dqn".into());
    }
    assert_eq!(
        judge(&trace),
        "eval/run lacks the attribute job_id in 1 of 2 spans [span:eval/run service:eval]"
    );
    trace.spans[1]
        .attributes
        .insert("job_id".into(), "1".into());
    assert_eq!(judge(&trace), "kept");
    check(
        &contract,
        &["a<- orch/x 0-9"],
        &[],
        6_000,
        "no data: no span that the contract `pipeline` is about []",
    );
}
