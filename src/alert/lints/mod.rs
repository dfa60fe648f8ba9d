//! What can be said of alert rules offline, one lint a file. What Prometheus itself refuses is an error.

mod always_fires;
pub(super) mod group;
mod names;
mod no_runbook;
pub(super) mod promql;
mod recording;
mod rule_kind;
pub(super) mod runbook;
mod template;

use super::rule_file::Entry;
use crate::finding::{Findings, Lint};

/// All of them.
pub(super) static LINTS: &[&Lint] = &[
    &always_fires::LINT,
    &group::LINT,
    &names::LINT,
    &no_runbook::LINT,
    &promql::LINT,
    &recording::LINT,
    &rule_kind::LINT,
    &runbook::LINT,
    &template::LINT,
];

/// What can be said of one rule without looking at other documents.
pub(super) fn of_entry(entry: &Entry, findings: &mut Findings) {
    rule_kind::check(entry, findings);
    promql::check(&entry.file, &entry.expr, &entry.about(), findings);
    recording::check(entry, findings);
    names::check(entry, findings);
    template::check(entry, findings);
    always_fires::check(entry, findings);
    no_runbook::check(entry, findings);
}
