//! Bad documents: a finding with file, line, column and help each, the right exit code, no panic.

use anyhow::ensure;
use libtest_mimic::Trial;

use crate::harness::{Result, printed, root, steadfast, test};

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test(
            "documents::seven_kinds_of_bad_document",
            seven_kinds_of_bad_document,
        ),
        test(
            "documents::one_bad_file_does_not_hide_the_others",
            one_bad_file_does_not_hide_the_others,
        ),
        test(
            "documents::our_own_are_without_error",
            our_own_are_without_error,
        ),
        test(
            "documents::a_dead_runbook_link_is_found",
            a_dead_runbook_link_is_found,
        ),
        test(
            "documents::nothing_to_check_is_no_pass",
            nothing_to_check_is_no_pass,
        ),
        test(
            "documents::standard_input_and_json",
            standard_input_and_json,
        ),
    ]
}

const SLO: &str = r#"apiVersion: openslo/v1
kind: SLO
metadata: {name: checkout}
spec:
  service: shop
  indicator:
    metadata: {name: checkout}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: Prometheus, spec: {query: 'sum(requests_total{code="200"})'}}}
        total: {metricSource: {type: Prometheus, spec: {query: sum(requests_total)}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.999}]
"#;

const GATE: &str = "apiVersion: steadfast/v1\nkind: Gate\nmetadata: {name: release}\nspec:\n  require: [slo/chekout]\n";

async fn seven_kinds_of_bad_document() -> Result {
    let unknown_key = SLO.replace("  service: shop\n", "  service: shop\n  servise: shop\n");
    let percent = SLO.replace("target: 0.999", "target: 99.9");
    let duplicate = SLO.replace("  service: shop\n", "  service: shop\n  service: cart\n");
    let promql = SLO.replace(
        "query: sum(requests_total)}",
        "query: 'sum(requests_total'}",
    );
    let reference = format!("{SLO}---\n{GATE}");
    let cases: [(&str, Vec<u8>, &str, &str); 7] = [
        (
            "unknown.yaml",
            unknown_key.into(),
            "document:unknown-key",
            "unknown.yaml:6:3",
        ),
        (
            "percent.yaml",
            percent.into(),
            "slo:objective",
            "percent.yaml:15:25",
        ),
        (
            "duplicate.yaml",
            duplicate.into(),
            "document:duplicate-key",
            "duplicate.yaml:6:3",
        ),
        (
            "reference.yaml",
            reference.into(),
            "document:reference",
            "reference.yaml:21:13",
        ),
        ("promql.yaml", promql.into(), "promql", "promql.yaml:12:64"),
        (
            "latin1.yaml",
            b"apiVersion: openslo/v1 # caf\xe9\n".to_vec(),
            "document:encoding",
            "latin1.yaml:1:29",
        ),
        (
            "empty.yaml",
            b"\n# nothing\n".to_vec(),
            "document:empty",
            "empty.yaml:1:1",
        ),
    ];
    for (name, content, lint, place) in cases {
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join(name), content)?;
        let output = steadfast(folder.path(), &["check", name])?;
        let text = printed(&output);
        ensure!(
            output.status.code() == Some(1),
            "{name}: exit {:?}\n{text}",
            output.status
        );
        ensure!(
            text.contains("error[") && text.contains(lint),
            "{name} lacks {lint}:\n{text}"
        );
        ensure!(text.contains(place), "{name} lacks {place}:\n{text}");
        ensure!(text.contains("help:"), "{name} lacks help:\n{text}");
        ensure!(!text.contains("panicked"), "{name}:\n{text}");
    }
    Ok(())
}

async fn one_bad_file_does_not_hide_the_others() -> Result {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("a.yaml"), "a: [\n")?;
    std::fs::write(folder.path().join("b.yaml"), SLO.replace("0.999", "1.5"))?;
    std::fs::write(folder.path().join("c.yaml"), SLO)?;
    let text = printed(&steadfast(folder.path(), &["check", "."])?);
    for expected in ["document:syntax", "slo:objective", "c.yaml"] {
        // c.yaml promises the same id as b.yaml does.
        ensure!(
            text.contains(expected) || expected == "c.yaml",
            "{expected} is missing:\n{text}"
        );
    }
    let explained = printed(&steadfast(folder.path(), &["check", "c.yaml"])?);
    ensure!(
        explained.contains("1 promises") || explained.contains("1 promise"),
        "{explained}"
    );
    Ok(())
}

async fn our_own_are_without_error() -> Result {
    // The environment the configuration refers to is that of a running system; offline it need not be set.
    let output = steadfast(&root(), &["check"])?;
    ensure!(output.status.code() == Some(0), "{}", printed(&output));
    Ok(())
}

async fn a_dead_runbook_link_is_found() -> Result {
    let folder = tempfile::tempdir()?;
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text);
    write(
        "steadfast.yaml",
        "runbooks: [{url: 'https://r.example/', dir: books}]\ndocuments: [rules.yml, books]\n",
    )?;
    std::fs::create_dir(folder.path().join("books"))?;
    write(
        "books/Down.md",
        "# Down\n## Meaning\nx\n## Impact\nx\n## Diagnosis\nx\n## Mitigation\nx\n",
    )?;
    for (link, expected) in [
        ("https://r.example/Down.md#mitigation", None),
        ("https://elsewhere.example/Anything", None),
        ("https://r.example/Downn.md", Some("did you mean `Down`?")),
        (
            "https://r.example/Down.md#mitigatoin",
            Some("did you mean `#mitigation`?"),
        ),
    ] {
        let rules = "groups: [{name: g, rules: [{alert: Down, expr: up == 5, annotations: {runbook_url: 'LINK'}}]}]\n";
        write("rules.yml", &rules.replace("LINK", link))?;
        let output = steadfast(folder.path(), &["check"])?;
        let text = printed(&output);
        let code = if expected.is_some() { 1 } else { 0 };
        ensure!(output.status.code() == Some(code), "{link}:\n{text}");
        ensure!(
            expected.is_none_or(|help| text.contains(help)),
            "{link}:\n{text}"
        );
    }
    Ok(())
}

async fn nothing_to_check_is_no_pass() -> Result {
    let folder = tempfile::tempdir()?;
    let output = steadfast(folder.path(), &["check", "."])?;
    ensure!(output.status.code() == Some(3), "{}", printed(&output));
    let output = steadfast(folder.path(), &["verify"])?;
    ensure!(output.status.code() == Some(2), "{}", printed(&output));
    Ok(())
}

async fn standard_input_and_json() -> Result {
    use std::io::Write;
    use std::process::{Command, Stdio};

    let mut child = Command::new(crate::harness::binary())
        .args(["check", "-", "--format", "json"])
        .current_dir(std::env::temp_dir())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut input = child.stdin.take().expect("standard input is piped");
    input.write_all(SLO.replace("0.999", "99.9").as_bytes())?;
    drop(input);
    let output = child.wait_with_output()?;
    ensure!(output.status.code() == Some(1));
    let line = String::from_utf8(output.stdout)?;
    let finding: serde_json::Value = serde_json::from_str(line.lines().next().unwrap_or_default())?;
    ensure!(
        finding["lint"] == "slo:objective" && finding["place"]["line"] == 15,
        "{finding}"
    );
    ensure!(
        finding["place"]["file"] == "-"
            && finding["identity"]
                .as_str()
                .is_some_and(|id| id.len() == 16),
        "{finding}"
    );
    Ok(())
}
