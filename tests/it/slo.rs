//! SLOs against the real Prometheus, old and new: a story of one SLO, and how much of a window is told to be covered.

use std::collections::{BTreeMap, BTreeSet};
use std::future::IntoFuture;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use axum::routing::get;
use libtest_mimic::Trial;
use serde_json::Value;
use steadfast::catalog;
use steadfast::clock::{Clock, SystemClock};
use steadfast::config::{Config, PeerKind};
use steadfast::evaluate::{Judgement, Manners, evaluate};
use steadfast::evidence::Sample;
use steadfast::place::SourceFile;
use steadfast::promise::Promise;
use steadfast::slo::counted::Counted;
use steadfast::slo::counts::Counts;
use steadfast::slo::measure::{Measure, Part, Ratio};
use steadfast::slo::query::slots;
use steadfast::source::desk::Sources;
use steadfast::verdict::{Outcome, Reason};
use tars::peers::{Prometheus, Tools, Version};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::clients::sources;
use crate::harness::{Result, eventually, test};

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("slo::coverage_is_honest_old", || coverage(Version::Old)),
        test("slo::coverage_is_honest_new", || coverage(Version::New)),
        test("slo::kept_unknown_kept_broken_gone_old", || {
            story(Version::Old)
        }),
        test("slo::kept_unknown_kept_broken_gone_new", || {
            story(Version::New)
        }),
    ]
}

/// Nine in ten are promised; every event bad burns ten times too fast.
const SLO: &str = "apiVersion: openslo/v1
kind: SLO
metadata: {name: shop, annotations: {steadfast/burn: 2@12s/6s}}
spec:
  service: shop
  indicator:
    spec:
      ratioMetric:
        counter: true
        bad: {metricSource: {type: Prometheus, spec: {query: 'sum(events_total{good=\"no\"})'}}}
        total: {metricSource: {type: Prometheus, spec: {query: sum(events_total)}}}
  timeWindow: [{duration: 1d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.9}]
";

const WINDOWS: [Duration; 2] = [Duration::from_secs(6), Duration::from_secs(12)];
const SCRAPE_INTERVAL: Duration = Duration::from_millis(250);
const TIMEOUT: Duration = Duration::from_secs(30);

/// What is scraped: ten more events each time, and when that was.
#[derive(Default)]
struct Target {
    good: AtomicU64,
    bad: AtomicU64,
    n_bad_each: AtomicU64,
    scrapes: Mutex<Vec<f64>>,
}

impl Target {
    /// Starts to serve; returns where.
    async fn serve(self: &Arc<Self>) -> Result<(String, JoinHandle<std::io::Result<()>>)> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let target = Arc::clone(self);
        let router = axum::Router::new().route("/metrics", get(async move || target.scraped()));
        let serving = tokio::spawn(axum::serve(listener, router).into_future());
        Ok((address, serving))
    }

    fn scraped(&self) -> String {
        let n_bad = self.n_bad_each.load(Ordering::Relaxed);
        let bad = self.bad.fetch_add(n_bad, Ordering::Relaxed) + n_bad;
        let good = self.good.fetch_add(10 - n_bad, Ordering::Relaxed) + 10 - n_bad;
        let mut scrapes = self.scrapes.lock().unwrap_or_else(PoisonError::into_inner);
        scrapes.push(seconds_now());
        format!(
            "# TYPE events_total counter\nevents_total{{good=\"yes\"}} {good}\nevents_total{{good=\"no\"}} {bad}\n"
        )
    }

    /// The share of `window` before `at` that was scraped.
    fn covered(&self, at: f64, window: Duration) -> f64 {
        let scrapes = self.scrapes.lock().unwrap_or_else(PoisonError::into_inner);
        // Scrapes are late at times.
        share_covered(&scrapes, 2.0 * SCRAPE_INTERVAL.as_secs_f64(), at, window)
    }
}

fn seconds_now() -> f64 {
    SystemClock.now().as_millisecond() as f64 / 1e3
}

/// The share of the `window` before `at` within `reach` of a sample, half of it to each side; samples are ascending.
fn share_covered(samples: &[f64], reach: f64, at: f64, window: Duration) -> f64 {
    let window = window.as_secs_f64();
    let mut from = at - window;
    let mut covered = 0.0;
    for sample in samples.iter().filter(|sample| **sample <= at) {
        let to = (sample + reach / 2.0).min(at);
        covered += (to - from.max(sample - reach / 2.0)).max(0.0);
        from = from.max(to);
    }
    covered / window
}

