//! The peers alone, at both ends of the supported versions, as other tests start them.

use anyhow::{Result, ensure};
use libtest_mimic::Trial;
use tars::peers::{Alertmanager, Jaeger, Postgres, Prometheus, Redis, Tools, Version};

use crate::world::alone;

const ROUTE: &str = "{route: {receiver: none}, receivers: [{name: none}]}";

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        alone("prometheus old alone", || prometheus(Version::Old)),
        alone("prometheus new alone", || prometheus(Version::New)),
        alone("alertmanager old alone", || alertmanager(Version::Old)),
        alone("alertmanager new alone", || alertmanager(Version::New)),
        alone("jaeger alone", jaeger),
        alone("redis and postgres alone", stores),
    ]
}

async fn prometheus(version: Version) -> Result<()> {
    let rules = "groups: [{name: own, rules: [{record: one, expr: vector(1)}]}]";
    let config = "{global: {evaluation_interval: 1s}, rule_files: [own.yaml]}";
    let files = [("own.yaml", rules)];
    let mut prometheus = Prometheus::start(&Tools::find(), version, config, &files).await?;
    let url = format!("{}/api/v1/rules", prometheus.url);
    let answer = reqwest::get(&url).await?.text().await?;
    ensure!(answer.contains("\"one\""), "{answer}");
    prometheus.restart().await?;
    ensure!(reqwest::get(&url).await?.status().is_success());
    prometheus.stop().await?;
    ensure!(reqwest::get(&url).await.is_err(), "it still answers");
    Ok(())
}

async fn alertmanager(version: Version) -> Result<()> {
    let mut alertmanager = Alertmanager::start(&Tools::find(), version, ROUTE).await?;
    alertmanager.restart().await?;
    let url = format!("{}/api/v2/status", alertmanager.url);
    ensure!(reqwest::get(&url).await?.status().is_success());
    drop(alertmanager);
    crate::world::eventually("it still answers", || async {
        Ok(reqwest::get(&url).await.is_err().then_some(()))
    })
    .await
}

async fn jaeger() -> Result<()> {
    let jaeger = Jaeger::start(&Tools::find()).await?;
    let url = format!("{}/api/v3/services", jaeger.query_url);
    ensure!(reqwest::get(&url).await?.status().is_success());
    Ok(jaeger.stop().await?)
}

async fn stores() -> Result<()> {
    let tools = Tools::find();
    let (mut redis, mut postgres) = (Redis::start(&tools).await?, Postgres::start(&tools).await?);
    ensure!(redis.url.starts_with("redis://") && postgres.url.starts_with("postgres://"));
    redis.restart().await?;
    postgres.restart().await?;
    redis.stop().await?;
    Ok(postgres.stop().await?)
}
