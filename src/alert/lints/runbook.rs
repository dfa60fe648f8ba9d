//! `alert:runbook`: the runbook that an alert links to is there.

use std::sync::Arc;

use crate::alert::rule::is_template;
use crate::alert::rule_file::Entry;
use crate::catalog::fields::{Spanned, nearest};
use crate::catalog::library::Library;
use crate::config::RunbookBase;
use crate::finding::{Finding, Findings, Lint, Severity};
use crate::runbook::Page;

/// A link to a runbook that is not among the documents, or to a section it does not have.
pub(crate) static LINT: Lint = Lint {
    id: "alert:runbook",
    summary: "the runbook that an alert links to does not exist",
    severity: Severity::Warning,
    explain: "\
A link that leads nowhere is found out at night. The last part of the address is taken for the name of a runbook among the documents;
when that page is there but lacks the section after `#`, it is an error. Nothing is said as long as no runbook is read. Where
steadfast.yaml says under `runbooks` which links are files among the documents, only those are looked at, and a missing page is an
error.

Bad:
    annotations: {runbook_url: https://runbooks.example.com/HighErrorRate#mitigatoin}
Good:
    annotations: {runbook_url: https://runbooks.example.com/HighErrorRate#mitigation}",
};

/// Says so at the link.
pub(in crate::alert) fn check(entry: &Entry, library: &Library<'_>, findings: &mut Findings) {
    let links = ["runbook_url", "runbook"];
    let Some(link) = links.iter().find_map(|name| entry.annotations.get(*name)) else {
        return;
    };
    let pages: Vec<_> = library
        .names::<Page>()
        .into_iter()
        .filter_map(|path| library.get::<Page>(path))
        .collect();
    let Some((name, anchor)) = target(&link.value) else {
        return;
    };
    let bases = &library.config.runbooks;
    let base = bases.iter().find(|base| link.value.starts_with(&base.url));
    let is_elsewhere = !bases.is_empty() && base.is_none();
    if pages.is_empty() || is_elsewhere {
        return;
    }
    let finding = match of_name(&pages, name).as_slice() {
        [] => no_page(entry, link, name, &pages, base),
        named => match anchor {
            Some(anchor) if !named.iter().any(|page| page.has_anchor(anchor)) => {
                no_section(entry, link, name, anchor, named)
            }
            _ => return,
        },
    };
    findings.push(finding.about(entry.about()));
}

fn of_name<'p>(pages: &'p [Arc<Page>], name: &str) -> Vec<&'p Page> {
    pages
        .iter()
        .map(|page| &**page)
        .filter(|page| page.stem() == name)
        .collect()
}

fn no_page(
    entry: &Entry,
    link: &Spanned<String>,
    name: &str,
    pages: &[Arc<Page>],
    base: Option<&RunbookBase>,
) -> Finding {
    let stems: Vec<_> = pages.iter().map(|page| page.stem()).collect();
    let help = match (nearest(name, &stems), base) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, Some(base)) => format!("write `{}/{name}.md`", base.folder.display()),
        (None, None) => format!("write `{name}.md`"),
    };
    let message = format!("no runbook `{name}` is among the documents");
    let mut finding = Finding::new(&LINT, &entry.file, link.span, message).help(help);
    if base.is_some() {
        finding.severity = Severity::Error;
    }
    finding
}

fn no_section(
    entry: &Entry,
    link: &Spanned<String>,
    name: &str,
    anchor: &str,
    pages: &[&Page],
) -> Finding {
    let anchors: Vec<_> = pages.iter().flat_map(|page| page.anchors()).collect();
    let help = match nearest(anchor, &anchors) {
        Some(near) => format!("did you mean `#{near}`?"),
        None => format!("its sections are {}", anchors.join(", ")),
    };
    let message = format!("runbook `{name}` has no section `#{anchor}`");
    let mut finding = Finding::new(&LINT, &entry.file, link.span, message).help(help);
    finding.severity = Severity::Error;
    finding
}

/// The name and section that a link's address ends in; none when it says nothing of a page, as templates do.
fn target(url: &str) -> Option<(&str, Option<&str>)> {
    if is_template(url) {
        return None;
    }
    let (address, anchor) = match url.trim().split_once('#') {
        Some((address, anchor)) => (address, Some(anchor).filter(|anchor| !anchor.is_empty())),
        None => (url.trim(), None),
    };
    let path = address.split('?').next().unwrap_or_default();
    let path = path.split_once("://").map_or(path, |(_, rest)| rest);
    let (_, last) = path.trim_end_matches('/').rsplit_once('/')?;
    let name = [".md", ".html"]
        .iter()
        .find_map(|extension| last.strip_suffix(extension))
        .unwrap_or(last);
    Some((name, anchor))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::samples::findings;

    #[track_caller]
    fn check(link: &str, pages: &[(&str, &str)], expected: &[&str]) {
        let rules = format!(
            "groups:\n- name: g\n  rules:\n  - {{alert: A, expr: up > 1, annotations: {{runbook_url: '{link}'}}}}\n"
        );
        let mut documents = vec![("a.yaml", rules.as_str())];
        documents.extend(pages);
        assert_eq!(findings("alert:runbook", &documents), expected);
    }

    #[test]
    fn links_are_resolved_among_the_pages() {
        let pages = [("books/High.md", "# High\n## Mitigation\n")];
        check("https://x.com/books/High.md#mitigation", &pages, &[]);
        check("https://x.com/books/High", &pages, &[]);
        check(
            "https://x.com/books/High.md#mitigate",
            &pages,
            &["error a.yaml:4:57 runbook `High` has no section `#mitigate`"],
        );
        check(
            "https://x.com/books/Low.md",
            &pages,
            &["warning a.yaml:4:57 no runbook `Low` is among the documents"],
        );
    }

    #[test]
    fn without_pages_nothing_is_known() {
        check("https://x.com/books/Low.md", &[], &[]);
    }

    #[test]
    fn an_address_ends_in_a_name_and_a_section() {
        for (url, expected) in [
            (
                "https://x.com/runbooks/High.md#do-it",
                Some(("High", Some("do-it"))),
            ),
            ("https://x.com/runbooks/High/", Some(("High", None))),
            ("https://x.com/High.html?ref=main#", Some(("High", None))),
            ("runbooks/High.md", Some(("High", None))),
            ("https://x.com/{{ $labels.alertname }}", None),
            ("https://x.com", None),
            ("", None),
        ] {
            assert_eq!(target(url), expected, "{url}");
        }
    }
}
