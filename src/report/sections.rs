//! The order in which every face tells: broken first, then what cannot be told by cause, then what is kept by service.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;

use super::number::plural;
use super::row::{Row, Standing};
use crate::verdict::Reason;

/// Rows in the order in which they are told; each row once.
#[derive(Debug, Default)]
pub struct Sections<'a> {
    /// Broken: longest reach first, then newest.
    pub broken: Vec<&'a Row>,
    /// What cannot be told, by cause: the cause that blinds most first.
    pub causes: Vec<Cause<'a>>,
    /// Kept, by service: the largest first.
    pub kept: Vec<Service<'a>>,
}

/// One cause for which promises cannot be judged.
#[derive(Debug)]
pub struct Cause<'a> {
    /// One line: `5 promises need Jaeger: connection refused`.
    pub says: String,
    /// Since when the first of them cannot be told.
    pub since: Timestamp,
    /// The promises it blinds, by id; never empty.
    pub rows: Vec<&'a Row>,
}

/// The kept promises of one service.
#[derive(Debug)]
pub struct Service<'a> {
    /// The service, or what stands for it.
    pub name: &'a str,
    /// Its promises, by id; never empty.
    pub rows: Vec<&'a Row>,
}

impl<'a> Sections<'a> {
    /// Sorts rows into sections.
    pub fn of(rows: &'a [Row]) -> Self {
        let of = |standing| rows.iter().filter(move |row| row.standing() == standing);
        let mut broken: Vec<_> = of(Standing::Broken).collect();
        broken.sort_by_key(|row| (reach(row), Reverse(row.since), &row.header.id));
        Self {
            broken,
            causes: causes(of(Standing::Unknown)),
            kept: services(of(Standing::Kept)),
        }
    }

    /// How many are broken, cannot be told and are kept.
    pub fn counts(&self) -> [(Standing, usize); 3] {
        [
            (Standing::Broken, self.broken.len()),
            (
                Standing::Unknown,
                self.causes.iter().map(|cause| cause.rows.len()).sum(),
            ),
            (Standing::Kept, self.n_kept()),
        ]
    }

    /// How many are kept.
    pub fn n_kept(&self) -> usize {
        self.kept.iter().map(|service| service.rows.len()).sum()
    }
}

/// How far a break reaches, farthest first: a journey is a user's whole way, an SLO all users of one service, a trace one
/// way through the system, and the rest are signs of such.
fn reach(row: &Row) -> usize {
    const FARTHEST_FIRST: [&str; 5] = ["journey", "slo", "trace", "gate", "alert"];
    let kind = row.header.id.kind();
    let known = FARTHEST_FIRST.iter().position(|known| *known == kind);
    known.unwrap_or(FARTHEST_FIRST.len())
}

fn causes<'a>(rows: impl Iterator<Item = &'a Row>) -> Vec<Cause<'a>> {
    let mut by_cause: BTreeMap<(&str, &str), Vec<&Row>> = BTreeMap::new();
    for row in rows {
        let Some(reason) = row.outcome.reason() else {
            continue;
        };
        let key = (reason.code(), reason.peer().unwrap_or_default());
        by_cause.entry(key).or_default().push(row);
    }
    let mut causes: Vec<_> = by_cause.into_values().filter_map(cause).collect();
    causes.sort_by_key(|cause| (Reverse(cause.rows.len()), cause.since));
    causes
}

/// None for no rows.
fn cause(mut rows: Vec<&Row>) -> Option<Cause<'_>> {
    rows.sort_by(|a, b| a.header.id.cmp(&b.header.id));
    let reasons: Vec<_> = rows.iter().filter_map(|row| row.outcome.reason()).collect();
    let first = reasons.first()?;
    let mut says = format!(
        "{} {}",
        plural(rows.len(), "promise"),
        verb(first, rows.len())
    );
    if let Some(detail) = detail(first)
        && reasons
            .iter()
            .all(|reason| self::detail(reason).as_ref() == Some(&detail))
    {
        says.push_str(": ");
        says.push_str(&detail);
    }
    let since = rows.iter().map(|row| row.since).min()?;
    Some(Cause { says, since, rows })
}

/// What `count` promises do for this reason, to follow their number.
fn verb(reason: &Reason, count: usize) -> String {
    let (needs, has, is) = match count {
        1 => ("needs", "has", "is"),
        _ => ("need", "have", "are"),
    };
    match reason {
        Reason::Unreachable { peer, .. } => format!("{needs} {}", peer_name(peer)),
        Reason::OverBudget { peer } => {
            format!("{needs} more than the budget of {}", peer_name(peer))
        }
        Reason::NoData { .. } => format!("{has} no data"),
        Reason::Stale { .. } => format!("{has} stale data"),
        Reason::Partial { .. } => format!("{has} a partial answer"),
        Reason::Truncated { .. } => format!("{has} a truncated answer"),
        Reason::TooFew { .. } => format!("{has} too few samples"),
        Reason::Timeout { .. } => format!("{has} no answer in time"),
        Reason::Starved { .. } => format!("{is} starved by the verifier itself"),
        Reason::Blocked { .. } => format!("{is} blocked"),
        Reason::NotCovered { .. } => format!("{has} data for too little of the window"),
    }
}

