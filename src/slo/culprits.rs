//! Which values of which labels are clearly worse than the rest. Pure.

use std::collections::BTreeMap;

use super::counts::Share;
use crate::subject::{Role, Subject};

/// A value is to blame when its share of bad events is this many times that of all other values together …
const TIMES_WORSE: f64 = 2.0;
/// … and it makes up this share of all bad events, so that one bad event of a rare value is no culprit.
const SHARE_OF_BAD: f64 = 0.2;

/// The values to blame, those that explain most bad events first.
pub fn culprits(shares: &[Share], labels: &[String]) -> Vec<Subject> {
    let mut found: Vec<(f64, Subject)> = labels
        .iter()
        .flat_map(|label| of_label(shares, label))
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.into_iter().map(|(_, subject)| subject).collect()
}

/// The values of one label that are to blame, with the bad events that the rest's share does not explain.
fn of_label(shares: &[Share], label: &str) -> Vec<(f64, Subject)> {
    let mut values: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for share in shares {
        let value = share.labels.get(label).map_or("", String::as_str);
        let sums = values.entry(value).or_default();
        *sums = (sums.0 + share.bad, sums.1 + share.total);
    }
    let (all_bad, all) = values.values().fold((0.0, 0.0), |sums, (bad, total)| {
        (sums.0 + bad, sums.1 + total)
    });
    values
        .into_iter()
        .filter(|(value, _)| !value.is_empty())
        .filter_map(|(value, (bad, total))| {
            let (rest_bad, rest) = (all_bad - bad, all - total);
            let is_worse = rest > 0.0 && bad / total > TIMES_WORSE * rest_bad / rest;
            (is_worse && bad >= SHARE_OF_BAD * all_bad)
                .then(|| (bad - rest_bad / rest * total, subject(label, value)))
        })
        .collect()
}

fn subject(label: &str, value: &str) -> Subject {
    match label {
        "instance" => Subject::new(Role::Instance, value),
        "service" => Subject::new(Role::Service, value),
        label => Subject::new(Role::Label, format!("{label}={value}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rows: &[(&str, &str, f64, f64)], expected: &[&str]) {
        let shares: Vec<_> = rows
            .iter()
            .map(|(kind, instance, bad, total)| {
                let labels = [("kind", *kind), ("instance", *instance)]
                    .map(|(name, value)| (name.to_owned(), value.to_owned()));
                Share {
                    labels: labels.into(),
                    bad: *bad,
                    total: *total,
                }
            })
            .collect();
        let found = culprits(&shares, &["kind".into(), "instance".into()]);
        let found: Vec<_> = found.iter().map(Subject::to_string).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_worse_value_is_named_and_the_innocent_ones_are_not() {
        check(
            &[
                ("ddpg", "a", 20.0, 25.0),
                ("ddpg", "b", 20.0, 25.0),
                ("dqn", "a", 1.0, 500.0),
                ("dqn", "b", 0.0, 500.0),
            ],
            &["label:kind=ddpg"],
        );
        check(
            &[
                ("ddpg", "a", 10.0, 50.0),
                ("dqn", "a", 10.0, 50.0),
                ("ddpg", "b", 0.0, 50.0),
                ("dqn", "b", 0.0, 50.0),
            ],
            &["instance:a"],
        );
    }

    #[test]
    fn an_even_outage_a_lone_value_and_one_stray_error_name_nobody() {
        check(&[("a", "x", 10.0, 100.0), ("b", "y", 11.0, 100.0)], &[]);
        check(&[("a", "x", 10.0, 100.0)], &[]);
        check(
            &[
                ("a", "x", 50.0, 1_000.0),
                ("b", "x", 51.0, 1_000.0),
                ("c", "x", 1.0, 1.0),
            ],
            &[],
        );
    }
}
