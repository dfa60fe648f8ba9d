//! Jaeger 2, with its traces in memory.

use std::path::Path;

use tempfile::TempDir;

use super::{Error, Launch, Running, Tools, free_port, wait_for_http};

/// The ports it listens on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports {
    /// Query, over HTTP.
    pub(crate) query: u16,
    /// OTLP, over HTTP.
    pub(crate) otlp: u16,
    others: [u16; 3],
}

impl Ports {
    /// Free ones.
    pub(crate) fn free() -> Self {
        Self {
            query: free_port(),
            otlp: free_port(),
            others: std::array::from_fn(|_| free_port()),
        }
    }

    fn config(&self) -> String {
        let Self {
            query,
            otlp,
            others,
        } = self;
        let [query_grpc, otlp_grpc, health] = others;
        format!(
            r#"service:
  extensions: [jaeger_storage, jaeger_query, healthcheckv2]
  pipelines:
    traces: {{receivers: [otlp], processors: [batch], exporters: [jaeger_storage_exporter]}}
  telemetry: {{metrics: {{level: none}}}}
extensions:
  healthcheckv2: {{use_v2: true, http: {{endpoint: "127.0.0.1:{health}"}}}}
  jaeger_query:
    storage: {{traces: mem}}
    http: {{endpoint: "127.0.0.1:{query}"}}
    grpc: {{endpoint: "127.0.0.1:{query_grpc}"}}
  jaeger_storage: {{backends: {{mem: {{memory: {{max_traces: 100000}}}}}}}}
receivers: {{otlp: {{protocols: {{grpc: {{endpoint: "127.0.0.1:{otlp_grpc}"}}, http: {{endpoint: "127.0.0.1:{otlp}"}}}}}}}}
processors: {{batch: {{}}}}
exporters: {{jaeger_storage_exporter: {{trace_storage: mem}}}}
"#
        )
    }
}

/// Writes its configuration into a folder; how to start it there.
pub(crate) fn launch(tools: &Tools, folder: &Path, ports: &Ports) -> Result<Launch, Error> {
    let program = tools.jaeger()?;
    let config = folder.join("jaeger.yaml");
    std::fs::write(&config, ports.config()).map_err(Error::io("write jaeger.yaml"))?;
    let launch = Launch::new(program, folder.join("jaeger.log"));
    Ok(launch.args([format!("--config={}", config.display())]))
}

/// A Jaeger of one's own.
#[derive(Debug)]
pub struct Jaeger {
    /// Where to ask for traces.
    pub query_url: String,
    /// Where to send spans, OTLP over HTTP.
    pub otlp_url: String,
    /// The program.
    pub running: Running,
    /// Where its configuration is.
    pub folder: TempDir,
}

impl Jaeger {
    /// Starts one.
    ///
    /// # Errors
    /// When it is missing or does not become ready.
    pub async fn start(tools: &Tools) -> Result<Self, Error> {
        let folder = TempDir::with_prefix("jaeger-").map_err(Error::io("make a folder"))?;
        let ports = Ports::free();
        let jaeger = Self {
            query_url: format!("http://127.0.0.1:{}", ports.query),
            otlp_url: format!("http://127.0.0.1:{}", ports.otlp),
            running: Running::start(launch(tools, folder.path(), &ports)?)?,
            folder,
        };
        jaeger.ready().await?;
        Ok(jaeger)
    }

    /// Stops it; its traces are gone then.
    ///
    /// # Errors
    /// When it cannot be stopped.
    pub async fn stop(mut self) -> Result<(), Error> {
        self.running.stop().await
    }

    /// Stops it and starts it again, empty.
    ///
    /// # Errors
    /// When it does not become ready again.
    pub async fn restart(&mut self) -> Result<(), Error> {
        self.running.restart().await?;
        self.ready().await
    }

    async fn ready(&self) -> Result<(), Error> {
        let url = format!("{}/api/v3/services", self.query_url);
        wait_for_http("jaeger", self.running.launch(), &url).await
    }
}
