//! Runbooks made by hand, for the tests of this folder.

use std::sync::Arc;

use super::page::Runbook;
use crate::catalog::document::{Body, Document};
use crate::catalog::library::Library;
use crate::config::Config;
use crate::finding::Findings;
use crate::place::SourceFile;

fn page(path: &str, text: &str) -> Document {
    Document {
        file: SourceFile::new(path, text),
        body: Body::Markdown,
    }
}

/// The runbook that `text` at `path` declares.
pub(super) fn runbook(path: &str, text: &str) -> Arc<Runbook> {
    let config = Config::default();
    let mut library = Library::new(&config);
    for draft in (super::KIND.read)(&page(path, text), &mut Findings::default()) {
        draft.declare(&mut library);
    }
    let name = library.names::<Runbook>()[0].to_owned();
    library.get(&name).expect("a declared runbook")
}
