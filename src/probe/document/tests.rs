use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::catalog::document::{Body as Content, split};
use crate::catalog::node;
use crate::config::Config;
use crate::evidence::Evidence;
use crate::place::SourceFile;
use crate::promise;
use crate::trace::Contract;

const TARGETS: [(&str, &str); 1] = [("orch", "http://orch:8080")];

/// Reads and links `text` with these targets, and with the trace contract `pipeline`.
fn linked(text: &str, targets: &[(&str, &str)]) -> (Vec<Promise>, Vec<String>) {
    let file = SourceFile::new("a.yaml", text);
    let mut findings = Findings::default();
    let mut config = Config::default();
    for (name, url) in targets {
        config
            .targets
            .insert((*name).to_owned(), url.parse().unwrap());
    }
    let mut library = Library::new(&config);
    library.declare("pipeline", Arc::new(Contract::new("pipeline")));
    let body = Content::Yaml(node::parse(&file, split(text)[0]).unwrap());
    let document = Document {
        file: Arc::clone(&file),
        body,
    };
    assert!((KIND.accepts)(&document));
    let mut promises = Vec::new();
    for draft in (KIND.read)(&document, &mut findings) {
        promises.extend(draft.link(&library, &mut findings));
    }
    let told = findings.list.iter().map(|finding| {
        let place = file.place(finding.span);
        let help = finding.help.as_deref().unwrap_or_default();
        let at = format!("{}:{}-{}", place.line, place.column, place.end_column);
        format!("{} {at} {} ({help})", finding.lint, finding.message)
    });
    let told = told.collect();
    (promises, told)
}

fn journey(spec: &str) -> String {
    format!("apiVersion: steadfast/v1\nkind: Journey\nmetadata: {{name: j}}\nspec:\n{spec}")
}

#[track_caller]
fn check(spec: &str, expected: &[&str]) {
    let (promises, told) = linked(&journey(spec), &TARGETS);
    assert_eq!(told, expected);
    // Whatever is wrong, the promise stays, and a wrong one is never kept.
    assert_eq!(promises.len(), 1);
    assert_eq!(blocked(&promises[0]).is_some(), !expected.is_empty());
}

fn blocked(promise: &Promise) -> Option<String> {
    let seen = Evidence::new(uuid::Uuid::nil(), jiff::Timestamp::UNIX_EPOCH);
    match promise.check.step(&seen, jiff::Timestamp::UNIX_EPOCH) {
        promise::Step::Done(verdict) => {
            assert_eq!(verdict.outcome.name(), "inconclusive");
            Some(verdict.says)
        }
        _ => None,
    }
}

/// A document with one step, which has these lines beside its name and request.
fn step(lines: &str) -> String {
    format!("  steps:\n  - name: a\n    request: {{target: orch, path: /}}\n{lines}")
}

