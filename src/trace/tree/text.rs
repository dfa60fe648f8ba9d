//! The waterfall for a terminal.
//!
//! ```text
//! orch/POST /v1/trials        0 µs    500 ms  █──────────────────────────────████████
//!   orch/receive_trial       20 ms    380 ms   █████████████████████████████─
//! ✕   eval/run               20 ms             ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌
//!     the trace ends at orch: eval/run is missing
//! ```

use std::collections::HashSet;
use std::fmt::Write;
use std::time::Duration;

use super::{Row, Violation, rows};
use crate::duration::human;
use crate::trace::model::Trace;

/// Below this width there is no room for bars.
const BARS_FROM: usize = 60;
/// Mark, offset and duration with the spaces between.
const FIXED: usize = 2 + 10 + 10;

/// The trace as text in lines of at most `width` characters (at least 40). Each sentence of a violation is told once, in full,
/// on a line of its own that may be longer.
pub fn render(trace: &Trace, violations: &[Violation], width: usize) -> String {
    let width = width.max(40);
    let rows = rows(trace, violations);
    let total_ms = rows
        .iter()
        .map(|row| row.offset_ms + row.duration_ms)
        .fold(0.0, f64::max);
    let frame = Frame::of(&rows, width, total_ms);
    let mut text = format!("{}\n", head(trace, total_ms));
    let mut told = HashSet::new();
    for row in &rows {
        let line = frame.line(row);
        writeln!(text, "{}", line.trim_end()).expect("writing to a string cannot fail");
        for says in &row.violations {
            if told.insert(says) {
                writeln!(text, "  {}↳ {says}", frame.indent(row))
                    .expect("writing to a string cannot fail");
            }
        }
    }
    if frame.bar > 0 && !rows.is_empty() {
        text.push_str(
            "█ waited for (critical path)  ─ the rest  ╌ missing  ✕ breaks the contract\n",
        );
    }
    text
}

fn head(trace: &Trace, total_ms: f64) -> String {
    let services: HashSet<&str> = trace
        .spans
        .iter()
        .map(|span| span.service.as_str())
        .collect();
    let counted = |n: usize, what: &str| match n {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        n => format!("{n} {what}s"),
    };
    format!(
        "trace {} · {} · {} · {}",
        trace.id,
        counted(trace.spans.len(), "span"),
        counted(services.len(), "service"),
        time(total_ms)
    )
}

/// How wide each column is.
struct Frame {
    label: usize,
    bar: usize,
    total_ms: f64,
}

impl Frame {
    fn of(rows: &[Row], width: usize, total_ms: f64) -> Self {
        let rest = width - FIXED;
        let longest = rows
            .iter()
            .map(|row| 2 * row.depth + label(row).chars().count())
            .max();
        let (label, bar) = match width {
            ..BARS_FROM => (rest, 0),
            _ => {
                let label = longest.unwrap_or(0).clamp(10, rest / 2);
                (label, rest - label - 2)
            }
        };
        Self {
            label,
            bar,
            total_ms,
        }
    }

    /// Two spaces a level, but never more than half the column.
    fn indent(&self, row: &Row) -> String {
        " ".repeat((2 * row.depth).min(self.label / 2))
    }

    fn line(&self, row: &Row) -> String {
        let mark = if row.violations.is_empty() {
            ' '
        } else {
            '✕'
        };
        let name = cut(&format!("{}{}", self.indent(row), label(row)), self.label);
        let duration = match row.is_missing() {
            true => String::new(),
            false => time(row.duration_ms),
        };
        let (offset, width) = (time(row.offset_ms), self.label);
        let line = format!("{mark} {name:<width$}{offset:>10}{duration:>10}");
        match self.bar {
            0 => line,
            _ => format!("{line}  {}", self.bar(row)),
        }
    }

    fn bar(&self, row: &Row) -> String {
        let mut cells = vec![' '; self.bar];
        self.fill(
            &mut cells,
            row.offset_ms,
            row.duration_ms,
            if row.is_missing() { '╌' } else { '─' },
        );
        for (offset_ms, duration_ms) in &row.critical {
            self.fill(&mut cells, *offset_ms, *duration_ms, '█');
        }
        cells.into_iter().collect()
    }

    /// At least one cell, and none past the end.
    fn fill(&self, cells: &mut [char], offset_ms: f64, duration_ms: f64, with: char) {
        let scale = cells.len() as f64 / self.total_ms.max(f64::MIN_POSITIVE);
        let first = ((offset_ms * scale) as usize).min(cells.len() - 1);
        let last =
            (((offset_ms + duration_ms) * scale).round() as usize).clamp(first + 1, cells.len());
        cells[first..last].fill(with);
    }
}

fn label(row: &Row) -> String {
    let error = if row.is_error { " !" } else { "" };
    match row.note {
        "" => format!("{}/{}{error}", row.service, row.name),
        note => format!("{}/{}{error} ({note})", row.service, row.name),
    }
}

fn cut(text: &str, width: usize) -> String {
    match text.chars().count() <= width {
        true => text.to_owned(),
        false => text.chars().take(width - 1).chain(['…']).collect(),
    }
}

/// A time in three digits and its unit.
fn time(ms: f64) -> String {
    match ms {
        ..1.0 => format!("{:.0} µs", ms * 1e3),
        ..100.0 => format!("{ms:.1} ms"),
        ..1e3 => format!("{ms:.0} ms"),
        ..120e3 => format!("{:.2} s", ms / 1e3),
        _ => human(Duration::from_secs_f64(ms / 1e3)),
    }
}
