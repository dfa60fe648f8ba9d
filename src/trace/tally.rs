//! What a contract says of many traces: equal breaches are told once, with how many traces show them. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::contract::{Contract, Latency};
use super::judge::{ContractVerdict, Violation, rules, timestamp};
use super::latency::{self, Percentile};
use super::model::{Span, Trace};
use super::sightings::Sightings;
use crate::duration::human;
use crate::evidence::Traces;
use crate::subject::{Role, Subject};
use crate::verdict::{Figure, Reason, Unit, Verdict};

/// Breaches of one kind.
struct Breach {
    says: String,
    culprits: Vec<Subject>,
    n_traces: usize,
    /// The first trace that shows it.
    example: String,
}

/// All that was judged.
#[derive(Default)]
struct Tally {
    n_judged: usize,
    n_broken: usize,
    breaches: BTreeMap<String, Breach>,
    unclear: Vec<(Reason, Vec<Subject>)>,
    exercised: Vec<bool>,
}

/// Judges the traces of a contract's production traffic, called `traffic`, as seen at `at`.
pub(super) fn judge(
    contract: &Contract,
    traffic: &str,
    seen: &Traces,
    alive: &Sightings,
    at: Timestamp,
) -> Verdict {
    let mut tally = Tally::default();
    for trace in &seen.traces {
        tally.add(contract, trace, alive, at);
    }
    let latencies = latencies(contract, &seen.traces);
    if let Some(verdict) = tally.fail(traffic) {
        return verdict;
    }
    if let Some(verdict) = latencies.iter().find_map(|found| found.fail(traffic)) {
        return verdict;
    }
    if let Some(verdict) = tally.inconclusive(contract, traffic, seen) {
        return verdict;
    }
    if let Some(verdict) = latencies.iter().find_map(Found::inconclusive) {
        return verdict;
    }
    let says = format!(
        "all {} traces of {traffic} kept the contract",
        tally.n_judged
    );
    Verdict::pass(says).with_figure(tally.figure())
}

impl Tally {
    fn add(&mut self, contract: &Contract, trace: &Trace, alive: &Sightings, at: Timestamp) {
        let examination = contract.examine(trace);
        let began = timestamp(trace.start_ns().unwrap_or(0));
        match examination.decide(contract, trace, alive, began, at) {
            // Too young, which the question should have left out; the next evaluation sees it.
            ContractVerdict::Undecided { .. } => return,
            ContractVerdict::Kept => {}
            ContractVerdict::Broken(violations) => self.add_broken(&trace.id, violations),
            ContractVerdict::Inconclusive { reason, culprits } => {
                self.unclear.push((reason, culprits))
            }
        }
        self.n_judged += 1;
        let exercised = examination.exercised();
        self.exercised = match self.exercised.is_empty() {
            true => exercised.collect(),
            false => self
                .exercised
                .iter()
                .zip(exercised)
                .map(|(a, b)| *a || b)
                .collect(),
        };
    }

    fn add_broken(&mut self, trace_id: &str, violations: Vec<Violation>) {
        self.n_broken += 1;
        let by_kind: BTreeMap<_, _> = violations
            .into_iter()
            .map(|violation| (violation.about.clone(), violation))
            .collect();
        for (about, violation) in by_kind {
            let breach = self.breaches.entry(about).or_insert_with(|| Breach {
                says: violation.says,
                culprits: violation.culprits,
                n_traces: 0,
                example: trace_id.to_owned(),
            });
            breach.n_traces += 1;
        }
    }

    fn fail(&self, traffic: &str) -> Option<Verdict> {
        let most = self
            .breaches
            .values()
            .rev()
            .max_by_key(|breach| breach.n_traces)?;
        let others = match self.breaches.len() - 1 {
            0 => String::new(),
            1 => ", and another breach".to_owned(),
            n => format!(", and {n} other breaches"),
        };
        let says = format!(
            "{} of {} traces of {traffic}: {} (as in trace {}){others}",
            most.n_traces, self.n_judged, most.says, most.example
        );
        Some(
            Verdict::fail(says)
                .blame(self.culprits())
                .with_figure(self.figure()),
        )
    }

    /// By how many traces name them; of equal ones first those that a breach names first.
    fn culprits(&self) -> Vec<Subject> {
        let mut counts: BTreeMap<&Subject, (usize, usize)> = BTreeMap::new();
        for breach in self.breaches.values() {
            for (position, culprit) in breach.culprits.iter().enumerate() {
                let (count, first) = counts.entry(culprit).or_insert((0, position));
                *count += breach.n_traces;
                *first = position.min(*first);
            }
        }
        let mut culprits: Vec<_> = counts.into_iter().collect();
        culprits.sort_by_key(|(_, (count, position))| (std::cmp::Reverse(*count), *position));
        culprits
            .into_iter()
            .map(|(culprit, _)| culprit.clone())
            .collect()
    }

