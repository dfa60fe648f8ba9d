//! `journey:variable`: what is used must have been extracted before.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::inside;
use crate::catalog::fields::{Spanned, nearest};
use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::{SourceFile, Span};
use crate::probe::expression::{BUILT_IN, Expression};
use crate::probe::template::Template;

/// The lint.
pub const LINT: Lint = Lint {
    id: "journey:variable",
    summary: "a journey uses a variable that no earlier step extracted",
    severity: Severity::Error,
    explain: "`${name}` and the names in expressions stand for what an earlier step extracted, or for `run` and \
              `run_number`, which are unique to each evaluation.\n\n\
              Bad: `path: /v1/trials/${trail}`. Good: `path: /v1/trials/${trial}` after `extract: {trial: $.trial_id}`.",
};

/// What templates know without any step.
const GIVEN: [&str; 2] = ["run", "run_number"];

/// Reads a template whose variables are all `known`.
pub fn template(
    text: &Spanned<String>,
    known: &BTreeSet<String>,
    path: &str,
    file: &Arc<SourceFile>,
    findings: &mut Findings,
) -> Option<Template> {
    let template = match Template::parse(&text.value) {
        Ok(template) => template,
        Err((message, at)) => {
            let finding = Finding::new(&LINT, file, inside(file, text, at, 2), message);
            findings.push(
                finding
                    .help("write `${name}`, or `$${` for `${` itself")
                    .about(path),
            );
            return None;
        }
    };
    let unknown = template
        .variables()
        .find(|name| !known.contains(*name) && !GIVEN.contains(name));
    let Some(name) = unknown else {
        return Some(template);
    };
    let at = text.value.find(&format!("${{{name}}}")).unwrap_or_default();
    let span = inside(file, text, at, name.len() + 3);
    findings.push(never_extracted(name, known, &GIVEN, span, path, file));
    None
}

/// Applies it to an expression.
pub fn expression(
    expression: &Expression,
    text: &Spanned<String>,
    known: &BTreeSet<String>,
    path: &str,
    file: &Arc<SourceFile>,
    findings: &mut Findings,
) {
    for name in expression.variables() {
        if !known.contains(name) && !BUILT_IN.contains(&name.as_str()) {
            let at = text.value.find(name.as_str()).unwrap_or_default();
            let span = inside(file, text, at, name.len());
            findings.push(never_extracted(name, known, &BUILT_IN, span, path, file));
        }
    }
}

fn never_extracted(
    name: &str,
    known: &BTreeSet<String>,
    given: &[&str],
    span: Span,
    path: &str,
    file: &Arc<SourceFile>,
) -> Finding {
    let names: Vec<&str> = known
        .iter()
        .map(String::as_str)
        .chain(given.iter().copied())
        .collect();
    let help = match nearest(name, &names) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known here: {}", names.join(", ")),
    };
    let message = format!("no earlier step extracts `{name}`");
    Finding::new(&LINT, file, span, message)
        .help(help)
        .about(format!("{path} {name}"))
}
