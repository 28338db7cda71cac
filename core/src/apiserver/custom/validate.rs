//! Holds a custom object against its schema, in the words of `kube-openapi`'s validators as
//! `apiextensions-apiserver/pkg/apiserver/validation` reports them.

use std::cmp::Ordering;

use serde_json::Value;

use super::super::validation::field;
use crate::api::Cause;

/// What is wrong with an object.
pub(crate) fn validate(object: &Value, schema: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    if schema.is_object() {
        check(object, schema, "", &mut causes);
    }
    causes
}

/// How messages name the field.
fn named(path: &str) -> &str {
    if path.is_empty() { "<nil>" } else { path }
}

/// A value's type as errors name it.
pub(super) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn flag(schema: &Value, name: &str) -> bool {
    schema.get(name) == Some(&Value::Bool(true))
}

/// Whether a value is of the schema's type; `integer` takes whole numbers however they are written.
fn fits(value: &Value, schema: &Value) -> bool {
    if value.is_null() && flag(schema, "nullable") {
        return true;
    }
    if flag(schema, "x-kubernetes-int-or-string") {
        return matches!(type_name(value), "integer" | "string");
    }
    match (schema.get("type").and_then(Value::as_str), type_name(value)) {
        (None | Some(""), _) | (Some("number"), "integer") => true,
        (Some("integer"), "number") => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        (Some(wanted), found) => wanted == found,
    }
}

fn check(value: &Value, schema: &Value, path: &str, causes: &mut Vec<Cause>) {
    if !fits(value, schema) {
        let wanted = if flag(schema, "x-kubernetes-int-or-string") {
            "integer,string"
        } else {
            schema.get("type").and_then(Value::as_str).unwrap_or_default()
        };
        let found = type_name(value);
        let detail = format!("{} in body must be of type {wanted}: \"{found}\"", named(path));
        causes.push(Cause {
            reason: "FieldValueTypeInvalid".to_owned(),
            ..field::invalid(shown(path), found, &detail)
        });
        return;
    }
    combined(value, schema, path, causes);
    match value {
        Value::String(text) => string(text, schema, path, causes),
        Value::Number(_) => number(value, schema, path, causes),
        Value::Array(items) => array(items, schema, path, causes),
        _ => {}
    }
    if let Some(allowed) = schema.get("enum").and_then(Value::as_array)
        && !allowed.iter().any(|allowed| same(allowed, value))
    {
        let supported: Vec<String> = allowed
            .iter()
            .map(|allowed| {
                allowed
                    .as_str()
                    .map_or_else(|| allowed.to_string(), str::to_owned)
            })
            .collect();
        let supported: Vec<&str> = supported.iter().map(String::as_str).collect();
        causes.push(field::not_supported(shown(path), value.clone(), &supported));
    }
    if let Value::Object(_) = value {
        object(value, schema, path, causes);
    }
}

fn shown(path: &str) -> String {
    if path.is_empty() { "<nil>" } else { path }.to_owned()
}

/// Numbers are equal however they are written.
fn same(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a.partial_cmp(&b) == Some(Ordering::Equal),
        _ => a == b,
    }
}

fn invalid(causes: &mut Vec<Cause>, path: &str, value: impl Into<field::Shown>, rule: &str) {
    let detail = format!("{} in body {rule}", named(path));
    causes.push(field::invalid(shown(path), value, &detail));
}

fn size(schema: &Value, name: &str) -> Option<usize> {
    schema
        .get(name)?
        .as_u64()
        .and_then(|size| usize::try_from(size).ok())
}

fn string(text: &str, schema: &Value, path: &str, causes: &mut Vec<Cause>) {
    let length = text.chars().count();
    if let Some(max) = size(schema, "maxLength").filter(|max| length > *max) {
        causes.push(field::too_long(shown(path), max));
    }
    if let Some(min) = size(schema, "minLength").filter(|min| length < *min) {
        invalid(
            causes,
            path,
            text,
            &format!("should be at least {min} chars long"),
        );
    }
    if let Some(pattern) = schema.get("pattern").and_then(Value::as_str)
        && let Ok(regex) = regex_lite::Regex::new(pattern)
        && !regex.is_match(text)
    {
        invalid(causes, path, text, &format!("should match '{pattern}'"));
    }
    if let Some(format) = schema.get("format").and_then(Value::as_str)
        && !is_format(text, format)
    {
        let detail = format!("{} in body must be of type {format}: {text:?}", named(path));
        causes.push(field::invalid(shown(path), text, &detail));
    }
}

