//! From single verdicts to what counts: a promise is broken or kept again only after so many verdicts in a row. Pure.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::verdict::{Outcome, Reason, Verdict};

/// What counts for a promise, and since when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settled {
    /// What counts now.
    pub outcome: Outcome,
    /// Since when it does.
    pub since: Timestamp,
    /// Whether it counted as broken when last found out; recovery from that takes more than one pass.
    pub was_broken: bool,
    /// Whether any verdict but inconclusive has counted yet.
    pub known: bool,
    /// How many verdicts in a row were alike.
    pub streak: u32,
    /// What these were.
    pub streak_of: String,
}

/// A change of what counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transition {
    /// When.
    pub at: Timestamp,
    /// From `pass`, `fail`, `inconclusive`; none the first time.
    pub from: Option<String>,
    /// To one of these.
    pub to: String,
    /// The sentence of the verdict that made it.
    pub says: String,
}

/// What counts after `verdict`. A fail counts after `fail_after` in a row; a pass at once, or after `pass_after` in a row
/// when the promise was broken; not knowing counts at once.
pub fn settle(
    before: Option<&Settled>,
    verdict: &Verdict,
    at: Timestamp,
    (fail_after, pass_after): (u32, u32),
) -> (Settled, Option<Transition>) {
    let name = verdict.outcome.name();
    let streak = match before {
        Some(before) if before.streak_of == name => before.streak.saturating_add(1),
        _ => 1,
    };
    let was_broken = before.is_some_and(|before| before.was_broken);
    let known = before.is_some_and(|before| before.known);
    let outcome = match &verdict.outcome {
        Outcome::Inconclusive(reason) => Outcome::Inconclusive(reason.clone()),
        Outcome::Fail if streak >= fail_after || was_broken => Outcome::Fail,
        Outcome::Pass if streak >= pass_after || !was_broken => Outcome::Pass,
        Outcome::Fail => hold(before, streak, fail_after),
        Outcome::Pass => hold(before, streak, pass_after),
    };
    let changed = before.is_none_or(|before| before.outcome.name() != outcome.name());
    let settled = Settled {
        since: match before {
            Some(before) if !changed => before.since,
            _ => at,
        },
        was_broken: match outcome {
            Outcome::Fail => true,
            Outcome::Pass => false,
            Outcome::Inconclusive(_) => was_broken,
        },
        known: known || !matches!(outcome, Outcome::Inconclusive(_)),
        streak,
        streak_of: name.to_owned(),
        outcome,
    };
    let transition = changed.then(|| Transition {
        at,
        from: before.map(|before| before.outcome.name().to_owned()),
        to: settled.outcome.name().to_owned(),
        says: verdict.says.clone(),
    });
    (settled, transition)
}

/// Not enough in a row yet: what counted goes on counting, or nothing does.
fn hold(before: Option<&Settled>, have: u32, need: u32) -> Outcome {
    match before {
        Some(before) if before.known && !matches!(before.outcome, Outcome::Inconclusive(_)) => {
            before.outcome.clone()
        }
        _ => Outcome::Inconclusive(Reason::TooFew {
            have: u64::from(have),
            need: u64::from(need),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `P`ass, `F`ail, `?`: verdicts in, what counts out.
    #[track_caller]
    fn check(verdicts: &str, expected: &str) {
        let mut settled: Option<Settled> = None;
        let mut counts = String::new();
        for letter in verdicts.chars() {
            let verdict = match letter {
                'P' => Verdict::pass("kept"),
                'F' => Verdict::fail("broken"),
                _ => Verdict::inconclusive(Reason::NoData { what: "x".into() }),
            };
            let at = Timestamp::UNIX_EPOCH;
            let (next, transition) = settle(settled.as_ref(), &verdict, at, (2, 2));
            let changed = settled
                .as_ref()
                .is_none_or(|before| before.outcome.name() != next.outcome.name());
            assert_eq!(transition.is_some(), changed);
            counts.push(match next.outcome {
                Outcome::Pass => 'P',
                Outcome::Fail => 'F',
                Outcome::Inconclusive(_) => '?',
            });
            settled = Some(next);
        }
        assert_eq!(counts, expected, "{verdicts}");
    }

    #[test]
    fn two_in_a_row_break_and_two_mend() {
        check("PPFPFFPFPP", "PPPPPFFFFP");
        check("FF", "?F");
        check("FPP", "?PP");
        check("P?P", "P?P");
        check("PFF?P", "PPF??");
        check("PFF?PP", "PPF??P");
        check("PFF?F", "PPF?F");
        check("?F", "??");
        check("P?FF", "P??F");
    }

    #[test]
    fn since_stays_while_nothing_changes() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let (first, _) = settle(None, &Verdict::pass("kept"), at(1), (2, 2));
        let (second, transition) = settle(Some(&first), &Verdict::pass("kept"), at(2), (2, 2));
        assert_eq!((second.since, transition), (at(1), None));
    }
}
