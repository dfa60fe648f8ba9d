//! `steadfast check` of 1,000 and 10,000 generated documents, and of 10,000 alert rules beside promtool, each as a whole
//! process: CPU seconds and peak memory. Nothing is asserted; the figures are for people.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};

fn main() {
    // `cargo test --benches` only wants to know that it compiles.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let steadfast = Path::new(env!("CARGO_BIN_EXE_steadfast"));
    for n in [1_000, 10_000] {
        let folder = tempfile::tempdir().expect("a folder can be made");
        slos(folder.path(), n);
        let figures = measure(
            Command::new(steadfast)
                .args(["check", "."])
                .current_dir(folder.path()),
        );
        say(&format!("check of {n} SLO documents: {figures}"));
    }
    let folder = tempfile::tempdir().expect("a folder can be made");
    rules(folder.path(), 100, 100);
    let ours = measure(
        Command::new(steadfast)
            .args(["check", "."])
            .current_dir(folder.path()),
    );
    say(&format!("check of 10000 alert rules in 100 files: {ours}"));
    let promtool = std::env::var("STEADFAST_PEER_PROMTOOL").unwrap_or_else(|_| "promtool".into());
    let files = (0..100).map(|file| format!("r{file}.yml"));
    let theirs = measure(
        Command::new(promtool)
            .args(["check", "rules"])
            .args(files)
            .current_dir(folder.path()),
    );
    say(&format!(
        "the same by promtool: {theirs}; ours takes {:.3} of its CPU time",
        ours.cpu / theirs.cpu
    ));
}

struct Figures {
    cpu: f64,
    wall: Duration,
    peak_mib: i64,
    code: Option<i32>,
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            cpu,
            wall,
            peak_mib,
            code,
        } = self;
        write!(
            f,
            "{cpu:.2} CPU-s, {:.2} s, at most {peak_mib} MiB in any child so far, exit {code:?}",
            wall.as_secs_f64()
        )
    }
}

fn measure(command: &mut Command) -> Figures {
    let before = cpu();
    let started = tokio::time::Instant::now();
    let status = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("the program can be started");
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the system tells");
    Figures {
        cpu: cpu() - before,
        wall: started.elapsed(),
        peak_mib: usage.max_rss() / 1024,
        code: status.code(),
    }
}

fn cpu() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the system tells");
    let seconds =
        |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    seconds(usage.user_time()) + seconds(usage.system_time())
}

fn slos(folder: &Path, n: usize) {
    for file in 0..n.div_ceil(100) {
        let mut text = String::new();
        for at in 0..100.min(n - file * 100) {
            let slo = format!(
                "---\napiVersion: openslo/v1\nkind: SLO\nmetadata: {{name: slo-{file}-{at}, labels: {{team: t{at}}}}}\nspec:\n  \
                 service: s{at}\n  indicator:\n    metadata: {{name: i}}\n    spec:\n      ratioMetric:\n        counter: true\n        \
                 bad: {{metricSource: {{type: Prometheus, spec: {{query: 'sum(requests_total{{service=\"s{at}\",code=~\"5..\"}})'}}}}}}\n        \
                 total: {{metricSource: {{type: Prometheus, spec: {{query: 'sum(requests_total{{service=\"s{at}\"}})'}}}}}}\n  \
                 timeWindow: [{{duration: 30d, isRolling: true}}]\n  budgetingMethod: Occurrences\n  objectives: [{{target: 0.999}}]\n"
            );
            text.push_str(&slo);
        }
        std::fs::write(folder.join(format!("s{file}.yaml")), text).expect("a file can be written");
    }
}

fn rules(folder: &Path, n_files: usize, n_rules: usize) {
    for file in 0..n_files {
        let mut text = format!("groups:\n- name: g{file}\n  rules:\n");
        for at in 0..n_rules {
            write!(
                text,
                "  - alert: Alert{file}x{at}\n    expr: sum by (job) (rate(http_requests_total{{code=~\"5..\",handler=\"h{at}\"}}[5m])) / \
                 sum by (job) (rate(http_requests_total{{handler=\"h{at}\"}}[5m])) > 0.0{at}\n    for: 5m\n    labels: {{severity: warning}}\n    \
                 annotations: {{summary: '{{{{ $labels.job }}}} fails'}}\n"
            )
            .expect("writing to a string does not fail");
        }
        std::fs::write(folder.join(format!("r{file}.yml")), text).expect("a file can be written");
    }
}

fn say(line: &str) {
    drop(writeln!(std::io::stdout().lock(), "{line}"));
}
