//! What `kubectl apply` computes: a patch from what was applied last (original), what is wanted (modified) and what is
//! there (current). Fields that vanished from the manifest are deleted, fields that others set are left alone.

use serde_json::{Map, Value};

use super::meta::Meta;
use super::strategic::{self, Error};
use super::{diff, merge};

type Object = Map<String, Value>;

/// The strategic merge patch from `original` to `modified` (`CreateTwoWayMergePatch`).
///
/// # Errors
///
/// When a list lacks its merge key, in Kubernetes' words.
pub fn two_way_strategic(
    api_version: &str,
    kind: &str,
    original: &Value,
    modified: &Value,
) -> Result<Value, String> {
    let meta = Meta::of(api_version, kind);
    let (original, modified) = (object(original), object(modified));
    diff::maps(&original, &modified, meta, diff::Options::default())
        .map(Value::Object)
        .map_err(words)
}

/// The three-way strategic merge patch (`CreateThreeWayMergePatch`, overwriting).
///
/// # Errors
///
/// When a list lacks its merge key, in Kubernetes' words.
pub fn three_way_strategic(
    api_version: &str,
    kind: &str,
    original: &Value,
    modified: &Value,
    current: &Value,
) -> Result<Value, String> {
    let meta = Meta::of(api_version, kind);
    let (original, modified, current) = (object(original), object(modified), object(current));
    let additions = diff::Options {
        ignore_deletions: true,
        ..diff::Options::default()
    };
    let deletions = diff::Options {
        ignore_changes: true,
        ..diff::Options::default()
    };
    let delta = diff::maps(&current, &modified, meta, additions).map_err(words)?;
    let deletions = diff::maps(&original, &modified, meta, deletions).map_err(words)?;
    strategic::merge_map(deletions, delta, meta, strategic::COMBINE)
        .map(Value::Object)
        .map_err(words)
}

/// The three-way JSON merge patch, for kinds without a schema (`CreateThreeWayJSONMergePatch`).
#[must_use]
pub fn three_way_merge(original: &Value, modified: &Value, current: &Value) -> Value {
    let changes = only(&merge_patch(&object(current), &object(modified)), false);
    let deletions = only(&merge_patch(&object(original), &object(modified)), true);
    merge(Value::Object(deletions), &Value::Object(changes))
}

/// The JSON merge patch from `before` to `after`.
fn merge_patch(before: &Object, after: &Object) -> Object {
    let mut patch = Object::new();
    for (key, wanted) in after {
        match (before.get(key), wanted) {
            (Some(Value::Object(before)), Value::Object(wanted)) => {
                let inside = merge_patch(before, wanted);
                if !inside.is_empty() {
                    patch.insert(key.clone(), Value::Object(inside));
                }
            }
            (before, _) if before != Some(wanted) => {
                patch.insert(key.clone(), wanted.clone());
            }
            _ => {}
        }
    }
    for key in before.keys().filter(|key| !after.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    patch
}

/// Only the deletions of a merge patch, or everything but them. An empty object that was set is a value.
fn only(patch: &Object, deletions: bool) -> Object {
    let mut out = Object::new();
    for (key, value) in patch {
        let kept = match value {
            Value::Object(map) if map.is_empty() => !deletions,
            Value::Object(map) => {
                let inside = only(map, deletions);
                if !inside.is_empty() {
                    out.insert(key.clone(), Value::Object(inside));
                }
                false
            }
            other => other.is_null() == deletions,
        };
        if kept {
            out.insert(key.clone(), value.clone());
        }
    }
    out
}

fn object(value: &Value) -> Object {
    value.as_object().cloned().unwrap_or_default()
}

fn words(error: Error) -> String {
    match error {
        Error::Format(message) => message.to_owned(),
        Error::NoListOfLists => "lists of lists are not supported".to_owned(),
        Error::Other(message) => message,
    }
}
