//! OpenSLO documents of every kind, and the names they declare for each other. Pure.

use std::sync::Arc;

use super::indicator::{self, Sli};
use super::link;
use super::lints::unsupported;
use super::spec::{self, Slo};
use crate::catalog::document::Document;
use crate::catalog::fields::{Fields, nearest};
use crate::catalog::library::{Draft, Library};
use crate::catalog::lints::UNKNOWN_KIND;
use crate::finding::{Finding, Findings};
use crate::place::Span;
use crate::promise::Promise;

const VERSION: &str = "openslo/v1";

const KINDS: [&str; 7] = [
    "SLO",
    "SLI",
    "Service",
    "DataSource",
    "AlertPolicy",
    "AlertCondition",
    "AlertNotificationTarget",
];

/// Whether it is an OpenSLO document of any version.
pub(super) fn accepts(document: &Document) -> bool {
    document
        .top("apiVersion")
        .is_some_and(|version| version.starts_with("openslo"))
}

/// Reads one document.
pub(super) fn read(document: &Document, findings: &mut Findings) -> Vec<Box<dyn Draft>> {
    if !is_known(document, findings) {
        return Vec::new();
    }
    let Some((metadata, mut top)) = document.read_metadata(findings) else {
        return Vec::new();
    };
    match document.top("kind") {
        Some("SLO") => {
            let slo = spec::read(metadata, &mut top, findings);
            top.finish(findings);
            slo.map(|slo| Box::new(SloDraft(slo)) as Box<dyn Draft>)
                .into_iter()
                .collect()
        }
        Some("SLI") => {
            let sli = read_sli(&mut top, findings);
            top.finish(findings);
            vec![Box::new(SliDraft {
                name: metadata.name.value,
                sli,
            })]
        }
        Some("DataSource") => vec![Box::new(DataSourceDraft {
            name: metadata.name.value,
            kind: source_type(&mut top, findings),
        })],
        // Who is told and when is not judged here; these are read as far as their names.
        _ => Vec::new(),
    }
}

/// Whether version and kind are ones we read; a finding otherwise.
fn is_known(document: &Document, findings: &mut Findings) -> bool {
    let told = |key: &str| {
        let node = document.top_node(key).or(document.yaml());
        node.map_or(Span::default(), |node| {
            Span::of(node.span.start, (node.span.end - node.span.start).max(1))
        })
    };
    let version = document.top("apiVersion").unwrap_or_default();
    if version != VERSION {
        let message = format!("OpenSLO `{version}` is not read");
        let finding = Finding::new(
            &unsupported::LINT,
            &document.file,
            told("apiVersion"),
            message,
        );
        findings.push(
            finding
                .help("write `apiVersion: openslo/v1`")
                .about("apiVersion"),
        );
        return false;
    }
    let kind = document.top("kind").unwrap_or_default();
    if KINDS.contains(&kind) {
        return true;
    }
    let message = format!("`{kind}` is not a kind of {VERSION}");
    let help = match nearest(kind, &KINDS) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the kinds are {}", KINDS.join(", ")),
    };
    let finding = Finding::new(&UNKNOWN_KIND, &document.file, told("kind"), message);
    findings.push(finding.help(help).about("kind"));
    false
}

fn read_sli(top: &mut Fields<'_>, findings: &mut Findings) -> Option<Arc<Sli>> {
    top.required("spec", findings)?;
    let mut spec = top.map("spec", findings)?;
    let sli = indicator::read(&mut spec, findings);
    spec.finish(findings);
    sli.map(Arc::new)
}

fn source_type(top: &mut Fields<'_>, findings: &mut Findings) -> Option<String> {
    top.required("spec", findings)?;
    let mut spec = top.map("spec", findings)?;
    Some(spec.required_text("type", findings)?.value)
}

/// An SLI under its name; none inside when it could not be read, which is a finding already.
pub(super) struct DeclaredSli(pub(super) Option<Arc<Sli>>);

/// The type of a data source under its name.
pub(super) struct DeclaredSource(pub(super) Option<String>);

struct SloDraft(Slo);

impl Draft for SloDraft {
    fn link(self: Box<Self>, library: &Library<'_>, findings: &mut Findings) -> Vec<Promise> {
        link::promises(&self.0, library, findings)
    }
}

struct SliDraft {
    name: String,
    sli: Option<Arc<Sli>>,
}

impl Draft for SliDraft {
    fn declare(&self, library: &mut Library<'_>) {
        library.declare(&self.name, Arc::new(DeclaredSli(self.sli.clone())));
    }

    fn link(self: Box<Self>, _: &Library<'_>, _: &mut Findings) -> Vec<Promise> {
        Vec::new()
    }
}

struct DataSourceDraft {
    name: String,
    kind: Option<String>,
}

impl Draft for DataSourceDraft {
    fn declare(&self, library: &mut Library<'_>) {
        library.declare(&self.name, Arc::new(DeclaredSource(self.kind.clone())));
    }

    fn link(self: Box<Self>, _: &Library<'_>, _: &mut Findings) -> Vec<Promise> {
        Vec::new()
    }
}
