//! The client side of a request to another service: its span, and the context sent along.

use std::time::Duration;

use anyhow::{Context, Result};
use opentelemetry::trace::Status;
use reqwest::{Method, StatusCode};
use serde_json::Value;
use tracing::{Instrument, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::context;

/// An HTTP client.
#[derive(Clone, Debug)]
pub(crate) struct Client(reqwest::Client);

/// Where a request goes.
#[derive(Clone, Debug)]
pub(crate) struct Target<'a> {
    /// Address of the service.
    pub(crate) base: &'a str,
    /// What the route is called, with its parameters' names.
    pub(crate) route: &'a str,
    /// The path, with their values.
    pub(crate) path: &'a str,
}

impl Client {
    /// A client that gives up after the given time.
    pub(crate) fn new(timeout: Duration) -> Result<Self> {
        let client = reqwest::Client::builder()
            .timeout(timeout)
            .no_proxy()
            .build()
            .context("cannot make an HTTP client")?;
        Ok(Self(client))
    }

    /// Sends a request inside a span of its own; returns the status and, if it is JSON, the body.
    ///
    /// # Errors
    /// When there was no answer. An answer of 4xx or 5xx is an answer.
    pub(crate) async fn send(
        &self,
        method: Method,
        target: Target<'_>,
        body: Option<&Value>,
    ) -> Result<(StatusCode, Value)> {
        let url = format!("{}{}", target.base.trim_end_matches('/'), target.path);
        let span = info_span!(
            "client",
            otel.name = format!("{method} {}", target.route),
            otel.kind = "client",
            http.request.method = method.as_str(),
            url.full = url,
            url.path = target.path,
        );
        let mut request = self.0.request(method, &url);
        for (name, value) in context::inject(&span) {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let exchange = async {
            let response = request.send().await?;
            let status = response.status();
            let body = response.bytes().await?;
            Ok::<_, reqwest::Error>((status, serde_json::from_slice(&body).unwrap_or(Value::Null)))
        };
        let answer = exchange.instrument(span.clone()).await;
        match &answer {
            Ok((status, _)) => {
                span.set_attribute("http.response.status_code", i64::from(status.as_u16()));
                if status.is_client_error() || status.is_server_error() {
                    span.set_status(Status::error(status.as_u16().to_string()));
                }
            }
            Err(error) => span.set_status(Status::error(error.to_string())),
        }
        answer.with_context(|| format!("no answer from {url}"))
    }
}
