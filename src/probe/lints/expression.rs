//! `journey:expression`: an expectation must be CEL.

use std::sync::Arc;

use super::inside;
use crate::catalog::fields::Spanned;
use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::SourceFile;
use crate::probe::expression::Expression;

/// The lint.
pub const LINT: Lint = Lint {
    id: "journey:expression",
    summary: "an expectation is not CEL",
    severity: Severity::Error,
    explain: "`expect` and `until.that` are CEL over `status`, `body`, `headers`, `took`, `elapsed` and what earlier steps \
              extracted.\n\n\
              Bad: `expect: [\"status = 202\"]`. Good: `expect: [\"status == 202\", \"elapsed < duration('5s')\"]`.",
};

/// Reads an expression.
pub fn read(
    text: &Spanned<String>,
    path: &str,
    file: &Arc<SourceFile>,
    findings: &mut Findings,
) -> Option<Expression> {
    match Expression::parse(&text.value) {
        Ok(expression) => Some(expression),
        Err(error) => {
            let span = inside(file, text, error.at, 1);
            let finding = Finding::new(&LINT, file, span, error.message);
            findings.push(
                finding
                    .help("write CEL, such as `status == 200`")
                    .about(path),
            );
            None
        }
    }
}
