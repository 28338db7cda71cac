//! Which fields a value has, which ones two values differ in, and how an applied configuration is merged
//! (`structured-merge-diff/typed`).

use serde_json::{Map, Value};

use super::set::Set;
use super::shape::{Merge, Shape, element_step};

/// The steps from a value to its parts, with the parts and their shapes; nothing if it merges as a whole.
fn parts<'v, 's>(value: &'v Value, shape: &Shape<'s>) -> Option<Vec<(String, &'v Value, Shape<'s>)>> {
    match (shape.merge(value), value) {
        (Merge::Keys, Value::Object(map)) => Some(
            map.iter()
                .map(|(name, item)| (format!("f:{name}"), item, shape.key(name)))
                .collect(),
        ),
        (Merge::Elements(keys), Value::Array(items)) => Some(
            items
                .iter()
                .map(|item| (element_step(item, &keys), item, shape.element()))
                .collect(),
        ),
        (Merge::Values, Value::Array(items)) => Some(
            items
                .iter()
                .map(|item| (format!("v:{item}"), item, Shape::Unknown))
                .collect(),
        ),
        _ => None,
    }
}

/// Whether the keys of a shape are data rather than fields: each is then in the set itself.
fn is_data(shape: &Shape<'_>) -> bool {
    use crate::api::schema::FieldType;
    match shape {
        Shape::Field(FieldType::Map(_), _) | Shape::Unknown => true,
        Shape::Json(of) => of.get("properties").is_none(),
        _ => false,
    }
}

/// The fields of a configuration (`ToFieldSet`).
pub(crate) fn fields_of(value: &Value, shape: &Shape<'_>) -> Set {
    let mut set = Set::default();
    let Some(parts) = parts(value, shape) else {
        set.member = true;
        return set;
    };
    let (data, list) = (is_data(shape), value.is_array());
    for (step, item, inner) in parts {
        let mut below = fields_of(item, &inner);
        let empty = item.is_null() || item.as_object().is_some_and(Map::is_empty);
        below.member |= data || list || empty;
        set.children.insert(step, below);
    }
    set
}

/// What is new or other in `after`, and what is gone (`Compare`).
pub(crate) fn compare(before: &Value, after: &Value, shape: &Shape<'_>) -> (Set, Set) {
    let (mut changed, mut removed) = (Set::default(), Set::default());
    walk(Some(before), Some(after), shape, &mut changed, &mut removed);
    (changed, removed)
}

fn walk(
    before: Option<&Value>,
    after: Option<&Value>,
    shape: &Shape<'_>,
    changed: &mut Set,
    removed: &mut Set,
) {
    let (Some(after), before) = (after, before) else {
        removed.member = true;
        for (step, item, inner) in before
            .and_then(|before| parts(before, shape))
            .into_iter()
            .flatten()
        {
            walk(Some(item), None, &inner, changed, removed.below(&step));
        }
        return;
    };
    let Some(new) = parts(after, shape) else {
        changed.member = before != Some(after);
        return;
    };
    if before.is_none() {
        changed.member = true;
    }
    let old = before.and_then(|before| parts(before, shape)).unwrap_or_default();
    for (step, item, inner) in &new {
        let known = old
            .iter()
            .find(|(known, ..)| known == step)
            .map(|(_, item, _)| *item);
        let mut gone = Set::default();
        let mut other = Set::default();
        walk(known, Some(item), inner, &mut other, &mut gone);
        if !other.is_empty() {
            changed.children.insert(step.clone(), other);
        }
        if !gone.is_empty() {
            removed.children.insert(step.clone(), gone);
        }
    }
    for (step, item, inner) in &old {
        if !new.iter().any(|(known, ..)| known == step) {
            walk(Some(item), None, inner, changed, removed.below(step));
        }
    }
}

/// Puts a configuration over an object (`Merge`).
pub(crate) fn merge(live: Option<Value>, config: &Value, shape: &Shape<'_>) -> Value {
    match (shape.merge(config), live, config) {
        (Merge::Keys, Some(Value::Object(mut map)), Value::Object(config)) => {
            for (name, value) in config {
                let before = map.remove(name);
                map.insert(name.clone(), merge(before, value, &shape.key(name)));
            }
            Value::Object(map)
        }
        (Merge::Elements(keys), Some(Value::Array(mut items)), Value::Array(config)) => {
            for wanted in config {
                let step = element_step(wanted, &keys);
                match items.iter_mut().find(|item| element_step(item, &keys) == step) {
                    Some(item) => *item = merge(Some(item.take()), wanted, &shape.element()),
                    None => items.push(wanted.clone()),
                }
            }
            Value::Array(items)
        }
        (Merge::Values, Some(Value::Array(mut items)), Value::Array(config)) => {
            for wanted in config {
                if !items.contains(wanted) {
                    items.push(wanted.clone());
                }
            }
            Value::Array(items)
        }
        (_, _, config) => config.clone(),
    }
}

/// Removes what a manager applied before and does not apply any more, unless others manage it (`prune`).
pub(crate) fn prune(value: &mut Value, shape: &Shape<'_>, last: &Set, config: &Set, others: &Set) {
    static NOTHING: Set = Set {
        member: false,
        children: crate::sorted::SortedMap::new(),
    };
    let keep = |step: &str| {
        let (config, others) = (config.children.get(step), others.children.get(step));
        let kept = config.is_some() || others.is_some_and(|others| !others.is_empty());
        kept.then(|| (config.unwrap_or(&NOTHING), others.unwrap_or(&NOTHING)))
    };
    // Answers whether the part stays.
    let one = |step: &str, item: &mut Value, inner: &Shape<'_>| -> bool {
        let Some(last) = last.children.get(step) else {
            return true;
        };
        match keep(step) {
            Some((config, others)) => {
                prune(item, inner, last, config, others);
                true
            }
            // Fields that are no members themselves stay as long as something is in them.
            None if !last.member => {
                prune(item, inner, last, &NOTHING, &NOTHING);
                !(item.as_object().is_some_and(Map::is_empty) || item.as_array().is_some_and(Vec::is_empty))
            }
            None => {
                let whole = parts(item, inner).is_none();
                prune(item, inner, last, &NOTHING, &NOTHING);
                !(whole || is_identity(step, item) || item.as_object().is_some_and(Map::is_empty))
            }
        }
    };
    match (shape.merge(value), value) {
        (Merge::Keys, Value::Object(map)) => {
            map.retain(|name, item| one(&format!("f:{name}"), item, &shape.key(name)));
        }
        (Merge::Elements(keys), Value::Array(items)) => {
            items.retain_mut(|item| one(&element_step(item, &keys), item, &shape.element()));
        }
        (Merge::Values, Value::Array(items)) => {
            items.retain_mut(|item| one(&format!("v:{item}"), item, &Shape::Unknown));
        }
        _ => {}
    }
}

/// Whether nothing is left of an element but what the server fills in: nobody manages it.
fn is_identity(step: &str, _item: &Value) -> bool {
    step.starts_with("k:")
}
