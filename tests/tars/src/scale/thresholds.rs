//! The listed thresholds: numbers that mean seconds, which no rule about durations can know.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

const LIST: &str = include_str!("../../profile-fast.yaml");

#[derive(Debug, PartialEq, Eq)]
struct Threshold {
    /// A file below the documents, or `*` for all.
    file: String,
    text: String,
    replacement: String,
}

/// The list.
#[derive(Debug)]
pub(super) struct Thresholds(Vec<Threshold>);

impl Thresholds {
    /// Reads the list, compiled in.
    pub(super) fn listed() -> Result<Self> {
        let lines = LIST.lines().map(str::trim).enumerate();
        let entries = lines.filter(|(_, line)| line.starts_with("- "));
        let read = |(number, line): (usize, &str)| {
            entry(line).with_context(|| format!("profile-fast.yaml, line {}", number + 1))
        };
        Ok(Self(entries.map(read).collect::<Result<_>>()?))
    }

    /// A document's text with its thresholds replaced.
    pub(super) fn apply(&self, path: &Path, text: &str) -> Result<String> {
        for threshold in self.of(path).filter(|threshold| threshold.file != "*") {
            if !text.contains(&threshold.text) {
                bail!(
                    "profile-fast.yaml lists {:?}, which is not in it",
                    threshold.text
                );
            }
        }
        let pairs = self
            .of(path)
            .map(|threshold| (threshold.text.as_str(), threshold.replacement.as_str()));
        Ok(replace_all(text, &pairs.collect::<Vec<_>>()))
    }

    fn of<'a>(&'a self, path: &'a Path) -> impl Iterator<Item = &'a Threshold> {
        let concerns = move |threshold: &&Threshold| {
            threshold.file == "*" || Path::new(&threshold.file) == path
        };
        self.0.iter().filter(concerns)
    }

    /// A text without any of them, neither old nor new.
    #[cfg(test)]
    pub(super) fn without(&self, path: &Path, text: &str) -> String {
        let both = self
            .of(path)
            .flat_map(|found| [&found.text, &found.replacement]);
        let pairs: Vec<_> = both.map(|text| (text.as_str(), "<>")).collect();
        replace_all(text, &pairs)
    }
}

/// Replaces in one pass, so that nothing is replaced twice; the first pair that fits wins.
fn replace_all(text: &str, pairs: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        match pairs.iter().find(|(old, _)| rest.starts_with(old)) {
            Some((old, new)) => {
                out.push_str(new);
                rest = &rest[old.len()..];
            }
            None => {
                out.push(next);
                rest = &rest[next.len_utf8()..];
            }
        }
    }
    out
}

/// `- {file: NAME, text: 'OLD', replacement: 'NEW'}`: each entry on a line, as JSON strings or single-quoted.
fn entry(line: &str) -> Result<Threshold> {
    let value = |key: &str| -> Result<String> {
        let start = line
            .find(&format!("{key}: '"))
            .with_context(|| format!("no {key}: '...'"))?;
        let rest = &line[start + key.len() + 3..];
        let end = rest
            .find('\'')
            .with_context(|| format!("{key} has no end"))?;
        Ok(rest[..end].to_owned())
    };
    let threshold = Threshold {
        file: value("file")?,
        text: value("text")?,
        replacement: value("replacement")?,
    };
    ensure!(!threshold.text.is_empty(), "an empty text");
    Ok(threshold)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_what_is_listed() {
        let thresholds = Thresholds::listed().expect("the list is valid");
        let text = "x{le=\"600.0\"} / x{le=\"30\"} / x{le=\"1.0\"}";
        let fast = thresholds
            .apply(Path::new("slos/any.yaml"), text)
            .expect("applies");
        assert_eq!(fast, "x{le=\"30.0\"} / x{le=\"1.5\"} / x{le=\"1.0\"}");
    }

    #[test]
    fn what_is_listed_but_not_there_is_a_mistake() {
        let thresholds = Thresholds(vec![Threshold {
            file: "slos/a.yaml".to_owned(),
            text: "> 300".to_owned(),
            replacement: "> 15".to_owned(),
        }]);
        assert!(thresholds.apply(Path::new("slos/a.yaml"), "> 3000").is_ok());
        assert!(thresholds.apply(Path::new("slos/a.yaml"), "> 30").is_err());
        assert!(thresholds.apply(Path::new("slos/b.yaml"), "> 30").is_ok());
    }
}
