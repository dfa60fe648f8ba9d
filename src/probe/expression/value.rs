//! JSON and durations as CEL values, and CEL values as people read them. Pure.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use cel::objects::{Key, Map};
use cel::{Context, Env, Program, Value as CelValue};
use serde_json::{Number, Value};

use super::ENVIRONMENT;

/// How much of a string is shown.
const SHOWN: usize = 80;

/// Whole numbers are ints wherever they fit, so that `body.n + 1` means what it says.
pub(super) fn from_json(value: &Value) -> CelValue {
    match value {
        Value::Null => CelValue::Null,
        Value::Bool(value) => CelValue::Bool(*value),
        Value::Number(number) => from_number(number),
        Value::String(text) => CelValue::String(Arc::new(text.clone())),
        Value::Array(items) => CelValue::List(Arc::new(items.iter().map(from_json).collect())),
        Value::Object(fields) => map(fields.iter().map(|(key, value)| (key, from_json(value)))),
    }
}

fn from_number(number: &Number) -> CelValue {
    match (number.as_i64(), number.as_u64(), number.as_f64()) {
        (Some(int), _, _) => CelValue::Int(int),
        (None, Some(uint), _) => CelValue::UInt(uint),
        (None, None, float) => CelValue::Float(float.unwrap_or(f64::NAN)),
    }
}

pub(super) fn from_headers(headers: &BTreeMap<String, String>) -> CelValue {
    map(headers
        .iter()
        .map(|(name, text)| (name, CelValue::String(Arc::new(text.clone())))))
}

fn map<'a>(entries: impl Iterator<Item = (&'a String, CelValue)>) -> CelValue {
    let entries: HashMap<_, _> = entries
        .map(|(key, value)| (Key::String(Arc::new(key.clone())), value))
        .collect();
    CelValue::Map(Map {
        map: Arc::new(entries),
    })
}

/// The crate's durations are chrono's; its own `duration()` makes one without our naming that crate.
pub(super) fn from_duration(duration: Duration) -> CelValue {
    static READ: LazyLock<Program> = LazyLock::new(|| {
        Env::stdlib()
            .compile("duration(text)")
            .expect("a call of a standard function is CEL")
    });
    let mut context = Context::with_env(Arc::clone(&ENVIRONMENT));
    context.add_variable_from_value("text", format!("{}us", duration.as_micros()));
    READ.execute(&context)
        .expect("whole microseconds are a duration")
}

/// A value for people, cut short where it is long.
pub(super) fn shown(value: &CelValue) -> String {
    match value {
        CelValue::Null => "null".into(),
        CelValue::Bool(value) => value.to_string(),
        CelValue::Int(value) => value.to_string(),
        CelValue::UInt(value) => value.to_string(),
        CelValue::Float(value) => value.to_string(),
        CelValue::String(text) => format!("'{}'", shortened(text)),
        CelValue::Duration(duration) => milliseconds(duration.num_microseconds().unwrap_or(0)),
        CelValue::List(items) => format!("a list of {}", items.len()),
        CelValue::Map(map) => format!("a map of {}", map.map.len()),
        other => format!("a {}", other.type_of()),
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Finer than people usually need, since an expectation may fail by little.
fn milliseconds(us: i64) -> String {
    let ms = us as f64 / 1_000.0;
    match ms.abs() < 1_000.0 {
        true => format!("{ms} ms"),
        false => format!("{} s", ms / 1_000.0),
    }
}
