//! The anchors that GitHub gives to headings. Pure.
//!
//! Lower case; letters, digits, `-` and `_` stay, spaces become `-`, the rest is dropped; what comes again is numbered.
//! As in `github-slugger`, which GitHub publishes.

use std::collections::HashMap;

/// Gives anchors to the headings of one page, in their order.
#[derive(Debug, Default)]
pub(super) struct Slugs {
    taken: HashMap<String, u32>,
}

impl Slugs {
    /// The anchor of the next heading.
    pub(super) fn next(&mut self, heading: &str) -> String {
        let plain = slug(heading);
        let mut anchor = plain.clone();
        while self.taken.contains_key(&anchor) {
            let times = self.taken.entry(plain.clone()).or_insert(0);
            *times += 1;
            anchor = format!("{plain}-{times}");
        }
        self.taken.insert(anchor.clone(), 0);
        anchor
    }
}

fn slug(heading: &str) -> String {
    heading
        .trim()
        .chars()
        .flat_map(char::to_lowercase)
        .filter_map(|letter| match letter {
            ' ' => Some('-'),
            '-' | '_' => Some(letter),
            letter => letter.is_alphanumeric().then_some(letter),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_become_what_github_makes_of_them() {
        for (heading, expected) in [
            ("Mitigation", "mitigation"),
            ("What to do, now?", "what-to-do-now"),
            ("p95 > 300 s", "p95--300-s"),
            ("`redis_up` is 0", "redis_up-is-0"),
            ("Über-Last: 5/5", "über-last-55"),
            ("!!!", ""),
        ] {
            assert_eq!(slug(heading), expected);
        }
    }

    #[test]
    fn what_comes_again_is_numbered() {
        let mut slugs = Slugs::default();
        let anchors: Vec<_> = ["a", "a", "a 1", "a", "A"]
            .iter()
            .map(|heading| slugs.next(heading))
            .collect();
        assert_eq!(anchors, ["a", "a-1", "a-1-1", "a-2", "a-3"]);
    }
}
