//! `alert:group`: the groups of a file have different names.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::catalog::fields::Spanned;
use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::SourceFile;

/// Two groups of one file have the same name.
pub(crate) static LINT: Lint = Lint {
    id: "alert:group",
    summary: "two rule groups of a file have the same name",
    severity: Severity::Error,
    explain: "\
Prometheus tells groups apart by file and name, and refuses a file that has one name twice.

Bad:
    groups:
    - {name: eval, rules: []}
    - {name: eval, rules: []}
Good:
    groups:
    - {name: eval, rules: []}
    - {name: eval-slow, rules: []}",
};

/// Says so at the second name; `seen` are the names so far.
pub(in crate::alert) fn check(
    file: &Arc<SourceFile>,
    name: &Spanned<String>,
    seen: &mut BTreeSet<String>,
    findings: &mut Findings,
) {
    if seen.insert(name.value.clone()) {
        return;
    }
    let message = format!("group `{}` is written twice in this file", name.value);
    findings.push(
        Finding::new(&LINT, file, name.span, message)
            .help("give one of them another name, or put their rules together")
            .about(&name.value),
    );
}

#[cfg(test)]
mod tests {
    use crate::alert::samples::findings;

    #[test]
    fn a_name_is_given_once_a_file() {
        let text = "groups:\n- {name: g, rules: []}\n- {name: h}\n- {name: g, rules: []}\n";
        assert_eq!(
            findings(
                "alert:group",
                &[("a.yaml", text), ("b.yaml", "groups: [{name: g}]")]
            ),
            ["error a.yaml:4:10 group `g` is written twice in this file"]
        );
    }
}
