//! Findings for tests.

use std::sync::Arc;

use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::{SourceFile, Span};

pub(super) static OBJECTIVE: Lint = Lint {
    id: "slo:objective",
    summary: "an objective lies outside 0 and 1",
    severity: Severity::Error,
    explain: "A ratio of one and more promises what cannot be kept.",
};

pub(super) static OWNER: Lint = Lint {
    id: "runbook:owner",
    summary: "a runbook has no owner",
    severity: Severity::Warning,
    explain: "Nobody mends a page without an owner.",
};

/// The finding of style.md, and a warning without place, label and help, whose words need escaping.
pub(super) fn findings() -> Findings {
    let text = "spec:\n".to_owned() + &"  # a line\n".repeat(12) + "  objective: 99.9\n";
    let start = text.find("99.9").unwrap();
    let slo = SourceFile::new("slos/checkout.yaml", text);
    let runbook: Arc<SourceFile> = SourceFile::new("runbooks/a b.md", "");
    let list = vec![
        Finding::new(
            &OBJECTIVE,
            &slo,
            Span::of(start, 4),
            "objective must lie between 0 and 1",
        )
        .label("this looks like a percentage")
        .help("write 0.999")
        .about("slo/checkout"),
        Finding::new(
            &OWNER,
            &runbook,
            Span::of(0, 0),
            "no owner, 100 % <nobody> & \"none\"",
        ),
    ];
    Findings { list }
}
