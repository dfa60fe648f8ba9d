use uuid::Uuid;

use super::*;
use crate::evidence::Exhibit;
use crate::trace::contract::{Attributes, Complete, Edge, Latency};
use crate::trace::graph::tests::{span, trace};
use crate::trace::model::Trace;
use crate::trace::pattern::Pattern;

fn pattern(text: &str) -> Pattern {
    Pattern::parse(text).unwrap()
}

fn contract() -> Contract {
    Contract {
        must: vec![Edge {
            from: pattern("orch/post"),
            to: pattern("eval/run"),
            within: None,
        }],
        complete: Complete {
            quiet: Duration::from_secs(1),
            deadline: Duration::from_secs(6),
        },
        ..Contract::new("pipeline")
    }
}

fn check_of(contract: Contract) -> TraceCheck {
    let select = Select {
        service: "orch".into(),
        operation: Some("post".into()),
    };
    let asking = Asking {
        peer: "jaeger".into(),
        select,
        lookback: Duration::from_secs(60),
        limit: 100,
    };
    TraceCheck::new(Arc::new(contract), asking)
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap()
}

fn whole() -> Trace {
    trace(&["a<- orch/post 0-9", "b<a eval/run 1-8"])
}

fn torn() -> Trace {
    trace(&["a<- orch/post 0-9"])
}

fn numbered(traces: Vec<Trace>) -> Vec<Trace> {
    let number = |(at, trace): (usize, Trace)| Trace {
        id: format!("t{at}"),
        ..trace
    };
    traces.into_iter().enumerate().map(number).collect()
}

fn answer(traces: Vec<Trace>) -> Result<Answer, Reason> {
    Ok(Answer::Traces(Traces {
        traces: numbered(traces),
        truncated: false,
    }))
}

/// Answers the check's questions in turn and gives its verdict, which stored evidence must give again at any later time.
#[track_caller]
fn verdict_of(check: &TraceCheck, answers: Vec<Result<Answer, Reason>>) -> Verdict {
    let mut seen = Evidence::new(Uuid::nil(), at(0));
    let mut answers = answers.into_iter();
    loop {
        match check.step(&seen, at(60_000)) {
            Step::Done(verdict) => {
                let stored = serde_json::to_string(&seen).unwrap();
                let seen: Evidence = serde_json::from_str(&stored).unwrap();
                assert_eq!(
                    check.step(&seen, at(9_000_000)),
                    Step::Done(verdict.clone())
                );
                return verdict;
            }
            Step::Wait(until) => panic!("waits until {until}"),
            Step::Ask(asks) => seen.exhibits.extend(asks.into_iter().map(|ask| {
                let answer = answers.next().expect("an answer for every question");
                Arc::new(Exhibit {
                    ask,
                    at: at(60_000),
                    took_ms: 1,
                    answer,
                })
            })),
        }
    }
}

#[track_caller]
fn expect(
    contract: Contract,
    answers: Vec<Result<Answer, Reason>>,
    outcome: &str,
    says: &str,
    culprits: &str,
) {
    let verdict = verdict_of(&check_of(contract), answers);
    let named: Vec<_> = verdict.culprits.iter().map(ToString::to_string).collect();
    assert_eq!(
        (verdict.outcome.name(), verdict.says.as_str()),
        (outcome, says)
    );
    assert_eq!(named.join(" "), culprits);
    assert!(!verdict.cites.is_empty());
}

#[test]
fn it_asks_for_what_may_be_complete() {
    let step = check_of(contract()).step(&Evidence::new(Uuid::nil(), at(0)), at(0));
    let ask = Ask::Traces {
        peer: "jaeger".into(),
        service: "orch".into(),
        operation: Some("post".into()),
        lookback_ms: 66_000,
        settle_ms: 6_000,
        limit: 100,
    };
    assert_eq!(step, Step::Ask(vec![ask]));
}