/// What may differ between promises with the same reason; told only where it does not.
fn detail(reason: &Reason) -> Option<String> {
    match reason {
        Reason::Unreachable { error, .. } => Some(without_since(error).to_owned()),
        Reason::NoData { what }
        | Reason::Stale { what, .. }
        | Reason::Partial { what }
        | Reason::Truncated { what }
        | Reason::Timeout { what, .. }
        | Reason::Starved { what }
        | Reason::Blocked { what } => Some(what.clone()),
        Reason::TooFew { have, need } => Some(format!("{have} of {need}")),
        Reason::OverBudget { .. } | Reason::NotCovered { .. } => None,
    }
}

/// What is wrong with a peer; since when is told of the cause.
fn without_since(error: &str) -> &str {
    error
        .rsplit_once(", since ")
        .map_or(error, |(error, _)| error)
}

/// A peer as people call it: `jaeger` is Jaeger, `prometheus.eu` is Prometheus eu.
pub fn peer_name(peer: &str) -> String {
    let spaced = peer.replace('.', " ");
    let mut letters = spaced.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => spaced,
    }
}

fn services<'a>(rows: impl Iterator<Item = &'a Row>) -> Vec<Service<'a>> {
    let mut by_service: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        by_service.entry(service(row)).or_default().push(row);
    }
    let mut services: Vec<_> = by_service
        .into_iter()
        .map(|(name, mut rows)| {
            rows.sort_by(|a, b| a.header.id.cmp(&b.header.id));
            Service { name, rows }
        })
        .collect();
    services.sort_by_key(|service| Reverse(service.rows.len()));
    services
}

/// The service of a row, or what stands for it where none is known.
pub fn service(row: &Row) -> &str {
    match row.header.service.as_str() {
        "" => "no service",
        service => service,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::row::samples::row;
    use crate::verdict::Verdict;

    fn ids<'a>(rows: &[&'a Row]) -> Vec<&'a str> {
        rows.iter().map(|row| row.header.id.as_str()).collect()
    }

    #[test]
    fn broken_by_reach_then_newest() {
        let rows = [
            row("runbook/a").since(1).broken("x"),
            row("slo/old").since(90).broken("x"),
            row("slo/new").since(10).broken("x"),
            row("journey/a").since(900).broken("x"),
        ];
        let sections = Sections::of(&rows);
        assert_eq!(
            ids(&sections.broken),
            ["journey/a", "slo/new", "slo/old", "runbook/a"]
        );
    }

    #[test]
    fn one_line_a_cause() {
        let no_data = |id, what: &str| {
            row(id).judged(Verdict::inconclusive(Reason::NoData { what: what.into() }))
        };
        let rows = [
            row("trace/b").since(60).unknown("jaeger"),
            row("trace/a").since(30).unknown("jaeger"),
            row("trace/c").unknown("jaeger.eu"),
            no_data("slo/x", "up"),
            no_data("slo/y", "down"),
            no_data("slo/z", "down"),
        ];
        let sections = Sections::of(&rows);
        let told: Vec<_> = sections
            .causes
            .iter()
            .map(|cause| (cause.says.as_str(), ids(&cause.rows)))
            .collect();
        assert_eq!(
            told,
            [
                ("3 promises have no data", vec!["slo/x", "slo/y", "slo/z"]),
                (
                    "2 promises need Jaeger: connection refused",
                    vec!["trace/a", "trace/b"]
                ),
                (
                    "1 promise needs Jaeger eu: connection refused",
                    vec!["trace/c"]
                ),
            ]
        );
        assert_eq!(sections.causes[1].since, rows[0].since);
    }

    #[test]
    fn kept_by_service_the_largest_first() {
        let rows = [
            row("slo/a").of("orch").kept(),
            row("slo/c").of("eval").kept(),
            row("slo/b").of("eval").kept(),
            row("slo/d").kept(),
        ];
        let sections = Sections::of(&rows);
        let told: Vec<_> = sections
            .kept
            .iter()
            .map(|service| (service.name, ids(&service.rows)))
            .collect();
        assert_eq!(
            told,
            [
                ("eval", vec!["slo/b", "slo/c"]),
                ("no service", vec!["slo/d"]),
                ("orch", vec!["slo/a"])
            ]
        );
        assert_eq!(sections.counts()[2], (Standing::Kept, 4));
    }
}
