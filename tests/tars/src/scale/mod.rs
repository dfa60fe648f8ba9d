//! A copy of the documents at another pace: durations and ranges of ten seconds or more divided by twenty, and the
//! thresholds that `profile-fast.yaml` lists. Everything else stays byte for byte.

pub(crate) mod duration;
mod rewrite;
mod thresholds;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use self::thresholds::Thresholds;
use crate::pace::Profile;

/// What belongs to the documents.
const PARTS: [&str; 7] = [
    "slos",
    "alerts",
    "runbooks",
    "traces",
    "probes",
    "gates",
    "steadfast.yaml",
];

/// Copies the documents at a pace. What is in the way is overwritten.
///
/// # Errors
/// When a file cannot be read or written, or a listed threshold is not where the list says.
pub fn copy(profile: Profile, from: &Path, to: &Path) -> Result<()> {
    if !from.is_dir() {
        bail!("{} is not a folder", from.display());
    }
    let thresholds = Thresholds::listed()?;
    for part in PARTS {
        let path = from.join(part);
        if path.exists() {
            copy_part(profile, &thresholds, from, Path::new(part), to)?;
        }
    }
    Ok(())
}

fn copy_part(
    profile: Profile,
    thresholds: &Thresholds,
    from: &Path,
    part: &Path,
    to: &Path,
) -> Result<()> {
    let (source, target) = (from.join(part), to.join(part));
    let cannot = || format!("cannot copy {}", source.display());
    if source.is_dir() {
        fs::create_dir_all(&target).with_context(cannot)?;
        for entry in fs::read_dir(&source).with_context(cannot)? {
            let name = entry.with_context(cannot)?.file_name();
            copy_part(profile, thresholds, from, &part.join(name), to)?;
        }
        return Ok(());
    }
    fs::create_dir_all(target.parent().unwrap_or(to)).with_context(cannot)?;
    let bytes = fs::read(&source).with_context(cannot)?;
    let copied = match (profile, String::from_utf8(bytes)) {
        (Profile::Fast, Ok(text)) => fast(thresholds, part, &text)
            .with_context(cannot)?
            .into_bytes(),
        (Profile::Prod, Ok(text)) => text.into_bytes(),
        (_, Err(not_text)) => not_text.into_bytes(),
    };
    fs::write(&target, copied).with_context(cannot)
}

/// A document's text at the fast pace.
fn fast(thresholds: &Thresholds, path: &Path, text: &str) -> Result<String> {
    let text = thresholds.apply(path, text)?;
    let markdown = path.extension().is_some_and(|extension| extension == "md");
    let rules = path.starts_with("alerts");
    let mut inside_code = false;
    let scaled = text.split_inclusive('\n').map(|line| {
        let fence = line.trim_start().starts_with("```");
        inside_code ^= fence;
        match (markdown, rules) {
            // Prose says what it says; only PromQL in a runbook is read by machines.
            (true, _) if inside_code && !fence => rewrite::line(line),
            (true, _) => line.to_owned(),
            (false, true) => rewrite::rule_line(line),
            (false, false) => rewrite::line(line),
        }
    });
    Ok(scaled.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, text: &str, expected: &str) {
        let thresholds = Thresholds::listed().expect("the list is valid");
        let scaled = fast(&thresholds, Path::new(path), text).expect("scales");
        assert_eq!(scaled, expected);
    }

    #[test]
    fn an_alert_rule() {
        check(
            "alerts/own.yaml",
            "groups:
- name: eval
  interval: 30s # often
  rules:
  - alert: Slow
    expr: rate(x[5m]) > 0 and rate(x[1h] offset 30m) > 0
    for: 5m
    keep_firing_for: 2m
  - alert: AtOnce
    expr: up == 0
    for: 0s
",
            "groups:
- name: eval
  interval: 1s # often
  rules:
  - alert: Slow
    expr: rate(x[15s]) > 0 and rate(x[3m] offset 90s) > 0
    for: 5s
    keep_firing_for: 6s
  - alert: AtOnce
    expr: up == 0
    for: 0s
",
        );
    }

    #[test]
    fn an_slo() {
        check(
            "slos/own.yaml",
            "metadata: {annotations: {steadfast/burn: \"14.4@1h/5m, 6@6h/30m\"}}
spec: {timeWindow: [{duration: 30d, isRolling: true}], timeout: 5s}
",
            "metadata: {annotations: {steadfast/burn: \"14.4@3m/15s, 6@18m/90s\"}}
spec: {timeWindow: [{duration: 36h, isRolling: true}], timeout: 5s}
",
        );
    }

    #[test]
    fn a_runbook() {
        check(
            "runbooks/Own.md",
            "Wait 5m, then ask:\n```promql\nrate(x[5m])\n```\nAfter 10m call.\n",
            "Wait 5m, then ask:\n```promql\nrate(x[15s])\n```\nAfter 10m call.\n",
        );
    }

    #[test]
    fn prod_is_a_plain_copy() {
        let (from, to) = (
            tempfile::tempdir().expect("a folder"),
            tempfile::tempdir().expect("a folder"),
        );
        let text = "for: 5m\r\n# no end of line";
        fs::create_dir_all(from.path().join("alerts/deep")).expect("writable");
        fs::write(from.path().join("alerts/deep/a.yaml"), text).expect("writable");
        copy(Profile::Prod, from.path(), to.path()).expect("copies");
        let copied = fs::read_to_string(to.path().join("alerts/deep/a.yaml")).expect("copied");
        assert_eq!(copied, text);
    }

    /// The originals and their copy differ in durations and listed thresholds only: with all of these taken out,
    /// nothing differs.
    #[test]
    fn nothing_else_differs() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let thresholds = Thresholds::listed().expect("the list is valid");
        let mut files = Vec::new();
        for part in PARTS {
            list(&root, Path::new(part), &mut files);
        }
        for path in files {
            let text = fs::read_to_string(root.join(&path)).expect("documents are text");
            let scaled = fast(&thresholds, &path, &text).expect("scales");
            let bare = |text: &str| rewrite::without_durations(&thresholds.without(&path, text));
            assert_eq!(bare(&text), bare(&scaled), "{}", path.display());
            assert_eq!(text.lines().count(), scaled.lines().count());
        }
    }

    fn list(root: &Path, part: &Path, files: &mut Vec<std::path::PathBuf>) {
        let path = root.join(part);
        if path.is_file() {
            files.push(part.to_owned());
        } else if path.is_dir() {
            for entry in fs::read_dir(path).expect("readable") {
                list(
                    root,
                    &part.join(entry.expect("readable").file_name()),
                    files,
                );
            }
        }
    }
}
