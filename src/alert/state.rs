//! What a loaded rule says about its own evaluation. Pure.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::rule::seconds;
use crate::evidence::LoadedRule;

/// Whether and how a rule is evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// It has not been evaluated, so nothing is known of it.
    Never,
    /// Its last evaluation ended in this error.
    Broken(String),
    /// Its last evaluation is so long ago that its group has fallen behind.
    Late(Duration),
    /// Its last evaluation lies so far ahead that one of the two clocks is wrong, and nothing is known of its age.
    Ahead(Duration),
    /// An evaluation takes so long that the next one is due before it ends.
    Slow(Duration),
    /// It was evaluated so long ago, in time and without error.
    Fine(Duration),
}

/// Three missed evaluations, and never less than this, count as late.
const SHORTEST_DELAY: Duration = Duration::from_secs(5);

/// The state of `rule` as told at `at`.
pub(super) fn of(rule: &LoadedRule, at: Timestamp) -> State {
    let Some(last) = rule.last_evaluation else {
        return State::Never;
    };
    let interval = seconds(rule.interval_seconds);
    let age = at.duration_since(last);
    let ahead = age.min(SignedDuration::ZERO).unsigned_abs();
    let age = age.max(SignedDuration::ZERO).unsigned_abs();
    let took = seconds(rule.evaluation_seconds);
    let limit = interval.saturating_mul(3).max(SHORTEST_DELAY);
    match rule.health.as_str() {
        "err" => State::Broken(rule.last_error.clone()),
        "ok" if ahead > limit => State::Ahead(ahead),
        "ok" if age > limit => State::Late(age),
        "ok" if took > interval => State::Slow(took),
        "ok" => State::Fine(age),
        _ => State::Never,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::samples::{ago, loaded, now};

    #[track_caller]
    fn check(change: impl FnOnce(&mut LoadedRule), expected: State) {
        let mut rule = loaded();
        change(&mut rule);
        assert_eq!(of(&rule, now()), expected);
    }

    #[test]
    fn health_and_time_decide() {
        let seconds = Duration::from_secs;
        check(|_| {}, State::Fine(seconds(3)));
        check(|rule| rule.last_evaluation = None, State::Never);
        check(|rule| rule.health = "unknown".into(), State::Never);
        check(
            |rule| {
                rule.health = "err".into();
                rule.last_error = "many-to-many".into();
            },
            State::Broken("many-to-many".into()),
        );
        check(
            |rule| rule.evaluation_seconds = 31.0,
            State::Slow(seconds(31)),
        );
        check(
            |rule| rule.last_evaluation = Some(ago(90)),
            State::Fine(seconds(90)),
        );
        check(
            |rule| rule.last_evaluation = Some(ago(91)),
            State::Late(seconds(91)),
        );
    }

    #[test]
    fn short_intervals_get_five_seconds() {
        let at = |seconds| {
            move |rule: &mut LoadedRule| {
                rule.interval_seconds = 1.0;
                rule.last_evaluation = Some(ago(seconds));
            }
        };
        check(at(5), State::Fine(Duration::from_secs(5)));
        check(at(6), State::Late(Duration::from_secs(6)));
    }

    #[test]
    fn a_clock_that_is_far_ahead_hides_the_age() {
        check(
            |rule| rule.last_evaluation = Some(ago(-90)),
            State::Fine(Duration::ZERO),
        );
        check(
            |rule| rule.last_evaluation = Some(ago(-91)),
            State::Ahead(Duration::from_secs(91)),
        );
    }

    #[test]
    fn an_interval_beyond_all_time_is_never_missed() {
        check(
            |rule| rule.interval_seconds = 1e19,
            State::Fine(Duration::from_secs(3)),
        );
    }

    #[test]
    fn a_clock_ahead_of_ours_is_no_delay() {
        check(
            |rule| rule.last_evaluation = Some(ago(-10)),
            State::Fine(Duration::ZERO),
        );
    }
}
