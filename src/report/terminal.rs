//! Text for a terminal: its width, its colours, and nothing that could drive it.

use super::row::Standing;

/// What the text is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    /// Columns; lines are wrapped to it where words allow.
    pub width: usize,
    /// Whether to use colours. The caller decides: a terminal, and no `NO_COLOR`.
    pub colour: bool,
}

impl Default for Terminal {
    fn default() -> Self {
        Self {
            width: 100,
            colour: false,
        }
    }
}

/// A way to set text off. The shape and the word always stand beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// Red, bold.
    Bad,
    /// Yellow, bold.
    Doubtful,
    /// Green, bold.
    Good,
    /// Bold.
    Strong,
    /// Dim.
    Faint,
}

impl From<Standing> for Ink {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Broken => Ink::Bad,
            Standing::Unknown => Ink::Doubtful,
            Standing::Kept => Ink::Good,
        }
    }
}

impl Terminal {
    /// `text` in `ink`, where colours are wanted.
    pub fn paint(&self, ink: Ink, text: &str) -> String {
        let code = match ink {
            Ink::Bad => "1;31",
            Ink::Doubtful => "1;33",
            Ink::Good => "1;32",
            Ink::Strong => "1",
            Ink::Faint => "2",
        };
        match self.colour {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text.to_owned(),
        }
    }

    /// `text` in lines of at most the width, each indented; a word longer than a line stands alone, uncut, so that it can
    /// be copied.
    pub fn wrap(&self, text: &str, indent: usize) -> String {
        let room = self.width.saturating_sub(indent).max(1);
        let mut lines: Vec<String> = Vec::new();
        for word in clean(text).split_whitespace() {
            match lines.last_mut() {
                Some(line) if columns(line) + 1 + columns(word) <= room => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(word.to_owned()),
            }
        }
        let indented: Vec<_> = lines
            .iter()
            .map(|line| format!("{:indent$}{line}", ""))
            .collect();
        indented.join("\n")
    }

    /// `left` and `right` on one line, `right` at the right edge where both fit, else two blanks away.
    pub fn spread(&self, left: &str, right: &str) -> String {
        let gap = self
            .width
            .saturating_sub(columns(left) + columns(right))
            .max(2);
        format!("{left}{:gap$}{right}", "")
    }
}

/// How many columns a text takes, as far as characters are one column wide.
fn columns(text: &str) -> usize {
    text.chars().count()
}

/// The text without control characters: what a peer answers must not move the cursor or change a title. Blanks and line
/// ends become blanks.
pub fn clean(text: &str) -> String {
    let plain = |letter: char| match letter {
        '\n' | '\t' | '\r' => ' ',
        // The overrides that reorder a line are as good at hiding as an escape sequence.
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        letter if letter.is_control() => '\u{fffd}',
        letter => letter,
    };
    text.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_long_words_stay_whole() {
        let terminal = Terminal {
            width: 12,
            colour: false,
        };
        assert_eq!(terminal.wrap("one two three", 2), "  one two\n  three");
        assert_eq!(
            terminal.wrap("a http://example.com/x b", 2),
            "  a\n  http://example.com/x\n  b"
        );
        assert_eq!(terminal.spread("ab", "cd"), "ab        cd");
        assert_eq!(terminal.spread("abcdefgh", "ijkl"), "abcdefgh  ijkl");
    }

    #[test]
    fn nothing_drives_the_terminal() {
        assert_eq!(clean("a\x1b[31mb\nc\u{202e}d"), "a\u{fffd}[31mb c\u{fffd}d");
    }

    #[test]
    fn colours_only_when_asked() {
        let plain = Terminal::default();
        assert_eq!(plain.paint(Ink::Bad, "x"), "x");
        let coloured = Terminal {
            colour: true,
            ..plain
        };
        assert_eq!(coloured.paint(Ink::Bad, "x"), "\x1b[1;31mx\x1b[0m");
    }
}
