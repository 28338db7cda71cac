//! Single values: numbers that fit, base64, quantities, moments; each refusal in Go's words.

use serde_json::{Map, Value};

use super::super::types::FieldType;

/// Why a value is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Of another type: what was found, and the Go type that refused it when it is not the field's own.
    Type {
        found: String,
        target: Option<&'static str>,
    },
    /// Base64 that is none; reported like a wrong type.
    Base64(String),
    /// What a custom decoder says.
    Malformed(String),
}

/// A JSON value as `encoding/json` names it.
pub(super) fn go_value(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The value that stands for nothing in a list or map.
pub(super) fn zero(kind: &FieldType) -> Value {
    match kind {
        FieldType::String | FieldType::Bytes => Value::from(""),
        FieldType::Quantity => Value::from("0"),
        FieldType::Int32 | FieldType::Int64 | FieldType::IntOrString => Value::from(0),
        FieldType::Double => Value::from(0.0),
        FieldType::Bool => Value::Bool(false),
        FieldType::List(_) => Value::Array(Vec::new()),
        FieldType::Object(_) | FieldType::Map(_) => Value::Object(Map::new()),
        FieldType::Time | FieldType::MicroTime | FieldType::Any => Value::Null,
    }
}

fn wrong(value: &Value, target: Option<&'static str>) -> Refusal {
    Refusal::Type {
        found: go_value(value).to_owned(),
        target,
    }
}

/// Holds a single value against its type; gives it back in the form that decodes.
pub(super) fn check(kind: &FieldType, value: &Value) -> Result<Value, Refusal> {
    match (kind, value) {
        (FieldType::Any, _) | (FieldType::String, Value::String(_)) | (FieldType::Bool, Value::Bool(_)) => {
            Ok(value.clone())
        }
        (FieldType::Double, Value::Number(_)) => Ok(value.clone()),
        (FieldType::Int32, Value::Number(_)) => {
            integer(value, i64::from(i32::MIN), i64::from(i32::MAX), None)
        }
        (FieldType::Int64, Value::Number(_)) => integer(value, i64::MIN, i64::MAX, None),
        (FieldType::Bytes, Value::String(text)) => match base64_error(text) {
            None => Ok(value.clone()),
            Some(at) => Err(Refusal::Base64(format!("illegal base64 data at input byte {at}"))),
        },
        (FieldType::Quantity, _) => quantity(value),
        (FieldType::IntOrString, Value::String(_)) => Ok(value.clone()),
        (FieldType::IntOrString, Value::Number(_)) => {
            integer(value, i64::from(i32::MIN), i64::from(i32::MAX), Some("int32"))
        }
        (FieldType::IntOrString, _) => Err(wrong(value, Some("int32"))),
        (FieldType::Time | FieldType::MicroTime, Value::String(text)) => {
            let layout = if *kind == FieldType::Time {
                TIME
            } else {
                MICRO_TIME
            };
            match time_error(text, layout) {
                None => Ok(value.clone()),
                Some(message) => Err(Refusal::Malformed(message)),
            }
        }
        (FieldType::Time | FieldType::MicroTime, _) => Err(wrong(value, Some("string"))),
        _ => Err(wrong(value, None)),
    }
}

fn integer(value: &Value, min: i64, max: i64, target: Option<&'static str>) -> Result<Value, Refusal> {
    let whole = value.as_i64().or_else(|| {
        // Clients write 3.0 as 3.
        let float = value.as_f64().filter(|float| float.fract() == 0.0)?;
        format!("{float:.0}").parse().ok()
    });
    match whole {
        Some(whole) if (min..=max).contains(&whole) => Ok(Value::from(whole)),
        _ => Err(Refusal::Type {
            found: format!("number {value}"),
            target,
        }),
    }
}

/// Where Go's decoder of standard base64 stops, if it does.
fn base64_error(text: &str) -> Option<usize> {
    let mut symbols = text
        .bytes()
        .enumerate()
        .filter(|(_, b)| *b != b'\n' && *b != b'\r');
    let mut in_group = 0;
    while let Some((at, symbol)) = symbols.next() {
        match symbol {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => in_group = (in_group + 1) % 4,
            b'=' if in_group == 2 => {
                return match symbols.next() {
                    None => Some(text.len()),
                    Some((_, b'=')) => symbols.next().map(|(at, _)| at),
                    Some((at, _)) => Some(at),
                };
            }
            b'=' if in_group == 3 => return symbols.next().map(|(at, _)| at),
            _ => return Some(at),
        }
    }
    (in_group != 0).then(|| text.len() - in_group)
}

/// Custom decoder of `resource.Quantity`: takes any JSON as text.
fn quantity(value: &Value) -> Result<Value, Refusal> {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match quantity_error(text.trim()) {
        None => Ok(Value::String(text.trim().to_owned())),
        Some(message) => Err(Refusal::Malformed(message.to_owned())),
    }
}

/// Why `text` is no quantity, in Kubernetes' words.
pub(crate) fn quantity_error(text: &str) -> Option<&'static str> {
    const FORMAT: &str =
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    const SUFFIX: &str = "unable to parse quantity's suffix";
    if text.is_empty() {
        return Some(FORMAT);
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let digit = |c: char| c.is_ascii_digit();
    let after_whole = unsigned.trim_start_matches(digit);
    let suffix = match after_whole.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(digit),
        None => after_whole,
    };
    let after_letters = suffix.trim_start_matches(|c| "eEinumkKMGTP".contains(c));
    let exponent = after_letters.strip_prefix(['-', '+']).unwrap_or(after_letters);
    if !exponent.chars().all(digit) {
        return Some(FORMAT);
    }
    let known = matches!(
        suffix,
        "" | "n" | "u" | "m" | "k" | "M" | "G" | "T" | "P" | "E" | "Ki" | "Mi" | "Gi" | "Ti" | "Pi" | "Ei"
    );
    let scientific = suffix
        .strip_prefix(['e', 'E'])
        .is_some_and(|n| n.parse::<i64>().is_ok());
    (!known && !scientific).then_some(SUFFIX)
}

