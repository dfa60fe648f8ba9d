//! Durations as Prometheus writes them: `1h30m`, `15s`, `250ms`.

use std::time::Duration;

use crate::pace::FAST_FACTOR;

const UNITS: [(&str, u64); 7] = [
    ("y", 365 * 24 * 3600 * 1000),
    ("w", 7 * 24 * 3600 * 1000),
    ("d", 24 * 3600 * 1000),
    ("h", 3600 * 1000),
    ("m", 60 * 1000),
    ("s", 1000),
    ("ms", 1),
];

/// Shorter ones are the same at every pace.
const SCALED_FROM: Duration = Duration::from_secs(10);

/// The duration a text says, if it is one; units come from large to small, each at most once.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = 0_u64;
    let mut next_unit = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(rest.len());
        let unit = UNITS
            .iter()
            .position(|(name, _)| *name == &rest[..letters])?;
        if unit < next_unit {
            return None;
        }
        next_unit = unit + 1;
        total = total.checked_add(number.checked_mul(UNITS[unit].1)?)?;
        rest = &rest[letters..];
    }
    (!text.is_empty()).then(|| Duration::from_millis(total))
}

/// A duration's text at the fast pace; `None` if it is not a duration, or a short one.
pub(super) fn faster(text: &str) -> Option<String> {
    let duration = parse(text).filter(|duration| *duration >= SCALED_FROM)?;
    Some(write(duration / FAST_FACTOR))
}

/// In the largest unit that leaves a whole number.
fn write(duration: Duration) -> String {
    let ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    // Months and years have no whole number of weeks: days are the largest unit that reads well.
    let whole = UNITS[2..].iter().find(|(_, unit)| ms.is_multiple_of(*unit));
    let (name, unit) = whole.unwrap_or(&("ms", 1));
    format!("{}{name}", ms / unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads() {
        assert_eq!(parse("1h30m"), Some(Duration::from_secs(5400)));
        assert_eq!(parse("250ms"), Some(Duration::from_millis(250)));
        for wrong in ["", "5", "m", "5m1h", "5m5m", "1.5h", "5 m", "5x", "5mm"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn twenty_times_faster() {
        for (slow, fast) in [
            ("5m", Some("15s")),
            ("30s", Some("1500ms")),
            ("1h", Some("3m")),
            ("30d", Some("36h")),
            ("10s", Some("500ms")),
            ("9s", None),
            ("250ms", None),
            ("1h30m", Some("270s")),
            ("4w", Some("2016m")),
            ("20d", Some("1d")),
        ] {
            assert_eq!(faster(slow).as_deref(), fast, "{slow}");
        }
    }
}
