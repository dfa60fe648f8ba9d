//! What several pages have in common: the head, times, standings, rows and findings.

use jiff::Timestamp;

use super::strip::Strip;
use crate::report::findings::json::FindingJson;
use crate::report::number::{count, figure};
use crate::report::{Row, Standing, time};
use crate::status::assets::VERSION;
use crate::status::face::PeerRow;
use crate::status::links::{self, Link};
use crate::verdict::Figure;

/// What every page starts with.
pub(super) struct Head {
    /// The tab's title.
    pub(super) tab: String,
    /// The installation.
    pub(super) title: String,
    /// Names the icon: the worst standing.
    pub(super) icon: &'static str,
    /// Makes the addresses of style and script change with them.
    pub(super) version: &'static str,
}

impl Head {
    /// The head of a page of the installation `title`.
    pub(super) fn new(tab: String, title: &str, worst: Option<Standing>) -> Self {
        Self {
            tab,
            title: title.to_owned(),
            icon: worst.unwrap_or(Standing::Unknown).name(),
            version: &VERSION,
        }
    }
}

/// A time as people read it, with the exact one behind it.
pub(super) struct When {
    /// For programs.
    pub(super) iso: String,
    /// Exactly, in UTC.
    pub(super) utc: String,
    /// As it is shown.
    pub(super) text: String,
}

impl When {
    fn new(at: Timestamp, text: String) -> Self {
        Self {
            iso: at.to_string(),
            utc: time::utc(at),
            text,
        }
    }

    /// `4 s ago`.
    pub(super) fn ago(at: Timestamp, now: Timestamp) -> Self {
        Self::new(at, time::ago(at, now))
    }

    /// `3 m 12 s`.
    pub(super) fn since(at: Timestamp, now: Timestamp) -> Self {
        Self::new(at, time::since(at, now))
    }

    /// `12:04 UTC`.
    pub(super) fn clock(at: Timestamp, now: Timestamp) -> Self {
        Self::new(at, format!("{} UTC", time::clock(at, now)))
    }
}

/// A standing as shape, word and class.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    /// The shape.
    pub(super) symbol: &'static str,
    /// The word.
    pub(super) word: &'static str,
    /// The class that colours it.
    pub(super) class: &'static str,
}

impl From<Standing> for Mark {
    fn from(standing: Standing) -> Self {
        Self {
            symbol: standing.symbol(),
            word: standing.word(),
            class: standing.name(),
        }
    }
}

/// How many there are of a standing.
pub(super) struct Count {
    pub(super) mark: Mark,
    pub(super) number: String,
    pub(super) is_zero: bool,
}

impl Count {
    pub(super) fn new((standing, number): (Standing, usize)) -> Self {
        Self {
            mark: standing.into(),
            number: count(number as f64),
            is_zero: number == 0,
        }
    }
}

/// A promise in a list.
pub(super) struct RowView {
    pub(super) id: String,
    pub(super) href: String,
    pub(super) mark: Mark,
    pub(super) says: String,
    pub(super) note: Option<String>,
    pub(super) since: When,
    pub(super) strip: Strip,
    pub(super) culprits: Vec<Link>,
    pub(super) has_runbook: bool,
    pub(super) trace: Option<Link>,
    pub(super) place: String,
}

/// How many evaluations the strip of a row shows.
const ROW_STRIP: usize = 40;

impl RowView {
    pub(super) fn new(row: &Row, peers: &[PeerRow], now: Timestamp) -> Self {
        Self {
            id: row.header.id.to_string(),
            href: links::promise(row.header.id.as_str()),
            mark: row.standing().into(),
            says: row.says().to_owned(),
            note: note(row),
            since: When::since(row.since, now),
            strip: Strip::new(&row.history, ROW_STRIP),
            culprits: culprits(row),
            has_runbook: row.header.runbook.is_some(),
            trace: row
                .trace
                .as_ref()
                .and_then(|trace| links::trace(trace, peers)),
            place: place(row),
        }
    }
}

/// What to add where the newest verdict differs from the settled one.
pub(super) fn note(row: &Row) -> Option<String> {
    let newest = row.unsettled()?;
    Some(format!(
        "The newest evaluation says {}: {}",
        newest.word(),
        row.verdict.says
    ))
}

/// Each culprit leads to everything else it is blamed for.
pub(super) fn culprits(row: &Row) -> Vec<Link> {
    let link = |name: String| Link {
        href: links::search(&name),
        text: name,
    };
    row.verdict
        .culprits
        .iter()
        .map(|culprit| link(culprit.to_string()))
        .collect()
}

/// `probes/trial.yaml:7`.
pub(super) fn place(row: &Row) -> String {
    let place = row.header.place();
    format!("{}:{}", place.file.display(), place.line)
}

/// A number against its target.
pub(super) struct FigureView {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) target: Option<String>,
    /// Whether it misses the target: a promise may be broken by something else.
    pub(super) is_missed: bool,
}

impl FigureView {
    pub(super) fn new(shown: &Figure) -> Self {
        let (value, target) = figure(shown);
        let bound = if shown.lower_is_better {
            "at most"
        } else {
            "at least"
        };
        Self {
            name: shown.name.clone(),
            value,
            target: target.map(|target| format!("{bound} {target}")),
            is_missed: shown
                .target
                .is_some_and(|target| match shown.lower_is_better {
                    true => shown.value > target,
                    false => shown.value < target,
                }),
        }
    }
}

/// A finding in a list.
pub(super) struct FindingView {
    pub(super) severity: &'static str,
    pub(super) place: String,
    pub(super) message: String,
    pub(super) lint: &'static str,
    pub(super) help: Option<String>,
}

impl From<&FindingJson> for FindingView {
    fn from(finding: &FindingJson) -> Self {
        let place = &finding.place;
        Self {
            severity: finding.severity.name(),
            place: format!("{}:{}:{}", place.file, place.line, place.column),
            message: finding.message.clone(),
            lint: finding.lint,
            help: finding.help.clone(),
        }
    }
}
