//! Who listens where: free loopback ports, chosen before anything starts.

use std::collections::BTreeMap;
use std::path::Path;

use super::Options;
use crate::peers::{JaegerPorts, free_port, postgres_url};

/// A service's two ports.
#[derive(Clone, Debug)]
pub(super) struct ServiceAddress {
    /// `automl`, `orch`, `eval`: also the subcommand.
    pub(super) kind: &'static str,
    /// `eval-0`.
    pub(super) instance: &'static str,
    pub(super) port: u16,
    pub(super) admin: u16,
}

impl ServiceAddress {
    fn new(kind: &'static str, instance: &'static str) -> Self {
        Self {
            kind,
            instance,
            port: free_port(),
            admin: free_port(),
        }
    }

    pub(super) fn url(&self) -> String {
        http(self.port)
    }

    pub(super) fn admin_url(&self) -> String {
        http(self.admin)
    }
}

/// All addresses.
#[derive(Clone, Debug)]
pub(super) struct Addresses {
    pub(super) services: [ServiceAddress; 4],
    pub(super) prometheus: u16,
    pub(super) alertmanager: u16,
    pub(super) jaeger: Option<JaegerPorts>,
    pub(super) postgres: u16,
    pub(super) redis: u16,
    pub(super) control: u16,
}

impl Addresses {
    /// Chooses them; Jaeger's only if it takes part.
    pub(super) fn choose(with_jaeger: bool) -> Self {
        Self {
            services: [
                ServiceAddress::new("orch", "orch-0"),
                ServiceAddress::new("eval", "eval-0"),
                ServiceAddress::new("eval", "eval-1"),
                ServiceAddress::new("automl", "automl-0"),
            ],
            prometheus: free_port(),
            alertmanager: free_port(),
            jaeger: with_jaeger.then(JaegerPorts::free),
            postgres: free_port(),
            redis: free_port(),
            control: free_port(),
        }
    }

    pub(super) fn of_kind(&self, kind: &str) -> impl Iterator<Item = &ServiceAddress> {
        self.services
            .iter()
            .filter(move |service| service.kind == kind)
    }

    pub(super) fn database_url(&self) -> String {
        postgres_url(self.postgres)
    }

    pub(super) fn redis_url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.redis)
    }

    pub(super) fn otlp_url(&self) -> Option<String> {
        self.jaeger.map(|ports| http(ports.otlp))
    }

    /// What is written to the environment file.
    pub(super) fn environment(&self, options: &Options, dir: &Path) -> BTreeMap<String, String> {
        let mut env = BTreeMap::new();
        let mut put = |name: &str, value: String| {
            env.insert(name.to_owned(), value);
        };
        if options.with("prometheus") {
            put("PROM_URL", http(self.prometheus));
        }
        if options.with("alertmanager") {
            put("ALERTMANAGER_URL", http(self.alertmanager));
        }
        if let Some(ports) = self.jaeger {
            put("JAEGER_URL", http(ports.query));
            put("OTLP_URL", http(ports.otlp));
        }
        for service in &self.services {
            let name = match service.kind {
                "eval" => service.instance.to_uppercase().replace('-', "_"),
                kind => kind.to_uppercase(),
            };
            put(&format!("{name}_URL"), service.url());
        }
        put("CONTROL_URL", http(self.control));
        put("DATABASE_URL", self.database_url());
        put("REDIS_URL", self.redis_url());
        put("RUN_DIR", dir.display().to_string());
        if options.documents.is_some() {
            put("DOCUMENTS", dir.join("documents").display().to_string());
        }
        env
    }
}

pub(super) fn http(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}
