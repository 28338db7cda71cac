//! `--sort-by`: objects in the order of a field.

use std::cmp::Ordering;

use serde_json::Value;

use crate::api::quantity::Amount;
use crate::apiserver::Row;
use crate::apiserver::jsonpath::{Template, relaxed};

/// Puts objects in the order of the field at a path.
///
/// # Errors
///
/// When the path cannot be read or none of the objects has the field.
pub(crate) fn sort_by(objects: &mut [Value], path: &str) -> Result<(), String> {
    sort(objects, path, Clone::clone)
}

/// Puts the rows of a table in the order of a field of their objects.
///
/// # Errors
///
/// As [`sort_by`].
pub(crate) fn sort_rows(rows: &mut [Row], path: &str) -> Result<(), String> {
    sort(rows, path, |row| row.object.to_value())
}

fn sort<T>(items: &mut [T], path: &str, value: impl Fn(&T) -> Value) -> Result<(), String> {
    if items.is_empty() {
        return Ok(());
    }
    let path = relaxed(path)?;
    let template = Template::parse(&path).map_err(|why| format!("sorting error: {why}"))?;
    let mut found = false;
    let mut keys = Vec::new();
    for item in items.iter() {
        let values = template.find(&value(item), false)?;
        let key = values.into_iter().next().and_then(|list| list.into_iter().next());
        found |= key.is_some();
        keys.push(key);
    }
    if !found {
        return Err(format!(
            "couldn't find any field with path {path:?} in the list of objects"
        ));
    }
    let mut order: Vec<usize> = (0..items.len()).collect();
    crate::sort::sort_by(&mut order, |a, b| compare(keys.get(*a), keys.get(*b)));
    permute(items, order);
    Ok(())
}

/// Moves to each place what `order` says belongs there.
fn permute<T>(items: &mut [T], mut order: Vec<usize>) {
    for place in 0..items.len() {
        let mut from = order.get(place).copied().unwrap_or(place);
        while from < place {
            from = order.get(from).copied().unwrap_or(place);
        }
        items.swap(place, from);
        if let Some(slot) = order.get_mut(place) {
            *slot = from;
        }
    }
}

/// Objects without the field come first.
fn compare(a: Option<&Option<Value>>, b: Option<&Option<Value>>) -> Ordering {
    match (a.and_then(Option::as_ref), b.and_then(Option::as_ref)) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Less,
        (Some(_), None) => Ordering::Greater,
        (Some(Value::String(a)), Some(Value::String(b))) => match (Amount::parse(a), Amount::parse(b)) {
            (Ok(a), Ok(b)) => a.nanos.cmp(&b.nanos),
            _ => a.cmp(b),
        },
        (Some(Value::Number(a)), Some(Value::Number(b))) => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => a.as_f64().unwrap_or(0.0).total_cmp(&b.as_f64().unwrap_or(0.0)),
        },
        (Some(Value::Bool(a)), Some(Value::Bool(b))) => a.cmp(b),
        _ => Ordering::Equal,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_are_put_in_order() {
        let mut objects = vec![json!({"n": "c"}), json!({"n": "a"}), json!({}), json!({"n": "b"})];
        assert_eq!(sort_by(&mut objects, ".n"), Ok(()));
        assert_eq!(
            objects,
            [json!({}), json!({"n": "a"}), json!({"n": "b"}), json!({"n": "c"})]
        );
        let mut memories = vec![json!({"m": "1Gi"}), json!({"m": "500Mi"})];
        assert_eq!(sort_by(&mut memories, "{.m}"), Ok(()));
        assert_eq!(memories, [json!({"m": "500Mi"}), json!({"m": "1Gi"})]);
        assert_eq!(
            sort_by(&mut memories, ".absent"),
            Err("couldn't find any field with path \"{.absent}\" in the list of objects".to_owned())
        );
    }
}
