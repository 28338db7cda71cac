//! What a plain YAML scalar means: YAML 1.1 as Kubernetes reads it (sigs.k8s.io/yaml over go-yaml v2).
//!
//! `yes`, `on` and `y` are booleans, `0777` is octal, `1_000` is a number, base 60 is not supported, timestamps stay
//! strings. The printer asks the same question the other way round: would this string read back as something else?

use serde_json::{Number, Value};

/// What a plain scalar resolves to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Resolved {
    /// `null`, `~`, or nothing at all.
    Null,
    /// One of the YAML 1.1 words for true and false.
    Bool(bool),
    /// A whole number of at most 64 bits (signed or unsigned).
    Int(i128),
    /// Any other number, infinities and NaN included.
    Float(f64),
    /// A date: a string for Kubernetes, but one that is quoted when printed.
    Timestamp,
    /// Anything else.
    Str,
}

/// Resolves an untagged plain scalar.
pub(crate) fn resolve(text: &str) -> Resolved {
    let Some(first) = text.bytes().next() else {
        return Resolved::Null;
    };
    match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => resolve_word(text),
        b'.' => match text {
            ".nan" | ".NaN" | ".NAN" => Resolved::Float(f64::NAN),
            ".inf" | ".Inf" | ".INF" => Resolved::Float(f64::INFINITY),
            _ if is_float(text) => parse_float(text),
            _ => Resolved::Str,
        },
        b'0'..=b'9' | b'+' | b'-' => resolve_number(text),
        _ => Resolved::Str,
    }
}

fn resolve_word(text: &str) -> Resolved {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Resolved::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Resolved::Bool(false)
        }
        "~" | "null" | "Null" | "NULL" => Resolved::Null,
        _ => Resolved::Str,
    }
}

fn resolve_number(text: &str) -> Resolved {
    match text {
        "+.inf" | "+.Inf" | "+.INF" => return Resolved::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Resolved::Float(f64::NEG_INFINITY),
        _ => {}
    }
    if is_timestamp(text) {
        return Resolved::Timestamp;
    }
    let digits: String = text.chars().filter(|c| *c != '_').collect();
    if let Some(int) = parse_int(&digits) {
        return Resolved::Int(int);
    }
    if is_float(&digits) {
        return parse_float(&digits);
    }
    Resolved::Str
}