/// The formats that are checked (`go-openapi/strfmt`); unknown ones are not.
fn is_format(text: &str, format: &str) -> bool {
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    match format {
        "date-time" | "datetime" => text.parse::<jiff::Timestamp>().is_ok(),
        "date" => {
            let parts: Vec<&str> = text.split('-').collect();
            matches!(parts.as_slice(), [y, m, d] if digits(y, 4) && digits(m, 2) && digits(d, 2))
                && text.parse::<jiff::civil::Date>().is_ok()
        }
        "ipv4" => text.parse::<std::net::Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<std::net::Ipv6Addr>().is_ok(),
        "ip" => text.parse::<std::net::IpAddr>().is_ok(),
        "cidr" => text.split_once('/').is_some_and(|(address, bits)| {
            let wide = address.contains(':');
            address.parse::<std::net::IpAddr>().is_ok()
                && bits
                    .parse::<u8>()
                    .is_ok_and(|bits| bits <= if wide { 128 } else { 32 })
        }),
        "email" => text
            .split_once('@')
            .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@')),
        "uri" => text.split_once(':').is_some_and(|(scheme, rest)| {
            !rest.is_empty()
                && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        }),
        "hostname" => super::super::validation::names::dns1123_subdomain(&text.to_lowercase()).is_empty(),
        "uuid" | "uuid3" | "uuid4" | "uuid5" => {
            let lengths = [8, 4, 4, 4, 12];
            let parts: Vec<&str> = text.split('-').collect();
            parts.len() == lengths.len()
                && parts
                    .iter()
                    .zip(lengths)
                    .all(|(part, length)| part.len() == length && part.bytes().all(|b| b.is_ascii_hexdigit()))
        }
        "byte" => {
            text.len().is_multiple_of(4)
                && text
                    .trim_end_matches('=')
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
        }
        "duration" => !text.is_empty() && text.bytes().any(|b| b.is_ascii_digit()),
        _ => true,
    }
}

fn number(value: &Value, schema: &Value, path: &str, causes: &mut Vec<Cause>) {
    let Some(found) = value.as_f64() else { return };
    let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
    if let Some(factor) = bound("multipleOf").filter(|factor| *factor > 0.0)
        && (found / factor).fract() != 0.0
    {
        invalid(
            causes,
            path,
            value.clone(),
            &format!("should be a multiple of {}", plain(factor)),
        );
    }
    if let Some(max) = bound("maximum") {
        let exclusive = flag(schema, "exclusiveMaximum");
        if found > max || (exclusive && found >= max) {
            let rule = if exclusive { "" } else { "or equal to " };
            invalid(
                causes,
                path,
                value.clone(),
                &format!("should be less than {rule}{}", plain(max)),
            );
        }
    }
    if let Some(min) = bound("minimum") {
        let exclusive = flag(schema, "exclusiveMinimum");
        if found < min || (exclusive && found <= min) {
            let rule = if exclusive { "" } else { "or equal to " };
            invalid(
                causes,
                path,
                value.clone(),
                &format!("should be greater than {rule}{}", plain(min)),
            );
        }
    }
}

/// A number as Go's `%v` prints it, where it is whole or short.
fn plain(number: f64) -> String {
    format!("{number}")
}

fn array(items: &[Value], schema: &Value, path: &str, causes: &mut Vec<Cause>) {
    if let Some(min) = size(schema, "minItems").filter(|min| items.len() < *min) {
        invalid(
            causes,
            path,
            items.len() as u64,
            &format!("should have at least {min} items"),
        );
    }
    if let Some(max) = size(schema, "maxItems").filter(|max| items.len() > *max) {
        causes.push(field::too_many(shown(path), items.len(), max));
    }
    if let Some(inner) = schema.get("items") {
        for (index, item) in items.iter().enumerate() {
            check(item, inner, &format!("{path}[{index}]"), causes);
        }
    }
    doubles(items, schema, path, causes);
}

