//! Numbers as Go prints them: `strconv.FormatFloat(f, 'g', -1, 64)` for YAML, `encoding/json`'s own rule for JSON.

use serde_json::Number;

/// YAML's form: an exponent from a million on, or below a ten-thousandth.
pub(super) fn yaml_number(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => {
            let (negative, digits, exponent) = shortest(float);
            let body = if (-4..21).contains(&exponent) && (exponent < 6 || is_whole(&digits, exponent)) {
                plain(&digits, exponent)
            } else {
                scientific(&digits, exponent, 2)
            };
            sign(negative, &body)
        }
        _ => number.to_string(),
    }
}

/// JSON's form: an exponent only from 1e21 on, or below 1e-6.
pub(super) fn json_number(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => {
            let (negative, digits, exponent) = shortest(float);
            let body = if (-6..21).contains(&exponent) {
                plain(&digits, exponent)
            } else {
                scientific(&digits, exponent, 1)
            };
            sign(negative, &body)
        }
        _ => number.to_string(),
    }
}

/// A whole float is an integer by the time go-yaml prints it: it was read back from JSON text in between.
fn is_whole(digits: &str, exponent: i32) -> bool {
    usize::try_from(exponent).is_ok_and(|exponent| digits.len() <= exponent + 1)
}

/// Sign, shortest decimal digits that read back as the same number, and the power of ten of the first digit.
fn shortest(float: f64) -> (bool, String, i32) {
    let text = format!("{:e}", float.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    (
        float.is_sign_negative() && float != 0.0,
        digits,
        exponent.parse().unwrap_or(0),
    )
}

fn sign(negative: bool, body: &str) -> String {
    format!("{}{body}", if negative { "-" } else { "" })
}

fn plain(digits: &str, exponent: i32) -> String {
    match usize::try_from(exponent) {
        Ok(exponent) if digits.len() <= exponent + 1 => {
            format!("{digits}{}", "0".repeat(exponent + 1 - digits.len()))
        }
        Ok(exponent) => {
            let (whole, fraction) = digits.split_at(exponent + 1);
            format!("{whole}.{fraction}")
        }
        Err(_) => {
            let zeros = usize::try_from(-1 - exponent).unwrap_or_default();
            format!("0.{}{digits}", "0".repeat(zeros))
        }
    }
}

fn scientific(digits: &str, exponent: i32, exponent_digits: usize) -> String {
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{first}{point}{rest}e{sign}{:0exponent_digits$}", exponent.abs())
}
