//! `kind: Journey` as users write it. Pure.
//!
//! ```yaml
//! apiVersion: steadfast/v1
//! kind: Journey
//! metadata: {name: trial-to-baseline, labels: {tier: critical}}
//! spec:
//!   timeout: 6s
//!   steps:
//!   - name: submit
//!     request: {target: orch, method: POST, path: /v1/trials, json: {agent_type: dqn}}
//!     expect: ["status == 202", "body.status == 'submitted'"]
//!     extract: {trial: $.trial_id}
//!   - name: done
//!     request: {target: orch, path: "/v1/trials/${trial}/job"}
//!     until: {that: "body.status == 'completed'", every: 100ms}
//!     expect: ["elapsed < duration('5s')"]
//!   always:
//!   - request: {target: orch, method: DELETE, path: "/v1/trials/${trial}"}
//!   trace: trial-pipeline           # the contract that the trace it caused must keep
//! ```
//!
//! A journey whose document has an error stays a promise, a blocked one: a gate that selects it must not pass without it.

use std::collections::BTreeMap;

use super::check::JourneyCheck;
use super::journey::Journey;
use super::lints;
use super::plan::Plan;
use super::reader::Reader;
use super::trace_step::{self, TraceStep};
use crate::catalog::document::Document;
use crate::catalog::fields::Spanned;
use crate::catalog::library::{Draft, Kind, Library};
use crate::finding::{Findings, Severity};
use crate::promise::{Header, Promise};

/// Journeys.
pub static KIND: Kind = Kind {
    name: "journey",
    ours: &["Journey"],
    accepts: |document| document.is_ours("Journey"),
    read,
    lints: lints::LINTS,
};

struct JourneyDraft {
    header: Header,
    journey: Journey,
    n_errors: usize,
    targets: Vec<Spanned<String>>,
    trace: Option<Spanned<String>>,
    source: Option<Spanned<String>>,
}

fn read(document: &Document, findings: &mut Findings) -> Vec<Box<dyn Draft>> {
    let n_before = n_errors(findings);
    let Some((metadata, mut top)) = document.read_metadata(findings) else {
        return Vec::new();
    };
    let id = format!("journey/{}", metadata.name.value);
    let mut header = metadata.header(&document.file, id, (2, 1), findings);
    let mut reader = Reader::new(&document.file);
    let spec = top
        .required("spec", findings)
        .and_then(|_| top.map("spec", findings));
    let (journey, trace) = reader.spec(&metadata.name.value, spec, findings);
    top.finish(findings);
    if let (true, Some(target)) = (header.service.is_empty(), reader.targets.first()) {
        header.service = target.value.clone();
    }
    vec![Box::new(JourneyDraft {
        header,
        journey,
        n_errors: n_errors(findings) - n_before,
        targets: reader.targets,
        trace,
        source: metadata.annotation("source").cloned(),
    })]
}

fn n_errors(findings: &Findings) -> usize {
    findings
        .count()
        .get(&Severity::Error)
        .copied()
        .unwrap_or_default()
}

impl Draft for JourneyDraft {
    fn link(mut self: Box<Self>, library: &Library<'_>, findings: &mut Findings) -> Vec<Promise> {
        self.header
            .interval
            .get_or_insert(library.config.probe_interval);
        let n_before = n_errors(findings);
        let file = &self.header.file;
        for target in &self.targets {
            lints::target::apply(target, &library.config.targets, file, findings);
        }
        let named = self.source.as_ref().map(|source| source.value.as_str());
        let trace = self
            .trace
            .as_ref()
            .map(|name| trace_step::find(name, named, file, library, findings));
        self.n_errors += n_errors(findings) - n_before;
        let plan = self.plan(trace.flatten(), library);
        vec![Promise {
            header: self.header,
            check: Box::new(JourneyCheck::new(plan)),
        }]
    }
}

impl JourneyDraft {
    /// What can be run, or what keeps it from that.
    fn plan(&self, trace: Option<TraceStep>, library: &Library<'_>) -> Result<Plan, String> {
        match self.n_errors {
            0 => {}
            1 => return Err("its document has 1 error".into()),
            n => return Err(format!("its document has {n} errors")),
        }
        let mut addresses = BTreeMap::new();
        for Spanned { value: target, .. } in &self.targets {
            let url = library.config.targets.get(target);
            let url = url.ok_or_else(|| format!("the target `{target}` is not configured"))?;
            addresses.insert(target.clone(), url.clone());
        }
        Ok(Plan {
            journey: self.journey.clone(),
            addresses,
            trace,
        })
    }
}

#[cfg(test)]
mod tests;
