//! What no Jaeger here can be brought to say, replayed by a small server.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Query;
use axum::http::{StatusCode, Uri};
use axum::routing::get;

use super::*;
use crate::config::{Budget, Peer, PeerKind};

const SECOND: Duration = Duration::from_secs(1);
const HTML: &str = "<!DOCTYPE html><html></html>";

/// A Jaeger client of a server that answers with `router`.
async fn serve(router: Router, answer_bytes: usize) -> Jaeger {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://me:secret@{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let peer = Peer {
        kind: PeerKind::Jaeger,
        name: "jaeger".into(),
        url: url::Url::parse(&url).unwrap(),
        budget: Budget {
            answer_bytes,
            ..Budget::default()
        },
    };
    Jaeger::new(&peer, reqwest::Client::new(), &[])
}

fn at(us: i64) -> Timestamp {
    Timestamp::from_microsecond(us).unwrap()
}

/// A v1 answer with one trace for each of these starts in microseconds.
fn v1(starts: impl IntoIterator<Item = i64>) -> String {
    let traces: Vec<_> = starts
        .into_iter()
        .map(|us| format!(r#"{{"spans":[{{"traceID":"{us:x}","spanID":"1","startTime":{us}}}]}}"#))
        .collect();
    format!(r#"{{"data":[{}]}}"#, traces.join(","))
}

/// A v1-only store with a trace at each of `starts`, which tells the newest of a window first, as Jaeger does.
fn store(starts: Vec<i64>, asked: Arc<Mutex<Vec<String>>>) -> Router {
    let search = move |uri: Uri, Query(query): Query<BTreeMap<String, String>>| async move {
        asked.lock().unwrap().push(uri.path().to_owned());
        let number = |key: &str| query[key].parse::<i64>().unwrap();
        let window = number("start")..=number("end");
        let found = starts
            .iter()
            .rev()
            .copied()
            .filter(|us| window.contains(us));
        v1(found.take(number("limit") as usize))
    };
    Router::new()
        .route("/api/traces", get(search))
        .fallback(|| async { HTML })
}

#[tokio::test]
async fn windows_are_split_until_no_page_is_full() {
    let asked = Arc::default();
    let starts: Vec<i64> = (1..=450).map(|n| n * 1_000).collect();
    let jaeger = serve(store(starts.clone(), Arc::clone(&asked)), 1 << 20).await;
    let all = |limit| jaeger.traces("s", None, at(0), at(500_000), limit, SECOND);
    let whole = all(450).await.unwrap();
    assert_eq!((whole.traces.len(), whole.truncated), (450, false));
    assert!(whole.traces.is_sorted_by_key(Trace::start_ns));
    // 0-500 and 0-250, 250-500 are full; their quarters are not.
    assert_eq!(asked.lock().unwrap().len(), 7);
    let newest = all(449).await.unwrap();
    assert_eq!((newest.traces.len(), newest.truncated), (449, true));
    assert_eq!(newest.traces[0].start_ns(), Some(2_000_000));
    let few = all(20).await.unwrap();
    assert_eq!((few.traces.len(), few.truncated), (20, true));
    assert_eq!(few.traces[19].start_ns(), Some(450_000_000));
}

#[tokio::test]
async fn a_store_whose_pages_are_always_full_is_not_asked_for_ever() {
    let n_asked: Arc<Mutex<usize>> = Arc::default();
    let seen = Arc::clone(&n_asked);
    let full = move || async move {
        *seen.lock().unwrap() += 1;
        v1(0..300)
    };
    let router = Router::new()
        .route("/api/traces", get(full))
        .fallback(|| async { HTML });
    let jaeger = serve(router, 1 << 20).await;
    let found = jaeger
        .traces("s", None, at(0), at(1_000_000), 300, 10 * SECOND)
        .await
        .unwrap();
    assert_eq!((found.traces.len(), found.truncated), (300, true));
    assert_eq!(*n_asked.lock().unwrap(), windows::most_requests(200, 300));
}

#[tokio::test]
async fn the_other_api_is_found_and_remembered() {
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&asked);
    let answer = move |uri: Uri| async move {
        seen.lock().unwrap().push(uri.path().to_owned());
        match uri.path() {
            "/api/services" => r#"{"data":["b","a"]}"#,
            _ => HTML,
        }
    };
    let jaeger = serve(Router::new().fallback(answer), 1 << 20).await;
    assert_eq!(jaeger.services(SECOND).await.unwrap(), ["a", "b"]);
    assert_eq!(jaeger.services(SECOND).await.unwrap(), ["a", "b"]);
    assert_eq!(
        *asked.lock().unwrap(),
        ["/api/v3/services", "/api/services", "/api/services"]
    );
    let lost = jaeger.trace("1", SECOND).await.unwrap_err().to_string();
    assert!(lost.contains("port 16686"), "{lost}");
}

#[tokio::test]
async fn an_unknown_trace_is_an_empty_answer_and_half_a_trace_none() {
    let unknown = (
        StatusCode::NOT_FOUND,
        r#"{"error":{"httpCode":404,"message":"No traces found"}}"#,
    );
    let jaeger = serve(
        Router::new().fallback(move || async move { unknown }),
        1 << 20,
    )
    .await;
    let none = Traces {
        traces: Vec::new(),
        truncated: false,
    };
    assert_eq!(jaeger.trace("1", SECOND).await, Ok(none.clone()));
    assert_eq!(
        jaeger
            .traces("s", Some("op"), at(0), at(9), 5, SECOND)
            .await,
        Ok(none)
    );

    let cut = r#"{"result":{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"1","spanId":"1","attributes":[{"key":"@jaeger@warnings","value":{"stringValue":"trace truncated"}}]}]}]}]}}"#;
    let jaeger = serve(Router::new().fallback(move || async move { cut }), 1 << 20).await;
    let what = "jaeger told only a part of trace 1".to_owned();
    assert_eq!(
        jaeger.trace("1", SECOND).await,
        Err(Reason::Partial { what })
    );
    let some = jaeger
        .traces("s", None, at(0), at(9), 5, SECOND)
        .await
        .unwrap();
    assert_eq!((some.traces.len(), some.truncated), (0, true));
}

#[tokio::test]
async fn no_answer_is_never_an_empty_one() {
    let large = serve(store((0..1_000).collect(), Arc::default()), 1_024).await;
    let what = "jaeger answered more than 1024 bytes".to_owned();
    assert_eq!(
        large
            .traces("s", None, at(5), at(5), 500, SECOND)
            .await
            .map(|found| found.traces.len()),
        Ok(1)
    );
    let body = "{".repeat(2_000);
    let large = serve(
        Router::new().fallback(move || async move { body.clone() }),
        1_024,
    )
    .await;
    assert_eq!(
        large.trace("1", SECOND).await,
        Err(Reason::Truncated { what })
    );

    let half = serve(
        Router::new().fallback(|| async { r#"{"result":{"resourceSp"# }),
        1_024,
    )
    .await;
    let error = half.trace("1", SECOND).await.unwrap_err().to_string();
    assert!(
        error.starts_with("jaeger unreachable: its answer cannot be read: EOF"),
        "{error}"
    );

    let slow = serve(
        Router::new().fallback(std::future::pending::<String>),
        1_024,
    )
    .await;
    let timeout = Reason::Timeout {
        what: "jaeger".into(),
        after_ms: 50,
    };
    assert_eq!(slow.services(Duration::from_millis(50)).await, Err(timeout));

    let mut down = slow;
    down.peer.url = url::Url::parse("http://me:secret@127.0.0.1:1").unwrap();
    let error = down.services(SECOND).await.unwrap_err().to_string();
    assert!(
        error.starts_with("jaeger unreachable: ") && error.contains("refused"),
        "{error}"
    );
    assert!(!error.contains("secret"), "{error}");
}