#[test]
fn equal_breaches_are_told_once() {
    expect(
        contract(),
        vec![answer(vec![whole(), whole()])],
        "pass",
        "all 2 traces of orch post kept the contract",
        "",
    );
    let lost = vec![whole(), torn(), torn(), whole()];
    expect(
        contract(),
        vec![answer(lost)],
        "fail",
        "2 of 4 traces of orch post: the trace ends at orch: eval/run is missing (as in trace t1)",
        "edge:orch>eval",
    );
    let mut slow = contract();
    slow.must[0].within = Some(Duration::from_millis(100));
    let late = trace(&["a<- orch/post 0-9", "b<a eval/run 200-300"]);
    let later = trace(&["a<- orch/post 0-9", "b<a eval/run 400-500"]);
    expect(
        slow,
        vec![answer(vec![torn(), late, later])],
        "fail",
        "2 of 3 traces of orch post: eval/run started 200 ms after orch/post, more than 100 ms (as in trace t1), and another breach",
        "edge:orch>eval",
    );
}

#[test]
fn the_lost_service_is_asked_for() {
    let elsewhere = trace(&["z<- eval/run 5-20"]);
    expect(
        contract(),
        vec![answer(vec![torn()]), answer(vec![elsewhere])],
        "fail",
        "1 of 1 traces of orch post: the trace ends at orch: eval/run is missing (as in trace t0)",
        "edge:orch>eval",
    );
    let lost = "1 of 1 traces of orch post cannot be judged: no data: no span of eval since the trace began, its spans are late or lost";
    expect(
        contract(),
        vec![answer(vec![torn()]), answer(vec![])],
        "inconclusive",
        lost,
        "service:eval",
    );
    let timeout = Reason::Timeout {
        what: "jaeger".into(),
        after_ms: 5,
    };
    expect(
        contract(),
        vec![answer(vec![torn()]), Err(timeout)],
        "inconclusive",
        lost,
        "service:eval",
    );
}

#[test]
fn no_answer_and_half_an_answer_are_no_pass() {
    expect(
        contract(),
        vec![answer(vec![])],
        "inconclusive",
        "no data: no traffic for orch post",
        "",
    );
    let truncated = Answer::Traces(Traces {
        traces: vec![whole()],
        truncated: true,
    });
    expect(
        contract(),
        vec![Ok(truncated)],
        "inconclusive",
        "truncated answer: only 1 traces of orch post could be read",
        "",
    );
    let down = Reason::Unreachable {
        peer: "jaeger".into(),
        error: "refused".into(),
    };
    expect(
        contract(),
        vec![Err(down)],
        "inconclusive",
        "jaeger unreachable: refused",
        "peer:jaeger",
    );
    let odd = Answer::Vector(Vec::new());
    expect(
        contract(),
        vec![Ok(odd)],
        "inconclusive",
        "jaeger unreachable: the answer holds no traces",
        "peer:jaeger",
    );
    let mut idle = contract();
    idle.attributes = vec![Attributes {
        span: pattern("automl/*"),
        required: vec![vec!["x".into()]],
    }];
    expect(
        idle,
        vec![answer(vec![whole()])],
        "inconclusive",
        "no data: no span that attributes[0] is about in 1 traces of orch post",
        "",
    );
}

#[test]
fn percentiles_are_taken_over_all_traces() {
    let of = |bounds: &[(u32, u64)]| Contract {
        latency: vec![Latency {
            span: pattern("eval/*"),
            bounds: bounds
                .iter()
                .map(|(percent, ms)| (*percent, Duration::from_millis(*ms)))
                .collect(),
        }],
        complete: contract().complete,
        ..Contract::new("fast")
    };
    let traces = |n_fast: usize, n_slow: usize| {
        let mut spans: Vec<_> = (0..n_fast).map(|_| span("f<- eval/fast 0-10")).collect();
        spans.extend((0..n_slow).map(|_| span("s<- eval/slow 0-400")));
        vec![answer(vec![Trace {
            id: String::new(),
            spans,
        }])]
    };
    expect(
        of(&[(50, 250), (95, 250)]),
        traces(19, 1),
        "pass",
        "all 1 traces of orch post kept the contract",
        "",
    );
    expect(
        of(&[(95, 250)]),
        traces(18, 2),
        "fail",
        "p95 of eval/* is 400 ms, more than 250 ms, over 20 spans of orch post",
        "span:eval/slow service:eval",
    );
    expect(
        of(&[(99, 250)]),
        traces(18, 2),
        "fail",
        "p99 of eval/* is at least 400 ms, more than 250 ms, over 20 spans of orch post",
        "span:eval/slow service:eval",
    );
    expect(
        of(&[(99, 250)]),
        traces(20, 1),
        "inconclusive",
        "p99 of eval/* needs 100 spans to be judged, and there are 21",
        "",
    );
}
