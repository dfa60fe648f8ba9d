//! `runbook:headings`: a runbook has the sections that on-call looks for.

use std::sync::Arc;

use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::{SourceFile, Span};
use crate::runbook::outline::Outline;

/// A runbook without one of the usual sections.
pub(crate) static LINT: Lint = Lint {
    id: "runbook:headings",
    summary: "a runbook lacks one of the sections Meaning, Impact, Diagnosis, Mitigation",
    severity: Severity::Warning,
    explain: "\
Whoever opens a runbook at night needs four answers, always in the same place: what the alert means, whom it hurts, how to find the
cause, and what to do.

Bad:
    # HighErrorRate
    Restart the pods.
Good:
    # HighErrorRate
    ## Meaning
    More than 5 % of requests fail.
    ## Impact
    Users see errors.
    ## Diagnosis
    Look at the logs of the service.
    ## Mitigation
    Roll back the last release.",
};

const REQUIRED: [&str; 4] = ["Meaning", "Impact", "Diagnosis", "Mitigation"];

/// Says so once, at the page's first heading.
pub(super) fn check(file: &Arc<SourceFile>, outline: &Outline, findings: &mut Findings) {
    let has = |required: &&str| {
        let mut titles = outline.sections.iter().map(|section| &section.title);
        titles.any(|title| title.eq_ignore_ascii_case(required))
    };
    let missing: Vec<_> = REQUIRED
        .into_iter()
        .filter(|required| !has(required))
        .collect();
    let Some(first) = missing.first() else { return };
    let span = outline
        .sections
        .first()
        .map_or(Span::of(0, 0), |section| section.span);
    let message = format!("this runbook has no section {}", missing.join(", "));
    findings.push(
        Finding::new(&LINT, file, span, message)
            .help(format!("add the heading `## {first}`"))
            .about("headings"),
    );
}

#[cfg(test)]
mod tests {
    use crate::alert::samples::findings;

    #[test]
    fn all_missing_sections_are_told_at_once() {
        let page = "# A\n## meaning\na\n### IMPACT\nb\n";
        assert_eq!(
            findings("runbook:headings", &[("A.md", page)]),
            ["warning A.md:1:1 this runbook has no section Diagnosis, Mitigation"]
        );
    }

    #[test]
    fn a_complete_page_and_an_index_are_fine() {
        let page = "# A\n## Meaning\n## Impact\n## Diagnosis\n## Mitigation\n";
        let pages = [("A.md", page), ("README.md", "# All\n")];
        assert_eq!(findings("runbook:headings", &pages), [""; 0]);
    }
}
