//! `journey:extract`: what is extracted must be a JSONPath under a name that expressions can use.

use std::sync::Arc;

use crate::catalog::fields::Spanned;
use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::SourceFile;
use crate::probe::expression::BUILT_IN;
use crate::probe::extract::JsonPath;
use crate::probe::template::is_name;

/// The lint.
pub const LINT: Lint = Lint {
    id: "journey:extract",
    summary: "a step extracts what it cannot",
    severity: Severity::Error,
    explain: "`extract` maps names to JSONPath (RFC 9535). A name has letters, digits and `_` only, since expressions use it, \
              and must not hide what every expression knows.\n\n\
              Bad: `extract: {trial-id: trial_id}`. Good: `extract: {trial: $.trial_id}`.",
};

/// Reads one entry of `extract`.
pub fn read(
    name: &Spanned<String>,
    text: &Spanned<String>,
    path: &str,
    file: &Arc<SourceFile>,
    findings: &mut Findings,
) -> Option<(String, JsonPath)> {
    let wrong_name = if BUILT_IN.contains(&name.value.as_str()) {
        Some(format!(
            "`{}` is already the name of something else",
            name.value
        ))
    } else if !is_name(&name.value) {
        Some(format!("`{}` is not the name of a variable", name.value))
    } else {
        None
    };
    if let Some(message) = &wrong_name {
        let help = "use letters, digits and `_`, such as `trial_id`";
        findings.push(
            Finding::new(&LINT, file, name.span, message)
                .help(help)
                .about(path),
        );
    }
    match JsonPath::parse(&text.value) {
        Ok(json_path) if wrong_name.is_none() => Some((name.value.clone(), json_path)),
        Ok(_) => None,
        Err(error) => {
            let message = format!("`{}` is not a JSONPath: {error}", text.value);
            let finding = Finding::new(&LINT, file, text.span, message);
            findings.push(finding.help("write it like `$.trial_id`").about(path));
            None
        }
    }
}