/// The promise, and whom it asks.
struct Stand {
    promise: Arc<Promise>,
    sources: Sources,
}

impl Stand {
    fn new(prometheus: &str) -> Result<Self> {
        let catalog = catalog::read(&[SourceFile::new("slo.yaml", SLO)], &Config::default());
        let promise = catalog.promises.first().context("one promise")?;
        Ok(Self {
            promise: Arc::clone(promise),
            sources: sources(PeerKind::Prometheus, prometheus)?,
        })
    }

    async fn judged(&self) -> Judgement {
        let manners = Manners::of_interval(Duration::from_secs(1));
        evaluate(&self.promise, &self.sources, &SystemClock, manners).await
    }

    /// Waits for a verdict; none may pass before.
    async fn until(
        &self,
        what: &str,
        is_it: impl Fn(&Outcome) -> bool,
        may_pass: bool,
    ) -> Result<Judgement> {
        let mut passed = None;
        let found = eventually(what, TIMEOUT, async || {
            let judgement = self.judged().await;
            let outcome = &judgement.verdict.outcome;
            if is_it(outcome) {
                return Ok(Some(judgement));
            }
            if *outcome == Outcome::Pass && !may_pass {
                passed = Some(judgement.verdict.says.clone());
            }
            bail!("{:?}", judgement.verdict)
        })
        .await?;
        ensure!(passed.is_none(), "before {what} it passed: {passed:?}");
        Ok(found)
    }
}

fn is_for(outcome: &Outcome, code: &str) -> bool {
    outcome.reason().is_some_and(|reason| reason.code() == code)
}

async fn story(version: Version) -> Result {
    let target = Arc::new(Target::default());
    let (address, serving) = target.serve().await?;
    let config = format!(
        "global: {{scrape_interval: {0}ms, scrape_timeout: {0}ms}}\nscrape_configs:\n\
         - {{job_name: shop, static_configs: [{{targets: ['{address}']}}]}}\n",
        SCRAPE_INTERVAL.as_millis()
    );
    let mut server = Prometheus::start(&Tools::find(), version, &config, &[]).await?;
    let stand = Stand::new(&server.url)?;
    passes_when_covered(&stand, &target).await?;

    server.running.stop().await?;
    let stopped = Instant::now();
    let unreachable = |outcome: &Outcome| is_for(outcome, "unreachable");
    stand.until("unreachable", unreachable, true).await?;
    let long_enough = Duration::from_secs(5);
    eventually("a gap to be seen", TIMEOUT, async || {
        Ok((stopped.elapsed() > long_enough).then_some(()))
    })
    .await?;
    server.restart().await?;
    let not_covered = |outcome: &Outcome| is_for(outcome, "not_covered");
    stand.until("not covered", not_covered, false).await?;
    passes_when_covered(&stand, &target).await?;

    target.n_bad_each.store(10, Ordering::Relaxed);
    let failed = stand.until("a fail", |outcome| *outcome == Outcome::Fail, true);
    let failed = failed.await?.verdict;
    let culprits: Vec<_> = failed.culprits.iter().map(ToString::to_string).collect();
    ensure!(culprits == ["service:shop"], "{failed:?}");
    ensure!(failed.says.contains("of events were bad"), "{failed:?}");

    serving.abort();
    let unknown = |outcome: &Outcome| {
        matches!(
            outcome,
            Outcome::Inconclusive(Reason::NotCovered { .. } | Reason::NoData { .. })
        )
    };
    stand.until("nothing known", unknown, false).await?;
    let no_data = |outcome: &Outcome| is_for(outcome, "no_data");
    stand.until("no data", no_data, false).await?;
    Ok(())
}

/// Waits for a pass, and holds it against what was scraped.
async fn passes_when_covered(stand: &Stand, target: &Target) -> Result {
    let pass = |outcome: &Outcome| *outcome == Outcome::Pass;
    let judgement = stand.until("a pass", pass, true).await?;
    let asked_at = judgement.evidence.started.as_millisecond() as f64 / 1e3;
    for window in WINDOWS {
        let covered = target.covered(asked_at, window);
        let slot = 1.0 / f64::from(slots(window).count);
        ensure!(
            covered >= 0.8 - slot,
            "passed with {covered:.2} of {window:?} covered"
        );
    }
    Ok(())
}

