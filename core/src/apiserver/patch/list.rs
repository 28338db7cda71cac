//! Merging lists in a strategic merge patch, and the order of the result: first what the patch orders, then the patch's
//! own order, then the object's.

use serde_json::{Map, Value};

use super::meta::Meta;
use super::strategic::{Error, Options, PATCH, merge_map, unknown_directive};

/// Merges two lists of scalars (a set), or of objects by `merge_key`.
pub(super) fn merge(
    original: Vec<Value>,
    patch: Vec<Value>,
    meta: Meta,
    merge_key: Option<&str>,
    options: Options,
) -> Result<Vec<Value>, Error> {
    let mut all = original.iter().chain(&patch);
    if all.clone().any(Value::is_array) {
        return Err(Error::NoListOfLists);
    }
    if !all.any(Value::is_object) {
        let mut merged = original.clone();
        merged.extend(patch.iter().cloned());
        let merged = deduplicated(merged);
        return put_in_order(merged, &patch, &original, None);
    }
    let Some(key) = merge_key else {
        let name = if let Meta::Type(found) = meta {
            found.go_struct()
        } else {
            ""
        };
        return Err(Error::Other(format!(
            "cannot merge lists without merge key for {name}"
        )));
    };
    let (original, patch) = special_elements(original, patch, key)?;
    let mut merged = original.clone();
    for element in &patch {
        let wanted = key_of(element, key)?;
        let place = merged.iter().position(|item| item.get(key) == Some(wanted));
        match place.and_then(|at| merged.get_mut(at)) {
            Some(item) => {
                let before = std::mem::take(item);
                let merged_map = merge_map(object(before)?, object(element.clone())?, meta, options)?;
                *item = Value::Object(merged_map);
            }
            None => merged.push(element.clone()),
        }
    }
    put_in_order(merged, &patch, &original, Some(key))
}

/// Carries out `$patch: delete` and `$patch: replace` elements.
fn special_elements(
    mut original: Vec<Value>,
    patch: Vec<Value>,
    key: &str,
) -> Result<(Vec<Value>, Vec<Value>), Error> {
    let mut rest = Vec::new();
    let mut replace = false;
    for element in patch {
        match element.get(PATCH) {
            None => rest.push(element),
            Some(directive) => match directive.as_str() {
                Some("delete") => {
                    let gone = key_of(&element, key)?;
                    original.retain(|item| item.get(key) != Some(gone));
                }
                Some("replace") => replace = true,
                Some("merge") => {
                    return Err(Error::Other(
                        "merging lists cannot yet be specified in the patch".to_owned(),
                    ));
                }
                _ => return Err(unknown_directive(directive, &object(element.clone())?)),
            },
        }
    }
    Ok(if replace {
        (rest, Vec::new())
    } else {
        (original, rest)
    })
}

/// Orders `merged`: elements that `order` names as it does, the others as in `server`; where both lists of an object are
/// known to the server, its order decides how the two interleave.
pub(super) fn put_in_order(
    merged: Vec<Value>,
    order: &[Value],
    server: &[Value],
    key: Option<&str>,
) -> Result<Vec<Value>, Error> {
    let place = |list: &[Value], item: &Value| list.iter().position(|other| same(other, item, key));
    let mut named = Vec::new();
    let mut others = Vec::new();
    for item in merged {
        if let Some(key) = key {
            key_of(&item, key)?;
        }
        if place(order, &item).is_some() {
            named.push(item);
        } else {
            others.push(item);
        }
    }
    let deleted = |item: &Value| item.get(PATCH).is_some_and(|directive| directive == "delete");
    crate::sort::sort_by_key(&mut named, |item| (deleted(item), place(order, item)));
    crate::sort::sort_by_key(&mut others, |item| (deleted(item), place(server, item)));
    let mut named = named.into_iter().peekable();
    let mut others = others.into_iter().peekable();
    let mut out = Vec::new();
    loop {
        let other_first = match (others.peek(), named.peek()) {
            (None, None) => return Ok(out),
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(other), Some(named)) => match (place(server, other), place(server, named)) {
                (Some(other), Some(named)) => other < named,
                _ => false,
            },
        };
        out.extend(if other_first { others.next() } else { named.next() });
    }
}

/// Refuses a patch whose elements contradict its own order.
pub(super) fn check_order(patch: &[Value], order: &[Value], key: Option<&str>) -> Result<(), Error> {
    if patch.is_empty() || order.is_empty() {
        return Ok(());
    }
    let mut rest = order.iter();
    for item in patch.iter().filter(|item| item.get(PATCH).is_none()) {
        if let Some(key) = key {
            key_of(item, key)?;
        }
        if !rest.any(|other| same(other, item, key)) {
            return Err(Error::Other(format!(
                "The order in patch list:\n{}\n doesn't match $setElementOrder list:\n{}\n",
                super::go_map(&Value::Array(patch.to_vec())),
                super::go_map(&Value::Array(order.to_vec()))
            )));
        }
    }
    Ok(())
}

fn same(a: &Value, b: &Value, key: Option<&str>) -> bool {
    match key {
        Some(key) => a.get(key).is_some() && a.get(key) == b.get(key),
        None => a == b,
    }
}

/// The value an element is known by.
pub(super) fn key_of<'v>(element: &'v Value, key: &str) -> Result<&'v Value, Error> {
    element.get(key).ok_or_else(|| {
        let map = super::go_map(element);
        Error::Other(format!("map: {map} does not contain declared merge key: {key}"))
    })
}

fn object(value: Value) -> Result<Map<String, Value>, Error> {
    match value {
        Value::Object(map) => Ok(map),
        _ => Err(Error::Other(
            "expected a map[string]interface {}, but received another type".to_owned(),
        )),
    }
}

/// Each value once, where it came first.
pub(super) fn deduplicated(values: Vec<Value>) -> Vec<Value> {
    let mut out: Vec<Value> = Vec::with_capacity(values.len());
    for value in values {
        if !out.contains(&value) {
            out.push(value);
        }
    }
    out
}
