//! `journey:request`: a request must be one that can be sent.

use std::sync::Arc;

use crate::catalog::fields::{Spanned, nearest};
use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::{SourceFile, Span};
use crate::probe::identity::RESERVED;

/// The lint.
pub const LINT: Lint = Lint {
    id: "journey:request",
    summary: "a request cannot be sent as it is written",
    severity: Severity::Error,
    explain: "A request has a method of HTTP, a path that starts with `/`, at most one of `json` and `body`, and none of the \
              header fields by which synthetic traffic is told apart.\n\n\
              Bad: `request: {target: orch, method: PSOT, path: v1/trials, json: {}, body: x}`. \
              Good: `request: {target: orch, method: POST, path: /v1/trials, json: {}}`.",
};

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Reads a method; `GET` where there is none.
pub fn method(
    text: Option<Spanned<String>>,
    path: &str,
    file: &Arc<SourceFile>,
    findings: &mut Findings,
) -> String {
    let Some(text) = text else {
        return "GET".into();
    };
    let method = text.value.to_ascii_uppercase();
    if !METHODS.contains(&method.as_str()) {
        let message = format!("`{}` is not a method of HTTP", text.value);
        let help = match nearest(&method, &METHODS) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the methods are {}", METHODS.join(", ")),
        };
        findings.push(
            Finding::new(&LINT, file, text.span, message)
                .help(help)
                .about(path),
        );
    }
    method
}

/// Applies it to a path.
pub fn path(text: &Spanned<String>, path: &str, file: &Arc<SourceFile>, findings: &mut Findings) {
    if text.value.starts_with('/') {
        return;
    }
    let message = format!("path `{}` does not start with `/`", text.value);
    let finding = Finding::new(&LINT, file, text.span, message);
    findings.push(finding.help(format!("write `/{}`", text.value)).about(path));
}

/// Tells that `json` and `body`, which stands at `span`, are both there.
pub fn two_bodies(span: Span, path: &str, file: &Arc<SourceFile>, findings: &mut Findings) {
    let finding = Finding::new(&LINT, file, span, "a request has either `json` or `body`");
    findings.push(finding.help("remove one of them").about(path));
}

/// Applies it to the name of a header field.
pub fn header(name: &Spanned<String>, path: &str, file: &Arc<SourceFile>, findings: &mut Findings) {
    let message = if !is_token(&name.value) {
        format!("`{}` cannot be a header field", name.value)
    } else if RESERVED.contains(&name.value.to_ascii_lowercase().as_str()) {
        format!(
            "the header field `{}` is set by Steadfast itself",
            name.value
        )
    } else {
        return;
    };
    findings.push(
        Finding::new(&LINT, file, name.span, message)
            .help("remove it")
            .about(path),
    );
}

/// What a field's name is made of (RFC 9110, 5.6.2).
fn is_token(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(is_allowed)
}