    fn figure(&self) -> Figure {
        Figure {
            name: "traces that broke the contract".into(),
            value: self.n_broken as f64 / self.n_judged.max(1) as f64,
            target: Some(0.0),
            unit: Unit::Ratio,
            lower_is_better: true,
        }
    }

    fn inconclusive(&self, contract: &Contract, traffic: &str, seen: &Traces) -> Option<Verdict> {
        if seen.truncated {
            let what = format!(
                "only {} traces of {traffic} could be read",
                seen.traces.len()
            );
            return Some(Verdict::inconclusive(Reason::Truncated { what }));
        }
        if self.n_judged == 0 {
            let what = format!("no traffic for {traffic}");
            return Some(Verdict::inconclusive(Reason::NoData { what }));
        }
        if let Some((reason, culprits)) = self.unclear.first() {
            let mut verdict = Verdict::inconclusive(reason.clone()).blame(culprits.clone());
            let (n_unclear, n_judged) = (self.unclear.len(), self.n_judged);
            verdict.says =
                format!("{n_unclear} of {n_judged} traces of {traffic} cannot be judged: {reason}");
            return Some(verdict);
        }
        let idle = rules(contract)
            .into_iter()
            .zip(&self.exercised)
            .find(|(_, exercised)| !**exercised);
        idle.map(|(rule, _)| {
            let what = format!(
                "no span that {rule} is about in {} traces of {traffic}",
                self.n_judged
            );
            Verdict::inconclusive(Reason::NoData { what })
        })
    }
}

/// A percentile of a contract, as found.
struct Found<'t> {
    rule: &'t Latency,
    spans: Vec<&'t Span>,
    percent: u32,
    bound: Duration,
    found: Percentile,
}

fn latencies<'t>(contract: &'t Contract, traces: &'t [Trace]) -> Vec<Found<'t>> {
    let mut all = Vec::new();
    for rule in &contract.latency {
        let spans = latency::spans(rule, traces);
        let durations: Vec<_> = spans
            .iter()
            .map(|span| Duration::from_nanos(span.duration_ns()))
            .collect();
        all.extend(rule.bounds.iter().map(|(percent, bound)| Found {
            rule,
            spans: spans.clone(),
            percent: *percent,
            bound: *bound,
            found: latency::percentile(&durations, *percent, *bound),
        }));
    }
    all
}

impl Found<'_> {
    fn fail(&self, traffic: &str) -> Option<Verdict> {
        let (value, at_least) = match self.found {
            Percentile::Is(value) if self.bound < value => (value, ""),
            Percentile::Above(value) => (value, "at least "),
            _ => return None,
        };
        let says = format!(
            "p{} of {} is {at_least}{}, more than {}, over {} spans of {traffic}",
            self.percent,
            self.rule.span,
            human(value),
            human(self.bound),
            self.spans.len()
        );
        let figure = Figure {
            name: format!("p{} of {}", self.percent, self.rule.span),
            value: value.as_secs_f64(),
            target: Some(self.bound.as_secs_f64()),
            unit: Unit::Seconds,
            lower_is_better: true,
        };
        Some(
            Verdict::fail(says)
                .blame(self.culprits())
                .with_figure(figure),
        )
    }

    /// The spans that are most often above the bound, and their service.
    fn culprits(&self) -> Vec<Subject> {
        let mut slow: BTreeMap<(String, &str), usize> = BTreeMap::new();
        let bound_ns = self.bound.as_nanos();
        for span in self
            .spans
            .iter()
            .filter(|span| bound_ns < u128::from(span.duration_ns()))
        {
            *slow.entry((span.path(), &span.service)).or_insert(0) += 1;
        }
        let most = slow.into_iter().max_by_key(|(_, count)| *count);
        most.map_or(Vec::new(), |((path, service), _)| {
            vec![
                Subject::new(Role::Span, path),
                Subject::new(Role::Service, service),
            ]
        })
    }

    fn inconclusive(&self) -> Option<Verdict> {
        let Percentile::TooFew { have, need } = self.found else {
            return None;
        };
        let mut verdict = Verdict::inconclusive(Reason::TooFew { have, need });
        verdict.says = format!(
            "p{} of {} needs {need} spans to be judged, and there are {have}",
            self.percent, self.rule.span
        );
        Some(verdict)
    }
}
