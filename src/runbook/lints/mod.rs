//! What can be said of runbooks offline, one lint a file.

mod headings;
pub(super) mod link;
mod promql;
pub(super) mod reviewed;
mod stub;

use std::sync::Arc;

use super::outline::Outline;
use crate::finding::{Findings, Lint};
use crate::place::SourceFile;

/// All of them.
pub(super) static LINTS: &[&Lint] = &[
    &headings::LINT,
    &link::LINT,
    &promql::LINT,
    &reviewed::LINT,
    &stub::LINT,
];

/// What can be said of one runbook without looking at other pages.
pub(super) fn of_runbook(file: &Arc<SourceFile>, outline: &Outline, findings: &mut Findings) {
    headings::check(file, outline, findings);
    stub::check(file, outline, findings);
    promql::check(file, outline, findings);
}
