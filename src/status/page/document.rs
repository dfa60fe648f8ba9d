//! The lines of the document a promise is written in, with its own line marked.

use crate::promise::Header;

/// Lines shown before and after the marked one, at most.
const AROUND: u32 = 30;

/// One line.
pub(super) struct Line {
    pub(super) number: u32,
    pub(super) text: String,
    pub(super) is_marked: bool,
}

/// The document around the promise: up to its `---` on either side, or [`AROUND`] lines.
pub(super) fn lines(header: &Header) -> Vec<Line> {
    let file = &header.file;
    let (marked, _) = file.line_column(header.span.start);
    let count = file.text.lines().count() as u32;
    let is_end = |number: &u32| file.line(*number).trim_end() == "---";
    let first = (marked.saturating_sub(AROUND).max(1)..marked)
        .rev()
        .find(is_end);
    let first = first.map_or(marked.saturating_sub(AROUND).max(1), |end| end + 1);
    let last = marked.saturating_add(AROUND).min(count);
    let last = (marked + 1..=last).find(is_end).map_or(last, |end| end - 1);
    let line = |number| Line {
        number,
        text: file.line(number).to_owned(),
        is_marked: number == marked,
    };
    (first..=last).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::{SourceFile, Span};
    use crate::report::row::samples::row;

    #[track_caller]
    fn check(text: &str, at: &str, expected: &[&str]) {
        let start = text.find(at).unwrap();
        let row = row("slo/a")
            .with(|header| {
                header.file = SourceFile::new("a.yaml", text);
                header.span = Span::of(start, at.len());
            })
            .kept();
        let told: Vec<_> = lines(&row.header)
            .iter()
            .map(|line| {
                format!(
                    "{}{} {}",
                    if line.is_marked { ">" } else { "" },
                    line.number,
                    line.text
                )
            })
            .collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn only_the_document_of_the_promise() {
        check(
            "a: 1\n---\nb: 2\nc: 3\n---\nd: 4\n",
            "c",
            &["3 b: 2", ">4 c: 3"],
        );
        check("a: 1\nb: 2", "a", &[">1 a: 1", "2 b: 2"]);
        check("a: 1\n---\nb: 2\n", "b", &[">3 b: 2"]);
    }

    #[test]
    fn long_documents_are_cut() {
        let text = "x\n".repeat(100) + "here\n" + &"y\n".repeat(100);
        let row = row("slo/a").with(|header| {
            header.span = Span::of(200, 4);
            header.file = SourceFile::new("a.yaml", text);
        });
        let lines = lines(&row.kept().header);
        assert_eq!(
            (lines[0].number, lines[60].number, lines.len()),
            (71, 131, 61)
        );
        assert_eq!(lines[30].text, "here");
    }
}
