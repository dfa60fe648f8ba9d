//! Numbers as people read them: with the digits that matter and their unit.

use std::time::Duration;

use crate::duration;
use crate::verdict::{Figure, Unit};

/// The most decimals ever written; what differs by less is written as below or above the last one.
const MOST_DECIMALS: usize = 9;

/// A ratio as percent. As many digits as tell it from 0 % and from 100 %, which are written only where they are exact.
pub fn percent(ratio: f64) -> String {
    percent_with(ratio, decimals_of_ratio(ratio))
}

/// Two digits of the distance to the nearer of 0 and 100, whichever shows more: 4.2 %, 12.3 %, 99.95 %, 99.996 %.
fn decimals_of_ratio(ratio: f64) -> usize {
    let percent = ratio.abs() * 100.0;
    let distance = percent.min((100.0 - percent).abs());
    if distance == 0.0 {
        return 0;
    }
    // A float this close to 1 carries no digits below 1e-14; the clamp also keeps the cast in range.
    (1.0 - distance.log10().floor()).clamp(1.0, MOST_DECIMALS as f64) as usize
}

fn percent_with(ratio: f64, decimals: usize) -> String {
    let text = trimmed(ratio * 100.0, decimals);
    let last = || trimmed(0.1_f64.powi(decimals as i32), decimals);
    match text.as_str() {
        "100" if ratio < 1.0 => format!(
            "> {} %",
            trimmed(100.0 - 0.1_f64.powi(decimals as i32), decimals)
        ),
        "0" if ratio > 0.0 => format!("< {} %", last()),
        _ => format!("{text} %"),
    }
}

/// The value of a figure and its target, each with its unit, written so that they differ wherever they do.
pub fn figure(figure: &Figure) -> (String, Option<String>) {
    let Some(target) = figure.target else {
        return (quantity(figure.value, figure.unit), None);
    };
    let pair = (
        quantity(figure.value, figure.unit),
        quantity(target, figure.unit),
    );
    if pair.0 != pair.1 || figure.value == target {
        return (pair.0, Some(pair.1));
    }
    let (value, target) = told_apart(figure.value, target, figure.unit);
    (value, Some(target))
}

fn told_apart(value: f64, target: f64, unit: Unit) -> (String, String) {
    let write = |number: f64, decimals| match unit {
        Unit::Ratio => percent_with(number, decimals),
        Unit::Seconds => format!("{} s", trimmed(number, decimals)),
        Unit::Count => trimmed(number, decimals),
        Unit::Factor => format!("{}×", trimmed(number, decimals)),
    };
    (0..=MOST_DECIMALS)
        .map(|decimals| (write(value, decimals), write(target, decimals)))
        .find(|(value, target)| value != target)
        .unwrap_or_else(|| (quantity(value, unit), quantity(target, unit)))
}

/// A number with its unit. A ratio of nothing is no traffic, neither 0 % nor 100 %.
pub fn quantity(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Ratio if value.is_nan() => "no traffic".to_owned(),
        _ if value.is_nan() => "no number".to_owned(),
        _ if value.is_infinite() => "without bound".to_owned(),
        Unit::Ratio => percent(value),
        Unit::Seconds => seconds(value),
        Unit::Count => count(value),
        Unit::Factor => format!("{}×", significant(value)),
    }
}

fn seconds(value: f64) -> String {
    match value.abs() {
        small if small < 0.001 && small > 0.0 => format!("{} µs", significant(value * 1e6)),
        small if small < 1.0 => format!("{} ms", significant(value * 1e3)),
        middle if middle < 60.0 => format!("{} s", significant(value)),
        _ if value < 0.0 => format!("-{}", seconds(-value)),
        // From a minute on fractions do not matter.
        _ => duration::human(Duration::from_secs(value as u64)),
    }
}

