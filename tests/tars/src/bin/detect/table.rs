//! What the grader prints: a row a fault, a summary line, progress on a terminal.

use std::io::{IsTerminal, Write};

use crate::grade::Grade;

fn print(line: &str) {
    let mut out = std::io::stdout().lock();
    // A closed pipe ends nothing: the grades are written to the file as well.
    drop(writeln!(out, "{line}"));
    drop(out.flush());
}

/// A line that the next one replaces, on a terminal only.
pub(crate) fn progress(text: &str) {
    let mut err = std::io::stderr().lock();
    if err.is_terminal() {
        let text: String = text.chars().take(100).collect();
        drop(write!(err, "\r\x1b[K{text}"));
        drop(err.flush());
    }
}

/// The heading.
pub(crate) fn head() {
    print(&format!(
        "{:<4} {:<30} {:<40} {:>9} {:>9}  {:<6} {:<9} {:>10}  also red",
        "", "fault", "noticed by", "seconds", "deadline", "named", "evidence", "recovered"
    ));
}

/// One fault's row.
pub(crate) fn row(grade: &Grade) {
    progress("");
    let seconds =
        |seconds: Option<f64>| seconds.map_or("-".into(), |seconds| format!("{seconds:.1}"));
    let yes = |yes: bool| if yes { "yes" } else { "NO" };
    let mark = if grade.is_good() { "ok" } else { "BAD" };
    print(&format!(
        "{mark:<4} {:<30} {:<40} {:>9} {:>9}  {:<6} {:<9} {:>10}  {}",
        format!("{} {}", grade.fault, grade.does),
        grade.promise.as_deref().unwrap_or("nobody"),
        seconds(grade.seconds),
        grade.deadline,
        yes(grade.named),
        yes(grade.evidence),
        seconds(grade.recovered),
        grade
            .collateral
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" "),
    ));
    if !grade.named {
        print(&format!("     blamed {}", grade.culprits.join(" ")));
    }
}

/// The last lines.
pub(crate) fn summary(grades: &[Grade], false_alarms: Option<&[String]>) {
    progress("");
    let good = grades.iter().filter(|grade| grade.is_good()).count();
    let mut line = format!(
        "{good} of {} faults detected, named and recovered in time",
        grades.len()
    );
    if let Some(alarms) = false_alarms {
        for alarm in alarms {
            print(&format!("false alarm {alarm}"));
        }
        line.push_str(&format!(
            "; {} false alarms in the healthy time",
            alarms.len()
        ));
    }
    print(&line);
}
