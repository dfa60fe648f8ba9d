//! PromQL expressions: parse, canonical form, which metrics are read, the same question over a window. Pure.
//!
//! No type of the parser crate leaks out of this module, so that the parser can be replaced.

mod filter;
mod grouping;
mod needs;
mod normalise;

pub use needs::Needs;

use std::collections::BTreeSet;
use std::time::Duration;

use promql_parser::label::MatchOp;
use promql_parser::parser::{self, Expr, MatrixSelector, VectorSelector};

use crate::duration;

/// A parsed expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    tree: Expr,
}

/// Why a text is not an expression. The parser knows no position; the whole text is to blame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// What is wrong.
    pub message: String,
}

impl Expression {
    /// Parses `text` as Prometheus 3 does.
    ///
    /// # Errors
    /// When it is not PromQL, or needs syntax the parser does not know.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        if text.trim().is_empty() {
            return Err(SyntaxError {
                message: "the expression is empty".into(),
            });
        }
        match parser::parse(&normalise::normalise(text)) {
            Ok(tree) => Ok(Self { tree }),
            Err(message) => Err(SyntaxError {
                message: message.lines().next().unwrap_or_default().trim().to_owned(),
            }),
        }
    }

    /// Names of the metrics it reads, as far as they are fixed.
    pub fn metrics(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        selectors(&self.tree, &mut |selector| names.extend(name(selector)));
        names
    }

    /// Its vector selectors, canonical, without range, offset and `@`; each once.
    pub fn selectors(&self) -> BTreeSet<String> {
        let mut texts = BTreeSet::new();
        selectors(&self.tree, &mut |selector| {
            let bare = VectorSelector {
                offset: None,
                at: None,
                ..selector.clone()
            };
            texts.insert(bare.to_string());
        });
        texts
    }

    /// Whether a range or subquery occurs in it, so that it already fixes its own window.
    pub fn has_range(&self) -> bool {
        match &self.tree {
            Expr::MatrixSelector(_) | Expr::Subquery(_) => true,
            other => children(other).into_iter().any(|child| {
                Self {
                    tree: child.clone(),
                }
                .has_range()
            }),
        }
    }

    /// The increase over `window` of every counter it reads: `sum(x)` becomes `sum(increase(x[5m]))`.
    #[must_use]
    pub fn increase_over(&self, window: Duration) -> Self {
        Self {
            tree: increase(self.tree.clone(), window),
        }
    }
}

impl std::fmt::Display for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.tree.fmt(f)
    }
}

fn name(selector: &VectorSelector) -> Option<String> {
    selector.name.clone().or_else(|| {
        selector
            .matchers
            .matchers
            .iter()
            .find(|matcher| matcher.name == "__name__" && matcher.op == MatchOp::Equal)
            .map(|matcher| matcher.value.clone())
    })
}

fn selectors(tree: &Expr, visit: &mut dyn FnMut(&VectorSelector)) {
    match tree {
        Expr::VectorSelector(selector) => visit(selector),
        Expr::MatrixSelector(matrix) => visit(&matrix.vs),
        other => children(other)
            .into_iter()
            .for_each(|child| selectors(child, visit)),
    }
}

fn children(tree: &Expr) -> Vec<&Expr> {
    match tree {
        Expr::Aggregate(aggregate) => std::iter::once(&*aggregate.expr)
            .chain(aggregate.param.as_deref())
            .collect(),
        Expr::Unary(unary) => vec![&unary.expr],
        Expr::Binary(binary) => vec![&binary.lhs, &binary.rhs],
        Expr::Paren(paren) => vec![&paren.expr],
        Expr::Subquery(subquery) => vec![&subquery.expr],
        Expr::Call(call) => call.args.args.iter().map(|argument| &**argument).collect(),
        _ => Vec::new(),
    }
}

fn increase(tree: Expr, window: Duration) -> Expr {
    match tree {
        Expr::VectorSelector(vs) => {
            let matrix = MatrixSelector { vs, range: window };
            let text = format!("increase({matrix})");
            parser::parse(&text).expect("a printed selector in `increase` is PromQL")
        }
        Expr::Aggregate(mut aggregate) => {
            aggregate.expr = Box::new(increase(*aggregate.expr, window));
            Expr::Aggregate(aggregate)
        }
        Expr::Unary(mut unary) => {
            unary.expr = Box::new(increase(*unary.expr, window));
            Expr::Unary(unary)
        }
        Expr::Binary(mut binary) => {
            binary.lhs = Box::new(increase(*binary.lhs, window));
            binary.rhs = Box::new(increase(*binary.rhs, window));
            Expr::Binary(binary)
        }
        Expr::Paren(mut paren) => {
            paren.expr = Box::new(increase(*paren.expr, window));
            Expr::Paren(paren)
        }
        Expr::Call(mut call) => {
            call.args.args = call
                .args
                .args
                .into_iter()
                .map(|argument| Box::new(increase(*argument, window)))
                .collect();
            Expr::Call(call)
        }
        other => other,
    }
}

/// A duration for a range: whole milliseconds, as Prometheus writes it.
pub fn range(window: Duration) -> String {
    duration::format(window)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn parsed(text: &str) -> Expression {
        Expression::parse(text).unwrap()
    }

    #[test]
    fn metrics_and_selectors_wherever_they_stand() {
        let expression = parsed(
            r#"sum by (a) (rate(x_total{s="f"}[5m])) / on (a) group_left avg_over_time((y - z offset 1h)[1h:1m]) > bool {__name__="w"}"#,
        );
        let metrics: Vec<_> = expression.metrics().into_iter().collect();
        assert_eq!(metrics, ["w", "x_total", "y", "z"]);
        assert!(expression.selectors().contains(r#"x_total{s="f"}"#));
        assert!(expression.has_range());
        assert!(!parsed("sum(x)").has_range());
    }

    #[test]
    fn counters_grow_over_a_window() {
        for (text, expected) in [
            ("sum(x)", "sum(increase(x[5m]))"),
            (
                r#"sum(x{a="b"}) - sum(y offset 1h)"#,
                r#"sum(increase(x{a="b"}[5m])) - sum(increase(y[5m] offset 1h))"#,
            ),
        ] {
            let grown = parsed(text).increase_over(Duration::from_secs(300));
            assert_eq!(grown.to_string(), expected);
        }
    }

    #[test]
    fn what_prometheus_takes_is_taken() {
        for text in [
            r"{job=~`foo\.bar`}",
            "x > 1_000",
            "x[5m] offset -1m",
            "absent(x)",
            "'a`b'",
        ] {
            assert!(Expression::parse(text).is_ok(), "{text}");
        }
        for text in ["", "sum(", "rate(x)", "x >", "$__rate"] {
            assert!(
                !Expression::parse(text).unwrap_err().message.is_empty(),
                "{text}"
            );
        }
    }
}
