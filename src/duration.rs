//! Durations as Prometheus writes them (`5m`, `1h30m`, `1500ms`), and as people read them (`3 m 12 s`).

use std::time::Duration;

const UNITS: [(&str, u64); 7] = [
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
    ("w", 604_800_000),
    ("y", 31_536_000_000),
];

/// Reads a Prometheus duration: numbers with `y w d h m s ms`, largest first, each at most once; `0` alone is allowed.
///
/// # Errors
/// A sentence that says what is wrong and shows the value.
pub fn parse(text: &str) -> Result<Duration, String> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let bad = || format!("`{text}` is not a duration; write it like `30s`, `5m` or `1h30m`");
    let mut rest = text;
    let mut largest = u64::MAX;
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = rest[..digits].parse().map_err(|_| bad())?;
        rest = &rest[digits..];
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let unit = UNITS.iter().find(|(name, _)| *name == &rest[..letters]);
        let (_, unit_ms) = unit.ok_or_else(bad)?;
        if *unit_ms >= largest {
            return Err(bad());
        }
        largest = *unit_ms;
        total = number
            .checked_mul(*unit_ms)
            .and_then(|ms| total.checked_add(ms))
            .ok_or_else(|| format!("`{text}` is too long a duration"))?;
        rest = &rest[letters..];
    }
    if text.is_empty() {
        return Err(bad());
    }
    Ok(Duration::from_millis(total))
}

/// Writes a duration as Prometheus does, without loss down to milliseconds: `1h30m`, `1500ms`, `0s`.
pub fn format(duration: Duration) -> String {
    let mut ms = duration.as_millis() as u64;
    if ms == 0 {
        return "0s".into();
    }
    if !ms.is_multiple_of(1_000) {
        return format!("{ms}ms");
    }
    let mut out = String::new();
    for (name, unit_ms) in UNITS[1..5].iter().rev() {
        let count = ms / unit_ms;
        ms %= unit_ms;
        if count > 0 {
            out.push_str(&format!("{count}{name}"));
        }
    }
    out
}

/// Writes a duration for people, in two units at most: `3 m 12 s`, `7 d 4 h`, `420 ms`.
pub fn human(duration: Duration) -> String {
    let ms = duration.as_millis() as u64;
    if ms < 1_000 {
        return format!("{ms} ms");
    }
    if ms < 10_000 && !ms.is_multiple_of(1_000) {
        return format!("{:.1} s", ms as f64 / 1_000.0);
    }
    let mut rest = ms / 1_000 * 1_000;
    let mut parts = Vec::new();
    for (name, unit_ms) in UNITS[1..5].iter().rev() {
        let count = rest / unit_ms;
        rest %= unit_ms;
        if count > 0 {
            parts.push(format!("{count} {name}"));
        } else if !parts.is_empty() {
            break;
        }
        if parts.len() == 2 {
            break;
        }
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_prometheus_reads() {
        for (text, ms) in [
            ("0", 0),
            ("30s", 30_000),
            ("1h30m", 5_400_000),
            ("1500ms", 1_500),
            ("30d", 2_592_000_000),
            ("1y", 31_536_000_000),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(ms)), "{text}");
        }
        for text in [
            "",
            "5",
            "m",
            "5m1h",
            "5m5m",
            "1 h",
            "-5m",
            "1.5h",
            "99999999999y",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn writes_back_what_it_read() {
        for text in ["30s", "1h30m", "1500ms", "30d", "0s"] {
            assert_eq!(
                parse(text).map(format),
                Ok(text.to_owned()).map_err(|_: String| String::new())
            );
        }
    }

    #[test]
    fn people_get_two_units() {
        for (ms, text) in [
            (420, "420 ms"),
            (4_200, "4.2 s"),
            (192_000, "3 m 12 s"),
            (3_600_000, "1 h"),
            (3_605_000, "1 h"),
            (619_200_000, "7 d 4 h"),
        ] {
            assert_eq!(human(Duration::from_millis(ms)), text);
        }
    }
}
