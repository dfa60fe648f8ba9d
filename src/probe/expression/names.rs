//! Which names an expression uses: free variables, and functions that must exist. Pure.

use std::collections::BTreeSet;

use cel::IdedExpr;
use cel::common::ast::{EntryExpr, Expr, operators};

use crate::catalog::fields::nearest;

/// The functions of the CEL standard library, and `optional`.
const FUNCTIONS: &[&str] = &[
    "bool",
    "bytes",
    "contains",
    "double",
    "duration",
    "dyn",
    "endsWith",
    "getDate",
    "getDayOfMonth",
    "getDayOfWeek",
    "getDayOfYear",
    "getFullYear",
    "getHours",
    "getMilliseconds",
    "getMinutes",
    "getMonth",
    "getSeconds",
    "hasValue",
    "int",
    "matches",
    "max",
    "min",
    "none",
    "of",
    "ofNonZeroValue",
    "or",
    "orValue",
    "size",
    "startsWith",
    "string",
    "timestamp",
    "type",
    "uint",
    "value",
];

/// Types are values that expressions may name.
const TYPES: &[&str] = &[
    "bool",
    "bytes",
    "double",
    "int",
    "list",
    "map",
    "null_type",
    "optional",
    "string",
    "type",
    "uint",
    "google",
];

/// The names of one expression.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Variables that the expression does not bind itself.
    pub(super) variables: BTreeSet<String>,
    /// Functions that are called by name.
    pub(super) functions: BTreeSet<String>,
}

pub(super) fn of(tree: &IdedExpr) -> Names {
    let mut names = Names::default();
    collect(&tree.expr, &mut Vec::new(), &mut names);
    names
}

fn collect<'e>(expr: &'e Expr, bound: &mut Vec<&'e str>, names: &mut Names) {
    let depth = bound.len();
    match expr {
        Expr::Ident(name) if is_free(name, bound) => {
            names.variables.insert(name.clone());
        }
        Expr::Call(call) if is_word(&call.func_name) => {
            names.functions.insert(call.func_name.clone());
        }
        Expr::Comprehension(comprehension) => {
            collect(&comprehension.iter_range.expr, bound, names);
            bound.push(&comprehension.iter_var);
            bound.push(&comprehension.accu_var);
            bound.extend(comprehension.iter_var2.as_deref());
        }
        _ => {}
    }
    for child in children(expr) {
        collect(&child.expr, bound, names);
    }
    bound.truncate(depth);
}

fn is_free(name: &str, bound: &[&str]) -> bool {
    !name.starts_with('@') && !bound.contains(&name) && !TYPES.contains(&name)
}

/// Operators are calls, too, of names that no one can write.
fn is_word(function: &str) -> bool {
    function.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !function.is_empty()
}

/// A sentence about the first function that does not exist.
pub(super) fn unknown_function(functions: &BTreeSet<String>) -> Option<String> {
    let unknown = functions
        .iter()
        .find(|name| !FUNCTIONS.contains(&name.as_str()))?;
    let hint = match nearest(unknown, FUNCTIONS) {
        Some(near) => format!("; did you mean `{near}`?"),
        None => String::new(),
    };
    Some(format!("there is no function `{unknown}`{hint}"))
}

/// Says that an operator or function does not fit its arguments.
pub(super) fn overload(function: &str, types: &[String], is_method: bool) -> String {
    let symbol = match function {
        operators::INDEX | "_._" => return no_fields(types),
        operators::LOGICAL_NOT => "!",
        operators::IN => "in",
        other => other.trim_matches('_'),
    };
    let arguments = match types {
        [receiver, rest @ ..] if is_method => format!("{receiver}.({})", rest.join(", ")),
        _ => types.join(" and "),
    };
    format!("`{symbol}` cannot be applied to {arguments}")
}

fn no_fields(types: &[String]) -> String {
    let of = types.first().map_or("this", String::as_str);
    format!("a {of} has no fields")
}

/// How many expressions stand within each other.
pub(super) fn depth(tree: &IdedExpr) -> usize {
    let range = match &tree.expr {
        Expr::Comprehension(comprehension) => depth(&comprehension.iter_range),
        _ => 0,
    };
    let parts = children(&tree.expr).into_iter().map(depth).max();
    1 + parts.unwrap_or_default().max(range)
}

/// The direct parts of an expression, without the range of a comprehension, which stands outside its scope.
fn children(expr: &Expr) -> Vec<&IdedExpr> {
    match expr {
        Expr::Call(call) => call
            .target
            .as_deref()
            .into_iter()
            .chain(&call.args)
            .collect(),
        Expr::Comprehension(inner) => vec![
            &inner.accu_init,
            &inner.loop_cond,
            &inner.loop_step,
            &inner.result,
        ],
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Select(select) => vec![&select.operand],
        Expr::Map(map) => map
            .entries
            .iter()
            .flat_map(|entry| entry_parts(&entry.expr))
            .collect(),
        Expr::Struct(made) => made
            .entries
            .iter()
            .flat_map(|entry| entry_parts(&entry.expr))
            .collect(),
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => Vec::new(),
    }
}

fn entry_parts(entry: &EntryExpr) -> Vec<&IdedExpr> {
    match entry {
        EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
        EntryExpr::StructField(field) => vec![&field.value],
    }
}

/// All direct parts of an expression, to be changed.
pub(super) fn children_mut(expr: &mut Expr) -> Vec<&mut IdedExpr> {
    match expr {
        Expr::Call(call) => call
            .target
            .as_deref_mut()
            .into_iter()
            .chain(&mut call.args)
            .collect(),
        Expr::Comprehension(inner) => vec![
            &mut inner.iter_range,
            &mut inner.accu_init,
            &mut inner.loop_cond,
            &mut inner.loop_step,
            &mut inner.result,
        ],
        Expr::List(list) => list.elements.iter_mut().collect(),
        Expr::Select(select) => vec![&mut select.operand],
        Expr::Map(map) => map
            .entries
            .iter_mut()
            .flat_map(|entry| entry_parts_mut(&mut entry.expr))
            .collect(),
        Expr::Struct(made) => made
            .entries
            .iter_mut()
            .flat_map(|entry| entry_parts_mut(&mut entry.expr))
            .collect(),
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => Vec::new(),
    }
}

fn entry_parts_mut(entry: &mut EntryExpr) -> Vec<&mut IdedExpr> {
    match entry {
        EntryExpr::MapEntry(entry) => vec![&mut entry.key, &mut entry.value],
        EntryExpr::StructField(field) => vec![&mut field.value],
    }
}
