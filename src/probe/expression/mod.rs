//! Expectations: CEL over the answer to a request. Pure.
//!
//! | name | type | |
//! |---|---|---|
//! | `status` | int | the status code |
//! | `body` | any | the body as JSON, or as a string where it is none |
//! | `headers` | map | header fields by lower-case name |
//! | `took` | duration | from the start of this request to its last byte |
//! | `elapsed` | duration | from the start of the journey's first request to the last byte of this one |
//! | `run` | string | unique to this evaluation |
//! | `run_number` | int | the same as a number |
//!
//! and whatever earlier steps extracted, as `name` or `${name}`, the latter within strings, too.
//!
//! The order of a map's keys is not defined, as CEL has it: `body.map(key, key)[0]` may differ from one evaluation to the next.
//!
//! No type of the CEL crate leaks out of this folder, so that it can be replaced. What cannot be evaluated (a missing
//! field, a wrong type) does not hold: the answer broke what was expected of it.

mod explain;
mod interpolate;
mod names;
mod value;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use cel::{Context, Env, ExecutionError, IdedExpr, Value as CelValue};
use serde_json::Value;

use super::template::Variables;

static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// Names that an expression knows without any step having extracted them.
pub const BUILT_IN: [&str; 7] = [
    "status",
    "body",
    "headers",
    "took",
    "elapsed",
    "run",
    "run_number",
];

/// How long an expression may be, in bytes, and how deep.
///
/// The parser and the evaluation are recursive: without a bound a document could overflow the stack, which ends the process.
const LONGEST: usize = 1_000;
const DEEPEST: usize = 24;

/// Enough for whatever the parser makes of [`LONGEST`] bytes; it needs some 100 KiB a bracket when it is not optimised.
const STACK: usize = 64 << 20;

/// A compiled expression.
#[derive(Debug, Clone)]
pub struct Expression {
    source: String,
    tree: IdedExpr,
    variables: BTreeSet<String>,
}

/// Why a text is not an expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// What is wrong.
    pub message: String,
    /// The byte of the text at which it was noticed.
    pub at: usize,
}

/// What an expression is evaluated over.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: &'a Value,
    /// Header fields by lower-case name.
    pub headers: &'a BTreeMap<String, String>,
    /// How long the journey took so far.
    pub elapsed: Duration,
    /// How long the request took.
    pub took: Duration,
    /// `run`, `run_number` and what was extracted.
    pub variables: &'a Variables,
}

/// What came of an evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// It is true.
    Holds,
    /// It is false, with a clause that shows the value to blame where there is a simple one.
    False(Option<String>),
    /// It cannot be told, which is as bad: a field is missing or has the wrong type.
    Error(String),
}

impl Expression {
    /// Compiles `text`.
    ///
    /// # Errors
    /// When it is not CEL, or calls a function that does not exist.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        if LONGEST < text.len() {
            let message = format!(
                "an expression has at most {LONGEST} bytes, this one {}",
                text.len()
            );
            return Err(SyntaxError { message, at: 0 });
        }
        std::thread::scope(|scope| {
            std::thread::Builder::new()
                .stack_size(STACK)
                .spawn_scoped(scope, || Self::parse_deep(text))
                .expect("the system has room for one more thread")
                .join()
                .expect("the parser does not panic on any text")
        })
    }

    fn parse_deep(text: &str) -> Result<Self, SyntaxError> {
        let bare = interpolate::outside_strings(text);
        let program = ENVIRONMENT
            .compile(&bare)
            .map_err(|errors| syntax_error(&bare, &errors))?;
        let tree = interpolate::within_strings(program.expression().clone())
            .map_err(|message| SyntaxError { message, at: 0 })?;
        if DEEPEST < names::depth(&tree) {
            let message = format!("the expression nests more than {DEEPEST} deep");
            return Err(SyntaxError { message, at: 0 });
        }
        let used = names::of(&tree);
        if let Some(message) = names::unknown_function(&used.functions) {
            return Err(SyntaxError { message, at: 0 });
        }
        Ok(Self {
            source: text.trim().to_owned(),
            tree,
            variables: used.variables,
        })
    }

    /// As it is written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The variables it reads, built-in ones included.
    pub fn variables(&self) -> &BTreeSet<String> {
        &self.variables
    }

    /// Whether it is true, and if not, why.
    pub fn judge(&self, scope: &Scope<'_>) -> Judgement {
        let mut context = Context::with_env(Arc::clone(&ENVIRONMENT));
        for name in &self.variables {
            if let Some(value) = lookup(name, scope) {
                context.add_variable_from_value(name.as_str(), value);
            }
        }
        match CelValue::resolve(&self.tree, &context) {
            Ok(CelValue::Bool(true)) => Judgement::Holds,
            Ok(CelValue::Bool(false)) => Judgement::False(explain::blame(&self.tree, &context)),
            Ok(other) => Judgement::Error(format!(
                "it gives {}, neither true nor false",
                value::shown(&other)
            )),
            Err(error) => Judgement::Error(in_words(&error)),
        }
    }
}

