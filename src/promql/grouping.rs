//! The same question, told apart by further labels; and what an expression is made of.

use std::collections::BTreeSet;

use promql_parser::label::Labels;
use promql_parser::parser::{Expr, LabelModifier};

use super::{Expression, children};

impl Expression {
    /// Names of the functions it calls: `rate`, `histogram_quantile`. Aggregations such as `sum` are none.
    pub fn functions(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        functions(&self.tree, &mut names);
        names
    }

    /// With every aggregation in it keeping `labels`, too: `sum(x)` becomes `sum by (a) (x)`.
    #[must_use]
    pub fn grouped_by(&self, labels: &[String]) -> Self {
        Self {
            tree: grouped(self.tree.clone(), labels),
        }
    }
}

fn functions<'t>(tree: &'t Expr, names: &mut BTreeSet<&'t str>) {
    if let Expr::Call(call) = tree {
        names.insert(call.func.name);
    }
    for child in children(tree) {
        functions(child, names);
    }
}

fn grouped(tree: Expr, labels: &[String]) -> Expr {
    let boxed = |tree: Box<Expr>| Box::new(grouped(*tree, labels));
    match tree {
        Expr::Aggregate(mut aggregate) => {
            aggregate.modifier = Some(keeping(aggregate.modifier, labels));
            aggregate.expr = boxed(aggregate.expr);
            Expr::Aggregate(aggregate)
        }
        Expr::Unary(mut unary) => {
            unary.expr = boxed(unary.expr);
            Expr::Unary(unary)
        }
        Expr::Binary(mut binary) => {
            binary.lhs = boxed(binary.lhs);
            binary.rhs = boxed(binary.rhs);
            Expr::Binary(binary)
        }
        Expr::Paren(mut paren) => {
            paren.expr = boxed(paren.expr);
            Expr::Paren(paren)
        }
        Expr::Subquery(mut subquery) => {
            subquery.expr = boxed(subquery.expr);
            Expr::Subquery(subquery)
        }
        Expr::Call(mut call) => {
            call.args.args = call.args.args.into_iter().map(boxed).collect();
            Expr::Call(call)
        }
        other => other,
    }
}

/// `by` with the labels added, or `without` with them taken out.
fn keeping(modifier: Option<LabelModifier>, labels: &[String]) -> LabelModifier {
    let is_new = |known: &Labels, label: &String| !known.labels.contains(label);
    match modifier {
        Some(LabelModifier::Exclude(mut without)) => {
            without.labels.retain(|label| !labels.contains(label));
            LabelModifier::Exclude(without)
        }
        Some(LabelModifier::Include(mut by)) => {
            for label in labels {
                if is_new(&by, label) {
                    by.labels.push(label.clone());
                }
            }
            LabelModifier::Include(by)
        }
        None => LabelModifier::Include(Labels {
            labels: labels.to_vec(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let labels = ["a".to_owned(), "b".to_owned()];
        let grouped = Expression::parse(text).unwrap().grouped_by(&labels);
        assert_eq!(grouped.to_string(), expected);
        assert!(Expression::parse(expected).is_ok());
    }

    #[test]
    fn aggregations_keep_further_labels() {
        check("sum(x)", "sum by (a, b) (x)");
        check("sum by (a, le) (x)", "sum by (a, le, b) (x)");
        check("sum without (a, c) (x)", "sum without (c) (x)");
        check(
            "1 - (sum(rate(x[5m])) / sum(y))",
            "1 - (sum by (a, b) (rate(x[5m])) / sum by (a, b) (y))",
        );
        check(
            "max_over_time(sum(x)[5m:1m])",
            "max_over_time(sum by (a, b) (x)[5m:1m])",
        );
    }

    #[test]
    fn functions_are_named_wherever_they_stand() {
        let expression = Expression::parse("1 - sum(rate(x[5m])) / sum(increase(y[5m]))").unwrap();
        assert_eq!(expression.functions(), BTreeSet::from(["increase", "rate"]));
    }
}
