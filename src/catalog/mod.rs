//! Finds, reads and links every document.
//!
//! ```text
//! files --split--> documents --read (a kind)--> drafts --declare--> library --link--> promises
//! ```
//!
//! Reading never stops at a mistake: what is wrong becomes a finding, and everything else is still read.

pub mod document;
pub mod fields;
pub mod files;
pub mod kinds;
pub mod library;
pub mod lints;
pub mod node;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::config::Config;
use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::{SourceFile, Span};
use crate::promise::{Promise, PromiseId};
use document::{Body, Document};
use kinds::KINDS;
use library::{Draft, Library};
use node::{Node, Value};

/// The warning that a YAML document is in no format we know.
pub const UNRECOGNISED: Lint = Lint {
    id: "document:unrecognised",
    summary: "a YAML document is in no format we know",
    severity: Severity::Warning,
    explain: "A format is known by its content. A document that is no Kubernetes object and no format of ours is not read; \
              name the files to read if it stands there for another reason.",
};

/// Every promise of a set of documents, and what is wrong with them.
#[derive(Debug, Default)]
pub struct Catalog {
    /// In the order of their ids.
    pub promises: Vec<Arc<Promise>>,
    /// What was found, by file and place.
    pub findings: Findings,
    /// How many documents of each kind were read.
    pub documents: BTreeMap<&'static str, usize>,
    /// How many Kubernetes objects of kinds that are not ours were skipped, by `kind`.
    pub skipped: BTreeMap<String, usize>,
    /// How many files were read.
    pub n_files: usize,
}

impl Catalog {
    /// The promise of this id.
    pub fn get(&self, id: &PromiseId) -> Option<&Arc<Promise>> {
        let at = self
            .promises
            .binary_search_by(|promise| promise.header.id.cmp(id))
            .ok()?;
        self.promises.get(at)
    }
}

