//! The pages, read as text.

use super::sample::{Sample, at, sample};
use super::*;
use crate::report::row::samples::row;

/// The text of the page.
fn visible(page: &str) -> String {
    let body = &page[page.find("<body>").unwrap()..];
    let mut out = String::new();
    for part in body.split('<').skip(1) {
        let (_, text) = part.split_once('>').unwrap();
        out.push_str(text);
        out.push(' ');
    }
    for (entity, letter) in [
        ("&#39;", "'"),
        ("&#34;", "\""),
        ("&#62;", ">"),
        ("&#60;", "<"),
        ("&#38;", "&"),
    ] {
        out = out.replace(entity, letter);
    }
    let words: Vec<_> = out.split_whitespace().collect();
    words.join(" ")
}

#[track_caller]
fn in_order(page: &str, parts: &[&str]) {
    let mut rest = page;
    for part in parts {
        let at = rest.find(part);
        let at = at.unwrap_or_else(|| panic!("`{part}` is not there or not there yet in\n{rest}"));
        rest = &rest[at + part.len()..];
    }
}

#[tokio::test]
async fn worst_first_with_all_that_helps() {
    let page = page(sample(), "/status").await;
    assert!(page.contains("<title>✕ 2 broken · Steadfast eu-1</title>"));
    in_order(
        &visible(&page),
        &[
            "Steadfast eu-1",
            "checked 4 s ago",
            "✕ 2 broken ? 5 can't tell ✓ 56 kept",
            "Jaeger ✕ does not answer since 11:42 UTC",
            "Broken",
            "journey/trial-to-baseline",
            "3 m 16 s",
            "the trace ends at orch",
            "culprit edge:orch>eval runbook trace 4f3a… probes/trial.yaml:4",
            "slo/eval-latency",
            "Can't tell",
            "5 promises need Jaeger: connection refused since 11:42 UTC",
            "trace/pipeline-1",
            "Kept 56",
            "eval 21",
            "orch 20",
            "hypersync 15",
            "Set aside",
            "alert/DiskFull/quiet muted by ada until 18:00 UTC : disk is being replaced",
            "1 finding in the documents",
        ],
    );
}

#[tokio::test]
async fn a_filter_hides_rows_but_no_count() {
    let page = visible(&page(sample(), "/status?verdict=pass&service=eval").await);
    in_order(
        &page,
        &["✕ 2 broken", "Showing 21 of 63 promises.", "Kept 21"],
    );
    assert!(!page.contains("slo/eval-latency"));
}

#[tokio::test]
async fn nothing_promised_and_nothing_found_are_said() {
    let mut empty = sample();
    empty.snapshot_mut().rows.clear();
    in_order(
        &visible(&page(empty, "/status").await),
        &["nothing judged yet", "Nothing is promised"],
    );
    in_order(
        &visible(&page(sample(), "/status?q=xyz").await),
        &["Showing 0 of 63", "Nothing matches"],
    );
}

#[tokio::test]
async fn a_promise_shows_what_it_rests_on() {
    let page = page(sample(), "/status/promise/slo/eval-latency").await;
    assert!(page.contains("https://prom.example/graph?g0.expr="));
    in_order(
        &visible(&page),
        &[
            "✕ slo/eval-latency",
            "broken for 1 m 44 s",
            "4.2 % of evaluations took longer than 300 s",
            "burn rate over 5m",
            "4.2× promised at most 1×",
            "target 1×",
            "the last 60 evaluations: 8 broken, 2 can't tell, 50 kept",
            "Query to Prometheus the verdict rests on this",
            "sum(rate(",
            "1 sample",
            "open in Prometheus",
            "jaeger unreachable: connection refused",
            "2 traces with 6 spans",
            "eval/evaluate_agent error",
            "11:58 UTC kept → to ✕ broken",
            "oncall told after 3 s",
            "slos/eval.yaml:4",
            "▸ this promise:",
            "Runbook",
            "Diagnosis",
        ],
    );
}

#[tokio::test]
async fn of_much_evidence_what_the_verdict_rests_on_is_shown() {
    let mut judged = crate::status::Judged::clone(&sample().judged.unwrap().unwrap());
    let first = Arc::clone(&judged.evidence.exhibits[0]);
    judged.evidence.exhibits = vec![first; 100];
    judged.verdict.cites = vec![99];
    let mut face = sample();
    face.judged = Ok(Some(Arc::new(judged)));
    let page = page(face, "/status/promise/slo/eval-latency").await;
    assert!(page.contains("id=\"exhibit-100\" class=\"cited\""));
    in_order(
        &visible(&page),
        &["the verdict rests on this", "49 more are in the JSON form"],
    );
}

