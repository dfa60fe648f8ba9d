//! Why an expression is false: the value that is compared, where it has a simple name. Pure.

use cel::common::ast::{CallExpr, Expr, LiteralValue, operators};
use cel::{Context, IdedExpr, Value as CelValue};

use super::value::shown;

const COMPARISONS: [&str; 7] = [
    operators::EQUALS,
    operators::NOT_EQUALS,
    operators::LESS,
    operators::LESS_EQUALS,
    operators::GREATER,
    operators::GREATER_EQUALS,
    operators::IN,
];

/// A clause such as `body.status is 'failed'` for an expression that is false.
pub(super) fn blame(tree: &IdedExpr, context: &Context<'_, '_>) -> Option<String> {
    let Expr::Call(call) = &tree.expr else {
        return clause(tree, context);
    };
    match (call.func_name.as_str(), &call.args[..]) {
        (operators::LOGICAL_AND, [left, right]) => match is_true(left, context) {
            true => blame(right, context),
            false => blame(left, context),
        },
        (operators::LOGICAL_OR, [left, right]) => {
            let (left, right) = (blame(left, context)?, blame(right, context)?);
            Some(format!("{left} and {right}"))
        }
        (operators::LOGICAL_NOT, [inner]) => compared(inner, context),
        (function, _) if COMPARISONS.contains(&function) => compared(tree, context),
        _ => clause(tree, context),
    }
}

fn is_true(tree: &IdedExpr, context: &Context<'_, '_>) -> bool {
    CelValue::resolve(tree, context) == Ok(CelValue::Bool(true))
}

/// The first side of a comparison that has a name, or the expression itself.
fn compared(tree: &IdedExpr, context: &Context<'_, '_>) -> Option<String> {
    match &tree.expr {
        Expr::Call(call) if COMPARISONS.contains(&call.func_name.as_str()) => {
            call.args.iter().find_map(|side| clause(side, context))
        }
        _ => clause(tree, context),
    }
}

fn clause(tree: &IdedExpr, context: &Context<'_, '_>) -> Option<String> {
    let name = written(&tree.expr)?;
    let value = CelValue::resolve(tree, context).ok()?;
    Some(format!("{name} is {}", shown(&value)))
}

/// How an expression is written, for names, fields, items and sizes of these.
fn written(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Ident(name) if !name.starts_with('@') => Some(name.clone()),
        Expr::Select(select) if !select.test => Some(format!(
            "{}.{}",
            written(&select.operand.expr)?,
            select.field
        )),
        Expr::Call(call) => written_call(call),
        _ => None,
    }
}

fn written_call(call: &CallExpr) -> Option<String> {
    match (
        call.func_name.as_str(),
        call.target.as_deref(),
        &call.args[..],
    ) {
        (operators::INDEX, None, [of, at]) => {
            Some(format!("{}[{}]", written(&of.expr)?, literal(&at.expr)?))
        }
        ("size", None, [of]) | ("size", Some(of), []) => {
            Some(format!("size({})", written(&of.expr)?))
        }
        _ => None,
    }
}

fn literal(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Literal(LiteralValue::Int(at)) => Some(at.inner().to_string()),
        Expr::Literal(LiteralValue::String(key)) => Some(format!("'{}'", key.inner())),
        _ => None,
    }
}