/// Reads the files and hands `look` what their documents declare, for commands that want a document and not a promise.
pub fn declared<T>(
    files: &[Arc<SourceFile>],
    config: &Config,
    look: impl FnOnce(&Library<'_>) -> T,
) -> T {
    let (_, drafts) = read_all(files);
    let mut library = Library::new(config);
    for (_, draft) in &drafts {
        draft.declare(&mut library);
    }
    look(&library)
}

/// Reads and links the files. Pure: what cannot be read as a file is already a finding of [`files::load`].
pub fn read(files: &[Arc<SourceFile>], config: &Config) -> Catalog {
    let (mut catalog, drafts) = read_all(files);
    link(drafts, config, &mut catalog);
    sort(&mut catalog);
    catalog
}

/// Drafts with the place of their kind in the registry.
type Drafts = Vec<(usize, Box<dyn Draft>)>;

fn read_all(files: &[Arc<SourceFile>]) -> (Catalog, Drafts) {
    let mut catalog = Catalog {
        n_files: files.len(),
        ..Catalog::default()
    };
    let mut drafts = Vec::new();
    for file in files {
        for document in documents(file, &mut catalog.findings) {
            read_one(&document, &mut catalog, &mut drafts);
        }
    }
    (catalog, drafts)
}

fn read_one(document: &Document, catalog: &mut Catalog, drafts: &mut Vec<(usize, Box<dyn Draft>)>) {
    let Some(order) = KINDS.iter().position(|kind| (kind.accepts)(document)) else {
        skip(document, catalog);
        return;
    };
    let kind = KINDS[order];
    *catalog.documents.entry(kind.name).or_insert(0) += 1;
    let read = (kind.read)(document, &mut catalog.findings);
    drafts.extend(read.into_iter().map(|draft| (order, draft)));
}

/// What no kind accepts: a mistake in a document of ours, an object of somebody else, or nothing we know.
fn skip(document: &Document, catalog: &mut Catalog) {
    let Some(node) = document.yaml() else {
        return;
    };
    match (document.top("apiVersion"), document.top("kind")) {
        (Some("steadfast/v1"), kind) => {
            let span = document
                .top_node("kind")
                .map_or(Span::of(node.span.start, 1), |node| node.span);
            let ours: Vec<_> = KINDS.iter().flat_map(|kind| kind.ours).copied().collect();
            let message = format!(
                "`{}` is not a kind of steadfast/v1",
                kind.unwrap_or_default()
            );
            let help = match kind.and_then(|kind| fields::nearest(kind, &ours)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the kinds are {}", ours.join(", ")),
            };
            let finding = Finding::new(&lints::UNKNOWN_KIND, &document.file, span, message);
            catalog.findings.push(finding.help(help).about("kind"));
        }
        (Some(_), Some(kind)) => *catalog.skipped.entry(kind.to_owned()).or_insert(0) += 1,
        _ => {
            let message = "this is in no format we know";
            let finding = Finding::new(
                &UNRECOGNISED,
                &document.file,
                Span::of(node.span.start, 1),
                message,
            );
            catalog
                .findings
                .push(finding.help(
                    "documents start with `apiVersion` and `kind`, rule files with `groups`",
                ));
        }
    }
}

fn link(drafts: Drafts, config: &Config, catalog: &mut Catalog) {
    let mut library = Library::new(config);
    for (_, draft) in &drafts {
        draft.declare(&mut library);
    }
    let mut drafts = drafts;
    drafts.sort_by_key(|(order, _)| *order);
    let mut by_id: BTreeMap<PromiseId, Arc<Promise>> = BTreeMap::new();
    for (_, draft) in drafts {
        for promise in draft.link(&library, &mut catalog.findings) {
            if let Some(first) = by_id.get(&promise.header.id) {
                catalog.findings.push(duplicate(&promise, first));
                continue;
            }
            library.add(&promise.header);
            by_id.insert(promise.header.id.clone(), Arc::new(promise));
        }
    }
    catalog.promises = by_id.into_values().collect();
}

fn duplicate(second: &Promise, first: &Promise) -> Finding {
    let header = &second.header;
    Finding::new(
        &lints::DUPLICATE_ID,
        &header.file,
        header.span,
        format!("promise `{}` is written twice", header.id),
    )
    .label(format!("first written at {}", first.header.place()))
    .help("give one of them another name")
    .about(header.id.as_str())
}

fn sort(catalog: &mut Catalog) {
    catalog
        .findings
        .list
        .sort_by(|a, b| (&a.file.path, a.span.start).cmp(&(&b.file.path, b.span.start)));
}

/// The documents of one file.
fn documents(file: &Arc<SourceFile>, findings: &mut Findings) -> Vec<Document> {
    let of = |body| Document {
        file: Arc::clone(file),
        body,
    };
    if is_markdown(&file.path) {
        return vec![of(Body::Markdown)];
    }
    let ranges = document::split(&file.text);
    if ranges.is_empty() {
        let finding = Finding::new(
            &lints::EMPTY,
            file,
            Span::of(0, 0),
            "this file has no document in it",
        );
        findings.push(finding.help("write a document or remove the file"));
    }
    let mut documents = Vec::new();
    for range in ranges {
        match node::parse(file, range) {
            Ok(node) => documents.extend(items(node).into_iter().map(|node| of(Body::Yaml(node)))),
            Err(error) => {
                let finding = Finding::new(&lints::SYNTAX, file, error.span, error.message);
                findings.push(
                    finding
                        .help("check quotes, indentation and brackets here")
                        .about("syntax"),
                );
            }
        }
    }
    documents
}

fn is_markdown(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "md")
}

/// A list of documents, or the `items` of a Kubernetes list, is its items.
fn items(node: Node) -> Vec<Node> {
    match node.value {
        Value::List(items) => items,
        Value::Map(entries) if is_list(&entries) => entries
            .into_iter()
            .filter(|(key, _)| key.name == "items")
            .flat_map(|(_, node)| items(node))
            .collect(),
        value => vec![Node {
            value,
            span: node.span,
        }],
    }
}

fn is_list(entries: &[(node::Key, Node)]) -> bool {
    entries.iter().any(|(key, node)| {
        key.name == "kind" && matches!(&node.value, Value::Text(kind) if kind.ends_with("List"))
    })
}
