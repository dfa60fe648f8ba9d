//! Invariants of the code itself: pure files do no I/O, `src/` does not know the reference system, comments do not lie about
//! faults.

use std::path::{Path, PathBuf};

use anyhow::ensure;
use libtest_mimic::Trial;

use crate::harness::{Result, root, test};

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("tidy::pure_files_do_no_io", pure_files_do_no_io),
        test(
            "tidy::src_does_not_know_the_reference_system",
            src_does_not_know_the_reference_system,
        ),
        test("tidy::nobody_knows_the_faults", nobody_knows_the_faults),
    ]
}

/// The folders and files of `src/` in which nothing may touch the outside.
const PURE: [&str; 19] = [
    "alert",
    "duration.rs",
    "evidence.rs",
    "finding.rs",
    "gate",
    "place.rs",
    "probe",
    "promise",
    "promise.rs",
    "promql",
    "report",
    "runbook",
    "settle.rs",
    "slo",
    "subject.rs",
    "trace",
    "verdict.rs",
    "catalog/node.rs",
    "catalog/fields.rs",
];

/// What pure code does not say.
const IMPURE: [&str; 12] = [
    "std::fs",
    "std::net",
    "std::process",
    "tokio::",
    "reqwest",
    "hyper::",
    "sqlx",
    "tracing::",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "rand::",
];

async fn pure_files_do_no_io() -> Result {
    let mut n_files = 0;
    for pure in PURE {
        for file in rust_files(&root().join("src").join(pure))? {
            n_files += 1;
            let text = std::fs::read_to_string(&file)?;
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for (number, line) in code.lines().enumerate() {
                let line = line.split("//").next().unwrap_or_default();
                let found = IMPURE.iter().find(|word| line.contains(**word));
                ensure!(found.is_none(), "{}:{}: {line}", file.display(), number + 1);
            }
        }
    }
    ensure!(n_files > 30, "only {n_files} files were looked at");
    Ok(())
}

async fn src_does_not_know_the_reference_system() -> Result {
    for file in rust_files(&root().join("src"))? {
        let text = std::fs::read_to_string(&file)?;
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for word in ["tars", "T.A.R.S", "hypersync", "automl"] {
            let found = code
                .lines()
                .find(|line| line.to_lowercase().contains(&word.to_lowercase()));
            ensure!(found.is_none(), "{} says {found:?}", file.display());
        }
    }
    Ok(())
}

/// A fault's id: `F` and two digits, as a word.
fn names_a_fault(text: &str) -> Option<&str> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric())
        .find(|word| {
            word.len() == 3
                && word.starts_with('F')
                && word[1..].bytes().all(|digit| digit.is_ascii_digit())
        })
}

async fn nobody_knows_the_faults() -> Result {
    let mut files = rust_files(&root().join("src"))?;
    for folder in ["slos", "alerts", "runbooks", "traces", "probes", "gates"] {
        files.extend(all_files(&root().join(folder))?);
    }
    files.push(root().join("steadfast.yaml"));
    for file in files {
        let text = std::fs::read_to_string(&file)?;
        ensure!(
            names_a_fault(&text).is_none(),
            "{} knows {:?}",
            file.display(),
            names_a_fault(&text)
        );
    }
    Ok(())
}

fn rust_files(path: &Path) -> Result<Vec<PathBuf>> {
    let mut files = all_files(path)?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    files.retain(|file| !file.ends_with("tests.rs") && !file.ends_with("samples.rs"));
    // Folders of tests below `src/`; where the checkout itself lies does not matter.
    let root = root();
    files.retain(|file| {
        let inside = file.strip_prefix(&root).unwrap_or(file);
        !inside.components().any(|part| part.as_os_str() == "tests")
    });
    Ok(files)
}

fn all_files(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path)? {
        files.extend(all_files(&entry?.path())?);
    }
    Ok(files)
}
