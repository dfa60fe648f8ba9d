//! Starting everything: stores and peers first, then the services, each until it says that it is ready.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};

use super::Options;
use super::addresses::{Addresses, ServiceAddress, http};
use super::configs;
use super::control::Control;
use super::process::Process;
use crate::peers::{self, Error, Launch, Tools, wait_for_http};
use crate::scale;

/// What starting needs to know.
pub(super) struct Plan<'a> {
    pub(super) options: &'a Options,
    pub(super) addresses: &'a Addresses,
    pub(super) dir: &'a Path,
    pub(super) tools: &'a Tools,
    pub(super) control: &'a Arc<Control>,
}

impl Plan<'_> {
    /// Starts everything and waits until it is ready.
    pub(super) async fn carry_out(&self) -> Result<()> {
        if let Some(documents) = &self.options.documents {
            let copy = self.dir.join("documents");
            scale::copy(self.options.profile, documents, &copy)
                .with_context(|| format!("cannot copy {}", documents.display()))?;
        }
        futures_util::try_join!(
            self.stores_and_services(),
            self.alertmanager(),
            self.prometheus()
        )?;
        Ok(())
    }

    async fn stores_and_services(&self) -> Result<()> {
        futures_util::try_join!(self.postgres(), self.redis(), self.jaeger())?;
        futures_util::future::try_join_all(
            self.addresses
                .services
                .iter()
                .map(|service| self.service(service)),
        )
        .await?;
        Ok(())
    }

    async fn postgres(&self) -> Result<()> {
        let port = self.addresses.postgres;
        let launch = peers::postgres(self.tools, &self.folder("postgres")?, port).await?;
        self.keep("postgres", launch.clone()).await?;
        peers::wait_for_postgres(self.tools, &launch, port).await?;
        Ok(())
    }

    async fn redis(&self) -> Result<()> {
        let port = self.addresses.redis;
        let launch = peers::redis(self.tools, &self.folder("redis")?, port)?;
        self.keep("redis", launch.clone()).await?;
        let ready = || async {
            tokio::net::TcpStream::connect(("127.0.0.1", port))
                .await
                .is_ok()
        };
        peers::wait_until("redis", &launch, ready).await?;
        Ok(())
    }

    async fn jaeger(&self) -> Result<()> {
        let Some(ports) = &self.addresses.jaeger else {
            return Ok(());
        };
        let launch = peers::jaeger(self.tools, &self.folder("jaeger")?, ports)?;
        self.keep("jaeger", launch.clone()).await?;
        let url = format!("{}/api/v3/services", http(ports.query));
        Ok(wait_for_http("jaeger", &launch, &url).await?)
    }

    async fn alertmanager(&self) -> Result<()> {
        if !self.options.with("alertmanager") {
            return Ok(());
        }
        let (folder, port) = (self.folder("alertmanager")?, self.addresses.alertmanager);
        let config = configs::alertmanager(self.options, self.addresses);
        std::fs::write(folder.join("alertmanager.yml"), config)?;
        let launch = peers::alertmanager(self.tools, self.options.alertmanager, &folder, port)?;
        self.keep("alertmanager", launch.clone()).await?;
        let url = format!("{}/-/ready", http(port));
        Ok(wait_for_http("alertmanager", &launch, &url).await?)
    }

    async fn prometheus(&self) -> Result<()> {
        if !self.options.with("prometheus") {
            return Ok(());
        }
        let (folder, port) = (self.folder("prometheus")?, self.addresses.prometheus);
        let config = configs::prometheus(self.options, self.addresses, self.dir);
        std::fs::write(folder.join("prometheus.yml"), config)?;
        let launch = peers::prometheus(self.tools, self.options.prometheus, &folder, port)?;
        self.keep("prometheus", launch.clone()).await?;
        let url = format!("{}/-/ready", http(port));
        Ok(wait_for_http("prometheus", &launch, &url).await?)
    }

    async fn service(&self, service: &ServiceAddress) -> Result<()> {
        let log = self.dir.join(format!("{}.log", service.instance));
        let mut launch = Launch::new(binary()?, log);
        launch = launch.args([service.kind, "--instance", service.instance]);
        launch = launch.args(["--listen", &format!("127.0.0.1:{}", service.port)]);
        launch = launch.args(["--admin-listen", &format!("127.0.0.1:{}", service.admin)]);
        launch = launch.args(["--profile", self.options.profile.name()]);
        launch = launch.args(["--seed", &self.options.seed.to_string()]);
        if let Some(url) = self.addresses.otlp_url() {
            launch = launch.args(["--otlp-url", &url]);
        }
        if service.kind == "automl" {
            launch = launch.args(["--rate", &self.options.rate.to_string()]);
            for orch in self.addresses.of_kind("orch") {
                launch = launch.args(["--orch-url", &orch.url()]);
            }
        } else {
            launch = launch.args(["--database-url", &self.addresses.database_url()]);
            launch = launch.args(["--redis-url", &self.addresses.redis_url()]);
        }
        if service.kind == "orch" {
            for eval in self.addresses.of_kind("eval") {
                launch = launch.args(["--eval-url", &eval.url()]);
            }
        }
        let started = self.brief_when_ready(service, &launch);
        let process = Process::start(service.instance, launch.clone(), started)?;
        self.add(service.instance, process).await;
        let url = format!("{}/ready", service.url());
        Ok(wait_for_http(service.instance, &launch, &url).await?)
    }

    /// After every start a service has to be told again what is wrong with it.
    fn brief_when_ready(
        &self,
        service: &ServiceAddress,
        launch: &Launch,
    ) -> impl Fn() + Send + 'static {
        let (control, service, launch) = (self.control.clone(), service.clone(), launch.clone());
        move || {
            let (control, service, launch) = (control.clone(), service.clone(), launch.clone());
            tokio::spawn(async move {
                let url = format!("{}/ready", service.url());
                match wait_for_http(service.instance, &launch, &url).await {
                    Ok(()) => control.brief(&service).await,
                    Err(error) => tracing::warn!(%error, "not ready after its start"),
                }
            });
        }
    }

    async fn keep(&self, name: &str, launch: Launch) -> Result<(), Error> {
        let process = Process::start(name, launch, || ())?;
        self.add(name, process).await;
        Ok(())
    }

    async fn add(&self, name: &str, process: Process) {
        let mut processes = self.control.processes.write().await;
        processes.insert(name.to_owned(), process);
    }

    fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.dir.join(name);
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(folder)
    }
}

/// The `tars` program: this one, one beside it (a test's), or what `TARS_BIN` names.
fn binary() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("TARS_BIN") {
        return Ok(path.into());
    }
    let current = std::env::current_exe().context("cannot find myself")?;
    let folders = current.ancestors().skip(1).take(2);
    let candidates: Vec<_> = folders.map(|folder| folder.join("tars")).collect();
    match candidates.iter().find(|path| path.is_file()) {
        Some(path) => Ok(path.clone()),
        None => bail!("no program tars at {candidates:?}: build it, or set TARS_BIN"),
    }
}
