//! The registry of a service and the metrics that all have.
//!
//! Every series that can matter exists from the start, at zero: `rate()` needs a first sample before the first event.

use std::sync::Arc;
use std::time::Duration;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::{Origin, Problem, Service, Streams};
use crate::rl::Task;

const HTTP_BUCKETS: [f64; 14] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// How often the depth of a queue is looked at.
const WATCH_EVERY: Duration = Duration::from_secs(1);

/// A histogram family whose buckets are chosen at start.
pub(crate) type Histograms<L> = Family<L, Histogram, fn() -> Histogram>;

/// Labels of what is done for an agent in an environment.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct TaskLabels {
    agent_type: &'static str,
    environment: &'static str,
    synthetic: &'static str,
}

impl TaskLabels {
    /// Of a task.
    pub(crate) fn new(task: Task, origin: Origin) -> Self {
        Self {
            agent_type: task.agent.name(),
            environment: task.environment.name(),
            synthetic: origin.label(),
        }
    }

    /// All there can be.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        tasks().map(|(task, origin)| Self::new(task, origin))
    }
}

/// Every task, asked for by either origin.
pub(crate) fn tasks() -> impl Iterator<Item = (Task, Origin)> {
    Task::ALL
        .into_iter()
        .flat_map(|task| Origin::ALL.map(|origin| (task, origin)))
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StreamLabels {
    stream: &'static str,
}

/// How much waits in the stream a service reads.
#[derive(Clone, Debug)]
pub(crate) struct QueueDepth(Family<StreamLabels, Gauge>);

impl QueueDepth {
    /// Registers the gauge, at zero.
    pub(crate) fn register(registry: &mut Registry, stream: &'static str) -> Self {
        let depth = Self(Family::default());
        depth.set(stream, 0);
        let help = "Messages not delivered or not acknowledged";
        registry.register("tars_queue_depth", help, depth.0.clone());
        depth
    }

    /// Keeps it up to date until the service stops.
    pub(crate) async fn watch(
        self,
        service: Service,
        streams: Streams,
        (stream, group): (&'static str, &'static str),
    ) {
        while !service.stop.is_cancelled() {
            tokio::select! {
                () = tokio::time::sleep(WATCH_EVERY) => (),
                () = service.stop.cancelled() => (),
            }
            match streams.depth(stream, group).await {
                Ok(depth) => self.set(stream, depth),
                Err(error) => tracing::warn!(error = format!("{error:#}"), "queue depth unknown"),
            }
        }
    }

    fn set(&self, stream: &'static str, depth: i64) {
        self.0.get_or_create(&StreamLabels { stream }).set(depth);
    }
}

/// A route and the statuses it is expected to answer.
pub(crate) type Route = (&'static str, &'static str, &'static [u16]);

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: String,
    route: String,
    status: u16,
    synthetic: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    method: String,
    route: String,
    synthetic: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BuildLabels {
    service: &'static str,
    version: &'static str,
    profile: &'static str,
}

/// The metrics of the HTTP face.
#[derive(Clone, Debug)]
pub(super) struct HttpMetrics {
    requests: Family<RequestLabels, Counter>,
    duration: Histograms<RouteLabels>,
}

impl HttpMetrics {
    /// Registers them, with every route at zero.
    pub(super) fn register(registry: &mut Registry, service: &Service, routes: &[Route]) -> Self {
        let build = Family::<BuildLabels, Gauge>::default();
        let labels = BuildLabels {
            service: service.name,
            version: env!("CARGO_PKG_VERSION"),
            profile: service.profile.name(),
        };
        build.get_or_create(&labels).set(1);
        registry.register("build_info", "What is running", build);

        let metrics = Self {
            requests: Family::default(),
            duration: Family::new_with_constructor(|| Histogram::new(HTTP_BUCKETS)),
        };
        for (method, route, statuses) in routes {
            for origin in Origin::ALL {
                for status in *statuses {
                    drop(metrics.requests.get_or_create(&RequestLabels {
                        method: (*method).to_owned(),
                        route: (*route).to_owned(),
                        status: *status,
                        synthetic: origin.label(),
                    }));
                }
                drop(metrics.duration.get_or_create(&RouteLabels {
                    method: (*method).to_owned(),
                    route: (*route).to_owned(),
                    synthetic: origin.label(),
                }));
            }
        }
        let requests = metrics.requests.clone();
        registry.register("http_requests", "Requests answered", requests);
        let (name, help) = ("http_request_duration_seconds", "Time to answer");
        registry.register(name, help, metrics.duration.clone());
        metrics
    }

    /// Counts an answer.
    pub(super) fn record(
        &self,
        (method, route): (&str, &str),
        status: u16,
        origin: Origin,
        seconds: f64,
    ) {
        let (method, route) = (method.to_owned(), route.to_owned());
        let labels = RouteLabels {
            method: method.clone(),
            route: route.clone(),
            synthetic: origin.label(),
        };
        self.duration.get_or_create(&labels).observe(seconds);
        let labels = RequestLabels {
            method,
            route,
            status,
            synthetic: origin.label(),
        };
        self.requests.get_or_create(&labels).inc();
    }
}

/// The answer of `/metrics`, in the OpenMetrics format.
pub(super) fn expose(registry: &Arc<Registry>) -> Response {
    let mut text = String::new();
    match encode(&mut text, registry) {
        Ok(()) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], text).into_response()
        }
        Err(error) => Problem::internal(format!("cannot encode metrics: {error}")).into_response(),
    }
}
