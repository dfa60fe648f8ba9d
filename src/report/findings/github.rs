//! Findings as GitHub workflow commands, which annotate the lines of a pull request.

use super::slashed;
use crate::finding::{Finding, Findings, Severity};

/// One command a line.
pub fn lines(findings: &Findings) -> String {
    findings.list.iter().map(command).collect()
}

fn command(finding: &Finding) -> String {
    let place = finding.file.place(finding.span);
    let mut text = finding.message.clone();
    if let Some(help) = &finding.help {
        text.push_str("\nhelp: ");
        text.push_str(help);
    }
    let file = property(&slashed(&place.file));
    let mut lines = format!("line={},endLine={}", place.line, place.end_line);
    // GitHub takes columns only where a single line is marked; ours end exclusively.
    if place.line == place.end_line {
        let end = place.end_column.max(place.column + 1) - 1;
        lines.push_str(&format!(",col={},endColumn={end}", place.column));
    }
    let (level, title) = (level(finding.severity), property(finding.lint));
    format!(
        "::{level} file={file},{lines},title={title}::{}\n",
        data(&text)
    )
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    }
}

/// A message: without line ends, which would end the command and let a document start its own.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::samples::{OBJECTIVE, findings};
    use super::*;
    use crate::place::{SourceFile, Span};

    #[test]
    fn one_command_a_finding() {
        insta::assert_snapshot!(lines(&findings()), @r#"
        ::error file=slos/checkout.yaml,line=14,endLine=14,col=14,endColumn=17,title=slo%3Aobjective::objective must lie between 0 and 1%0Ahelp: write 0.999
        ::warning file=runbooks/a b.md,line=1,endLine=1,col=1,endColumn=1,title=runbook%3Aowner::no owner, 100 %25 <nobody> & "none"
        "#);
    }

    #[test]
    fn a_document_cannot_start_a_command() {
        let file = SourceFile::new("a\n::add-mask::x.yaml", "x");
        let finding = Finding::new(
            &OBJECTIVE,
            &file,
            Span::of(0, 1),
            "b\r\n::set-env name=X::y",
        );
        let text = command(&finding);
        assert_eq!(text.matches('\n').count(), 1);
        assert!(!text.contains('\r'));
    }
}
