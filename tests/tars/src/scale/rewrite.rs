//! Rewriting the durations of a line, and nothing else of it.

use super::duration;

/// What an alert waits before it fires, at the fast pace.
const FOR: &str = "5s";
/// How often a group of rules is evaluated.
const GROUP_INTERVAL: &str = "1s";

/// A line with its durations faster.
pub(super) fn line(line: &str) -> String {
    replace_durations(line, duration::faster)
}

/// A line of a rule file: `for:` and a group's `interval:` have fixed values.
pub(super) fn rule_line(text: &str) -> String {
    let key = text.trim_start().trim_start_matches("- ");
    let fixed = match () {
        () if key.starts_with("for:") => FOR,
        () if key.starts_with("interval:") => GROUP_INTERVAL,
        () => return line(text),
    };
    replace_durations(text, |word| {
        let duration = duration::parse(word)?;
        (!duration.is_zero()).then(|| fixed.to_owned())
    })
}

/// A text without its durations.
#[cfg(test)]
pub(super) fn without_durations(text: &str) -> String {
    let bare = |word: &str| duration::parse(word).map(|_| "<>".to_owned());
    let lines = text.split_inclusive('\n');
    lines.map(|line| replace_durations(line, bare)).collect()
}

/// Replaces words that are durations. A word is letters and digits with nothing of a longer name or number beside it,
/// and what follows ` #` is a comment.
fn replace_durations(line: &str, replace: impl Fn(&str) -> Option<String>) -> String {
    let comment = match line.trim_start().starts_with('#') {
        true => 0,
        false => line.find(" #").unwrap_or(line.len()),
    };
    let (mut rest, comment) = line.split_at(comment);
    let mut out = String::with_capacity(line.len());
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(rest.len());
        if end == 0 {
            out.push(first);
            before = first;
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let (word, after) = rest.split_at(end);
        let joined = |c: char| matches!(c, '_' | '.' | '-' | ':');
        let part_of_name = joined(before) && before != ':'
            || after
                .starts_with(|c: char| matches!(c, '_' | '-') || c == '.' && !ends_sentence(after));
        match replace(word) {
            Some(new) if !part_of_name => out.push_str(&new),
            _ => out.push_str(word),
        }
        before = word.chars().next_back().unwrap_or(before);
        rest = after;
    }
    out + comment
}

/// Whether a full stop is followed by nothing of a number or name.
fn ends_sentence(after: &str) -> bool {
    !after[1..].starts_with(|c: char| c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_durations() {
        for same in [
            "record: job:requests:rate_5m",
            "name: dqn-30d",
            "version: v1.30m",
            "path: /v1/5m_x",
            "timeout: 9s",
            "count: 300",
            "id: a30s",
            "# every 5m",
            "x: 1 # every 5m",
        ] {
            assert_eq!(line(same), same);
        }
    }

    #[test]
    fn wherever_they_stand() {
        assert_eq!(line("within: 11m\n"), "within: 33s\n");
        assert_eq!(line("x[5m:30s]"), "x[15s:1500ms]");
        assert_eq!(line("duration('60s')"), "duration('3s')");
        assert_eq!(line("{every: 1m, for: \"2m\"}"), "{every: 3s, for: \"6s\"}");
        assert_eq!(line("over 5m."), "over 15s.");
    }
}
