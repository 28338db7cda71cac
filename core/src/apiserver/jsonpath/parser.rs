//! From text to a template, with upstream's words for what cannot be read.

use super::node::{Node, Slice, Template};

pub(super) fn parse(text: &str) -> Result<Template, String> {
    let mut parser = Parser {
        chars: text.chars().collect(),
        at: 0,
    };
    let mut nodes = Vec::new();
    loop {
        let literal = parser.take_while(|c| c != '{');
        if !literal.is_empty() {
            nodes.push(Node::Text(literal));
        }
        if parser.next().is_none() {
            return Ok(Template { nodes });
        }
        nodes.push(Node::List(parser.action()?));
    }
}

/// What stands between braces, read on its own.
fn parse_action(text: &str) -> Result<Vec<Node>, String> {
    let mut parser = Parser {
        chars: text.chars().chain(std::iter::once('}')).collect(),
        at: 0,
    };
    parser.action()
}

struct Parser {
    chars: Vec<char>,
    at: usize,
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

fn ends_field(c: char) -> bool {
    c.is_whitespace() || matches!(c, '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}')
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek();
        if c.is_some() {
            self.at += 1;
        }
        c
    }

    fn looking_at(&self, text: &str) -> bool {
        let rest = self.chars.get(self.at..).unwrap_or_default();
        text.chars().enumerate().all(|(i, c)| rest.get(i) == Some(&c))
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> String {
        let mut text = String::new();
        while let Some(c) = self.peek().filter(|c| keep(*c)) {
            text.push(c);
            self.at += 1;
        }
        text
    }

    fn action(&mut self) -> Result<Vec<Node>, String> {
        let mut nodes = Vec::new();
        loop {
            if self.looking_at("[?(") {
                self.at += 3;
                nodes.push(self.filter()?);
                continue;
            }
            if self.looking_at("..") {
                self.at += 2;
                if nodes.last() == Some(&Node::Recursive) {
                    return Err("invalid multiple recursive descent".to_owned());
                }
                nodes.push(Node::Recursive);
                if self.peek().is_some_and(is_word) {
                    nodes.push(self.field());
                }
                continue;
            }
            match self.next() {
                Some('}') => return Ok(nodes),
                None | Some('\n' | '\r') => return Err("unclosed action".to_owned()),
                Some(' ' | '@' | '$') => {}
                Some('[') => self.array(&mut nodes)?,
                Some(quote @ ('"' | '\'')) => nodes.push(Node::Text(self.quoted(quote)?)),
                Some('.') => nodes.push(self.field()),
                Some(c) if c == '+' || c == '-' || c.is_ascii_digit() => nodes.push(self.number(c)?),
                Some(c) if is_word(c) => nodes.push(self.identifier(c)?),
                Some(c) => {
                    return Err(format!(
                        "unrecognized character in action: U+{:04X} '{c}'",
                        u32::from(c)
                    ));
                }
            }
        }
    }

    fn field(&mut self) -> Node {
        let mut name = String::new();
        while let Some(c) = self.peek() {
            if c == '\\' {
                self.at += 1;
                name.extend(self.next());
                continue;
            }
            if ends_field(c) {
                break;
            }
            name.push(c);
            self.at += 1;
        }
        if name == "*" {
            Node::Wildcard
        } else {
            Node::Field(name)
        }
    }

    fn number(&mut self, first: char) -> Result<Node, String> {
        let mut text = String::from(first);
        text.push_str(&self.take_while(|c| c == '.' || c.is_ascii_digit()));
        let bare = text.strip_prefix('+').unwrap_or(&text);
        if let Ok(whole) = bare.parse::<i64>() {
            return Ok(Node::Number(whole.into()));
        }
        bare.parse::<f64>()
            .ok()
            .and_then(serde_json::Number::from_f64)
            .map(Node::Number)
            .ok_or_else(|| format!("cannot parse number {text}"))
    }

    fn identifier(&mut self, first: char) -> Result<Node, String> {
        let mut name = String::from(first);
        name.push_str(&self.take_while(|c| !ends_field(c)));
        match name.as_str() {
            "true" => Ok(Node::Bool(true)),
            "false" => Ok(Node::Bool(false)),
            "range" => Ok(Node::Range),
            "end" => Ok(Node::End),
            _ => Err(format!("unrecognized identifier {name}")),
        }
    }

    fn quoted(&mut self, quote: char) -> Result<String, String> {
        let mut text = String::new();
        loop {
            match self.next() {
                None | Some('\n') => return Err("unterminated quoted string".to_owned()),
                Some('\\') => match self.next() {
                    Some('n') => text.push('\n'),
                    Some('t') => text.push('\t'),
                    Some('r') => text.push('\r'),
                    Some('a') => text.push('\u{7}'),
                    Some('b') => text.push('\u{8}'),
                    Some('f') => text.push('\u{c}'),
                    Some('v') => text.push('\u{b}'),
                    Some(c) => text.push(c),
                    None => return Err("unterminated quoted string".to_owned()),
                },
                Some(c) if c == quote => return Ok(text),
                Some(c) => text.push(c),
            }
        }
    }

    fn array(&mut self, nodes: &mut Vec<Node>) -> Result<(), String> {
        let text = self.take_while(|c| c != ']' && c != '\n');
        if self.next() != Some(']') {
            return Err("unterminated array".to_owned());
        }
        if text.contains(',') {
            let parts: Result<Vec<_>, _> = text
                .split(',')
                .map(|part| parse_action(&format!("[{}]", part.trim_matches(' '))))
                .collect();
            nodes.push(Node::Union(parts?));
            return Ok(());
        }
        let key = text
            .strip_prefix('\'')
            .and_then(|rest| rest.strip_suffix('\''))
            .filter(|key| !key.contains('\''));
        if let Some(key) = key {
            nodes.extend(parse_action(&format!(".{key}"))?);
            return Ok(());
        }
        nodes.push(Node::Slice(slice(if text == "*" { ":" } else { &text })?));
        Ok(())
    }

    fn filter(&mut self) -> Result<Node, String> {
        let mut text = String::new();
        let (mut begun, mut ended, mut pair, mut before) = (false, false, ' ', ' ');
        loop {
            let Some(c) = self.next().filter(|c| *c != '\n') else {
                return Err("unterminated filter".to_owned());
            };
            match c {
                '"' | '\'' if !begun => (begun, pair) = (true, c),
                '"' | '\'' if before != '\\' && c == pair => ended = true,
                ')' if begun == ended => break,
                _ => {}
            }
            before = c;
            text.push(c);
        }
        if self.next() != Some(']') {
            return Err("unclosed array expect ]".to_owned());
        }
        let is_operator = |c: char| matches!(c, '!' | '<' | '>' | '=');
        let Some(start) = text.find(is_operator).filter(|start| *start > 0) else {
            return Ok(Node::Filter(parse_action(&text)?, None));
        };
        let (left, rest) = text.split_at(start);
        let end = rest.find(|c| !is_operator(c)).unwrap_or(rest.len());
        let (operator, right) = rest.split_at(end);
        Ok(Node::Filter(
            parse_action(left)?,
            Some((operator.to_owned(), parse_action(right)?)),
        ))
    }
}

fn slice(text: &str) -> Result<Slice, String> {
    let invalid = || format!("invalid array index {text}");
    let parts: Vec<&str> = text.split(':').collect();
    if parts.len() > 3 {
        return Err(invalid());
    }
    let bound = |index: usize| match parts.get(index) {
        None | Some(&"") => Ok(None),
        Some(part) => part.parse::<i64>().map(Some).map_err(|_| invalid()),
    };
    let (start, end, step) = (bound(0)?, bound(1)?, bound(2)?);
    let single = parts.len() == 1;
    if single {
        // `[]` is `[0]`, as upstream reads it.
        let start = start.unwrap_or(0);
        return Ok(Slice {
            start: Some(start),
            end: Some(start + 1),
            single,
            step,
        });
    }
    Ok(Slice {
        start,
        end,
        single,
        step,
    })
}
