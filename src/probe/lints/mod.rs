//! What can be said of a journey offline, one lint a file. Pure.

pub mod expression;
pub mod extract;
pub mod request;
pub mod step;
pub mod target;
pub mod timeout;
pub mod trace;
pub mod variable;

use std::sync::Arc;

use crate::catalog::fields::Spanned;
use crate::finding::Lint;
use crate::place::{SourceFile, Span};

/// All of them.
pub const LINTS: &[&Lint] = &[
    &expression::LINT,
    &extract::LINT,
    &request::LINT,
    &step::LINT,
    &target::LINT,
    &timeout::LINT,
    &trace::LINT,
    &variable::LINT,
];

/// The place of byte `at` of a text. Where the document writes the text otherwise (escapes, several lines), it is the whole.
fn inside(file: &Arc<SourceFile>, text: &Spanned<String>, at: usize, len: usize) -> Span {
    let written = file.text.get(text.span.start..text.span.end);
    match written.and_then(|written| written.find(&text.value)) {
        Some(start) => Span::of(text.span.start + start + at, len),
        None => text.span,
    }
}
