//! Reading untyped objects.

use serde_json::{Map, Value};

/// The text at a pointer (`/metadata/name`), empty if there is none.
pub(crate) fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The number at a pointer.
pub(crate) fn int(value: &Value, pointer: &str) -> Option<i64> {
    value.pointer(pointer).and_then(Value::as_i64)
}

/// The list at a pointer, empty if there is none.
pub(crate) fn items<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The map at a pointer.
pub(crate) fn map<'v>(value: &'v Value, pointer: &str) -> Option<&'v Map<String, Value>> {
    value.pointer(pointer).and_then(Value::as_object)
}

/// The map below these keys, made where it is missing.
pub(crate) fn map_mut<'v>(value: &'v mut Value, keys: &[&str]) -> &'v mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    let mut map = as_map(value);
    for key in keys {
        map = as_map(map.entry(*key).or_insert(Value::Null));
    }
    map
}

fn as_map(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(map) => map,
        _ => unreachable!("it was just made one"),
    }
}

/// The name of an object.
pub(crate) fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

/// The kind in small letters, with the group: `deployment.apps`.
pub(crate) fn kind_and_group(object: &Value) -> String {
    let kind = text(object, "/kind").to_lowercase();
    match text(object, "/apiVersion").split_once('/') {
        Some((group, _)) => format!("{kind}.{group}"),
        None => kind,
    }
}

/// `deployment.apps/web`, as messages name objects.
pub(crate) fn full_name(object: &Value) -> String {
    format!("{}/{}", kind_and_group(object), name(object))
}

/// Sets what stands below these keys; maps are made where they are missing.
pub(crate) fn put(value: &mut Value, keys: &[&str], item: impl Into<Value>) {
    if let Some((last, above)) = keys.split_last() {
        map_mut(value, above).insert((*last).to_owned(), item.into());
    }
}
