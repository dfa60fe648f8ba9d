//! `runbook:reviewed`: the date of the last review can be read.

use std::sync::Arc;

use jiff::civil::Date;

use crate::catalog::fields::Spanned;
use crate::finding::{Finding, Findings, Lint, Severity};
use crate::place::SourceFile;

/// A review at no date.
pub(crate) static LINT: Lint = Lint {
    id: "runbook:reviewed",
    summary: "the date of a runbook's review cannot be read",
    severity: Severity::Error,
    explain: "\
`reviewed` says when somebody last went through the page, as year, month and day.

Bad:
    reviewed: last spring
Good:
    reviewed: 2026-01-31",
};

/// The date, or a finding at what is written instead.
pub(in crate::runbook) fn date(
    file: &Arc<SourceFile>,
    written: &Spanned<String>,
    findings: &mut Findings,
) -> Option<Date> {
    let date = written.value.trim().parse().ok();
    if date.is_none() {
        let message = format!("`{}` is not a date", written.value);
        findings.push(
            Finding::new(&LINT, file, written.span, message)
                .help("write it like `2026-01-31`")
                .about("reviewed"),
        );
    }
    date
}

#[cfg(test)]
mod tests {
    use crate::alert::samples::findings;
    use crate::runbook::samples::runbook;

    #[test]
    fn a_date_is_year_month_and_day() {
        let page = |date: &str| format!("---\nreviewed: {date}\n---\n# A\n");
        let reviewed = runbook("A.md", &page("2026-01-31")).reviewed;
        assert_eq!(reviewed, Some(jiff::civil::date(2026, 1, 31)));
        for date in ["last spring", "2026-02-30", "31.01.2026"] {
            assert_eq!(
                findings("runbook:reviewed", &[("A.md", &page(date))]),
                [format!("error A.md:2:11 `{date}` is not a date")]
            );
        }
    }
}
