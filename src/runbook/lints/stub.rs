//! `runbook:stub`: every section says something.

use std::sync::Arc;

use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::SourceFile;
use crate::runbook::outline::{Outline, Section};

/// A section without content.
pub(crate) static LINT: Lint = Lint {
    id: "runbook:stub",
    summary: "a section of a runbook is empty",
    severity: Severity::Warning,
    explain: "\
An empty section, or one that says only `TODO`, looks complete in a list and helps nobody.

Bad:
    ## Mitigation
    TODO
Good:
    ## Mitigation
    Roll back the last release.",
};

/// Says so at each heading that neither text nor a heading below it follows.
pub(super) fn check(file: &Arc<SourceFile>, outline: &Outline, findings: &mut Findings) {
    for (at, section) in outline.sections.iter().enumerate() {
        let has_parts = |next: &Section| next.level > section.level;
        if section.has_content || outline.sections.get(at + 1).is_some_and(has_parts) {
            continue;
        }
        let message = format!("section `{}` is empty", section.title);
        findings.push(
            Finding::new(&LINT, file, section.span, message)
                .help("write what on-call should know, or remove the heading")
                .about(&section.anchor),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::alert::samples::findings;

    #[test]
    fn empty_sections_are_told_where_they_stand() {
        let page =
            "# A\n## Meaning\ntext\n## Impact\nTODO.\n## Diagnosis\n### Logs\n- x\n## Mitigation\n";
        assert_eq!(
            findings("runbook:stub", &[("A.md", page)]),
            [
                "warning A.md:4:1 section `Impact` is empty",
                "warning A.md:9:1 section `Mitigation` is empty",
            ]
        );
    }
}