#[test]
fn the_example_of_the_documentation() {
    let text = "\
apiVersion: steadfast/v1
kind: Journey
metadata: {name: trial-to-baseline, labels: {tier: critical}}
spec:
  timeout: 6s
  steps:
  - name: submit
    request: {target: orch, method: POST, path: /v1/trials, json: {agent_type: dqn, environment: CartPole-v1}}
    expect: [\"status == 202\", \"body.status == 'submitted'\"]
    extract: {trial: $.trial_id}
  - name: done
    request: {target: orch, path: \"/v1/trials/${trial}/job\"}
    until: {that: \"body.status == 'completed'\", every: 100ms}
    expect: [\"elapsed < duration('5s')\"]
  always:
  - request: {target: orch, method: DELETE, path: \"/v1/trials/${trial}\"}
  trace: pipeline
";
    let (promises, told) = linked(text, &TARGETS);
    assert_eq!(told, [""; 0]);
    let header = &promises[0].header;
    assert_eq!(header.id.as_str(), "journey/trial-to-baseline");
    assert_eq!((header.fail_after, header.pass_after), (2, 1));
    assert_eq!(header.interval, Some(Duration::from_secs(10)));
    assert_eq!(header.service, "orch");
    assert_eq!(header.labels["tier"], "critical");
    // 6 s for the steps, 2 s for the clean-up, 12 s for the trace, 10 s to spare.
    assert_eq!(promises[0].check.patience(), Duration::from_secs(30));
}

#[test]
fn many_mistakes_are_told_at_once() {
    let spec = "  timeout: 0
  stpes: []
  steps:
  - name: a
    request: {target: orhc, method: PSOT, path: v1, json: {a: [\"x${b}\", 1.5]}, body: x}
    expect: [\"status = 200\"]
  - name: a
    request: {target: orch, path: \"/${\", headers: {Trace Parent: x, traceparent: y}}
  trace: pipelin
";
    check(
        spec,
        &[
            "journey:timeout 5:12-13 a timeout of 0 leaves no time for any step (write `timeout: 10s`)",
            "journey:request 9:37-41 `PSOT` is not a method of HTTP (did you mean `POST`?)",
            "journey:request 9:49-51 path `v1` does not start with `/` (write `/v1`)",
            "journey:request 9:80-84 a request has either `json` or `body` (remove one of them)",
            "journey:expression 10:22-23 `=` is not expected here (write CEL, such as `status == 200`)",
            "journey:variable 12:37-39 `${` is never closed (write `${name}`, or `$${` for `${` itself)",
            "journey:request 12:52-64 `Trace Parent` cannot be a header field (remove it)",
            "journey:request 12:69-80 the header field `traceparent` is set by Steadfast itself (remove it)",
            "journey:step 11:11-12 step `a` expects nothing, so that it cannot fail (add `expect: [\"status == 200\"]`)",
            "journey:step 11:11-12 two steps are called `a` (give one of them another name)",
            "document:unknown-key 6:3-8 unknown key `stpes` (did you mean `steps`?)",
            "journey:target 9:23-27 there is no target `orhc` (did you mean `orch`?)",
            "journey:trace 13:10-17 there is no trace contract `pipelin` (did you mean `pipeline`?)",
        ],
    );
}

#[test]
fn a_journey_without_steps() {
    let none = "the journey has no steps (write `steps: [{name: home, request: {target: web, path: /}, \
                expect: [\"status == 200\"]}]`)";
    check("  timeout: 5s\n", &[&format!("journey:step 5:3-3 {none}")]);
    check("  steps: []\n", &[&format!("journey:step 5:3-8 {none}")]);
}

#[test]
fn variables_are_known_from_the_step_after() {
    let text = |first: &str, second: &str, always: &str| {
        format!(
            "  steps:
  - {{name: a, request: {{target: orch, path: \"/{first}\"}}, extract: {{trial: $.id}}}}
  - {{name: b, request: {{target: orch, path: \"/{second}\"}}, expect: [\"body.id == trial && body.run == run\"]}}
  always:
  - request: {{target: orch, path: \"/{always}\"}}
"
        )
    };
    check(&text("${run}", "${trial}/${run_number}", "${trial}"), &[]);
    check(
        &text("${trial}", "${trail}", "${nothing_alike}"),
        &[
            "journey:variable 6:47-55 no earlier step extracts `trial` (known here: run, run_number)",
            "journey:variable 7:47-55 no earlier step extracts `trail` (did you mean `trial`?)",
            "journey:variable 9:37-53 no earlier step extracts `nothing_alike` (known here: trial, run, run_number)",
        ],
    );
    check(
        &step("    expect: [\"bodi.x == 1\", \"'${x}' == run\"]\n"),
        &[
            "journey:variable 8:15-19 no earlier step extracts `bodi` (did you mean `body`?)",
            "journey:variable 8:33-34 no earlier step extracts `x` (known here: status, body, headers, took, elapsed, run, \
             run_number)",
        ],
    );
}

#[test]
fn what_is_extracted_has_a_path_and_a_name() {
    check(
        &step("    extract: {trial-id: $.a, status: $.b, c: trial}\n"),
        &[
            "journey:extract 8:15-23 `trial-id` is not the name of a variable (use letters, digits and `_`, such as `trial_id`)",
            "journey:extract 8:30-36 `status` is already the name of something else (use letters, digits and `_`, such as \
             `trial_id`)",
            "journey:extract 8:46-51 `trial` is not a JSONPath: a path starts with `$` (write it like `$.trial_id`)",
        ],
    );
}

#[test]
fn polling_is_neither_load_nor_a_single_request() {
    let until = |every| {
        step(&format!(
            "    until: {{that: \"status == 200\", every: {every}}}\n  timeout: 6s\n"
        ))
    };
    check(&until("10ms"), &[]);
    check(
        &until("9ms"),
        &[
            "journey:timeout 8:43-46 every 9ms is more than 600 requests in 6s (write at least `10ms` and less than `6s`)",
        ],
    );
    check(
        &until("6s"),
        &[
            "journey:timeout 8:43-45 every 6s is no more often than the timeout of 6s (write at least `10ms` and less than `6s`)",
        ],
    );
}

#[test]
fn without_any_configured_target_nothing_is_found_and_nothing_is_kept() {
    let (promises, told) = linked(&journey(&step("    expect: [\"status == 200\"]\n")), &[]);
    assert_eq!(told, [""; 0]);
    let says = blocked(&promises[0]).unwrap();
    assert_eq!(says, "blocked: the target `orch` is not configured");
}

#[test]
fn a_wrong_document_is_a_blocked_promise() {
    let (promises, _) = linked(&journey("  timeout: 5s\n"), &TARGETS);
    let says = blocked(&promises[0]).unwrap();
    assert_eq!(says, "blocked: its document has 1 error");
}