/// A count, with thousands set apart.
pub fn count(value: f64) -> String {
    let text = trimmed(value, 2);
    let (sign, text) = text
        .strip_prefix('-')
        .map_or(("", text.as_str()), |text| ("-", text));
    let (whole, fraction) = text
        .split_once('.')
        .map_or((text, None), |(w, f)| (w, Some(f)));
    let mut out = sign.to_owned();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// Three significant digits below 100, whole numbers above.
fn significant(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let decimals = (2.0 - value.abs().log10().floor()).clamp(0.0, MOST_DECIMALS as f64);
    trimmed(value, decimals as usize)
}

fn trimmed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let text = match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => &text,
    };
    // What rounds to nothing has no sign.
    if text == "-0" { "0" } else { text }.to_owned()
}

/// `1 promise`, `5 promises`.
pub fn plural(count: usize, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", self::count(count as f64))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn percent_has_the_digits_that_matter() {
        for (ratio, text) in [
            (0.0, "0 %"),
            (1.0, "100 %"),
            (0.5, "50 %"),
            (0.123_456, "12.3 %"),
            (0.042, "4.2 %"),
            (0.9995, "99.95 %"),
            (0.999_96, "99.996 %"),
            (0.000_041, "0.0041 %"),
            (1.5, "150 %"),
            (-0.25, "-25 %"),
            (1.0 - 1e-13, "> 99.999999999 %"),
            (1e-13, "< 0.000000001 %"),
        ] {
            assert_eq!(percent(ratio), text, "{ratio}");
        }
    }

    proptest! {
        #[test]
        fn only_all_is_100_percent_and_only_nothing_is_0(ratio in 0.0..=1.0_f64) {
            prop_assert_eq!(percent(ratio) == "100 %", ratio == 1.0);
            prop_assert_eq!(percent(ratio) == "0 %", ratio == 0.0);
        }
    }

    proptest! {
        #[test]
        fn near_the_ends_too(exponent in 1..15_i32, mantissa in 1.0..9.0_f64) {
            let little = mantissa * 10_f64.powi(-exponent);
            prop_assume!(little < 1.0);
            prop_assert_ne!(percent(1.0 - little), "100 %");
            prop_assert_ne!(percent(little), "0 %");
        }
    }

    #[track_caller]
    fn check(value: f64, target: f64, unit: Unit, expected: (&str, &str)) {
        let told = figure(&Figure {
            name: String::new(),
            value,
            target: Some(target),
            unit,
            lower_is_better: true,
        });
        let expected = (expected.0.to_owned(), Some(expected.1.to_owned()));
        assert_eq!(told, expected);
    }

    #[test]
    fn a_value_and_its_target_differ_where_they_do() {
        check(0.042, 0.01, Unit::Ratio, ("4.2 %", "1 %"));
        check(0.998_96, 0.999, Unit::Ratio, ("99.896 %", "99.9 %"));
        check(300.4, 300.0, Unit::Seconds, ("300.4 s", "300 s"));
        check(14.402, 14.4, Unit::Factor, ("14.402×", "14.4×"));
        check(0.999, 0.999, Unit::Ratio, ("99.9 %", "99.9 %"));
    }

    #[test]
    fn units() {
        for (value, unit, text) in [
            (0.000_25, Unit::Seconds, "250 µs"),
            (0.2504, Unit::Seconds, "250 ms"),
            (0.0, Unit::Seconds, "0 ms"),
            (4.2, Unit::Seconds, "4.2 s"),
            (192.0, Unit::Seconds, "3 m 12 s"),
            (1_234_567.0, Unit::Count, "1,234,567"),
            (-12_345.5, Unit::Count, "-12,345.5"),
            (4.2, Unit::Factor, "4.2×"),
            (f64::NAN, Unit::Ratio, "no traffic"),
            (f64::NAN, Unit::Factor, "no number"),
            (f64::INFINITY, Unit::Factor, "without bound"),
        ] {
            assert_eq!(quantity(value, unit), text);
        }
        assert_eq!(plural(1, "promise"), "1 promise");
        assert_eq!(plural(1_000, "promise"), "1,000 promises");
    }
}
