//! `printf`: formats are reused while arguments last, as in bash.

use super::super::escapes::{EscapeStyle, unescape};
use super::super::parameter::quote;
use super::{Context, Interpreter, Outcome, rest};

/// How wide one field may be.
const WIDTH_MAX: usize = 10_000;

/// A conversion such as `%-5.2d`.
#[derive(Default)]
struct Conversion {
    left: bool,
    zero: bool,
    plus: bool,
    space: bool,
    alternate: bool,
    width: usize,
    precision: Option<usize>,
}

struct Formatter<'a> {
    args: &'a [String],
    next: usize,
    output: String,
    /// Messages, without the shell's name.
    errors: Vec<String>,
    ended: bool,
}

pub(super) fn printf(shell: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    let mut words = rest(argv);
    let mut variable = None;
    if let [flag, name, others @ ..] = words
        && flag == "-v"
    {
        variable = Some(name.clone());
        words = others;
    }
    if words.first().is_some_and(|word| word == "--") {
        words = rest(words);
    }
    let Some((format, args)) = words.split_first() else {
        cx.write(
            2,
            &format!(
                "{}printf: usage: printf [-v var] format [arguments]\n",
                shell.shell.error_prefix()
            ),
        );
        return Outcome::Status(2);
    };
    let mut formatter = Formatter {
        args,
        next: 0,
        output: String::new(),
        errors: Vec::new(),
        ended: false,
    };
    loop {
        let before = formatter.next;
        formatter.pass(format);
        if formatter.ended
            || formatter.next >= args.len()
            || formatter.next == before
            || formatter.output.len() > 1 << 20
        {
            break;
        }
    }
    for error in &formatter.errors {
        shell.complain(cx, "printf", error);
    }
    let status = i32::from(!formatter.errors.is_empty());
    match variable {
        None => cx.write(1, &formatter.output),
        Some(name) => {
            if shell.shell.variables.set(&name, formatter.output).is_err() {
                shell.report(cx, &format!("{name}: readonly variable"));
                return Outcome::Status(1);
            }
        }
    }
    Outcome::Status(status)
}

