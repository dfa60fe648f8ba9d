//! Against real servers on the loopback: axum for what behaves, raw sockets for what does not.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes as Body;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Redirect;
use axum::routing::{get, post};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::*;

fn request(url: String) -> HttpRequest {
    HttpRequest {
        target: "orch".into(),
        method: "GET".into(),
        url,
        headers: BTreeMap::new(),
        body: None,
        timeout_ms: 5_000,
    }
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, format!("http://{address}"))
}

async fn served(router: Router) -> String {
    let (listener, address) = listen().await;
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// A server that answers its first connection with whatever `answer` does to the socket.
async fn raw<F: Future<Output = ()> + Send>(
    answer: impl FnOnce(TcpStream) -> F + Send + 'static,
) -> String {
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = [0; 1024];
        let n = stream.read(&mut head).await.unwrap();
        assert!(n > 0);
        answer(stream).await;
    });
    address
}

async fn send(request: &HttpRequest) -> Result<HttpResponse, Reason> {
    Prober::new(&[]).send(request).await
}

fn unreachable(error: &str) -> Result<HttpResponse, Reason> {
    Err(Reason::Unreachable {
        peer: "target:orch".into(),
        error: error.into(),
    })
}

#[tokio::test]
async fn the_request_arrives_and_the_answer_comes_back() {
    let echo = |headers: HeaderMap, body: Body| async move {
        let field = |name: &str| String::from_utf8_lossy(headers[name].as_bytes()).into_owned();
        let text = format!("{} {} {:?}", field("host"), field("x-run"), body);
        (
            StatusCode::ACCEPTED,
            [("x-request-id", "r1"), ("set-cookie", "s=1")],
            text,
        )
    };
    let address = served(Router::new().route("/v1/echo", post(echo))).await;
    let response = send(&HttpRequest {
        method: "POST".into(),
        headers: BTreeMap::from([("x-run".into(), "7".into())]),
        body: Some("{}".into()),
        ..request(format!("{address}/v1/echo?a=b"))
    })
    .await
    .unwrap();
    assert_eq!(response.status, 202);
    assert_eq!(
        response.body,
        format!("{} 7 b\"{{}}\"", &address["http://".len()..])
    );
    assert_eq!(response.headers["x-request-id"], "r1");
    assert!(!response.headers.contains_key("set-cookie"));
    assert!(!response.truncated);
    let timing = response.timing;
    assert!(timing.resolved_us <= timing.connected_us && timing.connected_us == timing.secured_us);
    assert!(timing.secured_us < timing.first_byte_us && timing.first_byte_us <= timing.total_us);
}

#[tokio::test]
async fn redirects_are_told_and_not_followed() {
    let address =
        served(Router::new().route("/", get(|| async { Redirect::to("/elsewhere") }))).await;
    let response = send(&request(format!("{address}/"))).await.unwrap();
    assert_eq!(
        (response.status, response.headers["location"].as_str()),
        (303, "/elsewhere")
    );
}

#[tokio::test]
async fn a_secret_is_looked_up_when_it_is_sent() {
    let echo =
        |headers: HeaderMap| async move { headers["authorization"].to_str().unwrap().to_owned() };
    let address = served(Router::new().route("/", get(echo))).await;
    let with = |value: &str| HttpRequest {
        headers: BTreeMap::from([("authorization".into(), value.into())]),
        ..request(format!("{address}/"))
    };
    // Cargo sets this one for tests.
    let response = send(&with("env:CARGO_PKG_NAME")).await.unwrap();
    assert_eq!(response.body, "steadfast");
    let error = send(&with("env:STEADFAST_NOT_SET")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "blocked: the header field `authorization` cannot be sent: the environment variable `STEADFAST_NOT_SET` is not set"
    );
}

