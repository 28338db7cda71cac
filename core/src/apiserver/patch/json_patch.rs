//! JSON patches (RFC 6902) as the API server's library applies them. Unlike the RFC, `replace` of a field that is not
//! there sets it, and list indexes may be negative.

use serde_json::{Map, Value};

/// Why a JSON patch is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// It is none.
    Malformed(String),
    /// An operation does not fit the document.
    DoesNotApply(String),
}

/// Applies every operation of `patch`, or none.
///
/// # Errors
///
/// When it is no patch, or one operation does not fit.
pub fn apply(mut document: Value, patch: &Value) -> Result<Value, Error> {
    let Value::Array(operations) = patch else {
        let found = if patch.is_object() { "object" } else { "value" };
        return Err(Error::Malformed(format!(
            "error decoding patch: json: cannot unmarshal {found} into Go value of type []handlers.jsonPatchOp"
        )));
    };
    for operation in operations {
        let Value::Object(operation) = operation else {
            return Err(Error::Malformed(
                "error decoding patch: json: cannot unmarshal value into Go value of type handlers.jsonPatchOp".to_owned(),
            ));
        };
        apply_one(&mut document, operation).map_err(Error::DoesNotApply)?;
    }
    Ok(document)
}

fn apply_one(document: &mut Value, operation: &Map<String, Value>) -> Result<(), String> {
    let text = |name: &str| operation.get(name).and_then(Value::as_str).unwrap_or_default();
    let (op, path) = (text("op"), text("path"));
    let value = || operation.get("value").cloned().unwrap_or_default();
    match op {
        "add" => add(document, path, value()),
        "remove" => remove(document, path).map(|_| ()),
        "replace" => replace(document, path, value()),
        "move" => {
            let moved = remove(document, text("from"))?;
            add(document, path, moved)
        }
        "copy" => {
            let copied = get(document, text("from")).cloned().ok_or_else(|| {
                format!(
                    "copy operation does not apply: doc is missing path: {}",
                    text("from")
                )
            })?;
            add(document, path, copied)
        }
        "test" => test(document, path, &value()),
        other => Err(format!("Unexpected kind: {other}")),
    }
}

/// `/a~1b/0` -> `a/b`, `0`
fn tokens(path: &str) -> Vec<String> {
    path.split('/')
        .skip(1)
        .map(|part| part.replace("~1", "/").replace("~0", "~"))
        .collect()
}

fn get<'v>(document: &'v Value, path: &str) -> Option<&'v Value> {
    tokens(path)
        .iter()
        .try_fold(document, |value, token| match value {
            Value::Object(map) => map.get(token),
            Value::Array(items) => items.get(index(token, items.len())?),
            _ => None,
        })
}

/// An index of a list of `length` elements; negative ones count from the end.
fn index(token: &str, length: usize) -> Option<usize> {
    match token.strip_prefix('-') {
        Some(back) => length.checked_sub(back.parse().ok()?),
        None => token.parse().ok(),
    }
}

/// The container of the last token, and that token.
fn container<'v>(document: &'v mut Value, path: &str, op: &str) -> Result<(&'v mut Value, String), String> {
    let missing = || format!("{op} operation does not apply: doc is missing path: {path:?}");
    let mut tokens = tokens(path);
    let last = tokens.pop().ok_or_else(missing)?;
    let mut value = document;
    for token in &tokens {
        value = match value {
            Value::Object(map) => map.get_mut(token),
            Value::Array(items) => index(token, items.len()).and_then(|at| items.get_mut(at)),
            _ => None,
        }
        .ok_or_else(missing)?;
    }
    if value.is_object() || value.is_array() {
        Ok((value, last))
    } else {
        Err(missing())
    }
}

fn add(document: &mut Value, path: &str, value: Value) -> Result<(), String> {
    if path.is_empty() {
        *document = value;
        return Ok(());
    }
    match container(document, path, "add")? {
        (Value::Object(map), key) => {
            map.insert(key, value);
        }
        (Value::Array(items), key) if key == "-" => items.push(value),
        (Value::Array(items), key) => {
            let at = index(&key, items.len() + 1).filter(|at| *at <= items.len());
            let at = at.ok_or_else(|| format!("add operation does not apply: invalid index {key}"))?;
            items.insert(at, value);
        }
        _ => {}
    }
    Ok(())
}

fn remove(document: &mut Value, path: &str) -> Result<Value, String> {
    match container(document, path, "remove")? {
        (Value::Object(map), key) => map.remove(&key).ok_or_else(|| {
            format!("remove operation does not apply: Unable to remove nonexistent key: {key}")
        }),
        (Value::Array(items), key) => match index(&key, items.len()) {
            Some(at) if at < items.len() => Ok(items.remove(at)),
            _ => Err(format!(
                "remove operation does not apply: Unable to access invalid index: {key}"
            )),
        },
        _ => Ok(Value::Null),
    }
}

fn replace(document: &mut Value, path: &str, value: Value) -> Result<(), String> {
    if path.is_empty() {
        *document = value;
        return Ok(());
    }
    match container(document, path, "replace")? {
        (Value::Object(map), key) => {
            map.insert(key, value);
            Ok(())
        }
        (Value::Array(items), key) => match index(&key, items.len()).and_then(|at| items.get_mut(at)) {
            Some(item) => {
                *item = value;
                Ok(())
            }
            None => Err(format!(
                "replace operation does not apply: Unable to access invalid index: {key}"
            )),
        },
        _ => Ok(()),
    }
}

fn test(document: &Value, path: &str, expected: &Value) -> Result<(), String> {
    match get(document, path) {
        Some(found) if found == expected => Ok(()),
        None if expected.is_null() => Ok(()),
        _ => Err(format!("testing value {path} failed")),
    }
}
