//! `runbook:link`: links between pages, and within one, lead somewhere.

use std::path::Path;
use std::sync::Arc;

use crate::catalog::fields::nearest;
use crate::catalog::library::Library;
use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::SourceFile;
use crate::runbook::outline::Link;
use crate::runbook::page::{Page, normal};

/// A link to a page that is not there, or to a section it does not have.
pub(crate) static LINT: Lint = Lint {
    id: "runbook:link",
    summary: "a link in a runbook leads nowhere",
    severity: Severity::Error,
    explain: "\
Links to a section are checked against the headings, with the anchors that GitHub gives them. A page that is not among those that were
read may still exist elsewhere, so a link to it is a warning. Addresses of the web are not followed.

Bad:
    See [what to do](#mitigatoin).
    ## Mitigation
Good:
    See [what to do](#mitigation).
    ## Mitigation",
};

/// Says so at the link.
pub(in crate::runbook) fn check(
    file: &Arc<SourceFile>,
    page: &Page,
    link: &Link,
    library: &Library<'_>,
    findings: &mut Findings,
) {
    let (path, anchor) = match link.target.split_once('#') {
        Some((path, anchor)) => (path, Some(anchor).filter(|anchor| !anchor.is_empty())),
        None => (link.target.as_str(), None),
    };
    let found = if path.is_empty() {
        anchor.and_then(|anchor| dead_anchor(page, anchor))
    } else if is_page(path) {
        dead_link(page, path, anchor, library)
    } else {
        None
    };
    if let Some((severity, message, help)) = found {
        let mut finding = Finding::new(&LINT, file, link.span, message)
            .help(help)
            .about(&link.target);
        finding.severity = severity;
        findings.push(finding);
    }
}

type Found = (Severity, String, String);

fn dead_link(
    page: &Page,
    path: &str,
    anchor: Option<&str>,
    library: &Library<'_>,
) -> Option<Found> {
    let folder = page.path().parent().unwrap_or(Path::new(""));
    let target = normal(&folder.join(path.replace("%20", " ")));
    let target = target.to_string_lossy();
    match (library.get::<Page>(&target), anchor) {
        (Some(other), Some(anchor)) => dead_anchor(&other, anchor),
        (Some(_), None) => None,
        (None, _) => Some((
            Severity::Warning,
            format!("page `{target}` is not among those that were read"),
            match nearest(&target, &library.names::<Page>()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "read the folder it is in, too".into(),
            },
        )),
    }
}

fn dead_anchor(page: &Page, anchor: &str) -> Option<Found> {
    if page.has_anchor(anchor) {
        return None;
    }
    let anchors: Vec<_> = page.anchors().collect();
    let help = match nearest(anchor, &anchors) {
        Some(near) => format!("did you mean `#{near}`?"),
        None => format!("its sections are {}", anchors.join(", ")),
    };
    let path = page.path().display();
    let message = format!("page `{path}` has no section `#{anchor}`");
    Some((Severity::Error, message, help))
}

/// Whether it is a Markdown page beside this one, and no address or absolute path.
fn is_page(path: &str) -> bool {
    path.ends_with(".md") && !path.starts_with('/') && !path.contains(':')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::samples::findings;

    #[track_caller]
    fn check(link: &str, expected: &[&str]) {
        let page = format!("# A\n[x]({link})\n## What to do\n");
        let pages = [
            ("books/A.md", page.as_str()),
            ("books/B.md", "# B\n"),
            ("books/README.md", "# All\n"),
        ];
        assert_eq!(findings("runbook:link", &pages), expected, "{link}");
    }

    #[test]
    fn links_that_lead_somewhere_are_fine() {
        for link in [
            "#what-to-do",
            "#",
            "B.md",
            "./B.md#b",
            "../books/B.md",
            "README.md#all",
            "https://example.com/C.md#x",
            "/C.md",
            "picture.png",
            "mailto:x@example.com",
        ] {
            check(link, &[]);
        }
    }

    #[test]
    fn dead_links_are_told() {
        check(
            "#what-to-does",
            &["error books/A.md:2:1 page `books/A.md` has no section `#what-to-does`"],
        );
        check(
            "B.md#c",
            &["error books/A.md:2:1 page `books/B.md` has no section `#c`"],
        );
        check(
            "C.md#c",
            &["warning books/A.md:2:1 page `books/C.md` is not among those that were read"],
        );
    }

    #[test]
    fn an_index_is_checked_too() {
        let pages = [("README.md", "[x](A.md#b)\n"), ("A.md", "# A\n")];
        assert_eq!(
            findings("runbook:link", &pages),
            ["error README.md:1:1 page `A.md` has no section `#b`"]
        );
    }

    #[test]
    fn other_schemes_are_no_pages() {
        assert!(!is_page("git:x.md"));
        assert!(is_page("a/b.md"));
    }
}
