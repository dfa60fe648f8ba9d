//! From a Markdown file to its page, its runbook and the runbook's promise. Pure.

use std::sync::Arc;

use super::check::Helps;
use super::front_matter::{self, FrontMatter};
use super::lints;
use super::outline::{self, Outline};
use super::page::{Page, Query, Runbook, stem};
use crate::alert::prometheus;
use crate::catalog::document::Document;
use crate::catalog::fields::Spanned;
use crate::catalog::library::{Draft, Library};
use crate::finding::Findings;
use crate::place::{SourceFile, Span};
use crate::promise::{Header, Promise, PromiseId};

/// A Markdown file that was read.
pub(super) struct Markdown {
    file: Arc<SourceFile>,
    outline: Outline,
    page: Arc<Page>,
    /// None for a page that only leads to others.
    runbook: Option<Arc<Runbook>>,
}

/// Pages that lead to runbooks and are none, by their name in lower case.
const INDEXES: [&str; 3] = ["readme", "index", "_index"];

/// Reads a page, and says what can be said of it without the others.
pub(super) fn read(document: &Document, findings: &mut Findings) -> Markdown {
    let file = Arc::clone(&document.file);
    let bounds = front_matter::bounds(&file.text);
    let start = bounds.map_or(0, |(_, start)| start);
    let outline = outline::read(&file.text, start);
    let is_runbook = !INDEXES.contains(&stem(&file.path).to_lowercase().as_str());
    let runbook = is_runbook.then(|| {
        let head = bounds.map(|(range, _)| front_matter::read(&file, range, findings));
        lints::of_runbook(&file, &outline, findings);
        Arc::new(runbook(&file, head.unwrap_or_default(), &outline))
    });
    Markdown {
        page: Arc::new(Page::new(&file.path, outline.anchors.clone())),
        file,
        outline,
        runbook,
    }
}

fn runbook(file: &Arc<SourceFile>, head: FrontMatter, outline: &Outline) -> Runbook {
    let first = outline.sections.first();
    let alert = head.alert.unwrap_or_else(|| Spanned {
        value: stem(&file.path).to_owned(),
        span: first.map_or(Span::of(0, 0), |section| section.span),
    });
    Runbook {
        title: first.map_or(&alert.value, |section| &section.title).clone(),
        alert,
        owner: head.owner,
        reviewed: head.reviewed,
        labels: head.labels,
        sections: outline
            .sections
            .iter()
            .map(|section| section.title.clone())
            .collect(),
        queries: outline.fences.iter().filter_map(Query::of).collect(),
        file: Arc::clone(file),
    }
}

impl Draft for Markdown {
    fn declare(&self, library: &mut Library<'_>) {
        let path = self.page.path().to_string_lossy().into_owned();
        library.declare(path, Arc::clone(&self.page));
        if let Some(runbook) = &self.runbook {
            library.declare(runbook.alert.value.clone(), Arc::clone(runbook));
        }
    }

    fn link(self: Box<Self>, library: &Library<'_>, findings: &mut Findings) -> Vec<Promise> {
        for link in &self.outline.links {
            lints::link::check(&self.file, &self.page, link, library, findings);
        }
        let Some(runbook) = &self.runbook else {
            return Vec::new();
        };
        let peer = prometheus(library, None, &self.file, findings);
        vec![Promise {
            header: header(runbook),
            check: Box::new(Helps::new(runbook, peer, library)),
        }]
    }
}

fn header(runbook: &Runbook) -> Header {
    Header {
        id: PromiseId::new(format!("runbook/{}", runbook.alert.value)),
        title: runbook.title.clone(),
        file: Arc::clone(&runbook.file),
        span: runbook.alert.span,
        labels: runbook.labels.clone(),
        service: runbook.labels.get("service").cloned().unwrap_or_default(),
        interval: None,
        fail_after: 2,
        pass_after: 2,
        runbook: Some(Arc::clone(&runbook.file)),
    }
}
