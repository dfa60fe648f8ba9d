//! Numbers as people read them: as many digits as matter, and never `100 %` for what is 99.996 %. Pure.

/// A ratio as percent, with the two digits that tell it from 0 % and from 100 %.
pub fn percent(ratio: f64) -> String {
    let percent = ratio * 100.0;
    let distance = percent.abs().min((100.0 - percent.abs()).abs());
    // What is left of a subtraction such as `1 - 0.999` is not a distance.
    if distance < 1e-9 {
        return format!("{} %", trimmed(percent, 0));
    }
    let decimals = (1.0 - distance.log10().floor()).clamp(0.0, 8.0) as usize;
    format!("{} %", trimmed(percent, decimals))
}

/// A burn rate: `4.2×`, `14.4×`, `0.12×`.
pub fn factor(value: f64) -> String {
    format!("{}×", significant(value, digits(value)))
}

/// A burn rate beside the limit that it exceeds or keeps, with enough digits to tell them apart: `14.42×` beside 14.4.
pub fn factor_beside(value: f64, limit: f64) -> String {
    let limit = factor(limit);
    (digits(value)..=9)
        .map(|digits| format!("{}×", significant(value, digits)))
        .find(|text| *text != limit)
        .unwrap_or(limit)
}

/// A number of events, of which an extrapolated part does not count.
pub fn events(count: f64) -> u64 {
    // Extrapolation gives 19.999999 for 20.
    (count + 1e-6).max(0.0) as u64
}

fn digits(value: f64) -> usize {
    if value.abs() < 10.0 { 2 } else { 3 }
}

/// `value` with `digits` significant ones; whole numbers are never rounded to tens.
fn significant(value: f64, digits: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return trimmed(value, 0);
    }
    let magnitude = value.abs().log10().floor();
    let decimals = (digits as f64 - 1.0 - magnitude).clamp(0.0, 9.0) as usize;
    trimmed(value, decimals)
}

/// With at most so many decimals: zeros at the end are dropped, and so is the sign of a zero.
fn trimmed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let text = match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => &text,
    };
    match text {
        "-0" => "0".into(),
        text => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn percent_has_the_digits_that_matter() {
        for (ratio, text) in [
            (0.0, "0 %"),
            (1.0, "100 %"),
            (0.042_312, "4.2 %"),
            (0.000_423, "0.042 %"),
            (0.123_4, "12 %"),
            (0.5, "50 %"),
            (0.999, "99.9 %"),
            (1.0 - 0.999, "0.1 %"),
            (0.999_5, "99.95 %"),
            (0.999_96, "99.996 %"),
            (0.986, "98.6 %"),
            (0.01, "1 %"),
            (-1.78, "-178 %"),
            (-0.001, "-0.1 %"),
        ] {
            assert_eq!(percent(ratio), text, "{ratio}");
        }
    }

    #[test]
    fn factors_differ_from_their_limit_as_they_should() {
        for (value, text) in [
            (4.231, "4.2×"),
            (14.4, "14.4×"),
            (0.1234, "0.12×"),
            (0.0, "0×"),
            (1_000.0, "1000×"),
        ] {
            assert_eq!(factor(value), text);
        }
        assert_eq!(factor_beside(14.42, 14.4), "14.42×");
        assert_eq!(factor_beside(14.4, 14.4), "14.4×");
        assert_eq!(factor_beside(4.2, 3.0), "4.2×");
    }

    #[test]
    fn events_are_whole() {
        for (count, whole) in [(19.999_999_9, 20), (19.7, 19), (-0.2, 0), (0.0, 0)] {
            assert_eq!(events(count), whole);
        }
    }

    proptest! {
        #[test]
        fn only_nothing_is_0_and_only_everything_is_100_percent(ratio in 1e-9..0.999_999_9_f64) {
            let text = percent(ratio);
            prop_assert!(text != "0 %" && text != "100 %", "{ratio} is {text}");
        }
    }
}
