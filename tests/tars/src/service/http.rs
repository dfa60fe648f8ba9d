//! The server side of a request: its span, its metrics, its headers.

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use opentelemetry::trace::Status;
use tokio::time::Instant;
use tracing::{Instrument, Span, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::metrics::HttpMetrics;
use super::problem::LeaveSpanUnset;
use super::{Origin, Service, context};

/// Who asks for these is a machine, often: they are counted but not traced.
const UNTRACED: [&str; 4] = ["/health", "/metrics", "/ready", "/version"];

/// What [`observe`] needs.
#[derive(Clone, Debug)]
pub(super) struct Observer {
    pub(super) service: Service,
    pub(super) metrics: HttpMetrics,
}

/// Wraps every request.
pub(super) async fn observe(
    State(observer): State<Observer>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let method = request.method().to_string();
    let matched = request.extensions().get::<MatchedPath>();
    let route = matched.map_or("unmatched", MatchedPath::as_str).to_owned();
    let origin = Origin::of(&context::extract(request.headers()));
    let span = if UNTRACED.contains(&route.as_str()) {
        Span::none()
    } else {
        server_span(&method, &route, &request)
    };
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status();
    span.set_attribute("http.response.status_code", i64::from(status.as_u16()));
    let unseen = response.extensions().get::<LeaveSpanUnset>().is_some();
    if status.is_server_error() && !unseen {
        span.set_status(Status::error(status.as_u16().to_string()));
    }
    span.in_scope(|| {
        if let Some(id) = context::trace_id() {
            mark(&mut response, "x-trace-id", &id);
        }
    });
    mark(&mut response, "x-instance", &observer.service.instance);
    let seconds = started.elapsed().as_secs_f64();
    observer
        .metrics
        .record((&method, &route), status.as_u16(), origin, seconds);
    response
}

fn server_span(method: &str, route: &str, request: &Request) -> Span {
    let span = info_span!(
        "server",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        http.request.method = method,
        http.route = route,
        url.path = request.uri().path(),
    );
    if let Err(error) = span.set_parent(context::extract(request.headers())) {
        tracing::warn!(%error, "cannot continue the caller's trace");
    }
    span
}

fn mark(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), value);
    }
}
