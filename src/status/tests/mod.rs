//! The router, called in process.

mod contrast;
mod pages;
mod sample;

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use axum::response::Response;
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use super::router;
use sample::{Sample, sample};

const BROWSER: &str = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8";

async fn ask(face: Sample, path: &str, accept: &str) -> Response {
    let request = Request::get(path).header(header::ACCEPT, accept);
    let request = request.body(Body::empty()).unwrap();
    router(Arc::new(face)).oneshot(request).await.unwrap()
}

async fn text(response: Response) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

async fn page(face: Sample, path: &str) -> String {
    let response = ask(face, path, BROWSER).await;
    assert_eq!(
        field(&response, header::CONTENT_TYPE),
        "text/html; charset=utf-8"
    );
    text(response).await
}

async fn json(face: Sample, path: &str) -> Value {
    let response = ask(face, path, "application/json").await;
    assert_eq!(field(&response, header::CONTENT_TYPE), "application/json");
    serde_json::from_str(&text(response).await).unwrap()
}

fn field(response: &Response, name: header::HeaderName) -> &str {
    response
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn the_root_leads_to_the_status() {
    let response = ask(sample(), "/", BROWSER).await;
    assert_eq!(response.status(), StatusCode::PERMANENT_REDIRECT);
    assert_eq!(field(&response, header::LOCATION), "/status");
}

#[tokio::test]
async fn programs_read_the_documented_shape() {
    for path in ["/status", "/status.json"] {
        let status = json(sample(), path).await;
        let keys: Vec<_> = status.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["at", "catalog", "peers", "promises", "worst"]);
        assert_eq!(status["worst"], "fail");
        assert_eq!(status["promises"].as_array().unwrap().len(), 63);
        assert_eq!(status["peers"][2]["state"], "down");
        assert_eq!(status["peers"][2]["kind"], "jaeger");
    }
    // A browser that asks for JSON by its address gets it.
    let response = ask(sample(), "/status.json", BROWSER).await;
    assert_eq!(field(&response, header::CONTENT_TYPE), "application/json");
}

#[tokio::test]
async fn a_filter_chooses_rows_and_their_worst() {
    let kept = json(sample(), "/status.json?service=hypersync").await;
    assert_eq!(
        (kept["promises"].as_array().unwrap().len(), &kept["worst"]),
        (15, &"pass".into())
    );
    let none = json(sample(), "/status.json?q=nonsense").await;
    assert_eq!(
        (&none["promises"], &none["worst"]),
        (&serde_json::json!([]), &"inconclusive".into())
    );
}

#[tokio::test]
async fn a_verifier_that_stopped_keeps_no_promise() {
    let mut face = sample();
    face.now = sample::at(3_600);
    let status = json(face, "/status.json?service=hypersync").await;
    assert_eq!(status["worst"], "inconclusive");
    assert_eq!(status["promises"][0]["reason"]["code"], "stale");
}

#[tokio::test]
async fn one_promise_with_its_evidence() {
    let answer = json(sample(), "/status/promise/slo/eval-latency").await;
    assert_eq!(answer["verdict"]["outcome"], "fail");
    assert_eq!(answer["evidence"]["exhibits"].as_array().unwrap().len(), 3);
    let missing = ask(
        sample(),
        "/status/promise/slo/eval-latencies",
        "application/json",
    )
    .await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    assert_eq!(
        text(missing).await,
        "{\"error\":\"There is no promise slo/eval-latencies; did you mean slo/eval-latency?\"}\n"
    );
}

#[tokio::test]
async fn evidence_that_cannot_be_read_is_said() {
    let mut face = sample();
    face.judged = Err("disk I/O error".to_owned());
    let answer = json(face.clone(), "/status/promise/slo/eval-latency").await;
    assert_eq!(answer["evidence_error"], "disk I/O error");
    let page = page(face, "/status/promise/slo/eval-latency").await;
    assert!(page.contains("The evidence cannot be read: disk I/O error."));
}

#[tokio::test]
async fn alive_is_not_ready() {
    let mut face = sample();
    face.ready = false;
    assert_eq!(
        ask(face.clone(), "/livez", "*/*").await.status(),
        StatusCode::OK
    );
    let response = ask(face.clone(), "/readyz", "*/*").await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    face.ready = true;
    assert_eq!(ask(face, "/readyz", "*/*").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn metrics_in_the_format_they_are_in() {
    let mut face = sample();
    let response = ask(face.clone(), "/metrics", "*/*").await;
    assert_eq!(
        field(&response, header::CONTENT_TYPE),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    assert_eq!(text(response).await, "steadfast_up 1\n");
    face.metrics = "steadfast_up 1\n# EOF\n".to_owned();
    let response = ask(face, "/metrics", "*/*").await;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(field(&response, header::CONTENT_TYPE), kind);
}

#[tokio::test]
async fn every_answer_is_guarded() {
    for path in [
        "/status",
        "/status.json",
        "/livez",
        "/nothing",
        "/assets/style.css",
    ] {
        let response = ask(sample(), path, BROWSER).await;
        let policy = field(&response, header::CONTENT_SECURITY_POLICY);
        assert!(
            policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"),
            "{path}"
        );
        assert_eq!(
            field(&response, header::X_CONTENT_TYPE_OPTIONS),
            "nosniff",
            "{path}"
        );
    }
    assert_eq!(
        field(
            &ask(sample(), "/status", BROWSER).await,
            header::CACHE_CONTROL
        ),
        "no-store"
    );
}

#[tokio::test]
async fn assets_are_kept_and_pages_are_small() {
    let style = ask(sample(), "/assets/style.css?v=1", "*/*").await;
    assert_eq!(
        field(&style, header::CONTENT_TYPE),
        "text/css; charset=utf-8"
    );
    assert!(field(&style, header::CACHE_CONTROL).contains("immutable"));
    assert_eq!(
        ask(sample(), "/assets/../Cargo.toml", "*/*").await.status(),
        StatusCode::NOT_FOUND
    );
    let request = Request::get("/status")
        .header(header::ACCEPT, BROWSER)
        .header(header::ACCEPT_ENCODING, "gzip")
        .body(Body::empty());
    let response = router(Arc::new(sample()))
        .oneshot(request.unwrap())
        .await
        .unwrap();
    assert_eq!(field(&response, header::CONTENT_ENCODING), "gzip");
}

#[tokio::test]
async fn nothing_is_written_through_the_face() {
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let request = Request::builder()
            .method(method)
            .uri("/status")
            .body(Body::from("{}"));
        let response = router(Arc::new(sample()))
            .oneshot(request.unwrap())
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    }
    let request = Request::post("/status")
        .header(header::CONTENT_LENGTH, 1 << 20)
        .body(Body::empty());
    let response = router(Arc::new(sample()))
        .oneshot(request.unwrap())
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
}
