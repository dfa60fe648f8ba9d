//! The page of one promise: its number against its target, how it came to it, and what it rests on.

use std::sync::Arc;

use askama::Template;
use jiff::Timestamp;

use super::Page;
use super::breaches::Breaches;
use super::document::{self, Line};
use super::exhibit::ExhibitView;
use super::parts::{FigureView, Head, Mark, When, culprits, note, place};
use super::plot::Plot;
use super::strip::Strip;
use crate::report::number::quantity;
use crate::report::{Delivery, Row, TransitionRow};
use crate::status::face::{Judged, Snapshot};
use crate::status::links::{self, Link};
use crate::verdict::Unit;

/// How many evaluations the strip shows.
const STRIP: usize = 120;

/// How many exhibits are shown beside those the verdict rests on: a journey may ask ten times a second.
const MOST_EXHIBITS: usize = 50;

#[derive(Template)]
#[template(path = "promise.html")]
struct PromisePage {
    head: Head,
    id: String,
    title: String,
    mark: Mark,
    says: String,
    note: Option<String>,
    since: When,
    checked: When,
    took: String,
    figure: Option<FigureView>,
    plot: Option<Plot>,
    strip: Strip,
    culprits: Vec<Link>,
    trace: Option<Link>,
    labels: Vec<String>,
    evidence: EvidenceView,
    transitions: Vec<TransitionView>,
    place: String,
    lines: Vec<Line>,
    runbook: Option<RunbookView>,
}

/// The page; `judged` is the newest evaluation, or why it cannot be read.
pub(in crate::status) fn render(
    snapshot: &Snapshot,
    row: &Row,
    judged: &Result<Option<Arc<Judged>>, String>,
    now: Timestamp,
) -> Page {
    let (header, standing) = (&row.header, row.standing());
    let tab = format!("{} {} · {}", standing.symbol(), header.id, snapshot.title);
    let figure = row.verdict.figure.as_ref();
    Page::of(&PromisePage {
        head: Head::new(tab, &snapshot.title, Some(standing)),
        id: header.id.to_string(),
        title: header.title.clone(),
        mark: standing.into(),
        says: row.says().to_owned(),
        note: note(row),
        since: When::since(row.since, now),
        checked: When::ago(row.at, now),
        took: quantity(row.took_ms as f64 / 1e3, Unit::Seconds),
        figure: figure.map(FigureView::new),
        plot: figure.and_then(|figure| Plot::new(&row.history, figure, now)),
        strip: Strip::new(&row.history, STRIP),
        culprits: culprits(row),
        trace: row
            .trace
            .as_ref()
            .and_then(|trace| links::trace(trace, &snapshot.peers)),
        labels: header
            .labels
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect(),
        evidence: EvidenceView::new(judged, snapshot, now),
        transitions: row
            .transitions
            .iter()
            .map(|transition| TransitionView::new(transition, now))
            .collect(),
        place: place(row),
        lines: document::lines(header),
        runbook: header.runbook.as_deref().map(|file| RunbookView {
            path: file.path.display().to_string(),
            html: crate::runbook::render_html(&file.text),
        }),
    })
}

struct RunbookView {
    path: String,
    /// Made by [`crate::runbook::render_html`], which lets no HTML of the document through.
    html: String,
}

/// The newest evaluation's exhibits, or why there are none.
struct EvidenceView {
    id: String,
    when: Option<When>,
    /// What the verdict rests on.
    exhibits: Vec<ExhibitView>,
    /// What was asked on the way there.
    others: Vec<ExhibitView>,
    n_more: usize,
    none: Option<String>,
}

impl EvidenceView {
    fn new(
        judged: &Result<Option<Arc<Judged>>, String>,
        snapshot: &Snapshot,
        now: Timestamp,
    ) -> Self {
        let without = |why: &str| Self {
            id: String::new(),
            when: None,
            exhibits: Vec::new(),
            others: Vec::new(),
            n_more: 0,
            none: Some(why.to_owned()),
        };
        let judged = match judged {
            Err(error) => return without(&format!("The evidence cannot be read: {error}.")),
            Ok(None) => return without("It has not been judged yet, so there is no evidence."),
            Ok(Some(judged)) => judged,
        };
        let cites = &judged.verdict.cites;
        let breaches = Breaches::of(judged);
        let all = &judged.evidence.exhibits;
        let is_shown = |index: usize| index < MOST_EXHIBITS || cites.contains(&index);
        let exhibits = all.iter().enumerate().filter(|(index, _)| is_shown(*index));
        let view = |(index, exhibit): (usize, &Arc<_>)| {
            ExhibitView::new(index, exhibit, cites, &breaches, &snapshot.peers, now)
        };
        let (mut exhibits, mut others): (Vec<_>, Vec<_>) = exhibits
            .map(view)
            .partition(|exhibit| cites.is_empty() || exhibit.is_cited);
        // A trace that is broken says more than the requests that caused it.
        exhibits.sort_by_key(|exhibit| !exhibit.is_broken());
        if exhibits.is_empty() {
            std::mem::swap(&mut exhibits, &mut others);
        }
        Self {
            id: judged.evidence_id.clone().unwrap_or_default(),
            when: Some(When::ago(judged.at, now)),
            n_more: all.len() - exhibits.len() - others.len(),
            none: exhibits
                .is_empty()
                .then(|| "The newest evaluation asked nothing.".to_owned()),
            exhibits,
            others,
        }
    }
}

struct TransitionView {
    when: When,
    from: Option<Mark>,
    to: Mark,
    says: String,
    told: Vec<String>,
}

impl TransitionView {
    fn new(transition: &TransitionRow, now: Timestamp) -> Self {
        Self {
            when: When::clock(transition.at, now),
            from: transition.from.map(Mark::from),
            to: transition.to.into(),
            says: transition.says.clone(),
            told: transition
                .told
                .iter()
                .map(|delivery| told(delivery, transition.at))
                .collect(),
        }
    }
}

/// `oncall told after 4 s`.
fn told(delivery: &Delivery, transition: Timestamp) -> String {
    let receiver = &delivery.receiver;
    match (delivery.arrived, &delivery.error) {
        (Some(at), _) => format!(
            "{receiver} told after {}",
            crate::report::time::since(transition, at)
        ),
        (None, Some(error)) => format!("{receiver} not told: {error}"),
        (None, None) => format!("{receiver} being told"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::row::samples::at;

    #[test]
    fn deliveries_say_whether_they_arrived() {
        let delivery = |arrived: Option<Timestamp>, error: Option<&str>| Delivery {
            receiver: "oncall".to_owned(),
            arrived,
            error: error.map(str::to_owned),
        };
        assert_eq!(
            told(&delivery(Some(at(4)), None), at(0)),
            "oncall told after 4 s"
        );
        assert_eq!(
            told(&delivery(None, Some("status 503")), at(0)),
            "oncall not told: status 503"
        );
        assert_eq!(told(&delivery(None, None), at(0)), "oncall being told");
    }
}