impl Formatter<'_> {
    fn pass(&mut self, format: &str) {
        let mut chars = format.chars().peekable();
        let mut literal = String::new();
        while let Some(c) = chars.next() {
            match c {
                '\\' => {
                    literal.push('\\');
                    literal.extend(chars.next());
                }
                '%' if chars.peek() == Some(&'%') => {
                    chars.next();
                    literal.push('%');
                }
                '%' => {
                    self.literal(&mut literal);
                    if self.ended {
                        return;
                    }
                    self.conversion(&mut chars);
                    if self.ended {
                        return;
                    }
                }
                c => literal.push(c),
            }
        }
        self.literal(&mut literal);
    }

    fn literal(&mut self, literal: &mut String) {
        let (text, ended) = unescape(&std::mem::take(literal), EscapeStyle::Printf);
        self.output.push_str(&text);
        self.ended |= ended;
    }

    fn argument(&mut self) -> Option<String> {
        let argument = self.args.get(self.next).cloned();
        self.next += 1;
        argument
    }

    fn conversion(&mut self, chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
        let mut conversion = Conversion::default();
        while let Some(flag) = chars.next_if(|c| "-0+ #'".contains(*c)) {
            match flag {
                '-' => conversion.left = true,
                '0' => conversion.zero = true,
                '+' => conversion.plus = true,
                ' ' => conversion.space = true,
                '#' => conversion.alternate = true,
                // Thousands are not grouped in the C locale.
                _ => {}
            }
        }
        match self.number(chars) {
            Some(width) if width < 0 => {
                conversion.left = true;
                conversion.width = usize::try_from(width.unsigned_abs()).unwrap_or(0).min(WIDTH_MAX);
            }
            width => conversion.width = usize::try_from(width.unwrap_or(0)).unwrap_or(0).min(WIDTH_MAX),
        }
        if chars.next_if_eq(&'.').is_some() {
            let precision = self.number(chars).unwrap_or(0);
            conversion.precision = usize::try_from(precision)
                .ok()
                .map(|precision| precision.min(WIDTH_MAX));
        }
        while chars.next_if(|c| "hlqLjzt".contains(*c) && *c != 'q').is_some() {}
        match chars.next() {
            Some(letter) => self.convert(letter, &conversion),
            None => {
                self.errors.push("`%': missing format character".to_owned());
                self.ended = true;
            }
        }
    }

    fn number(&mut self, chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<i64> {
        if chars.next_if_eq(&'*').is_some() {
            return self.argument().and_then(|text| text.parse().ok());
        }
        let mut digits = String::new();
        while let Some(digit) = chars.next_if(char::is_ascii_digit) {
            digits.push(digit);
        }
        if digits.is_empty() {
            None
        } else {
            Some(digits.parse().unwrap_or(i64::MAX))
        }
    }

    fn convert(&mut self, letter: char, conversion: &Conversion) {
        match letter {
            's' | 'b' | 'q' | 'c' => {
                let mut text = self.argument().unwrap_or_default();
                match letter {
                    'b' => {
                        let (unescaped, ended) = unescape(&text, EscapeStyle::Echo);
                        text = unescaped;
                        self.ended |= ended;
                    }
                    'q' => text = quote_if_needed(&text),
                    'c' => text = text.chars().take(1).collect(),
                    _ => {}
                }
                if let Some(precision) = conversion.precision {
                    text = text.chars().take(precision).collect();
                }
                self.pad(&text, conversion, false);
            }
            'd' | 'i' => {
                let value = self.integer();
                let sign = sign_of(value < 0, conversion);
                let mut digits = value.unsigned_abs().to_string();
                if let Some(precision) = conversion.precision {
                    digits = format!("{digits:0>precision$}");
                }
                self.pad_number(sign, &digits, conversion);
            }
            'u' | 'x' | 'X' | 'o' => {
                let value = self.integer() as u64;
                let (prefix, mut digits) = match letter {
                    'x' => ("0x", format!("{value:x}")),
                    'X' => ("0X", format!("{value:X}")),
                    'o' => ("0", format!("{value:o}")),
                    _ => ("", value.to_string()),
                };
                if let Some(precision) = conversion.precision {
                    digits = format!("{digits:0>precision$}");
                }
                self.pad_number(
                    if conversion.alternate && value != 0 {
                        prefix
                    } else {
                        ""
                    },
                    &digits,
                    conversion,
                );
            }
            'f' | 'F' | 'e' | 'E' | 'g' | 'G' => {
                let text = self.argument().unwrap_or_default();
                let value: f64 = match text.trim().parse() {
                    Ok(value) => value,
                    Err(_) => {
                        if !text.is_empty() {
                            self.errors.push(format!("{text}: invalid number"));
                        }
                        0.0
                    }
                };
                let precision = conversion.precision.unwrap_or(6).min(60);
                let digits = match letter {
                    'f' | 'F' => format!("{:.precision$}", value.abs()),
                    'e' | 'E' => exponent(value.abs(), precision),
                    _ => general(value.abs()),
                };
                self.pad_number(sign_of(value.is_sign_negative(), conversion), &digits, conversion);
            }
            other => {
                self.errors.push(format!("`{other}': invalid format character"));
                self.ended = true;
            }
        }
    }

    fn integer(&mut self) -> i64 {
        let Some(text) = self.argument() else { return 0 };
        let trimmed = text.trim();
        // 'A is the code of A.
        if let Some(character) = trimmed.strip_prefix(['\'', '"']) {
            return character.chars().next().map_or(0, |c| i64::from(u32::from(c)));
        }
        let (negative, digits) = match trimmed.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
        };
        let parsed =
            if let Some(hexadecimal) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
                i64::from_str_radix(hexadecimal, 16)
            } else if digits.len() > 1 && digits.starts_with('0') {
                i64::from_str_radix(digits, 8)
            } else {
                digits.parse()
            };
        match parsed {
            Ok(value) => {
                if negative {
                    value.wrapping_neg()
                } else {
                    value
                }
            }
            Err(_) if digits.is_empty() => 0,
            Err(_) => {
                self.errors.push(format!("{text}: invalid number"));
                let leading: String = digits.chars().take_while(char::is_ascii_digit).collect();
                let value: i64 = leading.parse().unwrap_or(0);
                if negative { -value } else { value }
            }
        }
    }

    fn pad_number(&mut self, sign: &str, digits: &str, conversion: &Conversion) {
        let zero =
            conversion.zero && !conversion.left && conversion.precision.is_none_or(|_| digits.contains('.'));
        if zero {
            let width = conversion.width.saturating_sub(sign.len());
            let text = format!("{sign}{digits:0>width$}");
            self.output.push_str(&text);
        } else {
            self.pad(&format!("{sign}{digits}"), conversion, true);
        }
    }

    fn pad(&mut self, text: &str, conversion: &Conversion, _number: bool) {
        let width = conversion.width;
        let padded = if conversion.left {
            format!("{text:<width$}")
        } else {
            format!("{text:>width$}")
        };
        self.output.push_str(&padded);
    }
}

const fn sign_of(negative: bool, conversion: &Conversion) -> &'static str {
    match (negative, conversion.plus, conversion.space) {
        (true, _, _) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        (false, false, false) => "",
    }
}

fn exponent(value: f64, precision: usize) -> String {
    let text = format!("{value:.precision$e}");
    match text.split_once('e') {
        Some((mantissa, power)) => {
            let (sign, digits) = power
                .strip_prefix('-')
                .map_or(('+', power), |digits| ('-', digits));
            format!("{mantissa}e{sign}{digits:0>2}")
        }
        None => text,
    }
}

fn general(value: f64) -> String {
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn quote_if_needed(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-./:=,+@%^".contains(c);
    if text.is_empty() {
        "''".to_owned()
    } else if text.chars().all(plain) {
        text.to_owned()
    } else if text.contains('\n') {
        quote(text)
    } else {
        text.chars()
            .flat_map(|c| (!plain(c)).then_some('\\').into_iter().chain(std::iter::once(c)))
            .collect()
    }
}
