//! What annotations `steadfast/…` say of an SLO. Pure.

use std::sync::Arc;

use super::burn::{BurnRate, Pair};
use super::lints::annotation;
use crate::catalog::document::Metadata;
use crate::catalog::fields::Spanned;
use crate::duration;
use crate::finding::Findings;
use crate::place::SourceFile;

/// The annotations, read.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// `burn`: the pairs of windows, as written.
    pub burn: Option<Spanned<Vec<Pair>>>,
    /// `min-events`: what the long window must have seen.
    pub min_events: Option<u64>,
    /// `budget: judge`: whether the error budget is a promise of its own.
    pub judges_budget: bool,
    /// `by`: labels to look for culprits in.
    pub by: Vec<String>,
    /// `source`: which of several Prometheus.
    pub source: Option<Spanned<String>>,
    /// `runbook`: the page that helps.
    pub runbook: Option<Spanned<String>>,
}

/// Reads the annotations; what cannot be read is a finding and keeps its default.
pub(super) fn read(
    metadata: &Metadata,
    file: &Arc<SourceFile>,
    findings: &mut Findings,
) -> Settings {
    annotation::check(metadata, file, findings);
    let mut reader = Reader {
        metadata,
        file,
        findings,
    };
    Settings {
        burn: reader.read("burn", "write it like \"14.4@1h/5m, 6@6h/30m\"", pairs),
        min_events: reader
            .read("min-events", "write it like \"20\"", positive)
            .map(|count| count.value),
        judges_budget: reader
            .read("budget", "write \"judge\" or remove it", judge)
            .is_some(),
        by: reader
            .read("by", "write it like \"route,instance\"", labels)
            .map_or_else(Vec::new, |labels| labels.value),
        source: metadata.annotation("source").cloned(),
        runbook: metadata.annotation("runbook").cloned(),
    }
}

struct Reader<'a> {
    metadata: &'a Metadata,
    file: &'a Arc<SourceFile>,
    findings: &'a mut Findings,
}

impl Reader<'_> {
    fn read<T>(
        &mut self,
        key: &str,
        help: &str,
        parse: fn(&str) -> Result<T, String>,
    ) -> Option<Spanned<T>> {
        let text = self.metadata.annotation(key)?;
        match parse(&text.value) {
            Ok(value) => Some(Spanned {
                value,
                span: text.span,
            }),
            Err(message) => {
                annotation::tell(self.file, key, text.span, (message, help), self.findings);
                None
            }
        }
    }
}

fn pairs(text: &str) -> Result<Vec<Pair>, String> {
    text.split(',').map(|pair| pair_of(pair.trim())).collect()
}

fn pair_of(text: &str) -> Result<Pair, String> {
    let bad = || format!("`{text}` is not a burn rate over two windows");
    let (factor, windows) = text.split_once('@').ok_or_else(bad)?;
    let (long, short) = windows.split_once('/').ok_or_else(bad)?;
    let factor: f64 = factor.trim().parse().map_err(|_| bad())?;
    let (long, short) = (
        duration::parse(long.trim())?,
        duration::parse(short.trim())?,
    );
    if !(factor.is_finite() && factor > 0.0) || short.is_zero() || long.is_zero() {
        return Err(bad());
    }
    Ok(Pair {
        factor: BurnRate(factor),
        long,
        short,
    })
}

fn positive(text: &str) -> Result<u64, String> {
    match text.trim().parse() {
        Ok(count) if count > 0 => Ok(count),
        _ => Err(format!("`{text}` is not a number of events")),
    }
}

fn judge(text: &str) -> Result<(), String> {
    match text.trim() {
        "judge" => Ok(()),
        _ => Err(format!(
            "`{text}` is not what can be done with an error budget"
        )),
    }
}

fn labels(text: &str) -> Result<Vec<String>, String> {
    let is_name = |name: &str| {
        name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
            && name
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    };
    text.split(',')
        .map(str::trim)
        .map(|name| match is_name(name) {
            true => Ok(name.to_owned()),
            false => Err(format!("`{name}` is not the name of a label")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_written_factor_at_long_by_short() {
        let seconds = |text: &str| {
            pairs(text).map(|pairs| {
                pairs
                    .iter()
                    .map(|pair| (pair.factor.0, pair.long.as_secs(), pair.short.as_secs()))
                    .collect::<Vec<_>>()
            })
        };
        assert_eq!(
            seconds("14.4@1h/5m, 6@6h/30m"),
            Ok(vec![(14.4, 3_600, 300), (6.0, 21_600, 1_800)])
        );
        assert_eq!(seconds("2@1m/15s"), Ok(vec![(2.0, 60, 15)]));
        for text in [
            "",
            "14.4",
            "14.4@1h",
            "x@1h/5m",
            "-1@1h/5m",
            "NaN@1h/5m",
            "1@0/5m",
            "1@1h/0s",
            "1@1h/5m,",
        ] {
            assert!(pairs(text).is_err(), "{text}");
        }
    }

    #[test]
    fn labels_are_names() {
        assert_eq!(labels("a, b_1"), Ok(vec!["a".to_owned(), "b_1".to_owned()]));
        for text in ["", "a,", "a b", "1a", "a)x("] {
            assert!(labels(text).is_err(), "{text}");
        }
    }
}