/// Elements of sets and maps occur once (`ValidateListSetsAndMaps`).
fn doubles(items: &[Value], schema: &Value, path: &str, causes: &mut Vec<Cause>) {
    let list_type = schema.get("x-kubernetes-list-type").and_then(Value::as_str);
    let keys: Vec<&str> = schema
        .get("x-kubernetes-list-map-keys")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let identity = |item: &Value| -> Value {
        if list_type == Some("map") {
            let fields = keys
                .iter()
                .filter_map(|key| Some(((*key).to_owned(), item.get(key)?.clone())));
            Value::Object(fields.collect())
        } else {
            item.clone()
        }
    };
    if !matches!(list_type, Some("map" | "set")) {
        return;
    }
    let known: Vec<Value> = items.iter().map(identity).collect();
    for (index, item) in known.iter().enumerate() {
        if known.iter().take(index).any(|earlier| earlier == item) {
            causes.push(field::duplicate(format!("{path}[{index}]"), item.clone()));
        }
    }
}

fn object(value: &Value, schema: &Value, path: &str, causes: &mut Vec<Cause>) {
    let Value::Object(map) = value else { return };
    if let Some(min) = size(schema, "minProperties").filter(|min| map.len() < *min) {
        invalid(
            causes,
            path,
            map.len() as u64,
            &format!("should have at least {min} properties"),
        );
    }
    if let Some(max) = size(schema, "maxProperties").filter(|max| map.len() > *max) {
        causes.push(field::too_many(shown(path), map.len(), max));
    }
    let below = |key: &str| {
        if path.is_empty() {
            key.to_owned()
        } else {
            format!("{path}.{key}")
        }
    };
    let required = schema.get("required").and_then(Value::as_array);
    for name in required.into_iter().flatten().filter_map(Value::as_str) {
        if !map.contains_key(name) {
            causes.push(field::required(below(name), ""));
        }
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    let additional = schema
        .get("additionalProperties")
        .filter(|found| found.is_object());
    for (name, item) in map {
        // The metadata has rules of its own.
        if path.is_empty() && matches!(name.as_str(), "apiVersion" | "kind" | "metadata") {
            continue;
        }
        let inner = properties
            .and_then(|properties| properties.get(name))
            .or(additional);
        if let Some(inner) = inner {
            check(item, inner, &below(name), causes);
        }
    }
}

/// `allOf`, `anyOf`, `oneOf`, `not`.
fn combined(value: &Value, schema: &Value, path: &str, causes: &mut Vec<Cause>) {
    let list = |name: &str| {
        schema
            .get(name)
            .and_then(Value::as_array)
            .filter(|list| !list.is_empty())
    };
    let passes = |inner: &Value| {
        let mut wrong = Vec::new();
        check(value, inner, path, &mut wrong);
        wrong.is_empty()
    };
    let mut refuse = |rule: &str| {
        let detail = format!("{:?} {rule}", named(path));
        causes.push(field::invalid(shown(path), "", &detail));
    };
    if let Some(any) = list("anyOf")
        && !any.iter().any(passes)
    {
        refuse("must validate at least one schema (anyOf)");
    }
    if let Some(one) = list("oneOf") {
        match one.iter().filter(|inner| passes(inner)).count() {
            1 => {}
            0 => refuse("must validate one and only one schema (oneOf). Found none valid"),
            found => refuse(&format!(
                "must validate one and only one schema (oneOf). Found {found} valid alternatives"
            )),
        }
    }
    if let Some(inner) = schema.get("not").filter(|inner| inner.is_object())
        && passes(inner)
    {
        refuse("must not validate the schema (not)");
    }
    let mut all_wrong = Vec::new();
    if let Some(all) = list("allOf") {
        for inner in all {
            check(value, inner, path, &mut all_wrong);
        }
        if !all_wrong.is_empty() {
            refuse("must validate all the schemas (allOf)");
        }
    }
    causes.extend(all_wrong);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(schema: Value, value: Value, expected: &[&str]) {
        let schema = json!({"type": "object", "properties": {"spec": schema}});
        let causes = validate(&json!({"spec": value}), &schema);
        let said: Vec<String> = causes.iter().map(ToString::to_string).collect();
        assert_eq!(said, expected, "{schema}");
    }

    #[test]
    fn scalars_are_refused_in_upstreams_words() {
        let integer = |rule: &str, bound: i64| json!({"type": "integer", rule: bound});
        check(
            integer("maximum", 5),
            json!(9),
            &["spec: Invalid value: 9: spec in body should be less than or equal to 5"],
        );
        check(
            integer("minimum", 1),
            json!(0),
            &["spec: Invalid value: 0: spec in body should be greater than or equal to 1"],
        );
        check(
            json!({"type": "integer", "minimum": 1, "exclusiveMinimum": true}),
            json!(1),
            &["spec: Invalid value: 1: spec in body should be greater than 1"],
        );
        check(
            integer("multipleOf", 2),
            json!(3),
            &["spec: Invalid value: 3: spec in body should be a multiple of 2"],
        );
        check(
            json!({"type": "integer"}),
            json!("trois"),
            &["spec: Invalid value: \"string\": spec in body must be of type integer: \"string\""],
        );
        check(
            json!({"type": "string"}),
            json!(null),
            &["spec: Invalid value: \"null\": spec in body must be of type string: \"null\""],
        );
        check(json!({"type": "string", "nullable": true}), json!(null), &[]);
        check(
            json!({"type": "string", "pattern": "^a+$"}),
            json!("b"),
            &["spec: Invalid value: \"b\": spec in body should match '^a+$'"],
        );
        check(
            json!({"type": "string", "enum": ["a", "b"]}),
            json!("c"),
            &["spec: Unsupported value: \"c\": supported values: \"a\", \"b\""],
        );
        check(
            json!({"type": "string", "minLength": 3}),
            json!("a"),
            &["spec: Invalid value: \"a\": spec in body should be at least 3 chars long"],
        );
        check(
            json!({"type": "string", "maxLength": 3}),
            json!("abcd"),
            &["spec: Too long: may not be more than 3 bytes"],
        );
    }

    #[test]
    fn lists_objects_and_alternatives_are_refused_in_upstreams_words() {
        check(
            json!({"type": "array", "minItems": 1, "items": {"type": "string"}}),
            json!([]),
            &["spec: Invalid value: 0: spec in body should have at least 1 items"],
        );
        check(
            json!({"type": "array", "maxItems": 1, "items": {"type": "string"}}),
            json!(["a", 2]),
            &[
                "spec: Too many: 2: must have at most 1 item",
                "spec[1]: Invalid value: \"integer\": spec[1] in body must be of type string: \"integer\"",
            ],
        );
        check(
            json!({"type": "object", "required": ["a", "b"], "properties": {"b": {"type": "boolean"}}}),
            json!({"b": 1}),
            &[
                "spec.a: Required value",
                "spec.b: Invalid value: \"integer\": spec.b in body must be of type boolean: \"integer\"",
            ],
        );
        check(
            json!({"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                   "items": {"type": "object", "properties": {"name": {"type": "string"}}}}),
            json!([{"name": "a"}, {"name": "a"}]),
            &["spec[1]: Duplicate value: {\"name\":\"a\"}"],
        );
        check(json!({"x-kubernetes-int-or-string": true}), json!("80%"), &[]);
        check(
            json!({"x-kubernetes-int-or-string": true}),
            json!(1.5),
            &["spec: Invalid value: \"number\": spec in body must be of type integer,string: \"number\""],
        );
        check(
            json!({"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}),
            json!({}),
            &["spec: Invalid value: \"\": \"spec\" must validate at least one schema (anyOf)"],
        );
        check(
            json!({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}),
            json!({}),
            &[
                "spec: Invalid value: \"\": \"spec\" must validate one and only one schema (oneOf). Found none valid",
            ],
        );
        check(
            json!({"type": "string", "format": "ipv4"}),
            json!("1.2.3"),
            &["spec: Invalid value: \"1.2.3\": spec in body must be of type ipv4: \"1.2.3\""],
        );
    }
}
