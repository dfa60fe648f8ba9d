//! Spans to OTLP/HTTP, logs as JSON to standard error.

use anyhow::{Context, Result};
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

use super::Common;

/// Starts telemetry. Call it outside of a runtime: the exporter has one of its own.
///
/// Sampling follows the caller, and is on where there is none.
pub(super) fn start(service: &'static str, common: &Common) -> Result<SdkTracerProvider> {
    let resource = Resource::builder()
        .with_service_name(service)
        .with_attribute(KeyValue::new(
            "service.instance.id",
            common.instance.clone(),
        ))
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build();
    let mut provider = SdkTracerProvider::builder().with_resource(resource);
    if let Some(url) = &common.otlp_url {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}/v1/traces", url.trim_end_matches('/')))
            .build()
            .with_context(|| format!("cannot export spans to {url}"))?;
        let batch = BatchConfigBuilder::default()
            .with_max_queue_size(16_384)
            .with_scheduled_delay(common.profile.span_batch())
            .build();
        provider = provider.with_span_processor(
            BatchSpanProcessor::builder(exporter)
                .with_batch_config(batch)
                .build(),
        );
    }
    let provider = provider.build();
    let spans = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer(service))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        .with_error_events_to_status(false)
        // Only our own spans: neither those of HTTP clients nor of the exporter itself.
        .with_filter(Targets::new().with_target("tars", LevelFilter::INFO));
    let logs = fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_writer(std::io::stderr)
        .with_filter(
            Targets::new()
                .with_default(LevelFilter::WARN)
                .with_target("tars", LevelFilter::INFO),
        );
    tracing_subscriber::registry()
        .with(spans)
        .with(logs)
        .try_init()
        .context("telemetry is started once a process")?;
    Ok(provider)
}
