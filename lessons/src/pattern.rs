//! Partial objects: what must be found in a real one, as Kubernetes' own test tools (KUTTL, Chainsaw) write their asserts.
//!
//! - A dictionary matches when each of its keys matches; other keys of the object do not matter.
//! - A list of dictionaries matches by key, as Kubernetes merges such lists: items are found by `name`, `type`, `containerPort`, `port`,
//!   `key`, `mountPath`, `ip`, or `kind`, the first of these that every expected item has. Other lists match when each expected item is found in
//!   the object's list, in any order, no item serving twice. What else the object's list holds does not matter.
//! - `null` matches what is absent. A text that begins with `>=`, `<=`, `>`, `<`, `!=` is a comparison of numbers or quantities.
//! - A dictionary with a single key that begins with `$` is an operator: `$len` (length of a list or dictionary), `$only` (a list with exactly these
//!   items), `$not`, `$any` (one of these patterns), `$glob` (a text with `*`), `$is` (exactly this value, whatever it looks like).
//! - Anything else must be equal.
use crate::amount::{Bound, plain};
use serde_json::{Map, Value};

/// The keys by which items of a list are told apart, in order of preference.
const LIST_KEYS: [&str; 8] = [
    "name",
    "type",
    "containerPort",
    "port",
    "key",
    "mountPath",
    "ip",
    "kind",
];

const OPERATORS: [&str; 6] = ["$len", "$only", "$not", "$any", "$glob", "$is"];

/// The first place where an object is not what was expected.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Mismatch {
    /// Where, as `spec.containers[web].image`.
    pub path: String,
    /// What was expected there.
    pub expected: Value,
    /// What stands there, if anything.
    pub found: Option<Value>,
}

/// Whether `object` holds `pattern`.
///
/// # Errors
/// The first mismatch, in the pattern's order of keys.
pub fn matches(pattern: &Value, object: &Value) -> Result<(), Mismatch> {
    find(pattern, Some(object), "")
}

fn find(pattern: &Value, found: Option<&Value>, path: &str) -> Result<(), Mismatch> {
    let found = found.filter(|v| !v.is_null());
    let holds = |yes: bool| {
        if yes {
            Ok(())
        } else {
            Err(mismatch(pattern, found, path))
        }
    };
    match (pattern, found) {
        (Value::Null, _) => holds(found.is_none()),
        (Value::Object(map), _) => match operator(map) {
            Some((op, operand)) => {
                operate(op, operand, found, path).map_err(|()| mismatch(pattern, found, path))
            }
            None => dictionary(map, found, path).unwrap_or_else(|| holds(false)),
        },
        (Value::Array(items), Some(Value::Array(there))) => list(items, there, path),
        (Value::String(text), Some(value)) if Bound::looks_like(text) => {
            match (Bound::parse(text), text.strip_prefix("!=")) {
                (Some(bound), None) => holds(bound.holds_value(value)),
                (Some(bound), Some(other)) => {
                    holds(bound.holds_value(value) || (plain(value) != other.trim() && value.is_string()))
                }
                (None, Some(other)) => holds(plain(value) != other.trim()),
                (None, None) => holds(Some(pattern) == found),
            }
        }
        (Value::Number(a), Some(Value::Number(b))) => holds(a == b || a.as_f64() == b.as_f64()),
        _ => holds(Some(pattern) == found),
    }
}

fn mismatch(expected: &Value, found: Option<&Value>, path: &str) -> Mismatch {
    Mismatch {
        path: path.to_owned(),
        expected: expected.clone(),
        found: found.cloned(),
    }
}

/// Each key of the pattern; `None` when there is no dictionary to look into.
fn dictionary(
    pattern: &Map<String, Value>,
    found: Option<&Value>,
    path: &str,
) -> Option<Result<(), Mismatch>> {
    let empty = Map::new();
    let map = match found {
        Some(Value::Object(map)) => map,
        // `status: {readyReplicas: null}` holds for an object without any status.
        None => &empty,
        Some(_) => return None,
    };
    Some(pattern.iter().try_for_each(|(key, expected)| {
        let inner = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        find(expected, map.get(key), &inner)
    }))
}

