//! Page or JSON: what the one who asks wants to read.

use axum::http::{HeaderMap, header};

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// HTML, for a browser.
    Page,
    /// JSON, for a program.
    Json,
}

/// A page for whoever names `text/html` and does not prefer JSON, as every browser does; JSON for everybody else.
pub(super) fn form(asked: &HeaderMap) -> Form {
    let accepted: Vec<_> = asked
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    let html = weight(&accepted, "text/html");
    match html > 0.0 && html >= weight(&accepted, "application/json") {
        true => Form::Page,
        false => Form::Json,
    }
}

/// The quality given to a media type, 0 where it is not named.
fn weight(accepted: &[&str], wanted: &str) -> f32 {
    let named = accepted.iter().filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let media = parts.next()?;
        let quality = parts.find_map(|part| part.strip_prefix("q="));
        let weight = quality.map_or(1.0, |quality| quality.parse().unwrap_or(0.0));
        media.eq_ignore_ascii_case(wanted).then_some(weight)
    });
    named.fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(accept: &str, expected: Form) {
        let mut asked = HeaderMap::new();
        if !accept.is_empty() {
            asked.insert(header::ACCEPT, accept.parse().unwrap());
        }
        assert_eq!(form(&asked), expected, "{accept}");
    }

    #[test]
    fn browsers_get_pages_and_programs_json() {
        check(
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            Form::Page,
        );
        check("TEXT/HTML", Form::Page);
        check("application/json", Form::Json);
        check("application/json;q=0.5, text/html;q=0.9", Form::Page);
        check("application/json, text/html;q=0.9", Form::Json);
        check("text/html;q=0", Form::Json);
        check("text/html;q=x", Form::Json);
        check("*/*", Form::Json);
        check("", Form::Json);
    }
}
