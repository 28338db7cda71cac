//! Making a strategic merge patch: what must be said to turn one object into another.

use serde_json::{Map, Value, json};

use super::list::{deduplicated, key_of};
use super::meta::Meta;
use super::strategic::{DELETE_FROM_PRIMITIVE_LIST, Error, RETAIN_KEYS, SET_ELEMENT_ORDER};

/// What to leave out of the patch.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    /// Values that are new or other.
    pub(super) ignore_changes: bool,
    /// Values that are gone.
    pub(super) ignore_deletions: bool,
}

type Object = Map<String, Value>;

/// The patch from `original` to `modified`.
pub(super) fn maps(
    original: &Object,
    modified: &Object,
    meta: Meta,
    options: Options,
) -> Result<Object, Error> {
    maps_retaining(original, modified, meta, options, false)
}

fn maps_retaining(
    original: &Object,
    modified: &Object,
    meta: Meta,
    options: Options,
    retain: bool,
) -> Result<Object, Error> {
    let mut patch = Object::new();
    for (key, wanted) in modified {
        match (original.get(key), wanted) {
            (Some(Value::Object(before)), Value::Object(wanted)) => {
                let field = meta.field(key);
                let inside = maps_retaining(before, wanted, field.inside, options, field.retain_keys)?;
                if !inside.is_empty() {
                    patch.insert(key.clone(), Value::Object(inside));
                }
            }
            (Some(Value::Array(before)), Value::Array(wanted)) if meta.field(key).merge => {
                lists(&mut patch, key, before, wanted, meta, options)?;
            }
            (before, _) => {
                if !options.ignore_changes && before != Some(wanted) {
                    patch.insert(key.clone(), wanted.clone());
                }
            }
        }
    }
    if !options.ignore_deletions {
        for key in original.keys().filter(|key| !modified.contains_key(*key)) {
            patch.insert(key.clone(), Value::Null);
        }
    }
    if retain {
        let mut kept: Vec<Value> = modified
            .iter()
            .filter(|(_, v)| !v.is_null())
            .map(|(k, _)| Value::from(k.as_str()))
            .collect();
        let more_before = original
            .iter()
            .any(|(key, value)| !value.is_null() && !modified.contains_key(key));
        if !kept.is_empty() && (!patch.is_empty() || more_before) {
            crate::sort::sort_by_key(&mut kept, go_text);
            patch.insert(RETAIN_KEYS.to_owned(), Value::Array(kept));
        }
    }
    Ok(patch)
}

/// Says what changes in a list that merges: elements, deletions, and the order wanted.
fn lists(
    patch: &mut Object,
    key: &str,
    original: &[Value],
    modified: &[Value],
    meta: Meta,
    options: Options,
) -> Result<(), Error> {
    if original.is_empty() {
        if !modified.is_empty() && !options.ignore_changes {
            patch.insert(key.to_owned(), Value::Array(modified.to_vec()));
        }
        return Ok(());
    }
    let mut all = original.iter().chain(modified);
    if all.clone().any(Value::is_array) {
        return Err(Error::NoListOfLists);
    }
    let difference = if all.any(Value::is_object) {
        objects(key, original, modified, meta, options)?
    } else {
        scalars(original, modified, options)
    };
    let mut set = |prefix: &str, list: Vec<Value>| {
        if !list.is_empty() {
            patch.insert(format!("{prefix}{key}"), Value::Array(list));
        }
    };
    set("", difference.changes);
    set(DELETE_FROM_PRIMITIVE_LIST, difference.deletions);
    set(SET_ELEMENT_ORDER, difference.order);
    Ok(())
}

struct Difference {
    changes: Vec<Value>,
    deletions: Vec<Value>,
    order: Vec<Value>,
}

fn objects(
    key: &str,
    original: &[Value],
    modified: &[Value],
    meta: Meta,
    options: Options,
) -> Result<Difference, Error> {
    let field = meta.field(key);
    let Some(merge_key) = field.merge_key else {
        return Err(Error::Other(
            "cannot merge lists without merge key for ".to_owned(),
        ));
    };
    for item in original.iter().chain(modified) {
        key_of(item, merge_key)?;
    }
    let find = |list: &[Value], item: &Value| {
        list.iter()
            .position(|other| go_text_of(other, merge_key) == go_text_of(item, merge_key))
    };
    // In the order wanted, as the patch is normalised to it.
    let mut changes = Vec::new();
    for item in modified {
        let before = find(original, item).and_then(|at| original.get(at));
        match (before.and_then(Value::as_object), item.as_object()) {
            (Some(before), Some(wanted)) => {
                let mut inside = maps_retaining(before, wanted, field.inside, options, field.retain_keys)?;
                if !inside.is_empty() {
                    let name = key_of(item, merge_key)?.clone();
                    inside.insert(merge_key.to_owned(), name);
                    changes.push(Value::Object(inside));
                }
            }
            _ if options.ignore_changes => {}
            _ => changes.push(item.clone()),
        }
    }
    if !options.ignore_deletions {
        let mut gone: Vec<&Value> = original
            .iter()
            .filter(|item| find(modified, item).is_none())
            .collect();
        crate::sort::sort_by_key(&mut gone, |item| go_text_of(item, merge_key));
        for item in gone {
            changes.push(json!({ merge_key: key_of(item, merge_key)?, "$patch": "delete" }));
        }
    }
    let same_order = original.len() == modified.len()
        && original
            .iter()
            .zip(modified)
            .all(|(a, b)| a.get(merge_key) == b.get(merge_key));
    let wanted = (!options.ignore_changes && (!changes.is_empty() || !same_order))
        || (!options.ignore_deletions && !changes.is_empty());
    let mut order = Vec::new();
    if wanted {
        for item in modified {
            order.push(json!({ merge_key: key_of(item, merge_key)? }));
        }
    }
    Ok(Difference {
        changes,
        deletions: Vec::new(),
        order,
    })
}

fn scalars(original: &[Value], modified: &[Value], options: Options) -> Difference {
    let mut before = original.to_vec();
    crate::sort::sort_by_key(&mut before, go_text);
    let mut unmatched = before.clone();
    let mut changes = Vec::new();
    for item in modified {
        let place = unmatched.iter().position(|other| go_text(other) == go_text(item));
        match place {
            Some(at) => {
                unmatched.remove(at);
            }
            None => changes.push(item.clone()),
        }
    }
    if options.ignore_changes {
        changes.clear();
    }
    let deletions = if options.ignore_deletions {
        Vec::new()
    } else {
        deduplicated(unmatched)
    };
    // Upstream compares with its original after sorting it in place.
    let wanted = !deletions.is_empty() || (!options.ignore_changes && before != modified);
    Difference {
        changes,
        deletions,
        order: if wanted { modified.to_vec() } else { Vec::new() },
    }
}

/// Go's `%v` of a scalar, which is how elements are compared and sorted.
fn go_text(value: &Value) -> String {
    super::go_map(value)
}

fn go_text_of(element: &Value, key: &str) -> String {
    element.get(key).map(go_text).unwrap_or_default()
}
