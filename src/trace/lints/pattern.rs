//! `trace:pattern`: a span pattern must be able to match a span.

use std::sync::Arc;

use crate::catalog::fields::Spanned;
use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::SourceFile;
use crate::trace::pattern::Pattern;

/// The lint.
pub const LINT: Lint = Lint {
    id: "trace:pattern",
    summary: "a span pattern can match no span",
    severity: Severity::Error,
    explain: "Spans are written `service/name`, each part with `*` for any run of characters. A pattern without `/` matches \
              nothing: a `must` with it always fails and a `mustNot` with it never does.\n\n\
              Bad: `from: receive_trial`. Good: `from: orch/receive_trial` or `from: \"*/receive_trial\"`.",
};

/// Reads a pattern; what matches nothing is a finding about `path`.
pub fn read(
    text: &Spanned<String>,
    path: &str,
    file: &Arc<SourceFile>,
    findings: &mut Findings,
) -> Option<Pattern> {
    match Pattern::parse(&text.value) {
        Ok(pattern) => Some(pattern),
        Err(message) => {
            let name = text.value.trim_matches('/');
            let finding = Finding::new(&LINT, file, text.span, message);
            findings.push(
                finding
                    .help(format!("write \"{name}/*\" or \"*/{name}\""))
                    .about(path),
            );
            None
        }
    }
}
