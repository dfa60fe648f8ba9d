//! Findings as JUnit XML for build servers: a suite a file, a failed case an error, a passed case a file without one.

use std::collections::BTreeMap;
use std::path::Path;

use super::slashed;
use crate::finding::{Finding, Findings, Severity};

/// One suite for each of `files`, so that a clean run shows what was read, and for any other file with findings.
pub fn render<'a>(findings: &'a Findings, files: impl IntoIterator<Item = &'a Path>) -> String {
    let mut suites: BTreeMap<String, Vec<&Finding>> = files
        .into_iter()
        .map(|file| (slashed(file), Vec::new()))
        .collect();
    for finding in &findings.list {
        suites
            .entry(slashed(&finding.file.path))
            .or_default()
            .push(finding);
    }
    let mut out =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"steadfast check\">\n"
            .to_owned();
    for (file, found) in &suites {
        out.push_str(&suite(file, found));
    }
    out.push_str("</testsuites>\n");
    out
}

fn suite(file: &str, found: &[&Finding]) -> String {
    let failures = found.iter().filter(|finding| is_failure(finding)).count();
    let cases: String = match found {
        [] => format!(
            "    <testcase classname=\"{}\" name=\"documents\"/>\n",
            escaped(file)
        ),
        found => found.iter().map(|finding| case(file, finding)).collect(),
    };
    format!(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\">\n{cases}  </testsuite>\n",
        escaped(file),
        found.len().max(1),
    )
}

/// As for the exit code, only an error fails; the rest is told in the output of a passed case.
fn is_failure(finding: &Finding) -> bool {
    finding.severity == Severity::Error
}

fn case(file: &str, finding: &Finding) -> String {
    let place = finding.file.place(finding.span);
    let name = format!("{} at {}:{}", finding.lint, place.line, place.column);
    let message = escaped(&finding.message);
    let text = escaped(&told(finding));
    let body = match is_failure(finding) {
        true => format!(
            "<failure type=\"{}\" message=\"{message}\">{text}</failure>",
            finding.lint
        ),
        false => format!("<system-out>{text}</system-out>"),
    };
    format!(
        "    <testcase classname=\"{}\" name=\"{}\">{body}</testcase>\n",
        escaped(file),
        escaped(&name),
    )
}

fn told(finding: &Finding) -> String {
    let place = finding.file.place(finding.span);
    let mut text = format!(
        "{place}: {}[{}]: {}",
        finding.severity.name(),
        finding.lint,
        finding.message
    );
    if let Some(help) = &finding.help {
        text.push_str("\nhelp: ");
        text.push_str(help);
    }
    text
}

/// For attributes and text alike. What XML 1.0 cannot hold at all is replaced.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push(' '),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            letter if letter.is_control() => out.push('\u{fffd}'),
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::samples::findings;
    use super::*;

    #[test]
    fn the_whole_document() {
        let files = [
            Path::new("slos/checkout.yaml"),
            Path::new("slos/clean.yaml"),
        ];
        insta::assert_snapshot!(render(&findings(), files), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="steadfast check">
          <testsuite name="runbooks/a b.md" tests="1" failures="0">
            <testcase classname="runbooks/a b.md" name="runbook:owner at 1:1"><system-out>runbooks/a b.md:1:1: warning[runbook:owner]: no owner, 100 % &lt;nobody&gt; &amp; &quot;none&quot;</system-out></testcase>
          </testsuite>
          <testsuite name="slos/checkout.yaml" tests="1" failures="1">
            <testcase classname="slos/checkout.yaml" name="slo:objective at 14:14"><failure type="slo:objective" message="objective must lie between 0 and 1">slos/checkout.yaml:14:14: error[slo:objective]: objective must lie between 0 and 1&#10;help: write 0.999</failure></testcase>
          </testsuite>
          <testsuite name="slos/clean.yaml" tests="1" failures="0">
            <testcase classname="slos/clean.yaml" name="documents"/>
          </testsuite>
        </testsuites>
        "#);
    }

    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        assert_eq!(
            escaped("a\u{0}\u{1b}<\"&"),
            "a\u{fffd}\u{fffd}&lt;&quot;&amp;"
        );
    }
}