fn list(expected: &[Value], there: &[Value], path: &str) -> Result<(), Mismatch> {
    let key = LIST_KEYS.iter().find(|k| {
        expected
            .iter()
            .all(|e| e.get(**k).is_some_and(|v| !v.is_object() && !v.is_null()))
    });
    if let Some(key) = key.filter(|_| !expected.is_empty()) {
        return expected.iter().try_for_each(|item| {
            let id = item.get(*key).unwrap_or(&Value::Null);
            let inner = format!("{path}[{}]", plain(id));
            let candidates: Vec<&Value> = there.iter().filter(|t| t.get(*key) == Some(id)).collect();
            match candidates.split_first() {
                None => Err(mismatch(item, None, &inner)),
                Some((first, others)) => find(item, Some(first), &inner).or_else(|m| {
                    others
                        .iter()
                        .any(|o| find(item, Some(o), &inner).is_ok())
                        .then_some(())
                        .ok_or(m)
                }),
            }
        });
    }
    let mut taken = vec![false; there.len()];
    expected.iter().enumerate().try_for_each(|(n, item)| {
        let free = there
            .iter()
            .zip(taken.iter_mut())
            .find(|(t, taken)| !**taken && find(item, Some(t), "").is_ok());
        match free {
            Some((_, taken)) => {
                *taken = true;
                Ok(())
            }
            None => Err(mismatch(
                item,
                there.get(n).filter(|_| there.len() == expected.len()),
                &format!("{path}[{n}]"),
            )),
        }
    })
}

/// The operator and its operand, when a dictionary is one.
fn operator(map: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (key, operand) = map.iter().next().filter(|_| map.len() == 1)?;
    OPERATORS.contains(&key.as_str()).then_some((key, operand))
}

fn operate(op: &str, operand: &Value, found: Option<&Value>, path: &str) -> Result<(), ()> {
    let yes = match op {
        "$len" => {
            let len = match found {
                None => 0,
                Some(Value::Array(items)) => items.len(),
                Some(Value::Object(map)) => map.len(),
                Some(_) => return Err(()),
            };
            Bound::parse(&plain(operand)).is_some_and(|b| b.holds(i64::try_from(len).unwrap_or(i64::MAX)))
        }
        "$only" => match (operand, found) {
            (Value::Array(items), Some(Value::Array(there))) => {
                items.len() == there.len() && list(items, there, path).is_ok()
            }
            (Value::Array(items), None) => items.is_empty(),
            _ => false,
        },
        "$not" => find(operand, found, path).is_err(),
        "$any" => operand
            .as_array()
            .is_some_and(|options| options.iter().any(|o| find(o, found, path).is_ok())),
        "$glob" => found.is_some_and(|v| glob(&plain(operand), &plain(v))),
        _ => found == Some(operand) || (found.is_none() && operand.is_null()),
    };
    if yes { Ok(()) } else { Err(()) }
}

/// Whether `text` is `pattern`, in which `*` stands for any characters.
pub fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// What an author has written wrong in a pattern: `(path, French sentence)`.
pub fn faults(pattern: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect_faults(pattern, "", &mut found);
    found
}

