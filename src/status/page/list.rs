//! The list of promises: worst first.

use std::collections::BTreeSet;

use askama::Template;
use jiff::Timestamp;

use super::Page;
use super::parts::{Count, FindingView, Head, Mark, RowView, When};
use crate::report::number::{count, plural};
use crate::report::row::worst;
use crate::report::sections::{Cause, Sections, Service, peer_name, service};
use crate::report::{Row, Standing};
use crate::status::face::{PeerRow, PeerState, Snapshot};
use crate::status::filter::Filter;

#[derive(Template)]
#[template(path = "list.html")]
struct ListPage {
    head: Head,
    checked: Option<When>,
    now: When,
    counts: Vec<Count>,
    peers: Vec<PeerView>,
    filter: FilterView,
    broken: Vec<RowView>,
    causes: Vec<CauseView>,
    n_kept: String,
    kept: Vec<ServiceView>,
    aside: Vec<AsideView>,
    documents: Documents,
    started: When,
}

/// The page. Counts, title and icon are of all promises, so that a filter hides no break; `rows` are the chosen ones.
pub(in crate::status) fn render(
    snapshot: &Snapshot,
    rows: &[Row],
    filter: &Filter,
    now: Timestamp,
) -> Page {
    let all: Vec<_> = snapshot.rows.iter().map(|row| row.as_of(now)).collect();
    let counts = Sections::of(&all).counts();
    let sections = Sections::of(rows);
    let row = |row: &&Row| RowView::new(row, &snapshot.peers, now);
    Page::of(&ListPage {
        head: Head::new(tab(counts, &snapshot.title), &snapshot.title, worst(&all)),
        checked: all
            .iter()
            .map(|row| row.at)
            .max()
            .map(|at| When::ago(at, now)),
        now: When::clock(now, now),
        counts: counts.map(Count::new).into(),
        peers: snapshot
            .peers
            .iter()
            .map(|peer| PeerView::new(peer, now))
            .collect(),
        filter: FilterView::new(filter, &all, rows.len()),
        broken: sections.broken.iter().map(row).collect(),
        causes: sections
            .causes
            .iter()
            .map(|cause| CauseView::new(cause, snapshot, now))
            .collect(),
        n_kept: count(sections.n_kept() as f64),
        kept: sections
            .kept
            .iter()
            .map(|service| ServiceView::new(service, snapshot, now))
            .collect(),
        aside: aside(snapshot, now),
        documents: Documents::new(snapshot, now),
        started: When::since(snapshot.started, now),
    })
}

/// `✕ 2 broken · Steadfast`: what a glance at the tab must tell.
fn tab(counts: [(Standing, usize); 3], title: &str) -> String {
    let worst = counts.into_iter().find(|(_, n)| *n > 0);
    match worst {
        Some((standing, n)) => format!("{} {n} {} · {title}", standing.symbol(), standing.word()),
        None => format!("? nothing judged · {title}"),
    }
}

struct PeerView {
    name: String,
    mark: Mark,
    word: &'static str,
    since: Option<When>,
    says: String,
}

impl PeerView {
    fn new(peer: &PeerRow, now: Timestamp) -> Self {
        let (standing, word) = match peer.state {
            PeerState::Ok => (Standing::Kept, "answers"),
            PeerState::Down => (Standing::Broken, "does not answer"),
            PeerState::Unknown => (Standing::Unknown, "not asked yet"),
        };
        let since = peer.since.filter(|_| peer.state == PeerState::Down);
        Self {
            name: peer_name(&peer.name),
            mark: standing.into(),
            word,
            since: since.map(|since| When::clock(since, now)),
            says: peer.says.clone().unwrap_or_default(),
        }
    }
}

struct FilterView {
    q: String,
    choices: Vec<Choice>,
    is_active: bool,
    shown: String,
    total: String,
}

struct Choice {
    name: &'static str,
    chosen: String,
    options: Vec<(String, String)>,
}

impl FilterView {
    /// Offers what occurs in `all`.
    fn new(filter: &Filter, all: &[Row], shown: usize) -> Self {
        let options = |of: fn(&Row) -> &str| {
            let names: BTreeSet<_> = all.iter().map(of).collect();
            names
                .into_iter()
                .map(|name| (name.to_owned(), name.to_owned()))
                .collect()
        };
        let verdicts =
            Standing::ALL.map(|standing| (standing.name().to_owned(), standing.word().to_owned()));
        let choice = |name, chosen: &String, options| Choice {
            name,
            chosen: chosen.clone(),
            options,
        };
        Self {
            q: filter.q.clone(),
            choices: vec![
                choice("kind", &filter.kind, options(|row| row.header.id.kind())),
                choice("service", &filter.service, options(service)),
                choice("verdict", &filter.verdict, verdicts.into()),
            ],
            is_active: filter.is_active(),
            shown: count(shown as f64),
            total: plural(all.len(), "promise"),
        }
    }
}

struct CauseView {
    says: String,
    since: When,
    rows: Vec<RowView>,
}

impl CauseView {
    fn new(cause: &Cause<'_>, snapshot: &Snapshot, now: Timestamp) -> Self {
        let rows = cause.rows.iter();
        let mut rows: Vec<_> = rows
            .map(|row| RowView::new(row, &snapshot.peers, now))
            .collect();
        // What all say alike is said once, by the cause.
        if rows.len() > 1
            && cause
                .rows
                .iter()
                .all(|row| row.outcome == cause.rows[0].outcome)
        {
            rows.iter_mut().for_each(|row| row.says.clear());
        }
        Self {
            says: cause.says.clone(),
            since: When::clock(cause.since, now),
            rows,
        }
    }
}

struct ServiceView {
    name: String,
    n: String,
    rows: Vec<RowView>,
}

impl ServiceView {
    fn new(service: &Service<'_>, snapshot: &Snapshot, now: Timestamp) -> Self {
        Self {
            name: service.name.to_owned(),
            n: count(service.rows.len() as f64),
            rows: service
                .rows
                .iter()
                .map(|row| RowView::new(row, &snapshot.peers, now))
                .collect(),
        }
    }
}

struct AsideView {
    what: String,
    how: String,
    by: String,
    until: Option<When>,
    why: String,
}

fn aside(snapshot: &Snapshot, now: Timestamp) -> Vec<AsideView> {
    let view = |aside: &crate::status::face::Aside| AsideView {
        what: aside.what.clone(),
        how: aside.how.clone(),
        by: aside.by.clone(),
        until: aside.until.map(|until| When::clock(until, now)),
        why: aside.why.clone(),
    };
    snapshot.aside.iter().map(view).collect()
}

struct Documents {
    read: String,
    loaded: When,
    findings: Vec<FindingView>,
    n_findings: String,
    failed: Option<Failed>,
}

struct Failed {
    at: When,
    says: String,
    findings: Vec<FindingView>,
}

impl Documents {
    fn new(snapshot: &Snapshot, now: Timestamp) -> Self {
        let catalog = &snapshot.catalog;
        let failed = catalog.failed_reload.as_ref().map(|failed| Failed {
            at: When::ago(failed.at, now),
            says: failed.says.clone(),
            findings: failed.findings.iter().map(FindingView::from).collect(),
        });
        Self {
            read: format!(
                "{} in {}",
                plural(catalog.n_documents, "document"),
                plural(catalog.n_files, "file")
            ),
            loaded: When::ago(catalog.loaded_at, now),
            findings: catalog.findings.iter().map(FindingView::from).collect(),
            n_findings: plural(catalog.findings.len(), "finding"),
            failed,
        }
    }
}
