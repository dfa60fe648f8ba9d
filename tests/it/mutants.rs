//! Documents gone wrong at random: reading them never panics, and what is found has a place in its file and a lint that can be
//! explained.

use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;

use anyhow::ensure;
use jiff::Timestamp;
use libtest_mimic::Trial;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use steadfast::catalog::kinds::KINDS;
use steadfast::catalog::{Catalog, UNRECOGNISED, lints};
use steadfast::evaluate::judge;
use steadfast::evidence::Evidence;
use steadfast::finding::{Finding, Lint};
use steadfast::place::SourceFile;
use steadfast::report::findings::{github, json, junit, sarif, text};
use steadfast::report::terminal::Terminal;
use steadfast::verdict::Outcome;
use uuid::Uuid;

use crate::harness::{Result, test};
use crate::replay::documents;

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("mutants::the_originals_are_good", the_originals_are_good),
        test("mutants::lines_gone_astray", lines_gone_astray),
        test("mutants::scalars_of_odd_types", scalars_of_odd_types),
        test("mutants::files_cut_short", files_cut_short),
        test("mutants::anything_at_all", anything_at_all),
    ]
}

async fn the_originals_are_good() -> Result {
    let catalog = documents::read(&documents::files());
    let told: Vec<_> = catalog.findings.list.iter().map(|it| &it.message).collect();
    ensure!(told.is_empty(), "{told:?}");
    ensure!(catalog.promises.len() == 11, "{:?}", catalog.promises);
    Ok(())
}

async fn lines_gone_astray() -> Result {
    let steps = prop::collection::vec((0..4_u8, any::<Index>(), any::<Index>()), 1..6);
    property(steps, |original, steps| {
        let mut lines: Vec<&str> = original.split_inclusive('\n').collect();
        for (what, here, there) in steps {
            if lines.len() < 2 {
                break;
            }
            let (here, there) = (here.index(lines.len()), there.index(lines.len()));
            match what {
                0 => drop(lines.remove(here)),
                1 => lines.insert(there, lines[here]),
                2 => lines.swap(here, there),
                _ => lines.truncate(here.max(1)),
            }
        }
        lines.concat()
    })
}

/// What stands where something else should.
const ODD: [&str; 34] = [
    "",
    "~",
    "null",
    "true",
    "[]",
    "{}",
    "[a, [b]]",
    "{a: {b: 1}}",
    "[{}]",
    "0",
    "-1",
    "1e999",
    "-0.0",
    ".nan",
    ".inf",
    "0x7fffffffffffffff",
    "184467440737095516160",
    "-5m",
    "999999999999999999y",
    "18446744073709551615ms",
    "500000000y",
    "1ms",
    "\"\"",
    "\" \"",
    "'é\u{1f600}\u{202e}'",
    "\t",
    "\"\\u0000\"",
    "${x}",
    "${",
    "*anchor",
    "&a *a",
    "!!binary x",
    "{{ $labels.x",
    "sum(rate(x[5m",
];

async fn scalars_of_odd_types() -> Result {
    let odd = prop_oneof![
        9 => prop::sample::select(ODD.to_vec()).prop_map(str::to_owned),
        1 => (1..3_000_usize).prop_map(|n| "[".repeat(n)),
        1 => (1..3_000_usize).prop_map(|n| "{a: ".repeat(n)),
        1 => (1..20_000_usize).prop_map(|n| "x".repeat(n)),
        1 => (1..2_000_usize).prop_map(|n| format!("'{}'", "(".repeat(n))),
    ];
    let changes = prop::collection::vec((any::<Index>(), odd), 1..4);
    property(changes, |original, changes| {
        let mut text = original.to_owned();
        for (at, odd) in changes {
            let scalars = scalars(&text);
            if scalars.is_empty() {
                break;
            }
            text.replace_range(at.get(&scalars).clone(), odd);
        }
        text
    })
}

