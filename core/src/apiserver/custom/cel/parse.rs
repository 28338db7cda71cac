//! The grammar of CEL (`google/cel-spec`), less messages, bytes and unsigned numbers.

use serde_json::Value;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    Literal(Value),
    Name(String),
    /// `a.b`
    Field(Box<Expr>, String),
    /// `a[b]`
    Index(Box<Expr>, Box<Expr>),
    /// `f(a)`, `a.f(b)`: the receiver is the first argument.
    Call(String, Vec<Expr>),
    List(Vec<Expr>),
    Map(Vec<(Expr, Expr)>),
    /// `!a`, `-a`
    Unary(char, Box<Expr>),
    Binary(&'static str, Box<Expr>, Box<Expr>),
    /// `a ? b : c`
    Choice(Box<[Expr; 3]>),
    /// `has(a.b)`
    Has(Box<Expr>, String),
    /// `list.all(x, body)` and its like.
    Each {
        what: &'static str,
        list: Box<Expr>,
        name: String,
        body: Vec<Expr>,
    },
}

/// Why a text is no expression, or none that is understood here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It is not written as CEL; with the place, from 0, in bytes.
    Syntax(usize, String),
    /// It is CEL, but this is not known here.
    Unknown(String),
}

/// Operators by how tightly they bind, the loosest first.
const LEVELS: &[&[&str]] = &[
    &["||"],
    &["&&"],
    &["==", "!=", "<=", ">=", "<", ">", "in"],
    &["+", "-"],
    &["*", "/", "%"],
];
/// Macros over lists, and how many expressions follow the variable.
const MACROS: &[(&str, usize)] = &[
    ("all", 1),
    ("exists", 1),
    ("exists_one", 1),
    ("filter", 1),
    ("map", 2),
];
/// Words that name nothing.
const RESERVED: &[&str] = &[
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];
/// How deep expressions may be nested.
const MAX_DEPTH: usize = 64;

