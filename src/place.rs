//! Where something stands: source files, byte spans, and the line and column people read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A file as it was read, with an index of its lines.
#[derive(Debug)]
pub struct SourceFile {
    /// The path as the user would type it; `-` for standard input.
    pub path: PathBuf,
    /// The whole text; invalid UTF-8 never gets this far.
    pub text: String,
    line_starts: Vec<usize>,
}

impl SourceFile {
    /// Takes `text` as the content of `path`.
    pub fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Arc<Self> {
        let text = text.into();
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = std::iter::once(0)
            .chain(newlines.map(|(at, _)| at + 1))
            .collect();
        Arc::new(Self {
            path: path.into(),
            text,
            line_starts,
        })
    }

    /// The 1-based line and column (in characters) of a byte offset; offsets past the end count as the end.
    pub fn line_column(&self, offset: usize) -> (u32, u32) {
        let offset = offset.min(self.text.len());
        let line = self.line_starts.partition_point(|start| *start <= offset) - 1;
        let before = self
            .text
            .get(self.line_starts[line]..offset)
            .unwrap_or_default();
        (line as u32 + 1, before.chars().count() as u32 + 1)
    }

    /// The byte offset of a 1-based line and column (in characters).
    pub fn offset(&self, line: u32, column: u32) -> usize {
        let start = match self.line_starts.get((line.max(1) - 1) as usize) {
            Some(start) => *start,
            None => return self.text.len(),
        };
        self.text[start..]
            .char_indices()
            .nth(column.max(1) as usize - 1)
            .map_or(self.text.len(), |(at, _)| start + at)
    }

    /// The text of one 1-based line, without its end.
    pub fn line(&self, line: u32) -> &str {
        let index = line.max(1) as usize - 1;
        let Some(start) = self.line_starts.get(index) else {
            return "";
        };
        let end = self
            .line_starts
            .get(index + 1)
            .map_or(self.text.len(), |next| next - 1);
        self.text[*start..end.max(*start)].trim_end_matches('\r')
    }

    /// `span` as far as it lies in this file, widened to whole characters.
    pub fn within(&self, span: Span) -> Span {
        let start = self.text.floor_char_boundary(span.start);
        let end = self.text.ceil_char_boundary(span.end).max(start);
        Span { start, end }
    }

    /// The place of `span` in this file.
    pub fn place(&self, span: Span) -> Place {
        let (line, column) = self.line_column(span.start);
        let (end_line, end_column) = self.line_column(span.end.max(span.start));
        Place {
            file: self.path.clone(),
            line,
            column,
            end_line,
            end_column,
        }
    }
}

/// A half-open range of bytes in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The span of `len` bytes from `start`.
    pub fn of(start: usize, len: usize) -> Self {
        Self {
            start,
            end: start + len,
        }
    }
}

/// A span as people read it. Lines and columns count from 1, columns in characters; the end is exclusive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The file, as the user would type it.
    pub file: PathBuf,
    /// First line.
    pub line: u32,
    /// First column.
    pub column: u32,
    /// Line of the end.
    pub end_line: u32,
    /// Column of the end.
    pub end_column: u32,
}

impl Place {
    /// The start of a file, for what has no better place.
    pub fn start_of(path: &Path) -> Self {
        Self {
            file: path.to_path_buf(),
            line: 1,
            column: 1,
            end_line: 1,
            end_column: 1,
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file.display(), self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_characters_from_one() {
        let file = SourceFile::new("a.yaml", "é: 1\r\nb: 2\n");
        assert_eq!(file.line_column(0), (1, 1));
        assert_eq!(file.line_column(2), (1, 2));
        assert_eq!(file.line_column(7), (2, 1));
        assert_eq!(file.line_column(999), (3, 1));
        assert_eq!(file.offset(1, 2), 2);
        assert_eq!(file.offset(2, 4), 10);
        assert_eq!(file.offset(9, 1), 12);
        assert_eq!(file.line(1), "é: 1");
        assert_eq!(file.line(9), "");
    }
    #[test]
    fn spans_lie_within_the_file_and_hold_whole_characters() {
        #[track_caller]
        fn check((start, end): (usize, usize), expected: (usize, usize)) {
            let file = SourceFile::new("a.yaml", "aé");
            let span = file.within(Span { start, end });
            assert_eq!((span.start, span.end), expected);
        }
        check((0, 1), (0, 1));
        check((1, 2), (1, 3));
        check((2, 3), (1, 3));
        check((2, 2), (1, 3));
        check((1, 99), (1, 3));
        check((98, 99), (3, 3));
        check((1, 0), (1, 1));
    }
}
