//! Which attribute values may be kept. Keys are always kept: that an attribute is there is no secret, its value may be. Pure.

use crate::promise::glob;

/// What stands in place of a value that is not kept.
pub const REDACTED: &str = "[redacted]";

/// Keys whose values OpenTelemetry defines and contracts need.
const HARMLESS: &[&str] = &[
    "http.*",
    "url.path",
    "url.scheme",
    "rpc.*",
    "db.system*",
    "db.operation*",
    "messaging.*",
    "service.*",
    "error.type",
    "otel.*",
    "server.*",
    "network.*",
    "user_agent.synthetic*",
    "@jaeger@warnings",
    // How Jaeger's v1 JSON writes what OTLP has fields for.
    "span.kind",
    "error",
];

/// Keys that the patterns above take in, but whose values carry what users send: header fields, query strings, parameters.
const HARMFUL: &[&str] = &[
    "http.request.header.*",
    "http.response.header.*",
    "http.url",
    "http.target",
    "rpc.*.metadata.*",
    "db.operation.parameter.*",
];

/// The allow-list of attribute keys.
#[derive(Debug, Clone, Default)]
pub struct Keep {
    named: Vec<String>,
}

impl Keep {
    /// The keys known to be harmless, and those that `named` names, with `*` for any run of characters.
    pub fn new(named: &[String]) -> Self {
        Self {
            named: named.to_vec(),
        }
    }

    /// `value` as it may be kept. An empty value stays empty, so that it can be told from one that was there.
    pub fn value(&self, key: &str, value: String) -> String {
        if value.is_empty() || self.keeps(key) {
            value
        } else {
            REDACTED.to_owned()
        }
    }

    fn keeps(&self, key: &str) -> bool {
        let hit = |patterns: &[&str]| patterns.iter().any(|pattern| glob(pattern, key));
        self.named.iter().any(|pattern| glob(pattern, key)) || (hit(HARMLESS) && !hit(HARMFUL))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_kept_by_key_only() {
        let keep = Keep::new(&["ml.*".into(), "http.target".into()]);
        for (key, kept) in [
            ("http.response.status_code", true),
            ("http.request.header.authorization", false),
            ("http.url", false),
            ("http.target", true),
            ("url.path", true),
            ("url.full", false),
            ("url.query", false),
            ("rpc.grpc.status_code", true),
            ("rpc.grpc.request.metadata.token", false),
            ("db.system.name", true),
            ("db.operation.name", true),
            ("db.operation.parameter.0", false),
            ("db.query.text", false),
            ("ml.agent_type", true),
            ("user.email", false),
        ] {
            let expected = if kept { "value" } else { REDACTED };
            assert_eq!(keep.value(key, "value".into()), expected, "{key}");
        }
        assert_eq!(keep.value("user.email", String::new()), "");
    }
}
