//! Journeys against a simulated world: what is sent when, what is said of what came back.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::catalog::document::{Body, Document};
use crate::catalog::library::Library;
use crate::catalog::node;
use crate::config::Config;
use crate::evidence::{Answer, Ask, Exhibit, HttpRequest, HttpResponse, Timing, Traces};
use crate::finding::Findings;
use crate::place::{SourceFile, Span};
use crate::probe::KIND;
use crate::trace::Contract;
use crate::trace::contract::{Complete, Edge};
use crate::trace::model::{self, SpanKind, SpanStatus, Trace};
use crate::trace::pattern::Pattern;

const RUN: Uuid = Uuid::from_u128(0x0192_3456_789a_7bcd_8123_4567_89ab_cdef);

const TRIAL: &str = "
  timeout: 1s
  steps:
  - name: submit
    request: {target: orch, method: POST, path: /v1/trials, json: {agent: dqn, seed: '${run_number}'}}
    expect: ['status == 202']
    extract: {trial: $.trial_id}
  - name: done
    request: {target: orch, path: '/v1/trials/${trial}/job', headers: {X-Trial: 't=${trial}'}}
    until: {that: \"body.status == 'completed'\", every: 100ms}
    expect: [\"elapsed < duration('800ms')\"]
  always:
  - request: {target: orch, method: DELETE, path: '/v1/trials/${trial}'}
";

/// Milliseconds after the start of the evaluation.
fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(1_800_000_000_000 + ms).unwrap()
}

fn ms(time: Timestamp) -> i64 {
    time.as_millisecond() - at(0).as_millisecond()
}

/// The check of a journey with this spec; the contract `pipeline` wants `orch/receive` to lead to `eval/evaluate`.
fn journey(spec: &str) -> Box<dyn Check> {
    let text =
        format!("apiVersion: steadfast/v1\nkind: Journey\nmetadata: {{name: j}}\nspec:{spec}");
    let file = SourceFile::new("a.yaml", text);
    let mut config = Config::default();
    let url = "http://user:secret@orch:8080/api/".parse().unwrap();
    config.targets.insert("orch".into(), url);
    let mut library = Library::new(&config);
    library.declare("pipeline", Arc::new(contract()));
    let body = Body::Yaml(node::parse(&file, Span::of(0, file.text.len())).unwrap());
    let document = Document { file, body };
    let mut findings = Findings::default();
    let draft = (KIND.read)(&document, &mut findings).remove(0);
    let promise = draft.link(&library, &mut findings).remove(0);
    let told: Vec<_> = findings
        .list
        .iter()
        .map(|finding| &finding.message)
        .collect();
    assert_eq!(told, [""; 0]);
    promise.check
}

fn contract() -> Contract {
    let mut contract = Contract::new("pipeline");
    contract.must = vec![Edge {
        from: Pattern::parse("orch/receive").unwrap(),
        to: Pattern::parse("eval/evaluate").unwrap(),
        within: None,
    }];
    contract.complete = Complete {
        quiet: Duration::from_millis(400),
        deadline: Duration::from_secs(3),
    };
    contract
}

/// How a world answers: after how many milliseconds, and what.
type Answers<'w> = &'w mut dyn FnMut(&Ask, Timestamp) -> (u64, Result<Answer, Reason>);

/// Runs a check to its verdict; every question is asked `lag` after it could be.
fn run_late(check: &dyn Check, lag: Duration, world: Answers<'_>) -> (Evidence, Verdict) {
    let mut seen = Evidence::new(RUN, at(0));
    let mut now = at(0);
    for _ in 0..1_000 {
        match check.step(&seen, now) {
            Step::Done(verdict) => return (seen, verdict),
            Step::Wait(until) => {
                assert!(now < until, "waits for what is past");
                now = until;
            }
            Step::Ask(asks) => {
                assert!(!asks.is_empty());
                let asked = now + lag;
                for ask in asks {
                    let (took_ms, answer) = world(&ask, asked);
                    let ended = asked + Duration::from_millis(took_ms);
                    now = now.max(ended);
                    seen.exhibits.push(Arc::new(Exhibit {
                        ask,
                        at: asked,
                        took_ms,
                        answer,
                    }));
                }
            }
        }
    }
    panic!("no verdict after 1000 steps");
}

fn run(check: &dyn Check, world: Answers<'_>) -> (Evidence, Verdict) {
    run_late(check, Duration::ZERO, world)
}

fn http(took_ms: u64, status: u16, body: impl ToString) -> (u64, Result<Answer, Reason>) {
    let response = HttpResponse {
        status,
        headers: BTreeMap::new(),
        body: body.to_string(),
        truncated: false,
        timing: Timing {
            total_us: took_ms * 1_000,
            ..Timing::default()
        },
    };
    (took_ms, Ok(Answer::Http(response)))
}

fn refused(target: &str) -> Reason {
    Reason::Unreachable {
        peer: format!("target:{target}"),
        error: "connection refused".into(),
    }
}

fn request(ask: &Ask) -> &HttpRequest {
    match ask {
        Ask::Http(request) => request,
        other => panic!("not a request: {other:?}"),
    }
}

/// A world in which a trial completes so many milliseconds after the evaluation began.
fn trial(completed_at: i64) -> impl FnMut(&Ask, Timestamp) -> (u64, Result<Answer, Reason>) {
    move |ask, now| {
        let request = request(ask);
        match (
            request.method.as_str(),
            &request.url["http://orch:8080/api".len()..],
        ) {
            ("POST", "/v1/trials") => http(20, 202, json!({"trial_id": "t 1"})),
            ("GET", "/v1/trials/t%201/job") if completed_at <= ms(now) => {
                http(5, 200, json!({"status": "completed"}))
            }
            ("GET", "/v1/trials/t%201/job") => http(5, 200, json!({"status": "running"})),
            ("DELETE", "/v1/trials/t%201") => http(5, 204, ""),
            other => panic!("nobody asks for {other:?}"),
        }
    }
}

/// What was sent when: `20 GET /path`.
fn sent(seen: &Evidence) -> Vec<String> {
    let line = |exhibit: &Arc<Exhibit>| match &exhibit.ask {
        Ask::Http(request) => {
            let path = &request.url["http://orch:8080/api".len()..];
            format!("{} {} {path}", ms(exhibit.at), request.method)
        }
        Ask::Trace { .. } => format!("{} trace", ms(exhibit.at)),
        Ask::Traces {
            service,
            lookback_ms,
            ..
        } => {
            format!("{} traces of {service} since {lookback_ms}", ms(exhibit.at))
        }
        other => panic!("not of a journey: {other:?}"),
    };
    seen.exhibits.iter().map(line).collect()
}

fn culprits(verdict: &Verdict) -> Vec<String> {
    verdict.culprits.iter().map(ToString::to_string).collect()
}

#[test]
fn a_trial_that_completes() {
    let (seen, verdict) = run(&*journey(TRIAL), &mut trial(200));
    assert_eq!(
        sent(&seen),
        [
            "0 POST /v1/trials",
            "20 GET /v1/trials/t%201/job",
            "120 GET /v1/trials/t%201/job",
            "220 GET /v1/trials/t%201/job",
            "225 DELETE /v1/trials/t%201",
        ]
    );
    assert_eq!(verdict.outcome.name(), "pass");
    assert_eq!(verdict.says, "2 steps in 225 ms");
    assert_eq!(verdict.cites, [0, 3]);
    let figure = verdict.figure.unwrap();
    assert_eq!((figure.value, figure.target), (0.225, Some(1.0)));
}

#[test]
fn what_is_sent_says_that_it_is_synthetic() {
    let (seen, _) = run(&*journey(TRIAL), &mut trial(0));
    let [post, get, delete] = [0, 1, 2].map(|index| request(&seen.exhibits[index].ask));
    assert_eq!(post.url, "http://orch:8080/api/v1/trials");
    assert_eq!(
        post.body.as_deref(),
        Some(r#"{"agent":"dqn","seed":1727454935194}"#)
    );
    assert_eq!(post.headers["content-type"], "application/json");
    assert_eq!(post.headers["x-steadfast-run"], RUN.to_string());
    assert_eq!(post.headers["tracestate"], "steadfast=probe");
    assert_eq!(post.headers["baggage"], "user_agent.synthetic.type=test");
    assert!(post.headers["user-agent"].ends_with(" (synthetic)"));
    assert_eq!(get.headers["x-trial"], "t=t 1");
    assert_eq!(
        (get.body.as_deref(), get.headers.get("content-type")),
        (None, None)
    );
    assert!(post.headers["traceparent"].starts_with(&format!("00-{}-", RUN.as_simple())));
    assert_ne!(post.headers["traceparent"], get.headers["traceparent"]);
    // Steps have what is left of the journey's time, the clean-up has its own.
    assert_eq!(
        [post, get, delete].map(|request| request.timeout_ms),
        [1_000, 980, 2_000]
    );
}

#[test]
fn a_trial_that_never_completes() {
    let (seen, verdict) = run(&*journey(TRIAL), &mut trial(i64::MAX));
    let times: Vec<_> = seen.exhibits[1..]
        .iter()
        .map(|exhibit| ms(exhibit.at))
        .collect();
    // The last request comes 100 ms before the time is up, then the clean-up.
    assert_eq!(
        times,
        [20, 120, 220, 320, 420, 520, 620, 720, 820, 900, 905]
    );
    assert_eq!(verdict.outcome.name(), "fail");
    assert_eq!(
        verdict.says,
        "step `done`: `body.status == 'completed'` did not hold within 1 s (last: status 200, body.status is 'running')"
    );
    assert_eq!(
        culprits(&verdict),
        ["service:orch", "route:GET /v1/trials/${trial}/job"]
    );
    assert_eq!(verdict.cites, [0, 10]);
}

#[test]
fn a_trial_that_completes_too_late_for_what_is_expected() {
    let (_, verdict) = run(&*journey(TRIAL), &mut trial(800));
    assert_eq!(verdict.outcome.name(), "fail");
    assert_eq!(
        verdict.says,
        "step `done`: `elapsed < duration('800ms')` does not hold: elapsed is 825 ms"
    );
}

/// Runs a journey of one step with these lines; the step's request is answered by `answer`, the clean-up as well.
fn one(lines: &str, answer: (u64, Result<Answer, Reason>)) -> Verdict {
    let spec = format!(
        "\n  timeout: 20s\n  steps:\n  - name: a\n    request: {{target: orch, path: /x}}\n{lines}\
         \n  always: [{{request: {{target: orch, path: /clean}}}}]\n"
    );
    let (seen, verdict) = run(&*journey(&spec), &mut |_, _| answer.clone());
    assert!(
        sent(&seen).last().unwrap().ends_with("GET /clean"),
        "cleans up whatever happened"
    );
    verdict
}

#[track_caller]
fn check(lines: &str, answer: (u64, Result<Answer, Reason>), expected: &str) {
    let verdict = one(lines, answer);
    assert_eq!(
        format!("{}: {}", verdict.outcome.name(), verdict.says),
        expected
    );
    assert!(verdict.cites.contains(&0));
    let blames = verdict.outcome == crate::verdict::Outcome::Fail;
    assert_eq!(
        verdict.culprits.len() == 2,
        blames,
        "{:?}",
        verdict.culprits
    );
}

#[test]
fn what_a_user_would_see_fails() {
    let expect = "    expect: ['status == 200', 'body.n == 1']";
    check(
        expect,
        http(5, 200, json!({"n": 1})),
        "pass: 1 step in 5 ms",
    );
    check(
        expect,
        http(5, 503, "busy  \n\u{e9}"),
        "fail: step `a`: `status == 200` does not hold: status is 503; cleaning up with `GET /clean` failed: status 503",
    );
    check(
        expect,
        http(5, 200, "{}"),
        "fail: step `a`: `body.n == 1` does not hold: there is no `n` (status 200, body {})",
    );
    check(
        expect,
        http(5, 200, "<html>"),
        "fail: step `a`: `body.n == 1` does not hold: a string has no fields (status 200, body <html>)",
    );
    check(
        "    expect: ['body.all(n, n > 1)']",
        http(5, 200, "[3,\n 1]"),
        "fail: step `a`: `body.all(n, n > 1)` does not hold: status 200, body [3, 1]",
    );
    check(
        "    extract: {id: $.id}",
        http(5, 200, ""),
        "fail: step `a`: `$.id` finds nothing (status 200, no body)",
    );
    check(
        expect,
        (5, Err(refused("orch"))),
        "fail: step `a`: orch cannot be reached: connection refused; cleaning up with `GET /clean` failed: connection refused",
    );
    let slow = Reason::Timeout {
        what: "target orch".into(),
        after_ms: 10_000,
    };
    let verdict = one(expect, (10_000, Err(slow)));
    assert!(
        verdict
            .says
            .starts_with("step `a`: orch gave no answer in 10 s; cleaning up"),
        "{}",
        verdict.says
    );
    assert_eq!(verdict.outcome.name(), "fail");
}

#[test]
fn what_we_could_not_do_is_inconclusive() {
    let expect = "    expect: ['body.n == 1']";
    let starved = Reason::Starved {
        what: "no free worker".into(),
    };
    check(
        expect,
        (5, Err(starved)),
        "inconclusive: step `a`: starved: no free worker; cleaning up with `GET /clean` failed: starved: no free worker",
    );
    let mut cut = http(5, 200, "{\"n\": 1, \"m\": ");
    if let Ok(Answer::Http(response)) = &mut cut.1 {
        response.truncated = true;
    }
    check(
        expect,
        cut.clone(),
        "inconclusive: step `a`: truncated answer: the body of step `a` is longer than what is kept",
    );
    check("    expect: ['status == 200']", cut, "pass: 1 step in 5 ms");
}

#[test]
fn a_long_body_is_told_shortly() {
    let verdict = one(
        "    expect: ['body.all(n, n > 1)']",
        http(5, 200, format!("[{}1]", "1, ".repeat(300))),
    );
    assert!(verdict.says.chars().count() < 200, "{}", verdict.says);
}

/// The verdict on a trial when every question is asked so many milliseconds late.
fn late(late_ms: u64, completed_at: i64) -> Verdict {
    run_late(
        &*journey(TRIAL),
        Duration::from_millis(late_ms),
        &mut trial(completed_at),
    )
    .1
}

#[test]
fn time_that_we_took_is_not_the_targets_fault() {
    // The trial was submitted 150 ms late and so had only 850 ms of its second.
    let verdict = late(150, i64::MAX);
    assert_eq!(verdict.outcome.reason().unwrap().code(), "starved");
    assert_eq!(
        verdict.says,
        "step `done`: starved: requests were sent 150 ms late in all"
    );

    // The answer comes 875 ms after the first request, but was asked for 90 ms late.
    assert_eq!(late(90, 800).outcome.reason().unwrap().code(), "starved");
}

#[test]
fn being_a_little_late_excuses_nobody() {
    // Ten requests of `until`, each 60 ms late, took nothing from the trial.
    assert_eq!(late(60, i64::MAX).outcome.name(), "fail");
    assert_eq!(late(60, 800).outcome.name(), "fail");
    assert_eq!(late(60, 300).outcome.name(), "pass");
}

#[test]
fn a_step_without_time_left_fails() {
    let spec = "
  timeout: 1s
  steps:
  - {name: slow, request: {target: orch, path: /slow}, expect: ['status == 200']}
  - {name: next, request: {target: orch, path: /next}, expect: ['status == 200']}
";
    let (seen, verdict) = run(&*journey(spec), &mut |_, _| http(1_200, 200, ""));
    assert_eq!(sent(&seen), ["0 GET /slow"]);
    assert_eq!(
        verdict.says,
        "step `next`: the steps before it took all of the 1 s"
    );
    assert_eq!(
        (verdict.outcome.name(), &verdict.cites[..]),
        ("fail", &[0][..])
    );
}

#[test]
fn polling_sees_a_target_that_goes_away() {
    let mut n = 0;
    let (_, verdict) = run(&*journey(TRIAL), &mut |ask, now| {
        n += 1;
        if n < 4 {
            trial(i64::MAX)(ask, now)
        } else {
            (1, Err(refused("orch")))
        }
    });
    assert_eq!(verdict.outcome.name(), "fail");
    assert!(
        verdict
            .says
            .starts_with("step `done`: orch cannot be reached: connection refused; cleaning up")
    );
}

#[test]
fn evidence_of_another_journey_is_not_judged() {
    let (seen, _) = run(&*journey(TRIAL), &mut trial(0));
    let other = journey(&TRIAL.replace("/job", "/jobs"));
    let Step::Done(verdict) = other.step(&seen, at(0)) else {
        panic!("a verdict");
    };
    assert_eq!(verdict.outcome.reason().unwrap().code(), "blocked");
}

fn span(service: &str, name: &str, id: &str, parent: Option<&str>, end: i64) -> model::Span {
    let end_ns = u64::try_from(at(end).as_nanosecond()).unwrap();
    model::Span {
        id: id.to_owned(),
        parent: parent.map(str::to_owned),
        service: service.to_owned(),
        name: name.to_owned(),
        kind: SpanKind::Server,
        start_ns: end_ns - 1_000_000,
        end_ns,
        status: SpanStatus::Unset,
        attributes: BTreeMap::new(),
        links: Vec::new(),
    }
}

fn traces(spans: Vec<model::Span>) -> (u64, Result<Answer, Reason>) {
    let trace = Trace {
        id: RUN.as_simple().to_string(),
        spans,
    };
    let traces = if trace.spans.is_empty() {
        Vec::new()
    } else {
        vec![trace]
    };
    let truncated = false;
    (3, Ok(Answer::Traces(Traces { traces, truncated })))
}

const TRACED: &str = "
  timeout: 1s
  steps: [{name: a, request: {target: orch, path: /x}, expect: ['status == 200']}]
  trace: pipeline
";

/// Runs a journey whose trace gets its second span so late, and whose witness reports or not.
fn traced(evaluated_at: i64, witness: &[model::Span]) -> (Evidence, Verdict) {
    run(&*journey(TRACED), &mut |ask, now| match ask {
        Ask::Http(_) => http(10, 200, ""),
        Ask::Trace { peer, id } => {
            assert_eq!(
                (peer.as_str(), id),
                ("jaeger", &RUN.as_simple().to_string())
            );
            let mut spans = Vec::new();
            if 200 <= ms(now) {
                spans.push(span("orch", "receive", "a", None, 8));
            }
            if evaluated_at <= ms(now) {
                spans.push(span("eval", "evaluate", "b", Some("a"), 300));
            }
            traces(spans)
        }
        Ask::Traces { service, .. } => {
            assert_eq!(service, "eval");
            traces(witness.to_vec())
        }
        other => panic!("not of a journey: {other:?}"),
    })
}

#[test]
fn a_trace_is_waited_for_until_it_is_quiet() {
    let (seen, verdict) = traced(500, &[]);
    assert_eq!(
        sent(&seen),
        [
            "0 GET /x",
            "10 trace",
            "260 trace",
            "510 trace",
            "760 trace"
        ]
    );
    assert_eq!(verdict.outcome.name(), "pass");
    assert_eq!(
        verdict.says,
        "1 step in 10 ms; the trace keeps pipeline (2 spans)"
    );
    assert_eq!(verdict.cites, [0, 4]);
}

#[test]
fn a_missing_edge_is_broken_only_if_its_service_reports() {
    let alive = span("eval", "other", "c", None, 900);
    let (seen, verdict) = traced(i64::MAX, &[alive]);
    let asked = sent(&seen);
    assert_eq!(
        asked[asked.len() - 2..],
        ["3010 trace", "3013 traces of eval since 5010"]
    );
    assert_eq!(verdict.outcome.name(), "fail");
    assert!(
        verdict.says.starts_with("the trace breaks pipeline: "),
        "{}",
        verdict.says
    );
    assert!(
        culprits(&verdict).contains(&"edge:orch>eval".to_owned()),
        "{:?}",
        verdict.culprits
    );
    assert_eq!(verdict.cites, [0, asked.len() - 2, asked.len() - 1]);

    let before_it_began = span("eval", "other", "c", None, -5);
    for silent in [vec![], vec![before_it_began]] {
        let (_, verdict) = traced(i64::MAX, &silent);
        assert_eq!(verdict.outcome.reason().unwrap().code(), "no_data");
        assert!(
            verdict
                .says
                .starts_with("1 step in 10 ms, but the trace could not be judged: no data")
        );
        assert_eq!(culprits(&verdict), ["service:eval"]);
    }
}

#[test]
fn a_trace_store_that_cannot_be_asked_is_inconclusive() {
    let (seen, verdict) = run(&*journey(TRACED), &mut |ask, _| match ask {
        Ask::Http(_) => http(10, 200, ""),
        _ => (1, Err(refused("jaeger"))),
    });
    assert_eq!(sent(&seen).len(), 2);
    assert_eq!(verdict.outcome.reason().unwrap().code(), "unreachable");
    assert_eq!(verdict.cites, [0, 1]);
}

#[test]
fn a_broken_step_is_told_without_a_look_at_the_trace() {
    let (seen, verdict) = run(&*journey(TRACED), &mut |_, _| http(10, 500, ""));
    assert_eq!((seen.exhibits.len(), verdict.outcome.name()), (1, "fail"));
}

/// Any answer, good or bad, after any time.
fn any_answer() -> impl Strategy<Value = (u64, Result<Answer, Reason>)> {
    let body = prop_oneof![
        4 => Just(json!({"trial_id": "t 1", "status": "running"}).to_string()),
        2 => Just(json!({"trial_id": "t 1", "status": "completed"}).to_string()),
        1 => Just("{}".to_owned()),
        1 => Just("oops".to_owned()),
    ];
    let took = prop_oneof![5 => 0..50_u64, 1 => 0..1_500_u64];
    let status = prop_oneof![3 => Just(202_u16), 1 => Just(500_u16)];
    (took, status, body, 0..40_u8).prop_map(|(took_ms, status, body, luck)| match luck {
        0 => (took_ms, Err(refused("orch"))),
        1 => {
            let what = "target orch".into();
            let after_ms = took_ms.max(1);
            (took_ms, Err(Reason::Timeout { what, after_ms }))
        }
        2 => (
            took_ms,
            Err(Reason::OverBudget {
                peer: "orch".into(),
            }),
        ),
        _ => http(took_ms, status, body),
    })
}

proptest! {
    /// Whatever the world does: stored evidence gives the live verdict again, whenever it is judged; interrupted after
    /// any exhibit, the next question is the one that was asked; nothing passes that cites nothing.
    #[test]
    fn a_verdict_can_be_judged_again(
        answers in prop::collection::vec(any_answer(), 1..20),
        lag in prop_oneof![2 => Just(0_u64), 1 => 0..100_u64],
        traced in any::<bool>(),
    ) {
        let check = journey(&format!("{TRIAL}{}", if traced { "  trace: pipeline\n" } else { "" }));
        let mut next = answers.iter().cycle();
        let (seen, verdict) = run_late(&*check, Duration::from_millis(lag), &mut |ask, now| match ask {
            Ask::Http(_) => next.next().cloned().unwrap(),
            Ask::Trace { .. } if ms(now) % 2 == 0 => traces(vec![span("orch", "receive", "a", None, 8)]),
            _ => traces(Vec::new()),
        });
        prop_assert!(!seen.exhibits.is_empty());
        prop_assert!(!verdict.cites.is_empty());
        prop_assert!(verdict.cites.iter().all(|cite| *cite < seen.exhibits.len()));
        for now in [at(0), at(500), at(1_000_000)] {
            prop_assert_eq!(check.step(&seen, now), Step::Done(verdict.clone()));
        }
        for n in 0..seen.exhibits.len() {
            let prefix = Evidence { exhibits: seen.exhibits[..n].to_vec(), ..seen.clone() };
            let asked = &seen.exhibits[n];
            match check.step(&prefix, asked.at) {
                Step::Ask(asks) => prop_assert_eq!(&asks[0], &asked.ask),
                other => prop_assert!(false, "after {} exhibits: {:?}", n, other),
            }
        }
    }
}
