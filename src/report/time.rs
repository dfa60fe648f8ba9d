//! Times as people read them: how long ago, in two units at most, and exactly, in UTC.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::duration;

/// How long it is from `at` to `now`, in whole seconds: `3 m 12 s`. The future counts as now.
pub fn since(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(at).as_secs().max(0).unsigned_abs();
    match seconds {
        0 => "0 s".to_owned(),
        _ => duration::human(Duration::from_secs(seconds)),
    }
}

/// `4 s ago`, or `just now` for less than a second.
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    if now.duration_since(at).as_secs() < 1 {
        return "just now".to_owned();
    }
    format!("{} ago", since(at, now))
}

/// `2026-01-01 12:04:31 UTC`.
pub fn utc(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC)
        .strftime("%Y-%m-%d %H:%M:%S UTC")
        .to_string()
}

/// The time of day in UTC, with the day where it is not today's: `12:04`, `31 Dec 12:04`.
pub fn clock(at: Timestamp, now: Timestamp) -> String {
    let (at, now) = (at.to_zoned(TimeZone::UTC), now.to_zoned(TimeZone::UTC));
    let format = match (at.date() == now.date(), at.year() == now.year()) {
        (true, _) => "%H:%M",
        (_, true) => "%-d %b %H:%M",
        _ => "%-d %b %Y %H:%M",
    };
    at.strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::row::samples::at;

    #[test]
    fn ages() {
        for (seconds, text) in [
            (0, "just now"),
            (4, "4 s ago"),
            (192, "3 m 12 s ago"),
            (-5, "just now"),
        ] {
            assert_eq!(ago(at(-seconds), at(0)), text);
        }
        assert_eq!(since(at(0), at(0)), "0 s");
    }

    #[test]
    fn times_of_day_and_days() {
        assert_eq!(utc(at(271)), "2026-01-01 12:04:31 UTC");
        assert_eq!(clock(at(271), at(300)), "12:04");
        assert_eq!(clock(at(-86_400), at(0)), "31 Dec 2025 12:00");
        assert_eq!(clock(at(0), at(86_400)), "1 Jan 12:00");
    }
}
