//! `x-kubernetes-validations`: rules in CEL that an object must keep (`apiextensions-apiserver/pkg/apiserver/schema/cel`).
//!
//! The usual part of the language: fields, `has`, `size`, comparisons, arithmetic, logic, `in`, the macros over lists, and the
//! functions of texts and lists. What a rule needs beyond it is said when the definition is applied, and the rule is not enforced.

mod eval;
mod parse;

use serde_json::Value;

use super::super::validation::field;
use super::validate::type_name as type_of;
use crate::api::Cause;
use parse::{Expr, Wrong, parse};

const RULES: &str = "x-kubernetes-validations";

fn text<'v>(rule: &'v Value, key: &str) -> &'v str {
    rule.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn rules(schema: &Value) -> &[Value] {
    schema
        .get(RULES)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// Whether an expression speaks of a name.
fn mentions(text: &str, name: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .any(|word| word == name)
}

/// Walks through a schema's rules.
fn each_rule(schema: &Value, path: &str, tell: &mut dyn FnMut(&Value, String)) {
    for (index, rule) in rules(schema).iter().enumerate() {
        tell(rule, format!("{path}.{RULES}[{index}]"));
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, inner) in properties.into_iter().flatten() {
        each_rule(inner, &format!("{path}.properties[{name}]"), tell);
    }
    for name in ["additionalProperties", "items"] {
        if let Some(inner) = schema.get(name).filter(|inner| inner.is_object()) {
            each_rule(inner, &format!("{path}.{name}"), tell);
        }
    }
}

/// What is wrong with the rules of a schema.
pub(crate) fn check(schema: &Value, path: &str) -> Vec<Cause> {
    let mut causes = Vec::new();
    each_rule(schema, path, &mut |rule, path| {
        let written = text(rule, "rule");
        if written.trim().is_empty() {
            causes.push(field::required(format!("{path}.rule"), "rule is not specified"));
        }
        for key in ["rule", "messageExpression"] {
            if let Err(Wrong::Syntax(at, why)) = parse(text(rule, key))
                && !text(rule, key).trim().is_empty()
            {
                let written = text(rule, key);
                let column = written.get(..at).unwrap_or_default().chars().count();
                let detail = format!(
                    "compilation failed: ERROR: <input>:1:{}: Syntax error: {why}\n | {written}\n | {}^",
                    column + 1,
                    ".".repeat(column)
                );
                causes.push(field::invalid(format!("{path}.{key}"), written, &detail));
            }
        }
    });
    causes
}

/// What the rules of a schema need that is not known here.
pub(crate) fn warnings(schema: &Value, path: &str) -> Vec<String> {
    let mut warnings = Vec::new();
    each_rule(schema, path, &mut |rule, path| {
        if let Err(Wrong::Unknown(what)) = parse(text(rule, "rule")) {
            warnings.push(format!(
                "{path}.rule: {what:?} is not simulated by this lab: the rule is kept, but not enforced"
            ));
        }
    });
    warnings
}

/// Whether a schema has rules.
pub(crate) fn has_rules(schema: &Value) -> bool {
    let mut found = false;
    each_rule(schema, "", &mut |_, _| found = true);
    found
}

/// What is wrong with an object, given what it was before.
pub(crate) fn validate(object: &Value, old: Option<&Value>, schema: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    level(object, old, schema, "", &mut causes);
    causes
}

fn level(value: &Value, old: Option<&Value>, schema: &Value, path: &str, causes: &mut Vec<Cause>) {
    if value.is_null() {
        return;
    }
    for rule in rules(schema) {
        causes.extend(broken(rule, value, old, schema, path));
    }
    let below = |name: &str| {
        if path.is_empty() {
            name.to_owned()
        } else {
            format!("{path}.{name}")
        }
    };
    match value {
        Value::Object(map) => {
            let properties = schema.get("properties").and_then(Value::as_object);
            let additional = schema
                .get("additionalProperties")
                .filter(|found| found.is_object());
            for (name, item) in map {
                let known = properties.and_then(|properties| properties.get(name));
                if let Some(inner) = known.or(additional) {
                    let path = if known.is_some() {
                        below(name)
                    } else {
                        format!("{path}[{name}]")
                    };
                    level(item, old.and_then(|old| old.get(name)), inner, &path, causes);
                }
            }
        }
        Value::Array(items) => {
            let Some(inner) = schema.get("items").filter(|inner| inner.is_object()) else {
                return;
            };
            for (index, item) in items.iter().enumerate() {
                let before = old.and_then(|old| counterpart(item, old, schema));
                level(item, before, inner, &format!("{path}[{index}]"), causes);
            }
        }
        _ => {}
    }
}

/// The element of a list with keys that an element was before.
fn counterpart<'v>(item: &Value, old: &'v Value, schema: &Value) -> Option<&'v Value> {
    if text(schema, "x-kubernetes-list-type") != "map" {
        return None;
    }
    let keys = schema.get("x-kubernetes-list-map-keys")?.as_array()?;
    let same = |other: &&Value| {
        keys.iter()
            .filter_map(Value::as_str)
            .all(|key| other.get(key) == item.get(key))
    };
    old.as_array()?.iter().find(same)
}

/// How a rule is broken, if it is.
fn broken(rule: &Value, value: &Value, old: Option<&Value>, schema: &Value, path: &str) -> Option<Cause> {
    let written = text(rule, "rule");
    let expr = parse(written).ok()?;
    let transition = mentions(written, "oldSelf");
    let optional = rule.get("optionalOldSelf") == Some(&Value::Bool(true));
    if transition && (old.is_none() || optional) {
        // What is new was nothing before: there is no change to judge.
        return None;
    }
    let evaluated = run(&expr, value, old);
    let said = message(rule, value, old);
    let detail = match evaluated {
        Ok(Value::Bool(true)) => return None,
        Ok(Value::Bool(false)) => said,
        Ok(_) => format!("no such overload evaluating rule: {said}"),
        Err(why) => format!("{why} evaluating rule: {said}"),
    };
    let at = match text(rule, "fieldPath") {
        "" if path.is_empty() => "<nil>".to_owned(),
        "" => path.to_owned(),
        more => format!("{path}{more}").trim_start_matches('.').to_owned(),
    };
    let shown = match text(schema, "type") {
        "" => type_of(value),
        found => found,
    };
    let cause = field::invalid(at.clone(), shown, &detail);
    Some(match text(rule, "reason") {
        "FieldValueForbidden" => field::forbidden(at, &detail),
        "FieldValueRequired" => field::required(at, &detail),
        "FieldValueDuplicate" => field::duplicate(at, shown),
        _ => cause,
    })
}

fn run(expr: &Expr, value: &Value, old: Option<&Value>) -> Result<Value, String> {
    let mut names: eval::Names<'_> = vec![("self", value.clone())];
    names.extend(old.map(|old| ("oldSelf", old.clone())));
    eval::eval(expr, &mut names)
}

/// What is said of a broken rule.
fn message(rule: &Value, value: &Value, old: Option<&Value>) -> String {
    if let Ok(expr) = parse(text(rule, "messageExpression"))
        && let Ok(Value::String(said)) = run(&expr, value, old)
        && !said.trim().is_empty()
    {
        return said;
    }
    match text(rule, "message") {
        "" => format!("failed rule: {}", text(rule, "rule")),
        said => said.to_owned(),
    }
}

#[cfg(test)]
mod tests;