#[tokio::test]
async fn a_silent_target_times_out() {
    let address = raw(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let slow = HttpRequest {
        timeout_ms: 50,
        ..request(address)
    };
    let expected = Reason::Timeout {
        what: "target orch".into(),
        after_ms: 50,
    };
    assert_eq!(send(&slow).await, Err(expected));
}

#[tokio::test]
async fn a_body_that_never_ends_times_out_as_well() {
    let address = raw(|mut stream| async move {
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc";
        stream.write_all(head).await.unwrap();
        std::future::pending().await
    })
    .await;
    let slow = HttpRequest {
        timeout_ms: 50,
        ..request(address)
    };
    assert_eq!(send(&slow).await.unwrap_err().code(), "timeout");
}

#[tokio::test]
async fn what_a_user_would_see_is_told_in_words() {
    let (listener, address) = listen().await;
    drop(listener);
    assert_eq!(
        send(&request(address)).await,
        unreachable("connection refused")
    );

    let address = raw(|stream| async move {
        // Lingering for no time at all turns the close into a reset.
        stream.set_zero_linger().unwrap();
    })
    .await;
    assert_eq!(
        send(&request(address)).await,
        unreachable("connection reset")
    );

    let address = raw(|_closed| async {}).await;
    let closed = "the connection was closed before the answer was complete";
    assert_eq!(send(&request(address)).await, unreachable(closed));

    let address = raw(|mut stream| async move {
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc";
        stream.write_all(head).await.unwrap();
    })
    .await;
    assert_eq!(send(&request(address)).await, unreachable(closed));

    let address =
        raw(|mut stream| async move { stream.write_all(b"SSH-2.0-x\r\n\r\n").await.unwrap() })
            .await;
    assert_eq!(
        send(&request(address)).await,
        unreachable("the answer is not HTTP/1.1")
    );

    let error = send(&request("http://nowhere.invalid/".into()))
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the name `nowhere.invalid` cannot be resolved"),
        "{error}"
    );
}

#[tokio::test]
async fn a_huge_body_is_cut_and_says_so() {
    let sized = |n: usize| move || async move { "x".repeat(n) };
    let router = Router::new()
        .route("/fits", get(sized(BODY_LIMIT)))
        .route("/huge", get(sized(BODY_LIMIT * 8)));
    let address = served(router).await;
    for (path, truncated) in [("fits", false), ("huge", true)] {
        let response = send(&request(format!("{address}/{path}"))).await.unwrap();
        assert_eq!(
            (response.body.len(), response.truncated),
            (BODY_LIMIT, truncated)
        );
    }
}

#[tokio::test]
async fn what_is_not_utf8_is_replaced() {
    let address = served(Router::new().route("/", get(|| async { vec![b'a', 0xff, b'b'] }))).await;
    let response = send(&request(address)).await.unwrap();
    assert_eq!(response.body, "a\u{fffd}b");
}

#[tokio::test]
async fn a_request_that_cannot_be_sent_blames_nobody() {
    for broken in [
        request("ftp://h/".into()),
        request("nonsense".into()),
        HttpRequest {
            method: "GE T".into(),
            ..request("http://127.0.0.1:1/".into())
        },
        HttpRequest {
            headers: BTreeMap::from([("a".into(), "b\nc".into())]),
            ..request("http://127.0.0.1:1/".into())
        },
    ] {
        assert_eq!(
            send(&broken).await.unwrap_err().code(),
            "blocked",
            "{broken:?}"
        );
    }
}

/// A TLS server with the certificate of `testdata`, which no platform trusts.
async fn secured() -> String {
    let certificate =
        CertificateDer::from_pem_slice(include_bytes!("testdata/localhost.crt")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("testdata/localhost.key")).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut head = [0; 1024];
            let _ = stream.read(&mut head).await.unwrap();
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";
            stream.write_all(answer).await.unwrap();
        }
    });
    address.replace("http:", "https:")
}

fn trusting() -> Prober {
    let prober = Prober::new(&[]);
    let mut roots = RootCertStore::empty();
    let certificate =
        CertificateDer::from_pem_slice(include_bytes!("testdata/localhost.crt")).unwrap();
    roots.add(certificate).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    assert!(prober.tls.set(Ok(connect::connector(config))).is_ok());
    prober
}

#[tokio::test]
async fn tls_is_a_phase_of_its_own() {
    let response = trusting().send(&request(secured().await)).await.unwrap();
    assert_eq!(response.body, "hi");
    assert!(response.timing.connected_us < response.timing.secured_us);
}

#[tokio::test]
async fn a_certificate_nobody_trusts_is_refused() {
    let error = send(&request(secured().await)).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("TLS failed: invalid peer certificate"),
        "{error}"
    );
    let address = served(Router::new()).await.replace("http:", "https:");
    let error = send(&request(address)).await.unwrap_err();
    assert_eq!(error.code(), "unreachable", "{error}");
}
