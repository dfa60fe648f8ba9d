//! The configurations of Prometheus and Alertmanager.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::Options;
use super::addresses::{Addresses, http};

/// Scrapes all services and itself, reads the alert rules of the documents.
pub(super) fn prometheus(options: &Options, addresses: &Addresses, dir: &Path) -> String {
    let (scrape, evaluate) = options.profile.intervals();
    let timeout = if scrape == "1s" { "1s" } else { "10s" };
    let mut text = format!(
        "global: {{scrape_interval: {scrape}, scrape_timeout: {timeout}, evaluation_interval: {evaluate}}}\n"
    );
    text.push_str("rule_files:\n");
    for rules in rule_files(&dir.join("documents/alerts")) {
        push(&mut text, format_args!("- '{}'\n", rules.display()));
    }
    if options.with("alertmanager") {
        let target = addresses.alertmanager;
        push(
            &mut text,
            format_args!(
                "alerting: {{alertmanagers: [{{static_configs: [{{targets: ['127.0.0.1:{target}']}}]}}]}}\n"
            ),
        );
    }
    text.push_str("scrape_configs:\n");
    let jobs = [
        ("eval-engine", "eval"),
        ("orchestration", "orch"),
        ("automl", "automl"),
    ];
    for (job, kind) in jobs {
        push(
            &mut text,
            format_args!("- job_name: {job}\n  static_configs:\n"),
        );
        for service in addresses.of_kind(kind) {
            let (port, instance) = (service.port, service.instance);
            let target = format!("targets: ['127.0.0.1:{port}'], labels: {{replica: {instance}}}");
            push(&mut text, format_args!("  - {{{target}}}\n"));
        }
    }
    let own = (
        "prometheus".to_owned(),
        format!("127.0.0.1:{}", addresses.prometheus),
    );
    for (job, target) in options.scrape.iter().chain([&own]) {
        push(
            &mut text,
            format_args!("- job_name: {job}\n  static_configs: [{{targets: ['{target}']}}]\n"),
        );
    }
    text
}

/// The rule files among the documents about alerts: Prometheus refuses to start on any other.
fn rule_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let is_rules = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        text.lines().any(|line| line.starts_with("groups:"))
    };
    let mut files: Vec<_> = entries.map(|entry| entry.path()).filter(is_rules).collect();
    files.sort();
    files
}

/// Critical alerts go to the pager, all others to on-call; both are the supervisor's webhook.
pub(super) fn alertmanager(options: &Options, addresses: &Addresses) -> String {
    let (wait, interval, repeat) = options.profile.grouping();
    let webhook = format!("{}/webhook", http(addresses.control));
    format!(
        "route:
  receiver: oncall
  group_by: [alertname, component, severity]
  group_wait: {wait}
  group_interval: {interval}
  repeat_interval: {repeat}
  routes:
  - matchers: [severity=\"critical\"]
    receiver: pager
receivers:
- name: pager
  webhook_configs: [{{url: '{webhook}/pager', send_resolved: true}}]
- name: oncall
  webhook_configs: [{{url: '{webhook}/oncall', send_resolved: true}}]
"
    )
}

fn push(text: &mut String, line: std::fmt::Arguments<'_>) {
    text.write_fmt(line).expect("writing to a String succeeds");
}
