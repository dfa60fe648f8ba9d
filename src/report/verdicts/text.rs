//! Verdicts for the terminal: the same sentences in the same order as on the page.

use jiff::Timestamp;

use crate::report::number::count;
use crate::report::row::{Row, Standing};
use crate::report::sections::{Cause, Sections, Service};
use crate::report::terminal::{Ink, Terminal, clean};
use crate::report::time;

/// How many past evaluations a strip shows.
const STRIP: usize = 20;

/// How many promises of one cause are named before the rest is counted.
const NAMED: usize = 12;

/// All rows as they stand at `now`, worst first.
pub fn render(rows: &[Row], now: Timestamp, terminal: &Terminal) -> String {
    if rows.is_empty() {
        return "Nothing was checked: no document promises anything.\n".to_owned();
    }
    let rows: Vec<_> = rows.iter().map(|row| row.as_of(now)).collect();
    let sections = Sections::of(&rows);
    let mut parts = vec![summary(&sections, terminal)];
    if !sections.broken.is_empty() {
        let told = sections.broken.iter().map(|row| broken(row, now, terminal));
        parts.push(section("BROKEN", told, terminal));
    }
    if !sections.causes.is_empty() {
        let told = sections
            .causes
            .iter()
            .map(|each| cause(each, now, terminal));
        parts.push(section("CAN'T TELL", told, terminal));
    }
    if !sections.kept.is_empty() {
        parts.push(kept(&sections, terminal));
    }
    parts.join("\n\n") + "\n"
}

/// `✕ 2 broken    ? 5 can't tell    ✓ 56 kept`.
fn summary(sections: &Sections<'_>, terminal: &Terminal) -> String {
    let told = sections.counts().map(|(standing, n)| {
        let text = format!(
            "{} {} {}",
            standing.symbol(),
            count(n as f64),
            standing.word()
        );
        let ink = if n == 0 { Ink::Faint } else { standing.into() };
        terminal.paint(ink, &text)
    });
    told.join("    ")
}

fn section(title: &str, told: impl Iterator<Item = String>, terminal: &Terminal) -> String {
    let title = terminal.paint(Ink::Strong, title);
    std::iter::once(title)
        .chain(told)
        .collect::<Vec<_>>()
        .join("\n")
}

fn broken(row: &Row, now: Timestamp, terminal: &Terminal) -> String {
    let mut lines = vec![headline(row, Standing::Broken, now, terminal)];
    lines.push(terminal.wrap(row.says(), 2));
    if let Some(note) = unsettled(row) {
        lines.push(terminal.wrap(&note, 2));
    }
    let mut facts = vec![strip(row)];
    facts.extend(
        row.verdict
            .culprits
            .iter()
            .map(|culprit| format!("culprit {culprit}")),
    );
    facts.extend(
        row.header
            .runbook
            .iter()
            .map(|page| format!("runbook {}", page.path.display())),
    );
    facts.extend(row.trace.iter().map(|trace| format!("trace {}", trace.id)));
    facts.push(row.header.place().to_string());
    facts.retain(|fact| !fact.is_empty());
    lines.push(terminal.paint(Ink::Faint, &packed(&facts, terminal)));
    lines.join("\n")
}

/// Shape and name left, the age right.
fn headline(row: &Row, standing: Standing, now: Timestamp, terminal: &Terminal) -> String {
    let name = format!("{} {}", standing.symbol(), clean(row.header.id.as_str()));
    // The gap is measured without the colours.
    let line = terminal.spread(&name, &time::since(row.since, now));
    line.replacen(&name, &terminal.paint(standing.into(), &name), 1)
}

/// What to add where the newest verdict differs from the settled one.
fn unsettled(row: &Row) -> Option<String> {
    let newest = row.unsettled()?;
    Some(format!(
        "the newest evaluation says {}: {}",
        newest.word(),
        row.verdict.says
    ))
}

fn cause(cause: &Cause<'_>, now: Timestamp, terminal: &Terminal) -> String {
    if let [row] = cause.rows[..] {
        let line = headline(row, Standing::Unknown, now, terminal);
        return format!("{line}\n{}", terminal.wrap(row.says(), 2));
    }
    let says = format!("{} since {} UTC", cause.says, time::clock(cause.since, now));
    let says = terminal.wrap(&says, 2);
    let symbol = terminal.paint(Ink::Doubtful, Standing::Unknown.symbol());
    let mut names: Vec<_> = cause
        .rows
        .iter()
        .take(NAMED)
        .map(|row| row.header.id.to_string())
        .collect();
    if cause.rows.len() > NAMED {
        names.push(format!("and {} more", cause.rows.len() - NAMED));
    }
    let names = terminal.wrap(&names.join(", "), 2);
    format!(
        "{symbol} {}\n{}",
        says.trim_start(),
        terminal.paint(Ink::Faint, &names)
    )
}

