//! Numbers and bounds on them: `3`, `">=2"`, `"<128Mi"`. Quantities are read with Kubernetes' suffixes, exactly, in billionths.
use crate::format::Amount;
use serde_json::Value;
use std::fmt;

/// A comparison with a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    op: Op,
    nano: i128,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Eq,
    Ne,
    Ge,
    Gt,
    Le,
    Lt,
}

/// Longest first: `>=` before `>`.
const OPS: [(&str, Op); 7] = [
    (">=", Op::Ge),
    ("<=", Op::Le),
    ("!=", Op::Ne),
    ("==", Op::Eq),
    (">", Op::Gt),
    ("<", Op::Lt),
    ("=", Op::Eq),
];

impl Bound {
    /// Exactly `n`.
    pub fn exactly(n: i64) -> Self {
        Self {
            op: Op::Eq,
            nano: i128::from(n) * NANO,
            text: n.to_string(),
        }
    }

    /// At least `n`.
    pub fn at_least(n: i64) -> Self {
        Self {
            op: Op::Ge,
            nano: i128::from(n) * NANO,
            text: n.to_string(),
        }
    }

    /// Reads `">=2"`; a number without a sign is an equality.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (op, rest) = OPS
            .iter()
            .find_map(|(sign, op)| Some((*op, text.strip_prefix(sign)?)))
            .unwrap_or((Op::Eq, text));
        let rest = rest.trim();
        Some(Self {
            op,
            nano: nano(rest)?,
            text: rest.to_owned(),
        })
    }

    /// Whether the text begins with a comparison sign.
    pub fn looks_like(text: &str) -> bool {
        text.starts_with(['>', '<', '=']) || text.starts_with("!=")
    }

    /// Whether a whole number fits.
    pub fn holds(&self, n: i64) -> bool {
        self.compare(i128::from(n) * NANO)
    }

    /// Whether a JSON number or a quantity fits; nothing else does.
    pub fn holds_value(&self, value: &Value) -> bool {
        match value {
            Value::Number(n) => nano(&n.to_string()).is_some_and(|v| self.compare(v)),
            Value::String(s) => nano(s).is_some_and(|v| self.compare(v)),
            _ => false,
        }
    }

    /// The number when the bound is an equality or "at least": what "2 sur 3" counts towards.
    pub fn target(&self) -> Option<&str> {
        matches!(self.op, Op::Eq | Op::Ge).then_some(self.text.as_str())
    }

    /// Whether only 0 fits.
    pub fn is_zero(&self) -> bool {
        self.op == Op::Eq && self.nano == 0
    }

    /// Whether a number fits, in billionths.
    pub fn holds_nano(&self, nano: i128) -> bool {
        self.compare(nano)
    }

    fn compare(&self, v: i128) -> bool {
        match self.op {
            Op::Eq => v == self.nano,
            Op::Ne => v != self.nano,
            Op::Ge => v >= self.nano,
            Op::Gt => v > self.nano,
            Op::Le => v <= self.nano,
            Op::Lt => v < self.nano,
        }
    }
}

impl fmt::Display for Bound {
    /// In French: `3`, `au moins 2`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self.op {
            Op::Eq => "",
            Op::Ne => "autre chose que ",
            Op::Ge => "au moins ",
            Op::Gt => "plus de ",
            Op::Le => "au plus ",
            Op::Lt => "moins de ",
        };
        write!(f, "{words}{}", self.text)
    }
}

impl Amount {
    /// The bound it states.
    ///
    /// # Errors
    /// A French sentence when it is neither a number nor a comparison.
    pub fn bound(&self) -> Result<Bound, String> {
        let parsed = match &self.0 {
            Value::Number(n) => Bound::parse(&n.to_string()),
            Value::String(s) => Bound::parse(s),
            _ => None,
        };
        parsed.ok_or_else(|| {
            format!(
                "« {} » n’est ni un nombre ni une comparaison comme \">=2\".",
                plain(&self.0)
            )
        })
    }

    /// Seconds, as microseconds of virtual time.
    ///
    /// # Errors
    /// A French sentence when it is not a positive number.
    pub fn micros(&self) -> Result<u64, String> {
        let text = plain(&self.0);
        nano(&text)
            .and_then(|n| u64::try_from(n / 1000).ok())
            .ok_or_else(|| format!("« {text} » n’est pas un nombre de secondes."))
    }
}

/// A JSON value as an author would write it.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(s) => s.clone(),
        other => other.to_string(),
    }
}

const NANO: i128 = 1_000_000_000;

/// A decimal number with one of Kubernetes' quantity suffixes, in billionths.
fn nano(text: &str) -> Option<i128> {
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-' || c == '+'))
        .unwrap_or(text.len());
    let (digits, suffix) = text.split_at_checked(end)?;
    let factor: i128 = match suffix {
        "" => NANO,
        "n" => 1,
        "u" => 1_000,
        "m" => 1_000_000,
        "k" => NANO * 1_000,
        "M" => NANO * 1_000_000,
        "G" => NANO * NANO,
        "T" => NANO * NANO * 1_000,
        "Ki" => NANO << 10,
        "Mi" => NANO << 20,
        "Gi" => NANO << 30,
        "Ti" => NANO << 40,
        _ => return None,
    };
    let negative = digits.starts_with('-');
    let (whole, fraction) = digits
        .trim_start_matches(['-', '+'])
        .split_once('.')
        .unwrap_or((digits.trim_start_matches(['-', '+']), ""));
    if whole.is_empty() && fraction.is_empty() || fraction.len() > 9 {
        return None;
    }
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
    let fraction: i128 = if fraction.is_empty() {
        0
    } else {
        fraction.parse().ok()?
    };
    let value = whole
        .checked_mul(factor)?
        .checked_add(fraction.checked_mul(factor)? / scale)?;
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::Bound;
    use serde_json::json;

    #[test]
    fn bounds() {
        let check = |bound: &str, value: serde_json::Value, expected: bool| {
            let parsed = Bound::parse(bound).expect(bound);
            assert_eq!(parsed.holds_value(&value), expected, "{bound} {value}");
        };
        check("3", json!(3), true);
        check(">=2", json!(3), true);
        check(">=2", json!(1), false);
        check("!=0", json!(0), false);
        check("<128Mi", json!("64Mi"), true);
        check("<=128Mi", json!("0.125Gi"), true);
        check("500m", json!("0.5"), true);
        check("> 100m", json!("1"), true);
        check(">=2", json!("deux"), false);
        check(">=2", json!(null), false);
    }

    #[test]
    fn not_bounds() {
        for text in ["", ">=", "deux", "1.2.3", "3Zi"] {
            assert_eq!(Bound::parse(text), None, "{text}");
        }
    }
}
