//! The page for what does not exist.

use askama::Template;

use super::Page;
use super::parts::Head;
use crate::catalog::fields::nearest;

#[derive(Template)]
#[template(path = "missing.html")]
struct MissingPage<'a> {
    head: Head,
    says: &'a str,
}

/// The page.
pub(in crate::status) fn render(title: &str, says: &str) -> Page {
    Page::of(&MissingPage {
        head: Head::new(format!("Not found · {title}"), title, None),
        says,
    })
}

/// What to say where a promise of this id does not exist.
pub(in crate::status) fn promise(id: &str, known: &[&str]) -> String {
    match nearest(id, known) {
        Some(near) => format!("There is no promise {id}; did you mean {near}?"),
        None => format!("There is no promise {id}; it may have been removed from the documents."),
    }
}