fn lookup(name: &str, scope: &Scope<'_>) -> Option<CelValue> {
    Some(match name {
        "status" => CelValue::Int(scope.status.into()),
        "body" => value::from_json(scope.body),
        "headers" => value::from_headers(scope.headers),
        "took" => value::from_duration(scope.took),
        "elapsed" => value::from_duration(scope.elapsed),
        other => value::from_json(scope.variables.get(other)?),
    })
}

fn syntax_error(text: &str, errors: &cel::ParseErrors) -> SyntaxError {
    let Some(first) = errors.errors.first() else {
        return SyntaxError {
            message: "this is not CEL".into(),
            at: 0,
        };
    };
    let (line, column) = first.pos;
    let line_start: usize = text
        .split_inclusive('\n')
        .take((line.max(1) - 1) as usize)
        .map(str::len)
        .sum();
    let in_line = text[line_start..]
        .char_indices()
        .nth((column.max(1) - 1) as usize);
    SyntaxError {
        message: unexpected(&first.msg),
        at: in_line.map_or(text.len(), |(at, _)| line_start + at),
    }
}

/// The parser quotes what it stumbled over and then lists every token it knows; the former is enough.
fn unexpected(message: &str) -> String {
    match message.split('\'').nth(1).map(str::trim) {
        Some("<EOF>") => "the expression ends too early".into(),
        Some(found) if !found.is_empty() => format!("`{found}` is not expected here"),
        _ => message
            .lines()
            .next()
            .unwrap_or("this is not CEL")
            .to_owned(),
    }
}

