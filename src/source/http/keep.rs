//! Which header fields of an answer may be kept in evidence: an allow-list, since any other field may hold a secret. Pure.

use std::collections::BTreeMap;

use hyper::HeaderMap;

/// Fields that never hold a secret; a `*` at the end stands for any rest.
const HARMLESS: &[&str] = &[
    "cache-control",
    "content-length",
    "content-type",
    "date",
    "etag",
    "location",
    "ratelimit*",
    "retry-after",
    "server-timing",
    "x-instance",
    "x-ratelimit-*",
    "x-region",
    "x-request-id",
    "x-trace-id",
];

/// The allow-list.
pub(super) struct Keep {
    patterns: Vec<String>,
}

impl Keep {
    /// The harmless ones and `more`.
    pub(super) fn new(more: &[String]) -> Self {
        let harmless = HARMLESS.iter().map(ToString::to_string);
        let more = more.iter().map(|name| name.to_ascii_lowercase());
        Self {
            patterns: harmless.chain(more).collect(),
        }
    }

    /// The allowed ones of `headers` by lower-case name; fields given several times are joined with commas.
    pub(super) fn of(&self, headers: &HeaderMap) -> BTreeMap<String, String> {
        let mut kept: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in headers {
            if !self.allows(name.as_str()) {
                continue;
            }
            let value = String::from_utf8_lossy(value.as_bytes());
            kept.entry(name.as_str().to_owned())
                .and_modify(|all| *all = format!("{all}, {value}"))
                .or_insert_with(|| value.into_owned());
        }
        kept
    }

    fn allows(&self, name: &str) -> bool {
        self.patterns
            .iter()
            .any(|pattern| match pattern.strip_suffix('*') {
                Some(start) => name.starts_with(start),
                None => name == pattern,
            })
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn only_what_is_listed_is_kept() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("set-cookie", "session=secret"),
            ("authorization", "Bearer x"),
            ("x-ratelimit-remaining", "7"),
            ("ratelimit", "limit=10"),
            ("x-tenant", "acme"),
            ("x-tenant", "zeta"),
            ("datex", "no"),
        ] {
            headers.append(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        let kept: Vec<_> = Keep::new(&["X-Tenant".into()])
            .of(&headers)
            .into_iter()
            .collect();
        let expected = [
            ("ratelimit", "limit=10"),
            ("x-ratelimit-remaining", "7"),
            ("x-tenant", "acme, zeta"),
        ];
        assert_eq!(
            kept,
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }
}
