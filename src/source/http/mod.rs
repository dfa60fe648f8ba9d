//! Synthetic requests with the time of every phase: one fresh connection a request, as a new user has.
//!
//! Nothing is retried and no redirect is followed: what the user would see is what is told.

mod connect;
mod keep;
#[cfg(test)]
mod tests;

use std::io;
use std::sync::OnceLock;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderName, HeaderValue};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use tokio_util::task::AbortOnDropHandle;
use url::Url;

use crate::config;
use crate::evidence::{HttpRequest, HttpResponse};
use crate::verdict::Reason;
use connect::Connected;
use keep::Keep;

/// How much of a body is kept; the rest is not read.
pub const BODY_LIMIT: usize = 256 << 10;

/// Sends synthetic requests.
pub struct Prober {
    keep: Keep,
    /// Made for the first https target: reading the certificates of the platform takes tens of milliseconds.
    tls: OnceLock<Result<TlsConnector, String>>,
}

/// What went wrong before there was a whole answer.
#[derive(Debug)]
enum Failure {
    /// The target, as the user would see it.
    Target(String),
    /// The request itself cannot be sent.
    Request(String),
}

impl Prober {
    /// A prober that keeps the header fields `keep` beside those known to be harmless.
    pub fn new(keep: &[String]) -> Self {
        Self {
            keep: Keep::new(keep),
            tls: OnceLock::new(),
        }
    }

    /// Sends one request and reads its answer.
    ///
    /// # Errors
    /// [`Reason::Timeout`] when there was no whole answer in time, [`Reason::Unreachable`] when there was none that makes
    /// sense, [`Reason::Blocked`] when the request cannot be sent as it is.
    pub async fn send(&self, request: &HttpRequest) -> Result<HttpResponse, Reason> {
        let timeout = Duration::from_millis(request.timeout_ms);
        match tokio::time::timeout(timeout, self.exchange(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(Failure::Target(error))) => Err(Reason::Unreachable {
                peer: format!("target:{}", request.target),
                error,
            }),
            Ok(Err(Failure::Request(what))) => Err(Reason::Blocked { what }),
            Err(_) => Err(Reason::Timeout {
                what: format!("target {}", request.target),
                after_ms: request.timeout_ms,
            }),
        }
    }

    async fn exchange(&self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        let began = Instant::now();
        let url = Url::parse(&request.url).map_err(|error| {
            Failure::Request(format!("`{}` is not an address: {error}", request.url))
        })?;
        let wire = on_the_wire(request, &url)?;
        let Connected { stream, mut timing } = connect::connect(&url, began, &self.tls).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(broken)?;
        // The connection is driven beside the exchange and ends with it.
        let _driver = AbortOnDropHandle::new(tokio::spawn(connection));
        let response = sender.send_request(wire).await.map_err(broken)?;
        timing.first_byte_us = connect::since(began);
        let (head, body) = response.into_parts();
        let (body, truncated) = read(body).await?;
        timing.total_us = connect::since(began);
        Ok(HttpResponse {
            status: head.status.as_u16(),
            headers: self.keep.of(&head.headers),
            body: String::from_utf8_lossy(&body).into_owned(),
            truncated,
            timing,
        })
    }
}

/// The request as HTTP/1.1 writes it: path and query in the first line, the host as a field.
fn on_the_wire(request: &HttpRequest, url: &Url) -> Result<Request<Full<Bytes>>, Failure> {
    let wrong = |what: &str, error: &dyn std::fmt::Display| {
        Failure::Request(format!("the {what} cannot be sent: {error}"))
    };
    let method = Method::from_bytes(request.method.as_bytes())
        .map_err(|error| wrong(&format!("method `{}`", request.method), &error))?;
    let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let body = Full::new(Bytes::from(request.body.clone().unwrap_or_default()));
    let mut wire = Request::new(body);
    *wire.method_mut() = method;
    *wire.uri_mut() = path
        .parse()
        .map_err(|error| wrong(&format!("path `{path}`"), &error))?;
    let headers = wire.headers_mut();
    headers.insert(
        HOST,
        HeaderValue::from_str(host).map_err(|error| wrong("host", &error))?,
    );
    for (name, value) in &request.headers {
        let field = format!("header field `{name}`");
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|error| wrong(&field, &error))?;
        // Secrets are references, which only here become values: evidence keeps the request as it was asked.
        let value = config::resolve(value, &|name| std::env::var(name).ok())
            .map_err(|error| wrong(&field, &error))?;
        let value = HeaderValue::from_str(&value).map_err(|error| wrong(&field, &error))?;
        headers.insert(key, value);
    }
    Ok(wire)
}

/// Reads up to [`BODY_LIMIT`]; says whether there was more.
async fn read(mut body: Incoming) -> Result<(Vec<u8>, bool), Failure> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(broken)?;
        let Some(data) = frame.data_ref() else {
            continue;
        };
        let room = BODY_LIMIT - bytes.len();
        bytes.extend_from_slice(&data[..data.len().min(room)]);
        if data.len() > room {
            return Ok((bytes, true));
        }
    }
    Ok((bytes, false))
}

/// What went wrong on a connection that was already there.
fn broken(error: hyper::Error) -> Failure {
    let io =
        std::error::Error::source(&error).and_then(|source| source.downcast_ref::<io::Error>());
    let is_closed = error.is_incomplete_message()
        || io.is_some_and(|io| io.kind() == io::ErrorKind::UnexpectedEof);
    Failure::Target(match io {
        _ if is_closed => "the connection was closed before the answer was complete".into(),
        Some(io) => connect::in_words(io),
        None if error.is_parse() => "the answer is not HTTP/1.1".into(),
        None => format!("the exchange broke off: {error}"),
    })
}
