//! Ids, numbers and nulls as peers write them. Pure.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A trace id as 32 lower-case hex digits; empty where there is none.
pub(super) fn trace_id(text: &str) -> String {
    id(text, 32)
}

/// A span id as 16 lower-case hex digits; empty where there is none.
pub(super) fn span_id(text: &str) -> String {
    id(text, 16)
}

/// Hex in any case, with or without leading zeros, or base64 of as many bytes. All zeros mean none. Anything else is kept as
/// it is, so that spans still find each other.
fn id(text: &str, digits: usize) -> String {
    let text = text.trim();
    let bare = match from_base64(text) {
        _ if text.len() <= digits && text.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            text.to_ascii_lowercase()
        }
        Some(bytes) if bytes.len() * 2 == digits => {
            bytes.iter().map(|byte| format!("{byte:02x}")).collect()
        }
        _ => return text.to_owned(),
    };
    if bare.bytes().all(|byte| byte == b'0') {
        return String::new();
    }
    format!("{bare:0>digits$}")
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    let (mut bits, mut n_bits, mut bytes) = (0_u32, 0, Vec::new());
    for letter in text.trim_end_matches('=').bytes() {
        let six = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(six);
        n_bits += 6;
        if n_bits >= 8 {
            n_bits -= 8;
            bytes.push((bits >> n_bits) as u8);
        }
    }
    Some(bytes)
}

/// An unsigned integer written as number or as string; zero where it is neither.
pub(super) fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Number(number) => number
            .as_u64()
            .or_else(|| number.as_f64().map(|float| float as u64))
            .unwrap_or(0),
        Value::String(text) => text.trim().parse().unwrap_or(0),
        _ => 0,
    })
}

/// The default where there is `null`.
pub(super) fn nullable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// A JSON value as attribute text: strings bare, everything else as JSON writes it.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_told_in_one_way() {
        for (text, expected) in [
            (
                "4BF92F3577B34DA6A3CE929D0E0E4736",
                "4bf92f3577b34da6a3ce929d0e0e4736",
            ),
            ("a1", "000000000000000000000000000000a1"),
            (
                "S/kvNXezTaajzpKdDg5HNg==",
                "4bf92f3577b34da6a3ce929d0e0e4736",
            ),
            ("S_kvNXezTaajzpKdDg5HNg", "4bf92f3577b34da6a3ce929d0e0e4736"),
            ("0000000000000000", ""),
            ("", ""),
            ("not an id", "not an id"),
        ] {
            assert_eq!(trace_id(text), expected, "{text}");
        }
        assert_eq!(span_id("APBnqgupArc="), "00f067aa0ba902b7");
        assert_eq!(span_id("F067AA0BA902B7"), "00f067aa0ba902b7");
    }

    #[test]
    fn integers_are_read_as_they_come() {
        #[derive(Deserialize)]
        struct Holder(#[serde(deserialize_with = "integer")] u64);
        for (json, expected) in [
            ("\"1700000000000000001\"", 1_700_000_000_000_000_001),
            ("1700000000000000001", 1_700_000_000_000_000_001),
            ("5.0", 5),
            ("-3", 0),
            ("null", 0),
            ("\"NaN\"", 0),
        ] {
            let holder: Holder = serde_json::from_str(json).unwrap();
            assert_eq!(holder.0, expected, "{json}");
        }
    }
}
