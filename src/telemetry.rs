//! Our own logs and spans: structured logs to standard error, spans to an OTLP receiver such as Jaeger.

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::{EnvFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

/// Keeps telemetry going; what waits is sent when it is dropped.
pub struct Telemetry {
    provider: Option<SdkTracerProvider>,
}

/// Starts logs as JSON (`RUST_LOG` chooses, `info` otherwise), and spans to `OTEL_EXPORTER_OTLP_ENDPOINT` where that is set.
///
/// # Errors
/// When the exporter cannot be built.
pub fn start(otlp: Option<&str>) -> Result<Telemetry, opentelemetry_otlp::ExporterBuildError> {
    let chosen = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .from_env_lossy();
    let logs = fmt::layer()
        .json()
        .flatten_event(true)
        .with_writer(std::io::stderr)
        .with_filter(chosen);
    let provider = otlp
        .filter(|endpoint| !endpoint.is_empty())
        .map(provider)
        .transpose()?;
    let spans = provider.as_ref().map(|provider| {
        // Only our own spans: the exporter must not trace itself.
        let ours = Targets::new().with_target("steadfast", LevelFilter::INFO);
        let tracer = provider.tracer("steadfast");
        tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_filter(ours)
    });
    tracing_subscriber::registry().with(logs).with(spans).init();
    Ok(Telemetry { provider })
}

fn provider(endpoint: &str) -> Result<SdkTracerProvider, opentelemetry_otlp::ExporterBuildError> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
        .build()?;
    let resource = Resource::builder().with_service_name("steadfast").build();
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(resource)
        .build())
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(provider) = self.provider.take() {
            // Nobody is left to tell.
            drop(provider.shutdown());
        }
    }
}
