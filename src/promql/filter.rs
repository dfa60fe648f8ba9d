//! Whether an expression can return nothing although all it reads has samples: what makes it usable as a condition. Pure.

use promql_parser::parser::{BinaryExpr, Expr};

use super::{Expression, children, name};

impl Expression {
    /// Whether something in it drops series by value or by the presence of others: a comparison without `bool`, `and`,
    /// `unless`, `absent`; or whether it reads what may have done so before, such as `ALERTS` and recorded metrics.
    /// Without any of these a condition holds for every series that exists.
    pub fn filters(&self) -> bool {
        filters(&self.tree)
    }
}

fn filters(tree: &Expr) -> bool {
    let itself = match tree {
        Expr::Binary(binary) => drops_series(binary),
        Expr::Call(call) => call.func.name.starts_with("absent"),
        Expr::VectorSelector(selector) => name(selector).is_none_or(|name| is_derived(&name)),
        Expr::MatrixSelector(matrix) => name(&matrix.vs).is_none_or(|name| is_derived(&name)),
        _ => false,
    };
    itself || children(tree).into_iter().any(filters)
}

fn drops_series(binary: &BinaryExpr) -> bool {
    match binary.op.to_string().as_str() {
        "and" | "unless" => true,
        _ => binary.op.is_comparison_operator() && !binary.return_bool(),
    }
}

/// Recording rules write a colon into the name by convention.
fn is_derived(name: &str) -> bool {
    name.contains(':') || name.starts_with("ALERTS")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: bool) {
        let filters = Expression::parse(text).unwrap().filters();
        assert_eq!(filters, expected, "{text}");
    }

    #[test]
    fn comparisons_and_set_operators_filter() {
        for text in [
            "a > 1",
            "count(a == 0)",
            "(a > bool 1) == 1",
            "a and b",
            "a unless b",
            "absent(a)",
            "absent_over_time(a[5m])",
        ] {
            check(text, true);
        }
    }

    #[test]
    fn arithmetic_and_bool_do_not() {
        for text in [
            "a",
            "rate(a[5m])",
            "a > bool 1",
            "a or b",
            "sum(a) / 2",
            "vector(1)",
        ] {
            check(text, false);
        }
    }

    #[test]
    fn what_was_filtered_before_counts() {
        check("job:a:breach", true);
        check(r#"ALERTS{alertname="A"}"#, true);
        check(r#"{job="a"}"#, true);
    }
}