/// Go's `strconv.ParseInt(text, 0, 64)`, then `ParseUint`: a sign, a base prefix, digits.
fn parse_int(text: &str) -> Option<i128> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let signed = rest.len() != text.len();
    let lower = rest.to_ascii_lowercase();
    let prefixed = [("0x", 16), ("0b", 2), ("0o", 8), ("0", 8)];
    let (digits, radix) = prefixed
        .iter()
        .filter_map(|(prefix, radix)| Some((lower.strip_prefix(prefix)?, *radix)))
        .find(|(digits, _)| !digits.is_empty())
        .unwrap_or((&lower, 10));
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let magnitude = i128::from_str_radix(digits, radix).ok()?;
    let value = if negative { -magnitude } else { magnitude };
    let fits = i64::try_from(value).is_ok() || (!signed && u64::try_from(value).is_ok());
    fits.then_some(value)
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`
fn is_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let all_digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let mantissa_ok = match mantissa.split_once('.') {
        Some(("", fraction)) => all_digits(fraction),
        Some((whole, fraction)) => all_digits(whole) && (fraction.is_empty() || all_digits(fraction)),
        None => all_digits(mantissa),
    };
    let exponent_ok = exponent.is_none_or(|e| all_digits(e.strip_prefix(['-', '+']).unwrap_or(e)));
    mantissa_ok && exponent_ok
}

fn parse_float(text: &str) -> Resolved {
    match text.parse::<f64>() {
        Ok(float) if float.is_finite() => Resolved::Float(float),
        _ => Resolved::Str,
    }
}

/// Whether go-yaml would read `text` as a date or a date and time.
fn is_timestamp(text: &str) -> bool {
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts.as_slice() else {
        return false;
    };
    let date_ok = year.len() == 4
        && year.bytes().all(|b| b.is_ascii_digit())
        && short_number(month, 1, 12)
        && short_number(day, 1, 31);
    let time_ok = match (time.strip_prefix(' '), time.strip_prefix(['T', 't'])) {
        (Some(clock), _) => is_clock(clock),
        (_, Some(zoned)) => match (zoned.strip_suffix('Z'), zoned.rfind(['+', '-'])) {
            (Some(clock), _) => is_clock(clock),
            (_, Some(at)) => {
                let (clock, zone) = zoned.split_at(at);
                is_clock(clock) && zone.len() == 6 && zone.as_bytes().get(3) == Some(&b':')
            }
            _ => false,
        },
        _ => true,
    };
    date_ok && time_ok
}

fn is_clock(text: &str) -> bool {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let parts: Vec<&str> = clock.split(':').collect();
    let [hours, minutes, seconds] = parts.as_slice() else {
        return false;
    };
    short_number(hours, 0, 23)
        && short_number(minutes, 0, 59)
        && short_number(seconds, 0, 59)
        && !fraction.is_empty()
        && fraction.bytes().all(|b| b.is_ascii_digit())
}

/// One or two digits that make a number between `min` and `max`.
fn short_number(text: &str, min: u8, max: u8) -> bool {
    text.len() <= 2
        && text.bytes().all(|b| b.is_ascii_digit())
        && text.parse::<u8>().is_ok_and(|n| (min..=max).contains(&n))
}

/// A number as JSON has it after Kubernetes' conversion: whole floats become integers. Infinities and NaN have none.
pub(crate) fn float_value(float: f64) -> Option<Value> {
    const LARGEST_PLAIN: f64 = 1e21;
    if float.fract() == 0.0 && float.abs() < LARGEST_PLAIN {
        let text = format!("{float:.0}");
        let text = if text == "-0" { "0" } else { &text };
        if let Ok(int) = text.parse::<i64>() {
            return Some(Value::from(int));
        }
    }
    Number::from_f64(float).map(Value::Number)
}

/// The JSON value of a whole number that [`resolve`] accepted.
pub(crate) fn int_value(int: i128) -> Value {
    match (i64::try_from(int), u64::try_from(int)) {
        (Ok(int), _) => Value::from(int),
        (_, Ok(int)) => Value::from(int),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Resolved) {
        assert_eq!(resolve(text), expected, "{text:?}");
    }

    #[test]
    fn plain_scalars_are_read_as_yaml_1_1() {
        for yes in ["y", "Y", "yes", "Yes", "YES", "true", "TRUE", "on", "On"] {
            check(yes, Resolved::Bool(true));
        }
        for no in ["n", "N", "no", "No", "NO", "false", "False", "off", "OFF"] {
            check(no, Resolved::Bool(false));
        }
        for null in ["", "~", "null", "Null", "NULL"] {
            check(null, Resolved::Null);
        }
        for (text, int) in [
            ("0", 0),
            ("0777", 0o777),
            ("0o17", 15),
            ("0x1F", 31),
            ("-0x1F", -31),
            ("0b101", 5),
            ("+5", 5),
            ("1_000", 1000),
            ("-7", -7),
            ("18446744073709551615", 18_446_744_073_709_551_615),
        ] {
            check(text, Resolved::Int(int));
        }
        for (text, float) in [
            ("1.5", 1.5),
            (".5", 0.5),
            ("-.5", -0.5),
            ("1e3", 1000.0),
            ("08", 8.0),
            ("1.", 1.0),
        ] {
            check(text, Resolved::Float(float));
        }
        for string in [
            "yEs",
            "nULL",
            "1.2.3",
            "0x",
            "+",
            "-",
            "12:30",
            "1e",
            ".",
            "0x1G",
            "64Mi",
            "500m",
            "é",
            "v1",
            "null ",
            "127.0.0.1",
            "tRue",
        ] {
            check(string, Resolved::Str);
        }
        for date in ["2001-12-14", "2021-12-12T11:03:58Z", "2001-12-14 21:59:43.10"] {
            check(date, Resolved::Timestamp);
        }
        check("2001-13-14", Resolved::Str);
        check("<<", Resolved::Str);
        check("-.inf", Resolved::Float(f64::NEG_INFINITY));
    }
}