/// Scrape interval and gap in seconds, and windows in which it is seen.
const GAPS: [(f64, f64, &[u64]); 8] = [
    (1.0, 0.0, &[15, 90, 300, 1_800]),
    (1.0, 5.0, &[15]),
    (1.0, 20.0, &[15, 90, 300]),
    (1.0, 120.0, &[300]),
    (1.0, 600.0, &[1_800]),
    (15.0, 0.0, &[90, 300, 1_800]),
    (15.0, 90.0, &[300]),
    (15.0, 600.0, &[1_800]),
];

/// Samples of an hour with a gap in the middle are judged at many times.
async fn coverage(version: Version) -> Result {
    let mut server = Prometheus::start(&Tools::find(), version, "global: {}\n", &[]).await?;
    let end = (seconds_now() / 60.0).floor() * 60.0 - 60.0;
    let series: Vec<_> = GAPS
        .iter()
        .map(|(interval, gap, _)| samples(*interval, *gap, end))
        .collect();
    backfill(&server, &series)?;
    server.restart().await?;
    let mut dishonest = Vec::new();
    for (n, ((interval, gap, windows), samples)) in GAPS.iter().zip(&series).enumerate() {
        for window in windows.iter().copied().map(Duration::from_secs) {
            for step in 0..24 {
                let at = end - MIDDLE + window.as_secs_f64() * (f64::from(step) / 17.0 - 0.2) + 0.3;
                let told = told_covered(&server, n, window, at).await?;
                let truth = share_covered(samples, *interval, at, window);
                // Slots are aligned to the clock and not to the window, and a sample stands for an interval.
                let slot = 1.0 / f64::from(slots(window).count);
                let within = slot + interval / window.as_secs_f64() + 0.01;
                let case =
                    format!("every {interval} s, gap {gap} s, {window:?}: {told:?}, is {truth:.3}");
                match told {
                    Some(told) if (told - truth).abs() > within => dishonest.push(case),
                    None if truth > 0.5 => dishonest.push(case),
                    _ => {}
                }
            }
        }
    }
    ensure!(dishonest.is_empty(), "{}", dishonest.join("\n"));
    Ok(())
}

/// From the end of the gap to the end of the samples, and as much before.
const MIDDLE: f64 = 2_400.0;

fn samples(interval: f64, gap: f64, end: f64) -> Vec<f64> {
    let n = (2.0 * MIDDLE / interval) as u32;
    // Not at the full second, where the edges of slots are.
    let at = |n: u32| end - 2.0 * MIDDLE + f64::from(n) * interval + 0.137;
    let gone = end - MIDDLE - gap..end - MIDDLE;
    (0..n).map(at).filter(|at| !gone.contains(at)).collect()
}

/// Writes a counter for each series.
fn backfill(server: &Prometheus, series: &[Vec<f64>]) -> Result {
    let mut text = "# TYPE events counter\n".to_owned();
    for (n, samples) in series.iter().enumerate() {
        for (value, at) in samples.iter().enumerate() {
            text += &format!("events_total{{n=\"{n}\"}} {value} {at:.3}\n");
        }
    }
    text += "# EOF\n";
    let file = server.folder.path().join("samples.txt");
    std::fs::write(&file, text)?;
    let output = std::process::Command::new(Tools::find().promtool()?)
        .args(["tsdb", "create-blocks-from", "openmetrics"])
        .args([file, server.folder.path().join("data")])
        .output()?;
    ensure!(output.status.success(), "{output:?}");
    Ok(())
}

/// What we say of the window before `at`.
async fn told_covered(
    server: &Prometheus,
    n: usize,
    window: Duration,
    at: f64,
) -> Result<Option<f64>> {
    let counted = Counted::read(&format!("sum(events_total{{n=\"{n}\"}})"), true);
    let counted = counted.ok().context("a counter")?;
    let measure = Measure::Ratio(Arc::new(Ratio {
        part: Part::Good,
        total: counted.clone(),
        counted,
    }));
    let answer: Value = reqwest::Client::new()
        .get(format!("{}/api/v1/query", server.url))
        .query(&[
            ("query", measure.query(&BTreeSet::from([window]))),
            ("time", format!("{at:.3}")),
        ])
        .send()
        .await?
        .json()
        .await?;
    let found = answer["data"]["result"].as_array().context("a vector")?;
    let samples: Vec<Sample> = found.iter().filter_map(sample).collect();
    let reading = measure.reading(&Counts::of(&samples), window);
    Ok(reading.map(|reading| reading.covered))
}

fn sample(found: &Value) -> Option<Sample> {
    let labels: BTreeMap<String, String> = serde_json::from_value(found["metric"].clone()).ok()?;
    let value = found["value"][1].as_str()?.parse().ok()?;
    Some(Sample { labels, value })
}
