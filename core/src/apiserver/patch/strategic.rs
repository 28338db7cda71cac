//! Applying a strategic merge patch: maps merge key by key, lists by their merge key, and directives (`$patch`,
//! `$retainKeys`, `$setElementOrder/x`, `$deleteFromPrimitiveList/x`) say what merging cannot.

use serde_json::{Map, Value};

use super::list;
use super::meta::Meta;
use crate::sorted::json_object;

pub(super) const PATCH: &str = "$patch";
pub(super) const RETAIN_KEYS: &str = "$retainKeys";
pub(super) const SET_ELEMENT_ORDER: &str = "$setElementOrder/";
pub(super) const DELETE_FROM_PRIMITIVE_LIST: &str = "$deleteFromPrimitiveList/";

/// Why a patch does not apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Error {
    /// A directive is malformed.
    Format(&'static str),
    /// The API has no lists of lists.
    NoListOfLists,
    /// Anything else, in Kubernetes' words.
    Other(String),
}

/// How to merge.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options {
    /// Directives are carried out; otherwise two patches become one and keep them.
    pub(super) carry_out: bool,
    /// A null for a field that is not there is dropped; otherwise kept.
    pub(super) drop_unmatched_nulls: bool,
}

/// A patch onto an object.
pub(super) const APPLY: Options = Options {
    carry_out: true,
    drop_unmatched_nulls: true,
};

/// A patch onto a patch.
pub(super) const COMBINE: Options = Options {
    carry_out: false,
    drop_unmatched_nulls: false,
};

type Object = Map<String, Value>;

/// Merges `patch` into `original`.
pub(super) fn merge_map(
    original: Object,
    mut patch: Object,
    meta: Meta,
    options: Options,
) -> Result<Object, Error> {
    if let Some(directive) = patch.get(PATCH) {
        return match directive.as_str() {
            Some("replace") => {
                patch.remove(PATCH);
                Ok(patch)
            }
            Some("delete") => Ok(Object::new()),
            _ => Err(unknown_directive(directive, &patch)),
        };
    }
    let mut original = original;
    retain_keys(&mut original, &mut patch, options)?;
    ordered_lists(&mut original, &mut patch, meta, options)?;
    for (key, value) in patch {
        if key.starts_with("$deleteFromPrimitiveList") {
            delete_from_list(&mut original, &key, value, options)?;
        } else {
            merge_field(&mut original, key, value, meta, options)?;
        }
    }
    Ok(original)
}

pub(super) fn unknown_directive(directive: &Value, patch: &Object) -> Error {
    let directive = directive
        .as_str()
        .map_or_else(|| directive.to_string(), str::to_owned);
    let map = super::go_map(&Value::Object(patch.clone()));
    Error::Other(format!("unknown patch type: {directive} in map: {map}"))
}

fn merge_field(
    original: &mut Object,
    key: String,
    patch: Value,
    meta: Meta,
    options: Options,
) -> Result<(), Error> {
    if patch.is_null() {
        original.remove(&key);
        if !options.drop_unmatched_nulls {
            original.insert(key, Value::Null);
        }
        return Ok(());
    }
    let field = meta.field(&key);
    let merged =
        match (original.remove(&key), patch) {
            (Some(Value::Object(before)), Value::Object(patch)) => {
                Some(Value::Object(merge_map(before, patch, field.inside, options)?))
            }
            (Some(Value::Array(before)), Value::Array(patch)) if field.merge => Some(Value::Array(
                list::merge(before, patch, field.inside, field.merge_key, options)?,
            )),
            (Some(Value::Array(_)), Value::Array(patch)) => Some(Value::Array(patch)),
            (_, mut patch) => {
                if options.drop_unmatched_nulls {
                    drop_nulls(&mut patch);
                }
                without_directives(patch)
            }
        };
    if let Some(merged) = merged {
        original.insert(key, merged);
    }
    Ok(())
}

