//! Quantities of resources (`k8s.io/apimachinery/pkg/api/resource`): exact arithmetic on billionths of a unit, and the
//! canonical text that the API server stores.

use std::fmt;

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use serde::{Deserialize, Serialize};

const NANOS_PER_UNIT: i128 = 1_000_000_000;

/// How a quantity was written, which is how it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    /// `12e6`
    DecimalExponent,
    /// `12Mi`
    BinarySi,
    /// `12M`, `500m`
    DecimalSi,
}

/// A parsed quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// The value, in billionths of a unit.
    pub nanos: i128,
    /// How it is printed.
    pub format: Format,
}

/// The text is no quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseError;

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        )
    }
}

impl std::error::Error for ParseError {}

const BINARY: &[(&str, u32)] = &[
    ("Ki", 10),
    ("Mi", 20),
    ("Gi", 30),
    ("Ti", 40),
    ("Pi", 50),
    ("Ei", 60),
];
const DECIMAL: &[(&str, i32)] = &[
    ("n", -9),
    ("u", -6),
    ("m", -3),
    ("", 0),
    ("k", 3),
    ("M", 6),
    ("G", 9),
    ("T", 12),
    ("P", 15),
    ("E", 18),
];

impl Amount {
    /// Reads a quantity (`resource.ParseQuantity`). Fractions of a billionth are rounded up.
    ///
    /// # Errors
    ///
    /// When the text is no quantity.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let digits_end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (number, suffix) = rest.split_at(digits_end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return Err(ParseError);
        }
        let (multiplier, exponent, format) = scale(suffix)?;
        let nanos = scaled(whole, fraction, multiplier, exponent).ok_or(ParseError)?;
        Ok(Self {
            nanos: if negative { -nanos } else { nanos },
            format,
        })
    }

    /// A number of thousandths, printed in decimal units: CPU.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        Self {
            nanos: i128::from(millis) * 1_000_000,
            format: Format::DecimalSi,
        }
    }

    /// A number of units, printed in binary units: memory.
    #[must_use]
    pub fn from_bytes(bytes: i64) -> Self {
        Self {
            nanos: i128::from(bytes) * NANOS_PER_UNIT,
            format: Format::BinarySi,
        }
    }

    /// The value in thousandths, rounded up (`MilliValue`): CPU.
    #[must_use]
    pub fn millis(self) -> i64 {
        clamp(div_ceil(self.nanos, 1_000_000))
    }

    /// The value in whole units, rounded up (`Value`): bytes, counts.
    #[must_use]
    pub fn units(self) -> i64 {
        clamp(div_ceil(self.nanos, NANOS_PER_UNIT))
    }
}

