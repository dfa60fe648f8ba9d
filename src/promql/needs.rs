//! Which metrics must exist for an expression to be able to return anything. Pure.
//!
//! A metric that stands only where its absence is meant (`absent(x)`, the right of `unless`) is not needed, and of the
//! sides of an `or` one is enough, so that `errors_total or vector(0)` needs nothing.

use std::collections::BTreeSet;

use promql_parser::parser::{BinaryExpr, Expr};

use super::{Expression, children, name};

/// A condition over the existence of metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Needs {
    /// This metric.
    Metric(String),
    /// All of these; nothing at all when empty.
    All(Vec<Needs>),
    /// One of these.
    Any(Vec<Needs>),
}

/// Series that Prometheus writes itself and only while an alert is active.
const SYNTHETIC: [&str; 2] = ["ALERTS", "ALERTS_FOR_STATE"];

/// Functions that return something just when their argument does not.
const ABSENCE: [&str; 2] = ["absent", "absent_over_time"];

impl Needs {
    /// Nothing is needed.
    pub fn nothing() -> Self {
        Needs::All(Vec::new())
    }

    /// Every metric it mentions.
    pub fn names(&self) -> BTreeSet<String> {
        match self {
            Needs::Metric(name) => BTreeSet::from([name.clone()]),
            Needs::All(parts) | Needs::Any(parts) => parts.iter().flat_map(Needs::names).collect(),
        }
    }

    /// The metrics that are needed and not among `existing`; empty when the condition holds.
    pub fn missing(&self, existing: &BTreeSet<String>) -> BTreeSet<String> {
        match self {
            Needs::Metric(name) if existing.contains(name) => BTreeSet::new(),
            Needs::Metric(name) => BTreeSet::from([name.clone()]),
            Needs::All(parts) => parts
                .iter()
                .flat_map(|part| part.missing(existing))
                .collect(),
            Needs::Any(parts) => any_missing(parts, existing),
        }
    }
}

fn any_missing(parts: &[Needs], existing: &BTreeSet<String>) -> BTreeSet<String> {
    let missing: Vec<_> = parts.iter().map(|part| part.missing(existing)).collect();
    if missing.iter().any(BTreeSet::is_empty) {
        return BTreeSet::new();
    }
    missing.into_iter().flatten().collect()
}

impl Expression {
    /// What must exist for it to be able to return anything. Selectors whose metric is not fixed need nothing.
    pub fn needs(&self) -> Needs {
        needs(&self.tree)
    }
}

fn needs(tree: &Expr) -> Needs {
    match tree {
        Expr::VectorSelector(selector) => metric(name(selector)),
        Expr::MatrixSelector(matrix) => metric(name(&matrix.vs)),
        Expr::Call(call) if ABSENCE.contains(&call.func.name) => Needs::nothing(),
        Expr::Binary(binary) => of_binary(binary),
        other => Needs::All(children(other).into_iter().map(needs).collect()),
    }
}

fn metric(name: Option<String>) -> Needs {
    match name {
        Some(name) if !SYNTHETIC.contains(&name.as_str()) => Needs::Metric(name),
        _ => Needs::nothing(),
    }
}

fn of_binary(binary: &BinaryExpr) -> Needs {
    let left = needs(&binary.lhs);
    match binary.op.to_string().as_str() {
        "unless" => left,
        "or" => Needs::Any(vec![left, needs(&binary.rhs)]),
        _ => Needs::All(vec![left, needs(&binary.rhs)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, existing: &[&str], expected: &[&str]) {
        let existing = existing.iter().map(|name| (*name).to_owned()).collect();
        let missing = Expression::parse(text).unwrap().needs().missing(&existing);
        assert_eq!(missing.into_iter().collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn what_is_read_must_exist_except_where_absence_is_meant() {
        check("rate(a[5m]) / sum by (x) (b) > 0.1", &["a", "b", "z"], &[]);
        check("rate(a[5m]) / sum by (x) (b) > 0.1", &["b"], &["a"]);
        check("a > b", &[], &["a", "b"]);
        check("absent(a) or absent_over_time(b[5m])", &[], &[]);
        check("a unless b", &["a"], &[]);
        check("a and on (x) b", &["a"], &["b"]);
        check("avg_over_time((a - b)[1h:1m]) > 1", &["a"], &["b"]);
        check("topk(scalar(a), b)", &["b"], &["a"]);
    }

    #[test]
    fn one_side_of_an_or_is_enough() {
        check("a or b", &["b"], &[]);
        check("a or b", &[], &["a", "b"]);
        check("(a or vector(0)) > 1", &[], &[]);
        check("absent(a) or a == 0", &[], &[]);
    }

    #[test]
    fn what_has_no_fixed_name_or_is_not_stored_is_not_needed() {
        check(r#"{__name__=~"a.*"}"#, &[], &[]);
        check(r#"{__name__="a"}"#, &[], &["a"]);
        check(r#"ALERTS{alertstate="firing"} > 0"#, &[], &[]);
        check("vector(1)", &[], &[]);
    }
}