/// `$deleteFromPrimitiveList/finalizers: [a]`
fn delete_from_list(original: &mut Object, key: &str, patch: Value, options: Options) -> Result<(), Error> {
    if !options.carry_out {
        original.insert(key.to_owned(), patch);
        return Ok(());
    }
    let name = key
        .strip_prefix(DELETE_FROM_PRIMITIVE_LIST)
        .ok_or(Error::Format("invalid patch format of primitive list"))?;
    if let (Some(Value::Array(items)), Value::Array(gone)) = (original.get_mut(name), patch) {
        items.retain(|item| !gone.contains(item));
    }
    Ok(())
}

/// `$retainKeys: [type]`: every other key goes.
fn retain_keys(original: &mut Object, patch: &mut Object, options: Options) -> Result<(), Error> {
    const FORMAT: Error = Error::Format("invalid patch format of retainKeys");
    let Some(directive) = patch.remove(RETAIN_KEYS) else {
        return Ok(());
    };
    if !options.carry_out {
        original.entry(RETAIN_KEYS).or_insert(directive);
        return Ok(());
    }
    let Value::Array(kept) = directive else {
        return Err(FORMAT);
    };
    let is_kept = |key: &str| kept.iter().any(|k| k == key);
    let stray = patch.iter().any(|(key, value)| {
        !value.is_null()
            && !key.starts_with(DELETE_FROM_PRIMITIVE_LIST)
            && !key.starts_with(SET_ELEMENT_ORDER)
            && !is_kept(key)
    });
    if stray {
        return Err(FORMAT);
    }
    original.retain(|key, _| is_kept(key));
    Ok(())
}

/// `$setElementOrder/containers: [{name: a}, {name: b}]`: merges the list of that name and puts it in order.
fn ordered_lists(
    original: &mut Object,
    patch: &mut Object,
    meta: Meta,
    options: Options,
) -> Result<(), Error> {
    const FORMAT: Error = Error::Format("invalid patch format of setElementOrder list");
    let directives: Vec<String> = patch
        .keys()
        .filter(|k| k.starts_with("$setElementOrder"))
        .cloned()
        .collect();
    for key in directives {
        let Some(Value::Array(order)) = patch.remove(&key) else {
            return Err(FORMAT);
        };
        if !options.carry_out {
            let directive = Value::Array(order.clone());
            if *original.entry(key.as_str()).or_insert_with(|| directive.clone()) != directive {
                return Err(FORMAT);
            }
        }
        let name = key.strip_prefix(SET_ELEMENT_ORDER).ok_or(FORMAT)?;
        let field = meta.field(name);
        let changes = match patch.remove(name) {
            Some(Value::Array(items)) => Some(items),
            Some(_) => return Err(FORMAT),
            None => None,
        };
        if let Some(changes) = &changes {
            list::check_order(changes, &order, field.merge_key)?;
        }
        let before = match original.get(name) {
            Some(Value::Array(items)) => Some(items.clone()),
            _ => None,
        };
        let merged = match (before.clone(), changes) {
            (None, None) => continue,
            (Some(before), None) => before,
            (None, Some(changes)) => match without_directives(Value::Array(changes)) {
                Some(Value::Array(items)) => items,
                _ => continue,
            },
            (Some(before), Some(changes)) if field.merge => {
                list::merge(before, changes, field.inside, field.merge_key, options)?
            }
            (Some(_), Some(changes)) => changes,
        };
        let in_order = list::put_in_order(merged, &order, &before.unwrap_or_default(), field.merge_key)?;
        original.insert(name.to_owned(), Value::Array(in_order));
    }
    Ok(())
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

/// A value that comes from the patch alone: what carries a directive is not part of it.
pub(super) fn without_directives(value: Value) -> Option<Value> {
    match value {
        Value::Object(map) if map.contains_key(PATCH) => None,
        Value::Object(map) => Some(Value::Object(json_object(
            map.into_iter()
                .filter_map(|(key, value)| Some((key, without_directives(value)?))),
        ))),
        Value::Array(items) => Some(Value::Array(
            items.into_iter().filter_map(without_directives).collect(),
        )),
        other => Some(other),
    }
}