fn clamp(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

fn div_ceil(value: i128, by: i128) -> i128 {
    value.div_euclid(by) + i128::from(value.rem_euclid(by) != 0)
}

/// The multiplier, the decimal exponent and the format that a suffix means.
fn scale(suffix: &str) -> Result<(i128, i32, Format), ParseError> {
    if let Some((_, bits)) = BINARY.iter().find(|(name, _)| *name == suffix) {
        return Ok((1_i128 << bits, 0, Format::BinarySi));
    }
    if let Some((_, exponent)) = DECIMAL.iter().find(|(name, _)| *name == suffix) {
        return Ok((1, *exponent, Format::DecimalSi));
    }
    let exponent = suffix.strip_prefix(['e', 'E']).ok_or(ParseError)?;
    Ok((
        1,
        exponent.parse().map_err(|_| ParseError)?,
        Format::DecimalExponent,
    ))
}

/// `whole.fraction * multiplier * 10^exponent` in billionths, rounded up; `None` beyond any sensible size.
fn scaled(whole: &str, fraction: &str, multiplier: i128, exponent: i32) -> Option<i128> {
    let digits: String = [whole, fraction].concat();
    let mantissa: i128 = if digits.len() > 27 {
        None
    } else {
        digits.parse().ok()
    }?;
    let power = exponent + 9 - i32::try_from(fraction.len()).ok()?;
    let value = mantissa.checked_mul(multiplier)?;
    let ten_to = |power: u32| 10_i128.checked_pow(power);
    if power >= 0 {
        value.checked_mul(ten_to(power.unsigned_abs())?)
    } else {
        Some(ten_to(power.unsigned_abs()).map_or(i128::from(value != 0), |by| div_ceil(value, by)))
    }
}

impl fmt::Display for Amount {
    /// The canonical text (`Quantity.String`): the largest suffix that needs no fraction.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nanos == 0 {
            return f.write_str("0");
        }
        let small = self.nanos.abs() < 1024 * NANOS_PER_UNIT;
        // A fraction of a byte is not rounded away: it is shown in decimal units.
        let whole = self.nanos % NANOS_PER_UNIT == 0;
        if self.format == Format::BinarySi && !small && whole {
            let mut value = self.nanos / NANOS_PER_UNIT;
            let mut suffix = "";
            for (name, _) in BINARY {
                if value % 1024 != 0 {
                    break;
                }
                value /= 1024;
                suffix = name;
            }
            return write!(f, "{value}{suffix}");
        }
        let (mut value, mut exponent) = (self.nanos, -9);
        while value % 1000 == 0 && exponent < 18 {
            value /= 1000;
            exponent += 3;
        }
        match self.format {
            Format::DecimalExponent if exponent == 0 => write!(f, "{value}"),
            Format::DecimalExponent => write!(f, "{value}e{exponent}"),
            _ => {
                let suffix = DECIMAL
                    .iter()
                    .find(|(_, e)| *e == exponent)
                    .map_or("", |(name, _)| name);
                write!(f, "{value}{suffix}")
            }
        }
    }
}

impl From<Amount> for Quantity {
    fn from(amount: Amount) -> Self {
        Self(amount.to_string())
    }
}

/// The amount a stored quantity stands for; zero for what validation would have refused.
#[must_use]
pub fn amount(quantity: &Quantity) -> Amount {
    Amount::parse(&quantity.0).unwrap_or(Amount {
        nanos: 0,
        format: Format::DecimalSi,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_texts_are_those_of_kubernetes() {
        for (written, printed) in [
            ("1000m", "1"),
            ("0.5", "500m"),
            ("1500m", "1500m"),
            ("100m", "100m"),
            ("1024Mi", "1Gi"),
            ("64Mi", "64Mi"),
            ("0.5Gi", "512Mi"),
            ("1000", "1k"),
            ("1e3", "1e3"),
            ("1.5Gi", "1536Mi"),
            ("0.1Gi", "107374182400m"),
            ("128M", "128M"),
            ("0", "0"),
            ("1Ki", "1Ki"),
            ("1023", "1023"),
            ("-5", "-5"),
            ("0.1", "100m"),
            ("1E", "1E"),
            ("12e6", "12e6"),
            ("100Ki", "100Ki"),
            ("2500000Ki", "2500000Ki"),
            ("3.0", "3"),
        ] {
            assert_eq!(
                Amount::parse(written).map(|a| a.to_string()),
                Ok(printed.to_owned()),
                "{written}"
            );
        }
    }

    #[test]
    fn what_is_no_quantity_is_refused() {
        for text in ["", "abc", "1.2.3", "10Go", "5 Gi", "1e", "Mi", "--1"] {
            assert_eq!(Amount::parse(text), Err(ParseError), "{text}");
        }
    }

    #[test]
    fn values_round_up() {
        assert_eq!(Amount::parse("1").map(Amount::millis), Ok(1000));
        assert_eq!(Amount::parse("1u").map(Amount::millis), Ok(1));
        assert_eq!(Amount::parse("1500m").map(Amount::units), Ok(2));
        assert_eq!(Amount::parse("1Gi").map(Amount::units), Ok(1 << 30));
    }
}
