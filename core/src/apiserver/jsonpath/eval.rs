//! A template over a value.

use std::borrow::Cow;

use serde_json::Value;

use super::filter;
use super::node::{Node, Slice};

/// What a step found.
pub(super) type Found<'v> = Vec<Cow<'v, Value>>;

/// What each top-level part of the template finds; `lenient`: missing keys find nothing.
pub(super) fn find<'v>(nodes: &[Node], data: &'v Value, lenient: bool) -> Result<Vec<Found<'v>>, String> {
    let mut all = Vec::new();
    block(nodes, Cow::Borrowed(data), lenient, Some(&mut all))?;
    Ok(all)
}

/// Evaluates parts up to the `end` of the block; answers how many parts the block has.
fn block<'v>(
    nodes: &[Node],
    data: Cow<'v, Value>,
    lenient: bool,
    mut out: Option<&mut Vec<Found<'v>>>,
) -> Result<usize, String> {
    let mut at = 0;
    while let Some(node) = nodes.get(at) {
        at += 1;
        if is_end(node) {
            return Ok(at);
        }
        let rest = nodes.get(at..).unwrap_or_default();
        if let Some(over) = range(node) {
            let values = match out {
                Some(_) => walk_list(vec![data.clone()], over, lenient)?,
                None => Vec::new(),
            };
            let mut length = None;
            for value in values {
                length = Some(block(rest, value, lenient, out.as_deref_mut())?);
            }
            at += match length {
                Some(length) => length,
                None => block(rest, data.clone(), lenient, None)?,
            };
            continue;
        }
        if let Some(out) = out.as_deref_mut() {
            out.push(walk(vec![data.clone()], node, lenient)?);
        }
    }
    Ok(nodes.len())
}

fn is_end(node: &Node) -> bool {
    matches!(node, Node::List(list) if list.contains(&Node::End))
}

fn range(node: &Node) -> Option<&[Node]> {
    match node {
        Node::List(list) => match list.split_first() {
            Some((Node::Range, over)) => Some(over),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn walk_list<'v>(
    mut values: Found<'v>,
    nodes: &[Node],
    lenient: bool,
) -> Result<Found<'v>, String> {
    for node in nodes {
        values = walk(values, node, lenient)?;
    }
    Ok(values)
}

fn walk<'v>(values: Found<'v>, node: &Node, lenient: bool) -> Result<Found<'v>, String> {
    match node {
        Node::Text(text) => Ok(vec![Cow::Owned(Value::String(text.clone()))]),
        Node::Number(number) => Ok(vec![Cow::Owned(Value::Number(number.clone()))]),
        Node::Bool(yes) => Ok(vec![Cow::Owned(Value::Bool(*yes))]),
        Node::List(nodes) => walk_list(values, nodes, lenient),
        Node::Field(name) => field(values, name, lenient),
        Node::Slice(bounds) => slices(values, *bounds),
        Node::Wildcard => Ok(values.into_iter().flat_map(children).collect()),
        Node::Recursive => Ok(values.into_iter().flat_map(descend).collect()),
        Node::Filter(left, right) => filter::filter(values, left, right.as_ref(), lenient),
        Node::Union(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(walk_list(values.clone(), part, lenient)?);
            }
            Ok(all)
        }
        Node::Range | Node::End => Ok(values),
    }
}

fn field<'v>(values: Found<'v>, name: &str, lenient: bool) -> Result<Found<'v>, String> {
    if name.is_empty() {
        return Ok(values);
    }
    let found: Found<'v> = values
        .into_iter()
        .filter_map(|value| match value {
            Cow::Borrowed(value) => value.get(name).map(Cow::Borrowed),
            Cow::Owned(value) => value.get(name).cloned().map(Cow::Owned),
        })
        .collect();
    if found.is_empty() && !lenient {
        return Err(format!("{name} is not found"));
    }
    Ok(found)
}

/// The elements of a list or the values of a map.
pub(super) fn children(value: Cow<'_, Value>) -> Vec<Cow<'_, Value>> {
    match value {
        Cow::Borrowed(Value::Array(items)) => items.iter().map(Cow::Borrowed).collect(),
        Cow::Borrowed(Value::Object(map)) => map.values().map(Cow::Borrowed).collect(),
        Cow::Owned(Value::Array(items)) => items.into_iter().map(Cow::Owned).collect(),
        Cow::Owned(Value::Object(map)) => map.into_iter().map(|(_, value)| Cow::Owned(value)).collect(),
        _ => Vec::new(),
    }
}

/// Each collection at or below a value.
fn descend(value: Cow<'_, Value>) -> Found<'_> {
    let below = children(value.clone());
    if below.is_empty() {
        return Vec::new();
    }
    std::iter::once(value)
        .chain(below.into_iter().flat_map(descend))
        .collect()
}

/// How Go names the type of a value.
pub(super) fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Object(_) => "map[string]interface {}",
        Value::Array(_) => "[]interface {}",
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::Null => "nil",
    }
}

fn slices<'v>(values: Found<'v>, bounds: Slice) -> Result<Found<'v>, String> {
    let mut all = Vec::new();
    for value in values {
        if value.is_null() {
            continue;
        }
        if !value.is_array() {
            return Err(format!("{} is not array or slice", go_type(&value)));
        }
        let items = children(value);
        all.extend(slice(items, bounds)?);
    }
    Ok(all)
}

fn slice(items: Found<'_>, bounds: Slice) -> Result<Found<'_>, String> {
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let mut start = bounds.start.unwrap_or(0);
    if start < 0 {
        start += length;
    }
    let mut end = bounds.end.unwrap_or(length);
    if end < 0 || (end == 0 && bounds.single) {
        end += length;
    }
    if start == end {
        return Ok(Vec::new());
    }
    let outside = |index: i64| format!("array index out of bounds: index {index}, length {length}");
    if start >= length || start < 0 {
        return Err(outside(start));
    }
    if end > length || end < 0 {
        return Err(outside(end - 1));
    }
    if start > end {
        return Err(format!(
            "starting index {start} is greater than ending index {end}"
        ));
    }
    let step = bounds.step.unwrap_or(1);
    let step = usize::try_from(step)
        .ok()
        .filter(|step| *step > 0)
        .ok_or("step must be > 0")?;
    let start = usize::try_from(start).unwrap_or(0);
    let count = usize::try_from(end).unwrap_or(0).saturating_sub(start);
    Ok(items.into_iter().skip(start).take(count).step_by(step).collect())
}