/// `KEPT  56   shop 21   billing 20   cart 15`, folded.
fn kept(sections: &Sections<'_>, terminal: &Terminal) -> String {
    let folded = |service: &Service<'_>| format!("{} {}", clean(service.name), service.rows.len());
    let services: Vec<_> = sections.kept.iter().map(folded).collect();
    let title = format!("KEPT {}", count(sections.n_kept() as f64));
    format!(
        "{}\n{}",
        terminal.paint(Ink::Strong, &title),
        packed(&services, terminal)
    )
}

/// Facts side by side, three blanks apart, in lines of the width; a fact is not broken.
fn packed(facts: &[String], terminal: &Terminal) -> String {
    let mut lines: Vec<String> = Vec::new();
    for fact in facts {
        let fact = clean(fact);
        match lines.last_mut() {
            Some(line) if line.chars().count() + 3 + fact.chars().count() <= terminal.width => {
                line.push_str("   ");
                line.push_str(&fact);
            }
            _ => lines.push(format!("  {fact}")),
        }
    }
    lines.join("\n")
}

/// The newest evaluations as bars: the higher the worse.
fn strip(row: &Row) -> String {
    let skipped = row.history.len().saturating_sub(STRIP);
    let bar = |standing| match standing {
        Standing::Kept => '▁',
        Standing::Unknown => '▄',
        Standing::Broken => '█',
    };
    row.history[skipped..]
        .iter()
        .map(|point| bar(point.standing))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::report::row::samples::{at, row};
    use crate::verdict::Verdict;

    fn rows() -> Vec<Row> {
        vec![
            row("slo/kept").of("eval").kept(),
            row("slo/eval-latency")
                .since(100)
                .broken("4.2 % of evaluations took longer than 300 s; 1 % is promised. Burning 4.2×, budget lasts 7 d"),
            row("journey/trial-to-baseline").since(192).broken("the trace ends at orch"),
            row("trace/b").unknown("jaeger"),
            row("trace/a").unknown("jaeger"),
            row("slo/c").unknown("prometheus"),
        ]
    }

    #[test]
    fn the_whole_text() {
        let terminal = Terminal {
            width: 72,
            colour: false,
        };
        insta::assert_snapshot!(render(&rows(), at(0), &terminal), @r"
        ✕ 2 broken    ? 3 can't tell    ✓ 1 kept

        BROKEN
        ✕ journey/trial-to-baseline                                     3 m 12 s
          the trace ends at orch
          ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁████   culprit service:eval
          journey-trial-to-baseline.yaml:2:7
        ✕ slo/eval-latency                                              1 m 40 s
          4.2 % of evaluations took longer than 300 s; 1 % is promised. Burning
          4.2×, budget lasts 7 d
          ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁████   culprit service:eval
          slo-eval-latency.yaml:2:7

        CAN'T TELL
        ? 2 promises need Jaeger: connection refused since 11:57 UTC
          trace/a, trace/b
        ? slo/c                                                              3 m
          prometheus unreachable: connection refused

        KEPT 1
          eval 1
        ");
    }

    #[test]
    fn a_narrow_terminal_is_not_exceeded() {
        let terminal = Terminal {
            width: 40,
            colour: false,
        };
        for line in render(&rows(), at(0), &terminal).lines() {
            assert!(line.chars().count() <= 40, "{line}");
        }
    }

    #[test]
    fn without_colours_there_is_no_escape_and_with_them_there_is() {
        let mut rows = rows();
        rows.push(row("slo/evil").broken("\x1b]0;title\x07"));
        let plain = render(&rows, at(0), &Terminal::default());
        assert!(!plain.contains('\x1b') && !plain.contains('\x07'));
        let terminal = Terminal {
            colour: true,
            ..Terminal::default()
        };
        assert!(render(&rows, at(0), &terminal).contains("\x1b[1;31m✕ slo/evil"));
    }

    #[test]
    fn recovering_is_said() {
        let mut recovering = row("slo/a").broken("too slow");
        recovering.verdict = Arc::new(Verdict::pass("fast enough"));
        let text = render(&[recovering], at(0), &Terminal::default());
        assert!(
            text.contains("  too slow\n  the newest evaluation says kept: fast enough"),
            "{text}"
        );
    }

    #[test]
    fn nothing_checked_is_no_success() {
        let text = render(&[], at(0), &Terminal::default());
        assert_eq!(
            text,
            "Nothing was checked: no document promises anything.\n"
        );
    }
}
