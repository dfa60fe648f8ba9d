//! Findings for people, as compilers tell them: the place, the line, what is wrong right there, what to write instead.

use annotate_snippets::{
    AnnotationKind, Group, Level, Origin, Renderer, Snippet, normalize_untrusted_str,
};

use crate::finding::{Finding, Findings, Severity};
use crate::place::{SourceFile, Span};
use crate::report::number::plural;
use crate::report::terminal::{Ink, Terminal};

/// A span of more lines is shown by its first ones.
const MOST_LINES: u32 = 6;

/// Every finding, and how many there are in how many files.
pub fn render(findings: &Findings, n_files: usize, terminal: &Terminal) -> String {
    let renderer = match terminal.colour {
        true => Renderer::styled(),
        false => Renderer::plain(),
    };
    let renderer = renderer.term_width(terminal.width);
    let mut out = String::new();
    for finding in &findings.list {
        out.push_str(&one(finding, &renderer));
        out.push_str("\n\n");
    }
    out.push_str(&summary(findings, n_files, terminal));
    out.push('\n');
    out
}

fn one(finding: &Finding, renderer: &Renderer) -> String {
    let title = level(finding.severity)
        .primary_title(normalize_untrusted_str(&finding.message))
        .id(finding.lint);
    let mut group = match excerpt(&finding.file, finding.span) {
        Some(excerpt) => title.element(excerpt.snippet(finding)),
        None => title.element(origin(finding)),
    };
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(normalize_untrusted_str(help)));
    }
    renderer.render(&[group] as &[Group<'_>])
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    }
}

/// For what has no line to show: an empty or unreadable file.
fn origin(finding: &Finding) -> Origin<'_> {
    let (line, column) = finding.file.line_column(finding.span.start);
    Origin::path(finding.file.path.display().to_string())
        .line(line as usize)
        .char_column(column as usize)
}

/// The lines a finding is about. Only they are given to the renderer, which reads all it is given: a rule file may have a
/// hundred thousand lines and as many findings.
struct Excerpt<'a> {
    text: &'a str,
    first_line: u32,
    start: usize,
    end: usize,
}

fn excerpt(file: &SourceFile, span: Span) -> Option<Excerpt<'_>> {
    let text = file.text.as_str();
    if text.trim().is_empty() {
        return None;
    }
    let start = text.floor_char_boundary(span.start.min(text.len()));
    let end = text.ceil_char_boundary(span.end.clamp(start, text.len()));
    let (first_line, _) = file.line_column(start);
    let (end_line, _) = file.line_column(end);
    let from = file.offset(first_line, 1);
    let to = file.offset(end_line.min(first_line + MOST_LINES - 1) + 1, 1);
    let end = end.min(to);
    Some(Excerpt {
        text: &text[from..to],
        first_line,
        start: start - from,
        // A mark needs something to stand under.
        end: end.max(start) - from,
    })
}

impl<'a> Excerpt<'a> {
    fn snippet(self, finding: &'a Finding) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
        let mark = AnnotationKind::Primary.span(self.start..self.end);
        let label = Some(normalize_untrusted_str(&finding.label));
        Snippet::source(self.text)
            .line_start(self.first_line as usize)
            .path(finding.file.path.display().to_string())
            .annotation(mark.label(label.filter(|label| !label.is_empty())))
    }
}

/// `1 error, 2 warnings in 12 files`.
fn summary(findings: &Findings, n_files: usize, terminal: &Terminal) -> String {
    let counts = findings.count();
    let told: Vec<_> = counts
        .iter()
        .map(|(severity, n)| match severity {
            Severity::Info => format!("{n} for information"),
            severity => plural(*n, severity.name()),
        })
        .collect();
    let what = match told.is_empty() {
        true => "nothing wrong".to_owned(),
        false => told.join(", "),
    };
    let ink = match counts.keys().next() {
        Some(Severity::Error) => Ink::Bad,
        Some(Severity::Warning) => Ink::Doubtful,
        _ => Ink::Good,
    };
    let what = terminal.paint(ink, &what);
    format!("{what} in {}", plural(n_files, "file"))
}

#[cfg(test)]
mod tests {
    use super::super::samples::{OBJECTIVE, findings};
    use super::*;

    #[test]
    fn the_whole_text() {
        insta::assert_snapshot!(render(&findings(), 2, &Terminal::default()), @r#"
        error[slo:objective]: objective must lie between 0 and 1
          --> slos/checkout.yaml:14:14
           |
        14 |   objective: 99.9
           |              ^^^^ this looks like a percentage
           |
           = help: write 0.999

        warning[runbook:owner]: no owner, 100 % <nobody> & "none"
        --> runbooks/a b.md:1:1

        1 error, 1 warning in 2 files
        "#);
    }

    #[test]
    fn no_findings() {
        let text = render(&Findings::default(), 3, &Terminal::default());
        assert_eq!(text, "nothing wrong in 3 files\n");
    }

    #[test]
    fn any_span_of_any_text_can_be_shown() {
        for text in [
            "",
            "\n",
            "é",
            "a: é\r\nb: 日本\n",
            "a\n\n\n\n\n\n\n\n\nz\n",
            "\tx: 1",
        ] {
            let file = SourceFile::new("f.yaml", text);
            for start in 0..text.len() + 2 {
                for len in 0..text.len() + 2 {
                    let finding = Finding::new(&OBJECTIVE, &file, Span::of(start, len), "wrong");
                    let told = one(&finding, &Renderer::plain());
                    let (line, _) = file.line_column(start);
                    assert!(
                        told.contains(&format!("f.yaml:{line}")),
                        "{text:?} {start} {len}\n{told}"
                    );
                }
            }
        }
    }

    #[test]
    fn ten_thousand_findings_of_one_large_file() {
        let file = SourceFile::new("big.yaml", "- alert: HighLatency\n".repeat(10_000));
        let at = |n: usize| Finding::new(&OBJECTIVE, &file, Span::of(n * 21 + 2, 5), "wrong");
        let list = (0..10_000).map(at).collect();
        let text = render(&Findings { list }, 1, &Terminal::default());
        assert!(text.contains("--> big.yaml:10000:3"));
        assert!(text.ends_with("10,000 errors in 1 file\n"));
    }
}
