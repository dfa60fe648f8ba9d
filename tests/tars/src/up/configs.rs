//! The configurations of Prometheus and Alertmanager.

use std::fmt::Write as _;
use std::path::Path;

use super::Options;
use super::addresses::{Addresses, http};

/// Scrapes all services and itself, reads the alert rules of the documents.
pub(super) fn prometheus(options: &Options, addresses: &Addresses, dir: &Path) -> String {
    let (scrape, evaluate) = options.profile.intervals();
    let timeout = if scrape == "1s" { "1s" } else { "10s" };
    let mut text = format!(
        "global: {{scrape_interval: {scrape}, scrape_timeout: {timeout}, evaluation_interval: {evaluate}}}\n"
    );
    if options.documents.is_some() {
        let rules = dir.join("documents/alerts/*.yaml");
        push(
            &mut text,
            format_args!("rule_files: ['{}']\n", rules.display()),
        );
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
