//! JSONPath (RFC 9535): takes one value out of a body. Pure.
//!
//! No type of the JSONPath crate leaks out of this file, so that it can be replaced.

use jsonpath_rust::parser::model::JpQuery;
use jsonpath_rust::parser::parse_json_path;
use jsonpath_rust::query::js_path_process;
use serde_json::Value;

/// A path to a value.
#[derive(Debug, Clone)]
pub struct JsonPath {
    text: String,
    query: JpQuery,
}

impl JsonPath {
    /// Parses a path such as `$.trial_id`.
    ///
    /// # Errors
    /// What was expected instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        if !text.trim_start().starts_with('$') {
            return Err("a path starts with `$`".into());
        }
        let query = parse_json_path(text).map_err(|error| in_words(&error.to_string()))?;
        Ok(Self {
            text: text.to_owned(),
            query,
        })
    }

    /// The first value it finds that is not null.
    ///
    /// # Errors
    /// A clause that says what is missing.
    pub fn find(&self, body: &Value) -> Result<Value, String> {
        let found = js_path_process(&self.query, body).unwrap_or_default();
        match found.first() {
            None => Err(format!("`{}` finds nothing", self.text)),
            Some(found) if found.val.is_null() => Err(format!("`{}` is null", self.text)),
            Some(found) => Ok(found.val.clone()),
        }
    }
}

/// The parser draws a picture of several lines; its last one, `= expected …`, says it all.
fn in_words(drawn: &str) -> String {
    let last = drawn.lines().rev().find(|line| !line.trim().is_empty());
    let said = last.unwrap_or(drawn).trim().trim_start_matches("= ");
    said.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(path: &str, expected: Result<Value, &str>) {
        let body = json!({"id": "t-1", "gone": null, "jobs": [{"id": 1}, {"id": 2}]});
        let found = JsonPath::parse(path).unwrap().find(&body);
        assert_eq!(found, expected.map_err(str::to_owned), "{path}");
    }

    #[test]
    fn one_value_or_why_not() {
        check("$.id", Ok(json!("t-1")));
        check("$.jobs[1]", Ok(json!({"id": 2})));
        check("$.jobs[?@.id > 1].id", Ok(json!(2)));
        check("$.jobs[*].id", Ok(json!(1)));
        check("$.nope", Err("`$.nope` finds nothing"));
        check("$.id.deeper", Err("`$.id.deeper` finds nothing"));
        check("$.gone", Err("`$.gone` is null"));
    }

    #[test]
    fn what_is_no_path_is_told_in_one_line() {
        for path in ["trial_id", "$.", "$[", "$.a[?]", ""] {
            let message = JsonPath::parse(path).unwrap_err();
            assert!(!message.is_empty() && !message.contains('\n'), "{path}");
        }
        assert!(
            JsonPath::parse("$.a[?@.b ==]")
                .unwrap_err()
                .starts_with("expected")
        );
    }

    #[test]
    fn depth_is_no_overflow() {
        for (open, close) in [("(", ")"), ("!(", ")"), ("@[?", "]")] {
            let path = format!("$[?{}@.a{}]", open.repeat(120), close.repeat(120));
            if let Ok(path) = JsonPath::parse(&path) {
                drop(path.find(&json!([{"a": 1}])));
            }
        }
        let path = JsonPath::parse(&format!("${}", "[0]".repeat(2_000))).unwrap();
        assert!(path.find(&json!([[1]])).is_err());
        assert!(JsonPath::parse(&format!("${}", "[".repeat(5_000))).is_err());
    }
}
