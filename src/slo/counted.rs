//! Events counted over any window: a counter's query without range, or one with a placeholder for it. Pure.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::time::Duration;

use regex::{NoExpand, Regex};

use crate::duration;
use crate::promql::Expression;

static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\{\{\s*\.window\s*\}\}|\$\{window\}|\$window\b").expect("the pattern is constant")
});

/// What a query counts, over a window that is not fixed yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    form: Form,
    /// The query over five minutes, to look at.
    sample: Expression,
}

#[derive(Debug, Clone, PartialEq)]
enum Form {
    /// A counter; its increase over the window counts.
    Counter(Expression),
    /// A text with a placeholder. Counts a second instead of counts are multiplied by the window.
    Windowed { text: String, per_second: bool },
}

/// Why a query counts nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It is not PromQL, or not a vector.
    Syntax(String),
    /// It reads no metric.
    NoMetric,
    /// It has a range of its own.
    FixedRange,
    /// It has neither a placeholder nor the word that it is a counter.
    NotCounter,
}

impl Counted {
    /// Reads a query; `is_counter` is what the document says of it.
    ///
    /// # Errors
    /// When it cannot be asked over any window.
    pub fn read(text: &str, is_counter: bool) -> Result<Self, Refusal> {
        let has_placeholder = PLACEHOLDER.is_match(text);
        let parse = |text: &str| {
            Expression::parse(&format!("sum({text}\n)"))
                .and_then(|_| Expression::parse(text))
                .map_err(|error| Refusal::Syntax(error.message))
        };
        let five_minutes = Duration::from_secs(300);
        let written = parse(&substituted(text, five_minutes))?;
        // A second window finds what happens to parse with the first, such as `[{{.window}}s]`.
        parse(&substituted(text, Duration::from_secs(90)))?;
        if written.metrics().is_empty() && written.selectors().is_empty() {
            return Err(Refusal::NoMetric);
        }
        if has_placeholder {
            let functions = written.functions();
            let per_second = functions.contains("rate") || functions.contains("irate");
            let text = text.trim().to_owned();
            return Ok(Self {
                form: Form::Windowed { text, per_second },
                sample: written,
            });
        }
        if written.has_range() {
            return Err(Refusal::FixedRange);
        }
        if !is_counter {
            return Err(Refusal::NotCounter);
        }
        Ok(Self {
            sample: written.increase_over(five_minutes),
            form: Form::Counter(written),
        })
    }

    /// The number of events over `window`.
    pub fn over(&self, window: Duration) -> String {
        match &self.form {
            Form::Counter(counter) => counter.increase_over(window).to_string(),
            Form::Windowed { text, per_second } => {
                let text = substituted(text, window);
                // Printed anew it has no comment that could swallow what we append.
                let query = Expression::parse(&text)
                    .map_or_else(|_| text.into_owned(), |parsed| parsed.to_string());
                scaled(query, *per_second, window)
            }
        }
    }

    /// The same for each value of `labels`.
    pub fn over_by(&self, window: Duration, labels: &[String]) -> Option<String> {
        match &self.form {
            Form::Counter(counter) => {
                Some(counter.increase_over(window).grouped_by(labels).to_string())
            }
            Form::Windowed { text, per_second } => {
                let expression = Expression::parse(&substituted(text, window)).ok()?;
                let grouped = expression.grouped_by(labels).to_string();
                Some(scaled(grouped, *per_second, window))
            }
        }
    }

    /// The query over five minutes, to look at.
    pub fn sample(&self) -> &Expression {
        &self.sample
    }

    /// Names of the metrics it reads.
    pub fn metrics(&self) -> BTreeSet<String> {
        self.sample.metrics()
    }
}

/// Whether a text has a placeholder for the window.
pub fn has_placeholder(text: &str) -> bool {
    PLACEHOLDER.is_match(text)
}

fn substituted(text: &str, window: Duration) -> Cow<'_, str> {
    PLACEHOLDER.replace_all(text, NoExpand(&duration::format(window)))
}

fn scaled(query: String, per_second: bool, window: Duration) -> String {
    match per_second {
        true => format!("({query}) * {}", window.as_secs_f64()),
        false => query,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, is_counter: bool, expected: Result<&str, Refusal>) {
        let over =
            Counted::read(text, is_counter).map(|counted| counted.over(Duration::from_secs(15)));
        assert_eq!(over, expected.map(str::to_owned));
    }

    #[test]
    fn counters_and_placeholders_take_any_window() {
        check(
            r#"sum(x{a="b"})"#,
            true,
            Ok(r#"sum(increase(x{a="b"}[15s]))"#),
        );
        check(
            "sum(increase(x[{{.window}}]))",
            true,
            Ok("sum(increase(x[15s]))"),
        );
        check(
            "sum(rate(x[{{ .window }}]))",
            false,
            Ok("(sum(rate(x[15s]))) * 15"),
        );
        check(
            "count_over_time(x[$window]) # all",
            false,
            Ok("count_over_time(x[15s])"),
        );
        check(
            "sum(increase(x[${window}]))",
            false,
            Ok("sum(increase(x[15s]))"),
        );
    }

    #[test]
    fn what_cannot_be_asked_over_any_window_is_refused() {
        check("sum(rate(x[5m]))", true, Err(Refusal::FixedRange));
        check("sum(x)", false, Err(Refusal::NotCounter));
        check("vector(1)", true, Err(Refusal::NoMetric));
        for text in [
            "sum(x",
            "1",
            "sum(increase(x[{{.window}}s]))",
            "sum(x[$windows])",
            "",
        ] {
            let refused = Counted::read(text, true);
            assert!(
                matches!(refused, Err(Refusal::Syntax(_))),
                "{text}: {refused:?}"
            );
        }
    }

    #[test]
    fn the_same_by_further_labels() {
        let counted = Counted::read("sum(rate(x[$window]))", true).unwrap();
        assert_eq!(
            counted
                .over_by(Duration::from_secs(60), &["a".into()])
                .as_deref(),
            Some("(sum by (a) (rate(x[1m]))) * 60")
        );
    }
}
