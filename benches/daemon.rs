//! The daemon with 1,000 promises on a 10 s interval against a real Prometheus, for ten minutes (or as many seconds as the
//! environment variable `SECONDS_OF_DAEMON` says): CPU share, memory, queries after deduplication, missed ticks, start lag.
//! Nothing is asserted; the figures are for people.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use tars::peers::{Prometheus, Tools, Version, free_port};

fn main() {
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be built");
    runtime.block_on(run()).expect("the run goes through");
}

const SCRAPE: &str = "global: {scrape_interval: 5s, evaluation_interval: 5s}
rule_files: [rules.yml]
scrape_configs: [{job_name: prometheus, static_configs: [{targets: ['127.0.0.1:9']}]}]
";

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let seconds = std::env::var("SECONDS_OF_DAEMON")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(600);
    let rules = rules();
    let server = Prometheus::start(
        &Tools::find(),
        Version::New,
        SCRAPE,
        &[("rules.yml", &rules)],
    )
    .await?;
    let folder = tempfile::tempdir()?;
    std::fs::create_dir(folder.path().join("documents"))?;
    std::fs::write(folder.path().join("documents/rules.yml"), &rules)?;
    std::fs::write(folder.path().join("documents/slos.yaml"), slos())?;
    let listen = format!("127.0.0.1:{}", free_port());
    let config = format!(
        "listen: {listen}\nstate: ledger.db\ndocuments: [documents]\nintervals: {{default: 10s}}\npeers: {{prometheus: {{url: '{}'}}}}\n",
        server.url
    );
    std::fs::write(folder.path().join("steadfast.yaml"), config)?;
    let mut child = Command::new(env!("CARGO_BIN_EXE_steadfast"))
        .arg("run")
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    let (cpu, peak) = (cpu_seconds(child.id())?, peak_mib(child.id())?);
    let metrics = reqwest::get(format!("http://{listen}/metrics"))
        .await?
        .text()
        .await?;
    let ledger = std::fs::metadata(folder.path().join("ledger.db"))?.len() / 1024 / 1024;
    child.kill()?;
    child.wait()?;
    let of = |name: &str| value(&metrics, name);
    say(&format!(
        "1000 promises on 10 s for {seconds} s: {:.1} % of one core, {peak} MiB at most, ledger {ledger} MiB; \
         {:.0} evaluations, {:.0} questions, {:.0} of them shared, {:.0} requests; missed ticks {:.0}; start lag p99 at most {} s",
        cpu / seconds as f64 * 100.0,
        of("steadfast_evaluation_duration_seconds_count"),
        of("steadfast_asks"),
        of("steadfast_shared_asks"),
        of("steadfast_peer_requests"),
        of("steadfast_missed_ticks_total"),
        quantile(&metrics, "steadfast_start_lag_seconds", 0.99),
    ));
    Ok(())
}

/// 250 rules: a promise that each is sound and one that it is quiet.
fn rules() -> String {
    let mut text = "groups:\n- name: g\n  rules:\n".to_owned();
    for at in 0..250 {
        write!(
            text,
            "  - alert: Alert{at}\n    expr: up{{job=\"j{at}\"}} == 5\n"
        )
        .expect("writing to a string does not fail");
    }
    text
}

/// 500 SLOs over what Prometheus says of itself.
fn slos() -> String {
    let mut text = String::new();
    for at in 0..500 {
        write!(
            text,
            "---\napiVersion: openslo/v1\nkind: SLO\nmetadata: {{name: slo-{at}}}\nspec:\n  service: s\n  indicator:\n    metadata: {{name: i}}\n    \
             spec:\n      ratioMetric:\n        counter: true\n        \
             bad: {{metricSource: {{type: Prometheus, spec: {{query: 'sum(requests_total{{n=\"{at}\",code=\"500\"}})'}}}}}}\n        \
             total: {{metricSource: {{type: Prometheus, spec: {{query: 'sum(requests_total{{n=\"{at}\"}})'}}}}}}\n  \
             timeWindow: [{{duration: 30d, isRolling: true}}]\n  budgetingMethod: Occurrences\n  objectives: [{{target: 0.99}}]\n"
        )
        .expect("writing to a string does not fail");
    }
    text
}

fn cpu_seconds(id: u32) -> std::io::Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let ticks = |at: usize| {
        fields
            .get(at)
            .and_then(|text| text.parse::<f64>().ok())
            .unwrap_or_default()
    };
    // utime and stime are the 14th and 15th field of the line, in hundredths of a second on Linux.
    Ok((ticks(11) + ticks(12)) / 100.0)
}

fn peak_mib(id: u32) -> std::io::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap_or_default();
    let kib = line
        .split_whitespace()
        .nth(1)
        .and_then(|text| text.parse::<u64>().ok());
    Ok(kib.unwrap_or_default() / 1024)
}

/// The sum of a metric's samples.
fn value(metrics: &str, name: &str) -> f64 {
    let samples = metrics
        .lines()
        .filter(|line| line.split([' ', '{']).next() == Some(name));
    samples
        .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
        .sum()
}

/// The upper bound of the bucket in which the quantile lies.
fn quantile(metrics: &str, name: &str, quantile: f64) -> String {
    let wanted = value(metrics, &format!("{name}_count")) * quantile;
    let buckets = metrics
        .lines()
        .filter(|line| line.starts_with(&format!("{name}_bucket")));
    for line in buckets {
        let count: f64 = line
            .rsplit(' ')
            .next()
            .and_then(|text| text.parse().ok())
            .unwrap_or_default();
        if count >= wanted {
            let bound = line
                .split("le=\"")
                .nth(1)
                .and_then(|rest| rest.split('"').next());
            return bound.unwrap_or("?").to_owned();
        }
    }
    "?".to_owned()
}

fn say(line: &str) {
    drop(writeln!(std::io::stdout().lock(), "{line}"));
}
