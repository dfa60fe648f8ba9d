//! Which spans a rule is about: `service/name`, each with `*` for any run of characters. Pure.

use std::fmt;

use super::model::Span;
use crate::promise::glob;

/// A pattern of spans. The service ends at the first `/`, so that names may hold more: `orch/POST /v1/trials`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pattern {
    /// The service's part.
    pub service: String,
    /// The operation's part.
    pub name: String,
}

impl Pattern {
    /// Reads `service/name`.
    ///
    /// # Errors
    /// A sentence that shows the text, when a part is missing and so no span could ever match.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.trim().split_once('/') {
            Some((service, name)) if !service.is_empty() && !name.is_empty() => Ok(Self {
                service: service.to_owned(),
                name: name.to_owned(),
            }),
            Some(_) => Err(format!(
                "`{text}` lacks a service or a span name beside its `/`"
            )),
            None => Err(format!("`{text}` is not of the form service/name")),
        }
    }

    /// Whether it is about this span.
    pub fn matches(&self, span: &Span) -> bool {
        self.matches_service(&span.service) && glob(&self.name, &span.name)
    }

    /// Whether it is about spans of this service.
    pub fn matches_service(&self, service: &str) -> bool {
        glob(&self.service, service)
    }

    /// The service by name, or none where the pattern leaves it open.
    pub fn one_service(&self) -> Option<&str> {
        (!self.service.contains('*')).then_some(&self.service)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.service, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::super::graph::tests::span;
    use super::*;

    #[test]
    fn spans_are_matched_by_service_and_name() {
        let db = span("a<- orch/db.query 0-1");
        let mut post = span("b<- orch/x 0-1");
        post.name = "POST /v1/trials".into();
        for (pattern, hits_db, hits_post) in [
            ("orch/*", true, true),
            ("*/db.query", true, false),
            ("orch/POST /v1/trials", false, true),
            ("or/*", false, false),
            ("o*/db.*", true, false),
        ] {
            let pattern = Pattern::parse(pattern).unwrap();
            assert_eq!(
                (pattern.matches(&db), pattern.matches(&post)),
                (hits_db, hits_post),
                "{pattern}"
            );
        }
        for text in ["orch", "/x", "orch/", ""] {
            assert!(Pattern::parse(text).is_err(), "{text}");
        }
        assert_eq!(Pattern::parse("*/x").unwrap().one_service(), None);
    }
}
