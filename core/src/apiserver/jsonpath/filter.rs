//! `[?(@.name == "web")]`: which elements of a list.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value;

use super::eval::{Found, children, go_type, walk_list};
use super::node::Node;

pub(super) fn filter<'v>(
    values: Found<'v>,
    left: &[Node],
    right: Option<&(String, Vec<Node>)>,
    lenient: bool,
) -> Result<Found<'v>, String> {
    let mut kept = Vec::new();
    for value in values {
        if !value.is_array() {
            let kind = go_type(&value);
            return Err(format!("{kind} is not array or slice and cannot be filtered"));
        }
        for element in children(value) {
            if keeps(&element, left, right, lenient)? {
                kept.push(element);
            }
        }
    }
    Ok(kept)
}

fn keeps(
    element: &Value,
    left: &[Node],
    right: Option<&(String, Vec<Node>)>,
    lenient: bool,
) -> Result<bool, String> {
    let here = vec![Cow::Borrowed(element)];
    let found = walk_list(here.clone(), left, lenient || right.is_none())?;
    let Some((operator, right)) = right else {
        return Ok(!found.is_empty());
    };
    let wanted = walk_list(here, right, lenient)?;
    let (a, b) = match (found.as_slice(), wanted.as_slice()) {
        ([], _) | (_, []) => return Ok(false),
        ([a], [b]) => (a, b),
        _ => return Err("can only compare one element at a time".to_owned()),
    };
    match operator.as_str() {
        "==" => Ok(compare(a, b)? == Ordering::Equal),
        "!=" => Ok(compare(a, b)? != Ordering::Equal),
        "<" => Ok(compare(a, b)? == Ordering::Less),
        ">" => Ok(compare(a, b)? == Ordering::Greater),
        "<=" => Ok(compare(a, b)? != Ordering::Greater),
        ">=" => Ok(compare(a, b)? != Ordering::Less),
        _ => Err(format!("unrecognized filter operator {operator}")),
    }
}

/// The order of two values of like types.
pub(crate) fn compare(a: &Value, b: &Value) -> Result<Ordering, String> {
    match (a, b) {
        (Value::String(a), Value::String(b)) => Ok(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Ok(a.cmp(b)),
        (Value::Number(a), Value::Number(b)) => Ok(match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => a.as_f64().unwrap_or(0.0).total_cmp(&b.as_f64().unwrap_or(0.0)),
        }),
        _ => Err("incompatible types for comparison".to_owned()),
    }
}
