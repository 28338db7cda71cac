//! Simple paths of fields (`.spec.replicas`), as scales and selectable fields name them.

use serde_json::{Map, Value};

fn keys(path: &str) -> impl Iterator<Item = &str> {
    path.split('.').filter(|key| !key.is_empty())
}

/// The value at a path.
pub(crate) fn find<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    keys(path).try_fold(value, |value, key| value.get(key))
}

/// Puts a value at a path; maps are made where they are missing.
pub(crate) fn put(value: &mut Value, path: &str, new: Value) {
    let mut place = value;
    for key in keys(path) {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        let Value::Object(map) = place else { return };
        place = map.entry(key).or_insert(Value::Null);
    }
    *place = new;
}
