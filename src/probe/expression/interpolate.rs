//! `${name}` in expressions: outside strings it is the variable itself, within a string it is the variable's text. Pure.

use cel::IdedExpr;
use cel::common::ast::{CallExpr, Expr, LiteralValue, operators};

use super::names::children_mut;
use crate::probe::template::Template;

/// Writes `  name ` for `${name}` outside strings: as wide, so that positions stay those of the text.
pub(super) fn outside_strings(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut quote = None;
    let mut in_name = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let next = characters.peek().copied();
        match (quote, character) {
            (Some(_), '\\') => {
                out.push(character);
                out.extend(characters.next());
            }
            (Some(open), _) => {
                quote = (character != open).then_some(open);
                out.push(character);
            }
            (None, '\'' | '"') => {
                quote = Some(character);
                out.push(character);
            }
            (None, '$') if next == Some('{') => {
                characters.next();
                in_name = true;
                out.push_str("  ");
            }
            (None, '}') if in_name => {
                in_name = false;
                out.push(' ');
            }
            _ => out.push(character),
        }
    }
    out
}

/// Turns the literal `'a${b}c'` into `'a' + string(b) + 'c'`, wherever it stands.
///
/// # Errors
/// When a `${` is never closed or names nothing.
pub(super) fn within_strings(mut tree: IdedExpr) -> Result<IdedExpr, String> {
    if let Expr::Literal(LiteralValue::String(text)) = &tree.expr
        && text.inner().contains("${")
    {
        return concatenated(text.inner(), tree.id);
    }
    for child in children_mut(&mut tree.expr) {
        *child = within_strings(std::mem::take(child))?;
    }
    Ok(tree)
}

fn concatenated(text: &str, id: u64) -> Result<IdedExpr, String> {
    let template = Template::parse(text).map_err(|(message, _)| message)?;
    let node = |expr| IdedExpr { id, expr };
    let call = |name: &str, args| {
        node(Expr::Call(CallExpr {
            func_name: name.to_owned(),
            target: None,
            args,
        }))
    };
    let literal = |text: &str| node(Expr::Literal(LiteralValue::String(text.to_owned().into())));
    Ok(template.parts().fold(literal(""), |joined, part| {
        let part = match part {
            Ok(text) => literal(text),
            Err(name) => call("string", vec![node(Expr::Ident(name.to_owned()))]),
        };
        call(operators::ADD, vec![joined, part])
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_outside_strings_keep_their_width() {
        for (text, expected) in [
            ("${id} == 1", "  id  == 1"),
            ("a == '${id}' + ${b}", "a == '${id}' +   b "),
            (r#""\"${x}" == {'a': 1}"#, r#""\"${x}" == {'a': 1}"#),
        ] {
            assert_eq!(outside_strings(text), expected);
        }
    }
}
