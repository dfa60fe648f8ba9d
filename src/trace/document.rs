//! `kind: TraceContract` as users write it. Pure.
//!
//! ```yaml
//! apiVersion: steadfast/v1
//! kind: TraceContract
//! metadata: {name: checkout}
//! spec:
//!   select: {service: shop, operation: "POST /orders"}
//!   must:
//!   - {from: shop/place_order, to: billing/charge, within: 2s}
//!   mustNot: [{from: cart/*, to: billing/*}]
//!   atMost: [{span: "*/db.query", times: 20}]
//!   latency: [{span: "shop/*", p99: 250ms}]
//!   attributes: [{span: "billing/*", required: [order_id, "tenant|tenant.id"]}]
//!   status: {http: agree}
//!   complete: {quiet: 1s, deadline: 6s}
//! ```
//!
//! With `select` it is a promise, `trace/NAME`; without, it is what journeys refer to. The annotations `steadfast/lookback`
//! (default: two intervals, at least 10 s, beyond the deadline), `steadfast/limit` (default 1000 traces) and `steadfast/source`
//! say what is asked of which trace store.

mod spec;

use std::sync::Arc;
use std::time::Duration;

use super::check::{Asking, TraceCheck};
use super::contract::Contract;
use super::lints;
use crate::catalog::document::{Document, Metadata};
use crate::catalog::fields::Spanned;
use crate::catalog::library::{Draft, Kind, Library};
use crate::catalog::lints::{REFERENCE, TYPE};
use crate::config::PeerKind;
use crate::duration;
use crate::finding::{Finding, Findings};
use crate::place::SourceFile;
use crate::promise::{Header, Promise};

/// Trace contracts.
pub static KIND: Kind = Kind {
    name: "trace",
    ours: &["TraceContract"],
    accepts: |document| document.is_ours("TraceContract"),
    read,
    lints: lints::LINTS,
};

/// Traces an evaluation reads at most, unless the document says otherwise.
const LIMIT: u32 = 1_000;

struct ContractDraft {
    contract: Arc<Contract>,
    header: Header,
    source: Option<Spanned<String>>,
    lookback: Option<Duration>,
    limit: u32,
}

fn read(document: &Document, findings: &mut Findings) -> Vec<Box<dyn Draft>> {
    let Some((metadata, mut top)) = document.read_metadata(findings) else {
        return Vec::new();
    };
    let spec = top
        .required("spec", findings)
        .and_then(|_| top.map("spec", findings));
    top.finish(findings);
    let Some(spec) = spec else {
        return Vec::new();
    };
    let file = &document.file;
    let contract = spec::read_spec(&metadata.name.value, spec, findings);
    let id = format!("trace/{}", metadata.name.value);
    let mut header = metadata.header(file, id, (2, 2), findings);
    if let (true, Some(select)) = (header.service.is_empty(), &contract.select) {
        header.service = select.service.clone();
    }
    vec![Box::new(ContractDraft {
        contract: Arc::new(contract),
        header,
        source: metadata.annotation("source").cloned(),
        lookback: annotation(
            &metadata,
            "lookback",
            "a duration",
            &duration_of,
            file,
            findings,
        ),
        limit: annotation(
            &metadata,
            "limit",
            "a number of traces",
            &count_of,
            file,
            findings,
        )
        .unwrap_or(LIMIT),
    })]
}

impl Draft for ContractDraft {
    fn declare(&self, library: &mut Library<'_>) {
        library.declare(self.contract.name.clone(), Arc::clone(&self.contract));
    }

    fn link(self: Box<Self>, library: &Library<'_>, findings: &mut Findings) -> Vec<Promise> {
        let Some(select) = self.contract.select.clone() else {
            return Vec::new();
        };
        let named = self.source.as_ref().map(|source| source.value.as_str());
        let peer = library
            .config
            .peer(PeerKind::Jaeger, named)
            .map(|peer| peer.name.clone());
        if let (None, Some(source)) = (&peer, &self.source) {
            findings.push(unknown_source(source, &self.header.file));
        }
        let interval = self.header.interval.unwrap_or(library.config.interval);
        let lookback = self
            .lookback
            .unwrap_or((interval * 2).max(Duration::from_secs(10)));
        let asking = Asking {
            // Without a configured peer the evaluation says that it is not reachable.
            peer: peer.unwrap_or_else(|| PeerKind::Jaeger.name().to_owned()),
            select,
            lookback,
            limit: self.limit,
        };
        vec![Promise {
            header: self.header,
            check: Box::new(TraceCheck::new(self.contract, asking)),
        }]
    }
}

fn unknown_source(source: &Spanned<String>, file: &Arc<SourceFile>) -> Finding {
    let message = format!("`{}` is not a configured trace store", source.value);
    Finding::new(&REFERENCE, file, source.span, message)
        .help(format!(
            "add `peers.jaeger.{}` to steadfast.yaml",
            source.value
        ))
        .about("steadfast/source")
}

fn annotation<T>(
    metadata: &Metadata,
    key: &str,
    wanted: &str,
    parse: &dyn Fn(&str) -> Option<T>,
    file: &Arc<SourceFile>,
    findings: &mut Findings,
) -> Option<T> {
    let text = metadata.annotation(key)?;
    let parsed = parse(&text.value);
    if parsed.is_none() {
        let message = format!("`{}` is not {wanted} above 0", text.value);
        findings
            .push(Finding::new(&TYPE, file, text.span, message).about(format!("steadfast/{key}")));
    }
    parsed
}

fn duration_of(text: &str) -> Option<Duration> {
    duration::parse(text)
        .ok()
        .filter(|duration| !duration.is_zero())
}

fn count_of(text: &str) -> Option<u32> {
    text.parse().ok().filter(|count| *count > 0)
}

#[cfg(test)]
mod tests;
