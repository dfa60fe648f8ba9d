//! Rewrites what Prometheus accepts and the parser crate does not: backtick strings with a backslash, numbers with
//! underscores. The meaning stays the same.

/// `text` in a form the parser takes.
pub(super) fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.char_indices().peekable();
    let mut before = ' ';
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' | '\'' => {
                let end = quoted_end(text, at, letter);
                out.push_str(&text[at..end]);
                while letters.next_if(|(next, _)| *next < end).is_some() {}
            }
            '`' => {
                let end = text[at + 1..]
                    .find('`')
                    .map_or(text.len(), |len| at + 1 + len);
                out.push('"');
                out.push_str(&escape(&text[at + 1..end]));
                out.push('"');
                while letters.next_if(|(next, _)| *next <= end).is_some() {}
            }
            '_' if before.is_ascii_digit() && in_number(&text[..at]) => {}
            letter => out.push(letter),
        }
        before = letter;
    }
    out
}

fn quoted_end(text: &str, start: usize, quote: char) -> usize {
    let mut escaped = false;
    for (at, letter) in text[start + 1..].char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            letter if letter == quote => return start + 1 + at + 1,
            _ => {}
        }
    }
    text.len()
}

fn escape(raw: &str) -> String {
    raw.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

/// Whether the word that ends `before` began with a digit, so that it is a number and not a name.
fn in_number(before: &str) -> bool {
    let word = before
        .rfind(|letter: char| {
            !(letter.is_ascii_alphanumeric() || letter == '_' || letter == '.' || letter == ':')
        })
        .map_or(before, |at| &before[at + 1..]);
    word.starts_with(|letter: char| letter.is_ascii_digit())
}
