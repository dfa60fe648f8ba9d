//! Findings for programs: one JSON object a line.

use serde::Serialize;

use super::slashed;
use crate::finding::{Finding, Findings, Severity};

/// A finding as programs read it.
#[derive(Debug, Clone, Serialize)]
pub struct FindingJson {
    /// The lint's id.
    pub lint: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub place: PlaceJson,
    /// What to write instead.
    pub help: Option<String>,
    /// Stays the same when the wording or the line changes.
    pub identity: String,
}

/// A place as programs read it. Lines and columns count from 1, columns in characters; the end is exclusive.
#[derive(Debug, Clone, Serialize)]
pub struct PlaceJson {
    /// The file, as the user would type it.
    pub file: String,
    /// First line.
    pub line: u32,
    /// First column.
    pub column: u32,
    /// Line of the end.
    pub end_line: u32,
    /// Column of the end.
    pub end_column: u32,
}

impl From<&Finding> for FindingJson {
    fn from(finding: &Finding) -> Self {
        let place = finding.file.place(finding.span);
        Self {
            lint: finding.lint,
            severity: finding.severity,
            message: finding.message.clone(),
            place: PlaceJson {
                file: slashed(&place.file),
                line: place.line,
                column: place.column,
                end_line: place.end_line,
                end_column: place.end_column,
            },
            help: finding.help.clone(),
            identity: finding.identity(),
        }
    }
}

/// One object a line, each line ended.
pub fn lines(findings: &Findings) -> String {
    let line = |finding| {
        let object = serde_json::to_string(&FindingJson::from(finding));
        object.expect("text and numbers are JSON") + "\n"
    };
    findings.list.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::super::samples::findings;
    use super::*;

    #[test]
    fn the_documented_shape() {
        insta::assert_snapshot!(lines(&findings()), @r#"
        {"lint":"slo:objective","severity":"error","message":"objective must lie between 0 and 1","place":{"file":"slos/checkout.yaml","line":14,"column":14,"end_line":14,"end_column":18},"help":"write 0.999","identity":"237545bdb9b62ce4"}
        {"lint":"runbook:owner","severity":"warning","message":"no owner, 100 % <nobody> & \"none\"","place":{"file":"runbooks/a b.md","line":1,"column":1,"end_line":1,"end_column":1},"help":null,"identity":"30d131860f5a585b"}
        "#);
    }
}