fn in_words(error: &ExecutionError) -> String {
    match error {
        ExecutionError::NoSuchKey(key) => format!("there is no `{key}`"),
        ExecutionError::UndeclaredReference(name) => format!("nothing is called `{name}`"),
        ExecutionError::IndexOutOfBounds(index) => {
            format!("there is no item {}", value::shown(index))
        }
        ExecutionError::NoSuchOverload(call) => names::overload(
            call.function(),
            call.argument_types(),
            call.is_member_function(),
        ),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn judged(text: &str, body: &Value) -> Judgement {
        evaluated(&Expression::parse(text).unwrap(), body)
    }

    fn evaluated(expression: &Expression, body: &Value) -> Judgement {
        let variables =
            Variables::from([("id".into(), json!("t-1")), ("run_number".into(), json!(7))]);
        let headers = BTreeMap::from([("content-type".to_owned(), "application/json".to_owned())]);
        let scope = Scope {
            status: 202,
            body,
            headers: &headers,
            elapsed: Duration::from_millis(4_200),
            took: Duration::from_micros(312_500),
            variables: &variables,
        };
        expression.judge(&scope)
    }

    fn body() -> Value {
        json!({"status": "failed", "n": 3, "big": u64::MAX, "f": 0.5, "none": null, "id": "t-1",
               "jobs": [{"ok": true}, {"ok": false}], "link": "/v1/t-1/x"})
    }

    #[test]
    fn what_holds() {
        for text in [
            "status == 202",
            "status in [200, 202] && body.n + 1 == 4",
            "elapsed < duration('5s') && took > duration('312ms')",
            "took == duration('312500us')",
            "headers['content-type'].startsWith('application/')",
            "!('retry-after' in headers)",
            "has(body.status) && !has(body.nope)",
            "body.jobs.exists(job, !job.ok) && size(body.jobs) == 2",
            "body.id == id && body.id == ${id}",
            "body.link == '/v1/${id}/x'",
            "body.link.matches('^/v1/${id}/.$')",
            "run_number == 7 && '${run_number}' == '7'",
            "body.f < 1 && body.big > 1 && body.none == null",
            "type(body.n) == int",
        ] {
            assert_eq!(judged(text, &body()), Judgement::Holds, "{text}");
        }
    }

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let expected = Judgement::False(expected.map(str::to_owned));
        assert_eq!(judged(text, &body()), expected, "{text}");
    }

    #[test]
    fn what_does_not_hold_shows_the_value_to_blame() {
        check(
            "body.status == 'completed'",
            Some("body.status is 'failed'"),
        );
        check(
            "status == 202 && body.n > 5 && body.f > 1.0",
            Some("body.n is 3"),
        );
        check("elapsed < duration('4s')", Some("elapsed is 4.2 s"));
        check("took < duration('100ms')", Some("took is 312.5 ms"));
        check("size(body.jobs) == 3", Some("size(body.jobs) is 2"));
        check("body.jobs.size() == 3", Some("size(body.jobs) is 2"));
        check("body.jobs[1].ok", Some("body.jobs[1].ok is false"));
        check("status in [200, 201]", Some("status is 202"));
        check("'x' == body.status", Some("body.status is 'failed'"));
        check("!(body.n == 3)", Some("body.n is 3"));
        check("body.none != null", Some("body.none is null"));
        check(
            "headers['content-type'] == 'text/html'",
            Some("headers['content-type'] is 'application/json'"),
        );
        check("body.jobs.all(job, job.ok)", None);
        check("has(body.nope)", None);
        check(
            "status > 300 || body.n > 5",
            Some("status is 202 and body.n is 3"),
        );
    }

    #[test]
    fn what_cannot_be_evaluated_does_not_hold() {
        for (text, why) in [
            ("body.nope == 1", "there is no `nope`"),
            ("body.n", "it gives 3, neither true nor false"),
            ("body.jobs[7].ok", "there is no item 7"),
            ("body.status > 5", "`>` cannot be applied to string and int"),
            ("gone == 1", "nothing is called `gone`"),
            ("body.status.x == 1", "a string has no fields"),
        ] {
            assert_eq!(
                judged(text, &body()),
                Judgement::Error(why.into()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_expression_is_placed() {
        for (text, at) in [
            ("status = 202", 7),
            ("status == ", 10),
            ("body.ü == 1", 5),
            ("status == 202 &&\n  ) x", 19),
            ("", 0),
        ] {
            let error = Expression::parse(text).unwrap_err();
            assert_eq!(error.at, at, "{text}: {error}");
            assert!(!error.message.is_empty() && !error.message.contains('\n'));
        }
        let error = Expression::parse("sise(body) > 1").unwrap_err();
        assert_eq!(
            error.message,
            "there is no function `sise`; did you mean `size`?"
        );
        let error = Expression::parse("body.x == '${nope'").unwrap_err();
        assert_eq!(error.message, "`${` is never closed");
    }

    #[test]
    fn depth_is_no_overflow() {
        let nested =
            |n: usize, open: &str, close: &str| format!("{}1{}", open.repeat(n), close.repeat(n));
        let long = |start: &str, unit: &str| {
            format!(
                "{start}{}",
                unit.repeat((LONGEST - start.len()) / unit.len())
            )
        };
        for text in [
            nested(90, "(", ")"),
            nested(490, "(", ")"),
            nested(DEEPEST - 1, "[", "]"),
            nested(DEEPEST - 1, "{1:", "}"),
            nested(DEEPEST - 1, "size(", ")"),
            nested(DEEPEST - 1, "1+(", ")"),
            nested(20, "[1].map(x,", ")"),
            long("", "("),
            long("body", ".a"),
            long("body", "[0]"),
            long("1", "+1"),
            long("true", "&&true"),
            long("", "!"),
            long("", "-"),
            long("1", "?1:1"),
            long("", "true?1:"),
            long("'", "${a}"),
        ] {
            if let Ok(expression) = Expression::parse(&text) {
                let judgement = evaluated(&expression, &Value::Null);
                assert_eq!(judgement, evaluated(&expression, &Value::Null), "{text}");
            }
        }
        let long = " ".repeat(LONGEST + 1);
        assert!(
            Expression::parse(&long)
                .unwrap_err()
                .message
                .contains("at most 1000 bytes")
        );
    }

    #[test]
    fn it_knows_what_it_reads() {
        let read = |text: &str| -> Vec<String> {
            let expression = Expression::parse(text).unwrap();
            expression.variables().iter().cloned().collect()
        };
        assert_eq!(read("body.jobs.all(job, job.ok && x)"), ["body", "x"]);
        assert_eq!(read("'${a}' == b.c && type(1) == int"), ["a", "b"]);
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reader(text in r#"[a-z0-9.$\{\}\[\]()'"<>=!&|+\- ]{0,24}"#) {
            if let Ok(expression) = Expression::parse(&text) {
                let first = evaluated(&expression, &Value::Null);
                prop_assert_eq!(first, evaluated(&expression, &Value::Null));
            }
        }
    }
}