fn collect_faults(pattern: &Value, path: &str, found: &mut Vec<(String, String)>) {
    match pattern {
        Value::Object(map) => {
            for (key, value) in map {
                let inner = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                if key.starts_with('$') && !OPERATORS.contains(&key.as_str()) {
                    let hint = crate::error::nearest(key, OPERATORS)
                        .map(|k| format!(" Vouliez-vous dire « {k} » ?"))
                        .unwrap_or_default();
                    found.push((
                        inner.clone(),
                        format!("L’opérateur « {key} » n’existe pas.{hint}"),
                    ));
                } else if key.starts_with('$') && map.len() > 1 {
                    found.push((
                        inner.clone(),
                        format!("L’opérateur « {key} » doit être seul dans son dictionnaire."),
                    ));
                } else if key == "$len" && Bound::parse(&plain(value)).is_none() {
                    found.push((
                        inner.clone(),
                        "« $len » attend un nombre ou une comparaison comme \">=2\".".to_owned(),
                    ));
                } else if matches!(key.as_str(), "$only" | "$any") && !value.is_array() {
                    found.push((inner.clone(), format!("« {key} » attend une liste.")));
                }
                if key != "$is" {
                    collect_faults(value, &inner, found);
                }
            }
        }
        Value::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                collect_faults(item, &format!("{path}[{n}]"), found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::{faults, glob, matches};
    use serde_json::{Value, json};

    fn pod() -> Value {
        json!({
            "metadata": {"name": "web", "labels": {"app": "web", "version": "1"}},
            "spec": {"containers": [
                {"name": "nginx", "image": "nginx:1.27", "ports": [{"containerPort": 80}], "args": ["a", "b", "a"]},
                {"name": "log", "image": "busybox:1.36", "resources": {"limits": {"memory": "64Mi"}}},
            ]},
            "status": {"phase": "Running", "readyReplicas": 2, "conditions": [{"type": "Ready", "status": "True"}]},
        })
    }

    fn check(pattern: Value, expected: Option<&str>) {
        let found = matches(&pattern, &pod()).err().map(|m| m.path);
        assert_eq!(found.as_deref(), expected, "{pattern}");
    }

    #[test]
    fn dictionaries_and_lists() {
        check(json!({}), None);
        check(json!({"metadata": {"labels": {"app": "web"}}}), None);
        check(
            json!({"metadata": {"labels": {"app": "api"}}}),
            Some("metadata.labels.app"),
        );
        check(
            json!({"metadata": {"deletionTimestamp": null, "annotations": {"a": null}}}),
            None,
        );
        check(json!({"metadata": {"name": null}}), Some("metadata.name"));
        check(
            json!({"spec": {"containers": [{"name": "log", "image": "busybox:1.36"}]}}),
            None,
        );
        check(
            json!({"spec": {"containers": [{"name": "log", "image": "x"}]}}),
            Some("spec.containers[log].image"),
        );
        check(
            json!({"spec": {"containers": [{"name": "other"}]}}),
            Some("spec.containers[other]"),
        );
        check(json!({"spec": {"containers": [{"image": "busybox:1.36"}]}}), None);
        check(
            json!({"spec": {"containers": [{"image": "redis:7"}]}}),
            Some("spec.containers[0]"),
        );
    }

    #[test]
    fn operators() {
        check(json!({"spec": {"containers": {"$len": 2}}}), None);
        check(
            json!({"spec": {"containers": {"$len": ">=3"}}}),
            Some("spec.containers"),
        );
        check(json!({"spec": {"initContainers": {"$len": 0}}}), None);
        check(
            json!({"spec": {"containers": {"$only": [{"name": "nginx"}, {"name": "log"}]}}}),
            None,
        );
        check(
            json!({"spec": {"containers": {"$only": [{"name": "nginx"}]}}}),
            Some("spec.containers"),
        );
        check(
            json!({"spec": {"containers": [{"name": "nginx", "args": ["a", "a"]}]}}),
            None,
        );
        check(
            json!({"spec": {"containers": [{"name": "nginx", "args": ["b", "b"]}]}}),
            Some("spec.containers[nginx].args[1]"),
        );
        check(
            json!({"spec": {"containers": [{"name": "nginx", "image": {"$glob": "nginx:*"}}]}}),
            None,
        );
        check(
            json!({"spec": {"containers": [{"name": "nginx", "ports": [{"containerPort": 80}]}]}}),
            None,
        );
        check(
            json!({"spec": {"containers": [{"name": "log", "resources": {"limits": {"memory": "<=64Mi"}}}]}}),
            None,
        );
        check(json!({"status": {"readyReplicas": ">=2"}}), None);
        check(
            json!({"status": {"readyReplicas": ">2"}}),
            Some("status.readyReplicas"),
        );
        check(json!({"status": {"phase": "!=Pending"}}), None);
        check(
            json!({"status": {"phase": {"$any": ["Running", "Succeeded"]}}}),
            None,
        );
        check(
            json!({"status": {"phase": {"$not": "Running"}}}),
            Some("status.phase"),
        );
        check(json!({"status": {"phase": {"$is": ">=2"}}}), Some("status.phase"));
        check(
            json!({"status": {"conditions": [{"type": "Ready", "status": "True"}]}}),
            None,
        );
        check(json!({"status": {"phase": {"deep": 1}}}), Some("status.phase"));
    }

    #[test]
    fn globs() {
        for (pattern, text, expected) in [
            ("web", "web", true),
            ("web", "web-1", false),
            ("web-*", "web-1", true),
            ("*", "", true),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "abab", false),
            ("*=3", "--replicas=3", true),
        ] {
            assert_eq!(glob(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn faults_of_patterns() {
        assert_eq!(faults(&json!({"a": {"$len": 2}})), []);
        let check = |pattern: Value, path: &str, words: &str| {
            let found = faults(&pattern);
            assert!(
                found.iter().any(|(p, m)| p == path && m.contains(words)),
                "{found:?}"
            );
        };
        check(json!({"a": {"$lent": 2}}), "a.$lent", "« $len »");
        check(json!({"a": {"$len": 2, "b": 1}}), "a.$len", "seul");
        check(json!({"a": {"$len": "x"}}), "a.$len", "nombre");
        check(json!({"a": [{"$any": 1}]}), "a[0].$any", "liste");
    }
}
