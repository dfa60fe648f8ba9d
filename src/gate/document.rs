//! `kind: Gate`: which promises must be kept, and how fresh the evidence must be.

use std::sync::Arc;
use std::time::Duration;

use super::check::GateCheck;
use super::lints;
use crate::catalog::document::{Document, Metadata};
use crate::catalog::fields::{Spanned, nearest};
use crate::catalog::library::{Draft, Library};
use crate::catalog::lints::{MISSING, REFERENCE, TYPE};
use crate::finding::{Finding, Findings};
use crate::place::SourceFile;
use crate::promise::{Promise, PromiseId, Selector};

/// How old evidence may be when the document does not say.
const MAX_AGE: Duration = Duration::from_secs(120);

/// A gate as it is written.
struct Gate {
    file: Arc<SourceFile>,
    metadata: Metadata,
    promises: Option<Spanned<Selector>>,
    require: Vec<Spanned<PromiseId>>,
    max_age: Duration,
    n_errors: usize,
}

/// Reads a gate. One whose document has an error stays a promise, a blocked one: it must not pass on the part that was read.
pub(super) fn read(document: &Document, findings: &mut Findings) -> Vec<Box<dyn Draft>> {
    read_gate(document, findings)
        .map_or_else(Vec::new, |gate| vec![Box::new(gate) as Box<dyn Draft>])
}

fn read_gate(document: &Document, findings: &mut Findings) -> Option<Gate> {
    let file = &document.file;
    let n_before = findings.n_errors();
    let (metadata, mut top) = document.read_metadata(findings)?;
    top.required("spec", findings);
    let spec = top.map("spec", findings);
    top.finish(findings);
    let mut spec = spec?;
    let promises =
        spec.text("promises", findings)
            .and_then(|text| match Selector::parse(&text.value) {
                Ok(selector) => Some(text.map(|_| selector)),
                Err(message) => {
                    findings
                        .push(Finding::new(&TYPE, file, text.span, message).about("spec.promises"));
                    None
                }
            });
    let require: Vec<_> = spec
        .texts("require", findings)
        .into_iter()
        .map(|id| id.map(PromiseId::new))
        .collect();
    let max_age = spec
        .duration("maxAge", findings)
        .map_or(MAX_AGE, |age| age.value);
    let span = spec.span();
    spec.finish(findings);
    if promises.is_none() && require.is_empty() && findings.n_errors() == n_before {
        findings.push(
            Finding::new(
                &MISSING,
                file,
                crate::place::Span::of(span.start, 1),
                "this gate asks for no promise",
            )
            .help("write `promises: \"tier=critical\"` or `require: [slo/checkout]`")
            .about("spec"),
        );
        return None;
    }
    Some(Gate {
        file: Arc::clone(file),
        metadata,
        promises,
        require,
        max_age,
        n_errors: findings.n_errors() - n_before,
    })
}

impl Draft for Gate {
    fn link(self: Box<Self>, library: &Library<'_>, findings: &mut Findings) -> Vec<Promise> {
        let n_before = findings.n_errors();
        if let Some(selector) = &self.promises {
            lints::empty::check(&self.file, selector, library, findings);
        }
        for id in &self.require {
            self.resolve(id, library, findings);
        }
        let id = format!("gate/{}", self.metadata.name.value);
        let header = self.metadata.header(&self.file, id, (1, 1), findings);
        let check = GateCheck {
            own: header.id.clone(),
            promises: self.promises.map(|selector| selector.value),
            require: self.require.into_iter().map(|id| id.value).collect(),
            max_age: self.max_age,
            n_errors: self.n_errors + findings.n_errors() - n_before,
        };
        vec![Promise {
            header,
            check: Box::new(check),
        }]
    }
}

impl Gate {
    fn resolve(&self, id: &Spanned<PromiseId>, library: &Library<'_>, findings: &mut Findings) {
        if library.promises().contains_key(&id.value) {
            return;
        }
        let known: Vec<_> = library.promises().keys().map(PromiseId::as_str).collect();
        let mut finding = Finding::new(
            &REFERENCE,
            &self.file,
            id.span,
            format!("there is no promise `{}`", id.value),
        )
        .about(format!("spec.require {}", id.value));
        if let Some(near) = nearest(id.value.as_str(), &known) {
            finding = finding.help(format!("did you mean `{near}`?"));
        }
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use crate::catalog;
    use crate::config::Config;
    use crate::evaluate::judge;
    use crate::evidence::{Answer, Evidence, Exhibit, Told};
    use crate::place::SourceFile;
    use crate::promise::{PromiseId, Step};
    use crate::verdict::Outcome;

    const RULES: &str =
        "groups: [{name: g, rules: [{alert: A, expr: up == 0, labels: {tier: critical}}]}]";

    /// What a gate with this spec says while every promise is kept.
    #[track_caller]
    fn check(spec: &str, expected: &str) {
        let gate =
            format!("apiVersion: steadfast/v1\nkind: Gate\nmetadata: {{name: g}}\nspec: {spec}\n");
        let files = [
            SourceFile::new("r.yaml", RULES),
            SourceFile::new("g.yaml", gate),
        ];
        let catalog = catalog::read(&files, &Config::default());
        let gate = catalog.get(&PromiseId::new("gate/g")).unwrap();
        let at = Timestamp::UNIX_EPOCH;
        let mut seen = Evidence::new(Uuid::nil(), at);
        let Step::Ask(asks) = gate.check.step(&seen, at) else {
            panic!("a gate asks for verdicts");
        };
        for ask in asks {
            let told = Told {
                promise: PromiseId::new("alert/A/sound"),
                outcome: Outcome::Pass,
                says: "so".into(),
                at,
            };
            let exhibit = Exhibit {
                ask,
                at,
                took_ms: 0,
                answer: Ok(Answer::Verdicts(vec![told])),
            };
            seen.exhibits.push(exhibit.into());
        }
        let verdict = judge(gate.check.as_ref(), &seen, at);
        assert_eq!(verdict.outcome.name(), expected, "{}", verdict.says);
    }

    #[test]
    fn a_gate_does_not_pass_on_the_part_of_it_that_was_read() {
        check("{require: [alert/A/sound]}", "pass");
        check(
            "{require: [alert/A/sound], promises: tier=critical}",
            "pass",
        );
        check(
            "{require: [alert/A/sound], promises: [tier]}",
            "inconclusive",
        );
        check(
            "{require: [alert/A/sound], promises: tier in x}",
            "inconclusive",
        );
        check(
            "{require: [alert/A/sound], promise: tier=x}",
            "inconclusive",
        );
        check(
            "{require: [alert/A/sound], promises: tier=x}",
            "inconclusive",
        );
        check("{require: [alert/A/sound], maxAge: never}", "inconclusive");
    }
}
