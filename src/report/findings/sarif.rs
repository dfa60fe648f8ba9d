//! Findings as SARIF 2.1.0, which code hosts show beside the lines and track from run to run.

use serde_json::{Value, json};

use super::slashed;
use crate::finding::{Finding, Findings, Lint, Severity};

/// One run with every finding. `lints` are all that could have been found, so that a host can tell mended from unchecked.
pub fn render(findings: &Findings, lints: &[&Lint]) -> String {
    let results: Vec<_> = findings
        .list
        .iter()
        .map(|finding| result(finding, lints))
        .collect();
    let driver = json!({
        "name": "steadfast",
        "version": env!("CARGO_PKG_VERSION"),
        "rules": lints.iter().map(|lint| rule(lint)).collect::<Vec<_>>(),
    });
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    });
    format!("{log:#}\n")
}

fn rule(lint: &Lint) -> Value {
    json!({
        "id": lint.id,
        "shortDescription": {"text": lint.summary},
        "fullDescription": {"text": lint.explain},
        "defaultConfiguration": {"level": level(lint.severity)},
    })
}

fn result(finding: &Finding, lints: &[&Lint]) -> Value {
    let place = finding.file.place(finding.span);
    let region = json!({
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    });
    let location =
        json!({"artifactLocation": {"uri": uri(&slashed(&place.file))}, "region": region});
    let mut result = json!({
        "ruleId": finding.lint,
        "level": level(finding.severity),
        "message": {"text": message(finding)},
        "locations": [{"physicalLocation": location}],
        "partialFingerprints": {"steadfast/v1": finding.identity()},
    });
    if let Some(index) = lints.iter().position(|lint| lint.id == finding.lint) {
        result["ruleIndex"] = json!(index);
    }
    result
}

fn message(finding: &Finding) -> String {
    match &finding.help {
        Some(help) => format!("{}; {help}", finding.message),
        None => finding.message.clone(),
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// A path as a relative URI reference.
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes()
        .map(|byte| match plain(byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::samples::{OBJECTIVE, OWNER, findings};
    use super::*;

    #[test]
    fn the_whole_log() {
        let text = render(&findings(), &[&OBJECTIVE, &OWNER]);
        let log: Value = serde_json::from_str(&text).unwrap();
        let run = &log["runs"][0];
        assert_eq!(log["version"], "2.1.0");
        assert_eq!(
            run["tool"]["driver"]["rules"][1]["defaultConfiguration"]["level"],
            "warning"
        );
        insta::assert_snapshot!(run["results"][0].to_string(), @r#"
        {"level":"error","locations":[{"physicalLocation":{"artifactLocation":{"uri":"slos/checkout.yaml"},"region":{"endColumn":18,"endLine":14,"startColumn":14,"startLine":14}}}],"message":{"text":"objective must lie between 0 and 1; write 0.999"},"partialFingerprints":{"steadfast/v1":"237545bdb9b62ce4"},"ruleId":"slo:objective","ruleIndex":0}
        "#);
        assert_eq!(run["results"][1]["ruleIndex"], 1);
        let file =
            &run["results"][1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        assert_eq!(file, "runbooks/a%20b.md");
    }

    #[test]
    fn a_clean_run_still_names_what_was_looked_for() {
        let log: Value = serde_json::from_str(&render(&Findings::default(), &[&OWNER])).unwrap();
        assert_eq!(log["runs"][0]["results"], json!([]));
        assert_eq!(
            log["runs"][0]["tool"]["driver"]["rules"][0]["id"],
            "runbook:owner"
        );
    }
}