pub(super) fn parse(text: &str) -> Result<Expr, Wrong> {
    let mut parser = Parser {
        text,
        at: 0,
        depth: 0,
    };
    let expr = parser.choice()?;
    parser.skip();
    if parser.at < text.len() {
        return Err(parser.unexpected());
    }
    Ok(expr)
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

type Parsed<T> = Result<T, Wrong>;

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with("//") {
                return;
            }
            self.at += trimmed.find('\n').unwrap_or(trimmed.len());
        }
    }

    fn unexpected(&self) -> Wrong {
        let found = self
            .rest()
            .chars()
            .next()
            .map_or("<EOF>".to_owned(), |c| c.to_string());
        Wrong::Syntax(self.at, format!("mismatched input '{found}'"))
    }

    /// Takes a sign, if it comes next.
    fn take(&mut self, sign: &str) -> bool {
        self.skip();
        let found = self.rest().strip_prefix(sign);
        // `in` is a word, `<` not the beginning of `<=`.
        let whole = |rest: &str| !sign.starts_with(is_word) || !rest.starts_with(is_word);
        let taken = found.is_some_and(whole);
        if taken {
            self.at += sign.len();
        }
        taken
    }

    fn expect(&mut self, sign: &str) -> Parsed<()> {
        if self.take(sign) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    fn word(&mut self) -> Option<String> {
        self.skip();
        let rest = self.rest();
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let word = rest
            .get(..end)
            .filter(|word| !word.is_empty() && !word.starts_with(|c: char| c.is_ascii_digit()))?;
        self.at += end;
        Some(word.to_owned())
    }

    fn choice(&mut self) -> Parsed<Expr> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Wrong::Syntax(
                self.at,
                "expression recursion limit exceeded".to_owned(),
            ));
        }
        let condition = self.binary(0)?;
        let expr = if self.take("?") {
            let yes = self.binary(0)?;
            self.expect(":")?;
            Expr::Choice(Box::new([condition, yes, self.choice()?]))
        } else {
            condition
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn binary(&mut self, level: usize) -> Parsed<Expr> {
        let Some(operators) = LEVELS.get(level) else {
            return self.unary();
        };
        let mut left = self.binary(level + 1)?;
        while let Some(&operator) = operators.iter().find(|operator| self.take(operator)) {
            let right = self.binary(level + 1)?;
            left = Expr::Binary(operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Parsed<Expr> {
        for sign in ['!', '-'] {
            self.skip();
            // `!=` is no beginning.
            if self.rest().starts_with(sign) && !self.rest().starts_with("!=") {
                self.at += 1;
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return Err(Wrong::Syntax(
                        self.at,
                        "expression recursion limit exceeded".to_owned(),
                    ));
                }
                let inner = self.unary()?;
                self.depth -= 1;
                return Ok(Expr::Unary(sign, Box::new(inner)));
            }
        }
        let mut expr = self.primary()?;
        loop {
            if self.take("[") {
                let index = self.choice()?;
                self.expect("]")?;
                expr = Expr::Index(Box::new(expr), Box::new(index));
            } else if self.take(".") {
                if self.rest().starts_with('?') {
                    return Err(Wrong::Unknown(".?".to_owned()));
                }
                let name = self.word().ok_or_else(|| self.unexpected())?;
                expr = if self.take("(") {
                    self.member(expr, name)?
                } else {
                    Expr::Field(Box::new(expr), name)
                };
            } else {
                return Ok(expr);
            }
        }
    }

    fn arguments(&mut self, end: &str) -> Parsed<Vec<Expr>> {
        let mut found = Vec::new();
        while !self.take(end) {
            if !found.is_empty() {
                self.expect(",")?;
                if self.take(end) {
                    break;
                }
            }
            found.push(self.choice()?);
        }
        Ok(found)
    }

    /// `list.all(x, ...)`, `text.startsWith(...)`
    fn member(&mut self, on: Expr, name: String) -> Parsed<Expr> {
        let mut args = self.arguments(")")?;
        if let Some(&(what, most)) = MACROS.iter().find(|(known, _)| *known == name) {
            if args.is_empty() || args.len() > most + 1 || args.len() < 2 {
                return Err(Wrong::Unknown(name));
            }
            let Expr::Name(name) = args.remove(0) else {
                return Err(Wrong::Syntax(
                    self.at,
                    "argument must be a simple name".to_owned(),
                ));
            };
            return Ok(Expr::Each {
                what,
                list: Box::new(on),
                name,
                body: args,
            });
        }
        args.insert(0, on);
        super::eval::known(&name, args.len())
            .then_some(())
            .ok_or_else(|| Wrong::Unknown(name.clone()))?;
        Ok(Expr::Call(name, args))
    }

    fn primary(&mut self) -> Parsed<Expr> {
        if self.take("(") {
            let inner = self.choice()?;
            self.expect(")")?;
            return Ok(inner);
        }
        if self.take("[") {
            return Ok(Expr::List(self.arguments("]")?));
        }
        if self.take("{") {
            let mut pairs = Vec::new();
            while !self.take("}") {
                if !pairs.is_empty() {
                    self.expect(",")?;
                }
                let key = self.choice()?;
                self.expect(":")?;
                pairs.push((key, self.choice()?));
            }
            return Ok(Expr::Map(pairs));
        }
        let raw = ["r'", "r\"", "R'", "R\""]
            .iter()
            .any(|begin| self.rest().starts_with(begin));
        if raw {
            self.at += 1;
        }
        if self.rest().starts_with(['\'', '"']) {
            return self.text(raw);
        }
        if self.rest().starts_with(|c: char| c.is_ascii_digit()) {
            return self.number();
        }
        let start = self.at;
        let name = self.word().ok_or_else(|| self.unexpected())?;
        match name.as_str() {
            "true" => return Ok(Expr::Literal(true.into())),
            "false" => return Ok(Expr::Literal(false.into())),
            "null" => return Ok(Expr::Literal(Value::Null)),
            word if RESERVED.contains(&word) => {
                return Err(Wrong::Syntax(start, format!("reserved identifier: {word}")));
            }
            _ => {}
        }
        if !self.take("(") {
            return Ok(Expr::Name(name));
        }
        let mut args = self.arguments(")")?;
        if name == "has" {
            return match args.pop() {
                Some(Expr::Field(on, field)) if args.is_empty() => Ok(Expr::Has(on, field)),
                _ => Err(Wrong::Syntax(start, "invalid argument to has() macro".to_owned())),
            };
        }
        if super::eval::known(&name, args.len()) {
            Ok(Expr::Call(name, args))
        } else {
            Err(Wrong::Unknown(name))
        }
    }

    fn number(&mut self) -> Parsed<Expr> {
        let rest = self.rest();
        let end = rest.find(|c: char| !is_word(c) && c != '.').unwrap_or(rest.len());
        let text = rest.get(..end).unwrap_or_default();
        self.at += end;
        if let Ok(number) = text.parse::<i64>() {
            return Ok(Expr::Literal(number.into()));
        }
        if let Some(hex) = text
            .strip_prefix("0x")
            .and_then(|hex| i64::from_str_radix(hex, 16).ok())
        {
            return Ok(Expr::Literal(hex.into()));
        }
        match text.parse::<f64>() {
            Ok(number) => Ok(Expr::Literal(number.into())),
            Err(_) => Err(Wrong::Unknown(text.to_owned())),
        }
    }

    fn text(&mut self, raw: bool) -> Parsed<Expr> {
        let rest = self.rest();
        let quote = rest.chars().next().unwrap_or('"');
        if rest.starts_with(&quote.to_string().repeat(3)) {
            return Err(Wrong::Unknown("'''".to_owned()));
        }
        let mut out = String::new();
        let mut chars = rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                c if c == quote => {
                    self.at += at + 1;
                    return Ok(Expr::Literal(out.into()));
                }
                '\\' if !raw => match chars.next().map(|(_, c)| c) {
                    Some('n') => out.push('\n'),
                    Some('t') => out.push('\t'),
                    Some('r') => out.push('\r'),
                    Some(c @ ('\\' | '\'' | '"' | '`' | '?')) => out.push(c),
                    Some(c) => return Err(Wrong::Unknown(format!("\\{c}"))),
                    None => break,
                },
                c => out.push(c),
            }
        }
        Err(Wrong::Syntax(
            self.at,
            format!("token recognition error at: '{rest}'"),
        ))
    }
}
