//! A user who has only addresses.

use std::time::Duration;

use anyhow::ensure;
use libtest_mimic::Trial;
use tars::peers::{Alertmanager, Prometheus, Tools, Version};

use crate::harness::{Result, eventually, printed, steadfast, test};

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test(
            "audit::everything_judged_is_exit_0",
            everything_judged_is_exit_0,
        ),
        test(
            "audit::a_broken_rule_is_exit_1_and_named",
            a_broken_rule_is_exit_1_and_named,
        ),
        test(
            "audit::what_does_not_answer_is_exit_3",
            what_does_not_answer_is_exit_3,
        ),
    ]
}

fn config(rules: &str) -> (String, [(&'static str, &str); 1]) {
    let config = "global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [rules.yml]\nscrape_configs:\n\
                  - {job_name: nobody, static_configs: [{targets: ['127.0.0.1:9']}]}\n";
    (config.to_owned(), [("rules.yml", rules)])
}

/// Runs `verify` with addresses alone, in an empty folder, until it exits with `code`: rules need their first evaluation.
async fn verify_until(arguments: &[&str], code: i32) -> Result<String> {
    let folder = tempfile::tempdir()?;
    let arguments = [&["verify"][..], arguments].concat();
    let mut last = String::new();
    let reached = eventually("the exit code", Duration::from_secs(30), async || {
        let output = steadfast(folder.path(), &arguments)?;
        last = printed(&output);
        Ok((output.status.code() == Some(code)).then(|| last.clone()))
    })
    .await;
    reached.map_err(|error| {
        error.context(format!("wanted exit {code}; the last run printed:\n{last}"))
    })
}

async fn everything_judged_is_exit_0() -> Result {
    let tools = Tools::find();
    let (text, rules) = config("groups: [{name: g, rules: [{alert: Down, expr: up == 5}]}]");
    let prometheus = Prometheus::start(&tools, Version::Old, &text, &rules).await?;
    let alertmanager = Alertmanager::start(
        &tools,
        Version::New,
        "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n",
    )
    .await?;
    let arguments = [
        "--prometheus",
        &prometheus.url,
        "--alertmanager",
        &alertmanager.url,
    ];
    let text = verify_until(&arguments, 0).await?;
    for expected in [
        "receiver nobody",
        "knows no Alertmanager",
        "cannot scrape 1 of 1 targets of job nobody",
        "questions",
    ] {
        ensure!(text.contains(expected), "{expected} is missing:\n{text}");
    }
    Ok(())
}

async fn a_broken_rule_is_exit_1_and_named() -> Result {
    let (text, rules) =
        config("groups: [{name: g, rules: [{alert: Vain, expr: no_such_metric_total > 5}]}]");
    let prometheus = Prometheus::start(&Tools::find(), Version::New, &text, &rules).await?;
    let text = verify_until(&["--prometheus", &prometheus.url], 1).await?;
    ensure!(
        text.contains("alert/Vain/sound") && text.contains("no_such_metric_total"),
        "{text}"
    );
    Ok(())
}

async fn what_does_not_answer_is_exit_3() -> Result {
    let (text, rules) = config("groups: [{name: g, rules: [{alert: Down, expr: up == 5}]}]");
    let prometheus = Prometheus::start(&Tools::find(), Version::Old, &text, &rules).await?;
    let nobody = format!("http://127.0.0.1:{}", tars::peers::free_port());
    let arguments = ["--prometheus", &prometheus.url, "--jaeger", &nobody];
    let text = verify_until(&arguments, 3).await?;
    ensure!(text.contains("jaeger does not answer"), "{text}");
    let text = verify_until(&["--prometheus", &nobody], 3).await?;
    ensure!(
        text.contains("prometheus does not answer") && text.contains("nothing was judged"),
        "{text}"
    );
    Ok(())
}