const TIME: &str = "2006-01-02T15:04:05Z07:00";
const MICRO_TIME: &str = "2006-01-02T15:04:05.000000Z07:00";

/// Go's `time.Parse` for RFC 3339: what it says when it fails.
fn time_error(text: &str, layout: &str) -> Option<String> {
    // Element of the layout, digits it takes, its smallest and largest value, its name in errors.
    const PARTS: [(&str, usize, u32, u32, &str); 6] = [
        ("2006", 4, 0, 9999, "year"),
        ("01", 2, 1, 12, "month"),
        ("02", 2, 1, 31, "day"),
        ("15", 2, 0, 23, "hour"),
        ("04", 2, 0, 59, "minute"),
        ("05", 2, 0, 59, "second"),
    ];
    const SEPARATORS: [&str; 6] = ["", "-", "-", "T", ":", ":"];
    let cannot = |rest: &str, element: &str| {
        Some(format!(
            "parsing time {text:?} as {layout:?}: cannot parse {rest:?} as {element:?}"
        ))
    };
    let mut rest = text;
    for ((element, length, min, max, name), separator) in PARTS.into_iter().zip(SEPARATORS) {
        let Some(after) = rest.strip_prefix(separator) else {
            return cannot(rest, separator);
        };
        rest = after;
        let digits = rest
            .get(..length)
            .filter(|s| s.bytes().all(|b| b.is_ascii_digit()));
        let Some(number) = digits.and_then(|s| s.parse::<u32>().ok()) else {
            return cannot(rest, element);
        };
        if !(min..=max).contains(&number) {
            return Some(format!("parsing time {text:?}: {name} out of range"));
        }
        rest = rest.split_at(length).1;
    }
    if let Some(fraction) = rest.strip_prefix('.') {
        rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    } else if layout == MICRO_TIME {
        return cannot(rest, ".000000");
    }
    let rest_after_zone = match rest.strip_prefix('Z') {
        Some(after) => Some(after),
        None => rest
            .split_at_checked(6)
            .filter(|(zone, _)| is_zone(zone))
            .map(|(_, after)| after),
    };
    match rest_after_zone {
        None => cannot(rest, "Z07:00"),
        Some("") => None,
        Some(extra) => Some(format!("parsing time {text:?}: extra text: {extra:?}")),
    }
}

/// `+02:00`
fn is_zone(zone: &str) -> bool {
    let digits = zone.bytes().enumerate().all(|(at, b)| match at {
        0 => b == b'+' || b == b'-',
        3 => b == b':',
        _ => b.is_ascii_digit(),
    });
    digits && zone.len() == 6
}
