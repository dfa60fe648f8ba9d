//! `slo:annotation`: an annotation of ours is known and can be read.

use std::sync::Arc;

use crate::catalog::document::Metadata;
use crate::catalog::fields::nearest;
use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::{SourceFile, Span};

/// An annotation `steadfast/…` is unknown or cannot be read.
pub static LINT: Lint = Lint {
    id: "slo:annotation",
    summary: "an annotation `steadfast/…` is unknown or cannot be read",
    severity: Severity::Error,
    explain: "Annotations say what OpenSLO cannot: `steadfast/burn` (factor@long/short, …), `steadfast/min-events`, \
`steadfast/budget: judge`, `steadfast/by` (labels to look for culprits in), `steadfast/source` (which Prometheus), \
`steadfast/runbook`, and on every kind `steadfast/interval`, `steadfast/fail-after`, `steadfast/pass-after`. A misspelt one \
would silently leave the default in force.

bad:
  steadfast/burn: \"14.4 over 1h\"

good:
  steadfast/burn: \"14.4@1h/5m, 6@6h/30m\"",
};

const KNOWN: [&str; 9] = [
    "burn",
    "min-events",
    "budget",
    "by",
    "source",
    "runbook",
    "interval",
    "fail-after",
    "pass-after",
];

/// Tells that the annotation `key` cannot be read.
pub(crate) fn tell(
    file: &Arc<SourceFile>,
    key: &str,
    span: Span,
    (message, help): (String, &str),
    findings: &mut Findings,
) {
    findings.push(
        Finding::new(&LINT, file, span, message)
            .help(help)
            .about(format!("metadata.annotations.steadfast/{key}")),
    );
}

/// Tells every annotation of ours that nobody reads.
pub(crate) fn check(metadata: &Metadata, file: &Arc<SourceFile>, findings: &mut Findings) {
    for (name, text) in &metadata.annotations {
        let Some(key) = name.strip_prefix("steadfast/") else {
            continue;
        };
        if KNOWN.contains(&key) {
            continue;
        }
        let message = format!("unknown annotation `{name}`");
        let help = match nearest(key, &KNOWN) {
            Some(near) => format!("did you mean `steadfast/{near}`?"),
            None => format!(
                "known are {}",
                KNOWN.map(|key| format!("steadfast/{key}")).join(", ")
            ),
        };
        tell(file, key, text.span, (message, &help), findings);
    }
}
