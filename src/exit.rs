//! Exit codes: the one place that knows them.

use crate::verdict::Outcome;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything asked for was checked and holds.
    Pass = 0,
    /// A finding of severity error, or a promise broken.
    Fail = 1,
    /// Usage or configuration is wrong.
    Usage = 2,
    /// Nothing failed, but something could not be found out; checking nothing is this, too.
    Inconclusive = 3,
}

impl Exit {
    /// The exit of a run with these outcomes.
    pub fn of_outcomes<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> Self {
        let mut exit = None;
        for outcome in outcomes {
            let next = match outcome {
                Outcome::Fail => return Exit::Fail,
                Outcome::Inconclusive(_) => Exit::Inconclusive,
                Outcome::Pass => exit.unwrap_or(Exit::Pass),
            };
            exit = Some(next);
        }
        exit.unwrap_or(Exit::Inconclusive)
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::Reason;

    #[test]
    fn nothing_checked_is_no_pass_and_a_failure_outranks_a_gap() {
        let gap = || Outcome::Inconclusive(Reason::NoData { what: "x".into() });
        for (outcomes, exit) in [
            (vec![], Exit::Inconclusive),
            (vec![Outcome::Pass], Exit::Pass),
            (vec![gap(), Outcome::Pass], Exit::Inconclusive),
            (vec![Outcome::Pass, gap(), Outcome::Fail], Exit::Fail),
        ] {
            assert_eq!(Exit::of_outcomes(&outcomes), exit);
        }
    }
}
