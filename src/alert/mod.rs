//! Alert rules: loaded as written, able to see what they watch, and quiet.
//!
//! ```text
//! rule_file, contract (documents) --link--> sound, quiet, contract (checks)
//! ```

pub(crate) mod answers;
mod compare;
mod contract;
mod link;
mod lints;
mod loaded;
pub(crate) mod metrics;
mod quiet;
mod rule;
mod rule_file;
#[cfg(test)]
pub(crate) mod samples;
mod sound;
mod state;

use crate::catalog::document::Document;
use crate::catalog::library::{Draft, Kind};
use crate::finding::Findings;

pub(crate) use link::prometheus;
pub use loaded::sound_of_loaded;
pub use metrics::Recording;

/// Rule files, `PrometheusRule` resources and alert contracts.
pub static KIND: Kind = Kind {
    name: "alert",
    ours: &[contract::KIND],
    accepts: |document| document.is_ours(contract::KIND) || rule_file::accepts(document),
    read,
    lints: lints::LINTS,
};

fn read(document: &Document, findings: &mut Findings) -> Vec<Box<dyn Draft>> {
    if document.is_ours(contract::KIND) {
        let contract = contract::read(document, findings);
        return contract
            .into_iter()
            .map(|read| Box::new(read) as _)
            .collect();
    }
    let rules = rule_file::read(document, findings);
    rules
        .map(link::Rules::new)
        .into_iter()
        .map(|rules| Box::new(rules) as _)
        .collect()
}
