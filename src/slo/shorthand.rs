//! Durations as OpenSLO writes them: one number and one unit, of which `m` is a minute and `M` a month. Pure.

use std::time::Duration;

const DAY: u64 = 86_400;

/// Seconds of each unit; months, quarters and years as OpenSLO's own SDK counts them.
const UNITS: [(char, u64); 7] = [
    ('m', 60),
    ('h', 3_600),
    ('d', DAY),
    ('w', 7 * DAY),
    ('M', 30 * DAY),
    ('Q', 90 * DAY),
    ('Y', 365 * DAY),
];

/// Reads an OpenSLO duration: `[1-9][0-9]*[mhdwMQY]`, and nothing after it.
///
/// # Errors
/// A sentence that shows the value.
pub fn parse(text: &str) -> Result<Duration, String> {
    let bad = || {
        format!(
            "`{text}` is not an OpenSLO duration; write it like `5m` (minutes), `28d` or `1M` (a month)"
        )
    };
    let unit = text.chars().last().ok_or_else(bad)?;
    let (_, seconds) = UNITS
        .iter()
        .find(|(name, _)| *name == unit)
        .ok_or_else(bad)?;
    let digits = &text[..text.len() - unit.len_utf8()];
    if digits.starts_with('0') || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(bad());
    }
    let count: u64 = digits.parse().map_err(|_| bad())?;
    match count.checked_mul(*seconds) {
        Some(seconds) if seconds <= 100 * 365 * DAY => Ok(Duration::from_secs(seconds)),
        _ => Err(format!("`{text}` is too long a duration")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_is_not_a_month() {
        for (text, days) in [
            ("28d", 28.0),
            ("4w", 28.0),
            ("1M", 30.0),
            ("1Q", 90.0),
            ("1Y", 365.0),
            ("1h", 1.0 / 24.0),
            ("1m", 1.0 / 1_440.0),
        ] {
            let seconds: f64 = days * DAY as f64;
            assert_eq!(
                parse(text),
                Ok(Duration::from_secs(seconds.round() as u64)),
                "{text}"
            );
        }
    }

    #[test]
    fn nothing_else_is_a_duration() {
        for text in [
            "",
            "m",
            "0d",
            "05m",
            "5",
            "30s",
            "1h30m",
            "28d foo",
            "-1d",
            "1.5d",
            "+1d",
            "é",
            "99999999999999999999d",
            "101Y",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
