//! From a scalar's text to its value; explicit YAML tags (`!!str 80`, `!!int "80"`, `!!binary aGVsbG8=`) as go-yaml v2
//! resolves them.

use libyaml_safer::{Event, Parser};
use serde_json::Value;

use super::compose::Failure;
use super::scalar::{Resolved, float_value, int_value, resolve};
use super::span::Span;

const CORE: &str = "tag:yaml.org,2002:";

/// The value of a scalar: of a tag if there is one, of a plain one as YAML 1.1 reads it, of a quoted one as it stands.
pub(super) fn scalar(tag: Option<&str>, text: String, plain: bool) -> Result<Value, String> {
    match tag {
        None if plain => scalar_value(resolve(&text), text),
        None => Ok(Value::String(text)),
        Some(tag) => tagged(tag, text),
    }
}

/// The JSON value of a resolved scalar.
fn scalar_value(resolved: Resolved, text: String) -> Result<Value, String> {
    Ok(match resolved {
        Resolved::Null => Value::Null,
        Resolved::Bool(yes) => Value::Bool(yes),
        Resolved::Int(int) => int_value(int),
        Resolved::Float(float) => float_value(float).ok_or_else(|| {
            let name = if float.is_nan() {
                "NaN"
            } else if float > 0.0 {
                "+Inf"
            } else {
                "-Inf"
            };
            format!("json: unsupported value: {name}")
        })?,
        Resolved::Timestamp | Resolved::Str => Value::String(text),
    })
}

/// The value of a scalar with a tag, or go-yaml's words.
fn tagged(tag: &str, text: String) -> Result<Value, String> {
    let Some(short) = tag.strip_prefix(CORE) else {
        return Ok(Value::String(text));
    };
    let resolved = match short {
        "str" => return Ok(Value::String(text)),
        "binary" => {
            return decode_base64(&text)
                .map(|bytes| Value::String(String::from_utf8_lossy(&bytes).into_owned()))
                .ok_or_else(|| "!!binary value contains invalid base64 data".to_owned());
        }
        "bool" | "int" | "float" | "null" | "timestamp" => resolve(&text),
        _ => return Ok(Value::String(text)),
    };
    let found = match resolved {
        Resolved::Null => "null",
        Resolved::Bool(_) => "bool",
        Resolved::Int(_) => "int",
        Resolved::Float(_) => "float",
        Resolved::Timestamp if short == "timestamp" => "timestamp",
        Resolved::Timestamp | Resolved::Str => "str",
    };
    if found == short || (short == "float" && found == "int") {
        return scalar_value(resolved, text);
    }
    Err(format!("cannot decode !!{found} `{text}` as a !!{short}"))
}

/// A tag that a comma follows at once (`[!x, y]`): go-yaml wants a blank there, the parser crate traps. Finds the first
/// one, in go-yaml's words.
pub(super) fn glued_to_comma(chunk: &str, base: usize) -> Option<Failure> {
    chunk
        .match_indices('!')
        .filter(|(at, _)| {
            let (_, tag) = chunk.split_at(*at);
            tag.find(|c: char| c == ',' || c.is_whitespace())
                .is_some_and(|end| tag.split_at(end).1.starts_with(','))
        })
        .find(|(at, _)| token_starts_at(chunk, *at))
        .map(|(at, _)| Failure {
            text: match chunk.split_at(at).0.matches('\n').count() {
                0 => "did not find expected whitespace or line break".to_owned(),
                line => format!(
                    "line {}: did not find expected whitespace or line break",
                    line + 1
                ),
            },
            span: Span::new(base + at, base + at + 1),
            began: None,
        })
}

/// Whether a token begins at byte `at`, rather than that a string or a comment goes on: a letter in its place would be
/// a scalar of its own.
fn token_starts_at(chunk: &str, at: usize) -> bool {
    let probe = format!("{}x\n", chunk.split_at(at).0);
    let mut input = probe.as_bytes();
    let mut parser = Parser::new();
    parser.set_input_string(&mut input);
    let starts_here = |event: &Event| {
        usize::try_from(event.start_mark.index) == Ok(at) && event.start_mark != event.end_mark
    };
    loop {
        match parser.parse() {
            Ok(event) => match event.data {
                libyaml_safer::EventData::StreamEnd => return false,
                libyaml_safer::EventData::Scalar { .. } if starts_here(&event) => return true,
                _ => {}
            },
            // Inside quotes the text before is unfinished; any other refusal means that a token was in the way.
            Err(error) => return error.context() != Some("while scanning a quoted scalar"),
        }
    }
}

/// Standard base64 with padding; line breaks are allowed, as in Go.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let symbols: Vec<u8> = text.bytes().filter(|b| *b != b'\n' && *b != b'\r').collect();
    if !symbols.len().is_multiple_of(4) {
        return None;
    }
    for (index, group) in symbols.chunks(4).enumerate() {
        let last = (index + 1) * 4 == symbols.len();
        let padding = group.iter().rev().take_while(|b| **b == b'=').count();
        let inner_padding = group.iter().filter(|b| **b == b'=').count() != padding;
        if padding > 2 || (padding > 0 && !last) || inner_padding {
            return None;
        }
        let mut bits = 0_u32;
        for symbol in group {
            let six = match symbol {
                b'A'..=b'Z' => symbol - b'A',
                b'a'..=b'z' => symbol - b'a' + 26,
                b'0'..=b'9' => symbol - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                b'=' => 0,
                _ => return None,
            };
            bits = bits << 6 | u32::from(six);
        }
        out.extend(bits.to_be_bytes().into_iter().skip(1).take(3 - padding));
    }
    Some(out)
}