#[tokio::test]
async fn what_others_write_is_never_markup() {
    const EVIL: &str = "<script>alert(1)</script>\"'&";
    let mut face = sample();
    let evil = row(&format!("slo/{EVIL}"))
        .of(EVIL)
        .with(|header| {
            header.title = EVIL.to_owned();
            header.labels.insert(EVIL.to_owned(), EVIL.to_owned());
            header.runbook = Some(crate::place::SourceFile::new(EVIL, EVIL));
        })
        .broken(EVIL);
    let path = crate::status::links::promise(evil.header.id.as_str());
    let snapshot = face.snapshot_mut();
    snapshot.rows.push(evil);
    snapshot.title = EVIL.to_owned();
    snapshot.peers[2].says = Some(EVIL.to_owned());
    for path in [
        "/status",
        "/status?q=%3Cscript%3Ealert(1)",
        path.as_str(),
        "/status/promise/%3Cscript%3E",
    ] {
        let page = text(ask(face.clone(), path, BROWSER).await).await;
        assert_eq!(
            page.matches("<script").count(),
            1,
            "{path}: only our own script"
        );
        assert!(
            !page.contains("alert(1)\"'"),
            "{path}: quotes end no attribute"
        );
        assert!(page.contains("&#60;script&#62;"), "{path}: it is shown");
    }
}

#[tokio::test]
async fn tags_are_closed_and_ids_are_unique() {
    for path in [
        "/status",
        "/status?q=eval",
        "/status/promise/slo/eval-latency",
        "/nothing",
    ] {
        let page = page(sample(), path).await;
        assert_eq!(unclosed(&page), [""; 0], "{path}");
        let mut ids: Vec<_> = page
            .split(" id=\"")
            .skip(1)
            .map(|rest| &rest[..rest.find('"').unwrap()])
            .collect();
        ids.sort_unstable();
        let n_ids = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), n_ids, "{path}");
        assert_eq!(page.matches("<h1>").count(), 1, "{path}");
    }
}

/// Tags that are open at the end, or closed where another is open.
fn unclosed(page: &str) -> Vec<String> {
    const VOID: [&str; 5] = ["meta", "link", "input", "br", "!doctype"];
    let mut open: Vec<String> = Vec::new();
    for part in page.split('<').skip(1) {
        let tag = &part[..part.find('>').unwrap()];
        let name: String = tag
            .chars()
            .take_while(|letter| !letter.is_whitespace())
            .collect();
        let name = name.trim_end_matches('/');
        match name.strip_prefix('/') {
            Some(closed) if open.last().is_some_and(|last| last == closed) => drop(open.pop()),
            Some(closed) => open.push(format!("/{closed} while {:?} is open", open.last())),
            None if VOID.contains(&name) || tag.ends_with('/') => {}
            None => open.push(name.to_owned()),
        }
    }
    open
}

#[tokio::test]
async fn a_failed_reload_is_told_first() {
    let mut face = sample();
    let findings = face.snapshot.catalog.findings.clone();
    face.snapshot_mut().catalog.failed_reload = Some(crate::status::FailedReload {
        at: at(-30),
        says: "1 error in 12 files.".to_owned(),
        findings,
    });
    let page = visible(&page(face, "/status").await);
    in_order(
        &page,
        &[
            "could not be taken over",
            "Tried 34 s ago",
            "objective must lie between 0 and 1",
            "Broken",
        ],
    );
}

#[tokio::test]
async fn a_thousand_rows_are_all_shown() {
    let mut face: Sample = sample();
    let rows = (0..1_000).map(|n| match n % 3 {
        0 => row(&format!("slo/{n}")).broken("4.2 % took longer than 300 s"),
        1 => row(&format!("slo/{n}")).unknown("jaeger"),
        _ => row(&format!("slo/{n}")).of("eval").kept(),
    });
    face.snapshot_mut().rows = rows.collect();
    let page = page(face, "/status").await;
    assert_eq!(page.matches("class=\"name\"").count(), 1_000);
    assert!(page.len() < 2 << 20, "{} bytes", page.len());
}
