//! What the pages show, as plain texts for the templates. Pure.

mod breaches;
mod document;
mod exhibit;
pub(super) mod list;
pub(super) mod missing;
mod parts;
mod plot;
pub(super) mod promise;
mod strip;
mod waterfall;

use askama::Template;
use axum::http::header;
use axum::response::{IntoResponse, Response};

/// A page, written.
pub(super) struct Page(String);

impl Page {
    fn of(template: &impl Template) -> Self {
        Self(
            template
                .render()
                .expect("writing to a string does not fail"),
        )
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], self.0).into_response()
    }
}