/// Where words stand: keys, and what they say.
fn scalars(text: &str) -> Vec<std::ops::Range<usize>> {
    let word = regex::Regex::new(r#""[^"\n]*"|'[^'\n]*'|[\w./$-]+"#).expect("a pattern");
    word.find_iter(text).map(|found| found.range()).collect()
}

async fn files_cut_short() -> Result {
    property(any::<Index>(), |original, at| {
        let at = original.floor_char_boundary(at.index(original.len()));
        original[..at].to_owned()
    })
}

async fn anything_at_all() -> Result {
    let letters = "[-:#'\"\\[\\]{}&*!|>%@`,?~ \t\r\n\u{0}\u{feff}\u{85}aé\u{1f600}0$()=]{0,40}";
    property((any::<Index>(), letters), |original, (at, letters)| {
        let at = original.floor_char_boundary(at.index(original.len()));
        format!("{}{letters}{}", &original[..at], &original[at..])
    })
}

/// Reads mutants of each document among the other, good ones.
fn property<S: Strategy>(changes: S, mutate: impl Fn(&str, &S::Value) -> String) -> Result
where
    S::Value: Debug,
{
    let config = Config {
        cases: 64,
        failure_persistence: None,
        ..Config::default()
    };
    let which = 0..documents::ALL.len();
    let mut runner = TestRunner::new(config);
    let held = runner.run(&(which, changes), |(which, changes)| {
        let mut files = documents::files();
        let (path, original) = documents::ALL[which];
        files[which] = SourceFile::new(path, mutate(original, &changes));
        holds(&files)
            .map_err(|error| TestCaseError::fail(format!("{error:#}, of:\n{}", files[which].text)))
    });
    held.map_err(|error| anyhow::anyhow!("{error}"))
}

fn holds(files: &[Arc<SourceFile>]) -> Result {
    let catalog = documents::read(files);
    let known = known_lints();
    for finding in &catalog.findings.list {
        let told = (finding.lint, &finding.message, finding.span);
        let is_known = known.iter().any(|lint| lint.id == finding.lint);
        ensure!(is_known, "no such lint: {told:?}");
        ensure!(!finding.message.is_empty(), "says nothing: {told:?}");
        ensure!(is_within(finding), "has no place in its file: {told:?}");
    }
    renders(&catalog)?;
    without_evidence(&catalog)
}

fn known_lints() -> Vec<&'static Lint> {
    let of_kinds = KINDS.iter().flat_map(|kind| kind.lints.iter().copied());
    let all = lints::LINTS.iter().chain([&UNRECOGNISED]).chain(of_kinds);
    all.collect()
}

fn is_within(finding: &Finding) -> bool {
    let (text, span) = (&finding.file.text, finding.span);
    span.start <= span.end && text.get(span.start..span.end).is_some()
}

/// Every report can tell it.
fn renders(catalog: &Catalog) -> Result {
    let text = text::render(&catalog.findings, catalog.n_files, &Terminal::default());
    for finding in &catalog.findings.list {
        ensure!(text.contains(finding.lint), "not told: {text}");
    }
    let findings = &catalog.findings;
    let paths = documents::ALL.map(|(path, _)| Path::new(path));
    for rendered in [
        github::lines(findings).replace("%3A", ":"),
        json::lines(findings),
        junit::render(findings, paths),
        sarif::render(findings, &known_lints()),
    ] {
        let n_told = findings.list.iter().filter(|it| rendered.contains(it.lint));
        ensure!(
            n_told.count() == findings.list.len(),
            "not told: {rendered}"
        );
    }
    Ok(())
}

/// Whatever became of the documents, what they promise can be evaluated, and does not pass on nothing.
fn without_evidence(catalog: &Catalog) -> Result {
    let now: Timestamp = "2026-01-01T12:00:00Z".parse()?;
    for promise in &catalog.promises {
        let patience = promise.check.patience();
        ensure!(
            now.checked_add(patience).is_ok(),
            "{promise:?} is patient for ever"
        );
        let verdict = judge(
            promise.check.as_ref(),
            &Evidence::new(Uuid::nil(), now),
            now,
        );
        ensure!(verdict.outcome != Outcome::Pass, "{promise:?}: {verdict:?}");
    }
    Ok(())
}
