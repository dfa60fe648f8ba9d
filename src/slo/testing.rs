//! What tests of this kind share: documents to promises, tables to answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use crate::catalog::document::{self, Body, Document};
use crate::catalog::library::{Draft, Library};
use crate::catalog::node;
use crate::config::Config;
use crate::evaluate;
use crate::evidence::{Answer, Ask, Evidence, Exhibit, Sample};
use crate::finding::Findings;
use crate::place::SourceFile;
use crate::promise::{Promise, Step};
use crate::verdict::{Reason, Verdict};

/// An SLO of 99 % over 30 days on one counter, with these annotations added.
pub(super) fn slo(annotations: &str) -> String {
    document(
        annotations,
        "total: {metricSource: {type: prometheus, spec: {query: sum(x)}}}, bad: {metricSource: {type: prometheus, spec: {query: 'sum(x{s=\"5\"})'}}}",
    )
}

/// The same with this ratio.
pub(super) fn document(annotations: &str, ratio: &str) -> String {
    format!(
        "apiVersion: openslo/v1
kind: SLO
metadata:
  name: checkout
  annotations: {{steadfast/burn: '14.4@1h/5m, 6@6h/30m', {annotations}}}
spec:
  service: shop
  indicator: {{spec: {{ratioMetric: {{counter: true, {ratio}}}}}}}
  timeWindow: [{{duration: 30d, isRolling: true}}]
  budgetingMethod: Occurrences
  objectives: [{{target: 0.99}}]
"
    )
}

/// The promises of a file, and its findings as `lint <text at the place> message (help)`.
pub(super) fn read(text: &str) -> (Vec<Promise>, Vec<String>) {
    let file = SourceFile::new("a.yaml", text);
    let mut findings = Findings::default();
    let drafts: Vec<Box<dyn Draft>> = document::split(text)
        .into_iter()
        .flat_map(|range| {
            let document = Document {
                file: Arc::clone(&file),
                body: Body::Yaml(node::parse(&file, range).unwrap()),
            };
            assert!((super::KIND.accepts)(&document));
            (super::KIND.read)(&document, &mut findings)
        })
        .collect();
    let config = Config::default();
    let mut library = Library::new(&config);
    drafts.iter().for_each(|draft| draft.declare(&mut library));
    let promises = drafts
        .into_iter()
        .flat_map(|draft| draft.link(&library, &mut findings))
        .collect();
    let told = findings.list.iter().map(|finding| {
        let at = &text[finding.span.start..finding.span.end];
        let help = finding.help.as_deref().unwrap_or("no help");
        format!("{} <{at}> {} ({help})", finding.lint, finding.message)
    });
    (promises, told.collect())
}

/// Judges a promise; `answer` stands for Prometheus.
pub(super) fn judge(
    promise: &Promise,
    answer: &dyn Fn(&str) -> Result<Vec<Sample>, Reason>,
) -> (Verdict, Evidence) {
    let mut seen = Evidence::new(Uuid::nil(), Timestamp::UNIX_EPOCH);
    for _ in 0..4 {
        let asks = match promise.check.step(&seen, Timestamp::UNIX_EPOCH) {
            Step::Ask(asks) => asks,
            Step::Done(_) => {
                let verdict = evaluate::judge(promise.check.as_ref(), &seen, Timestamp::UNIX_EPOCH);
                return (verdict, seen);
            }
            Step::Wait(_) => panic!("an SLO waits for nothing"),
        };
        for ask in asks {
            let Ask::Promql { query, .. } = &ask else {
                panic!("an SLO asks Prometheus only");
            };
            seen.exhibits.push(Arc::new(Exhibit {
                answer: answer(query).map(Answer::Vector),
                ask,
                at: Timestamp::UNIX_EPOCH,
                took_ms: 1,
            }));
        }
    }
    panic!("an SLO is judged after two rounds");
}

/// Those of the counts that a query asks for.
pub(super) fn asked(query: &str, counts: &[(&str, f64)]) -> Vec<Sample> {
    counts
        .iter()
        .filter(|(part, _)| query.contains(&format!("\"{part}\"")))
        .map(|(part, value)| sample(&[("steadfast", part)], *value))
        .collect()
}

/// A sample with these labels.
pub(super) fn sample(labels: &[(&str, &str)], value: f64) -> Sample {
    let labels: BTreeMap<_, _> = labels
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Sample { labels, value }
}
