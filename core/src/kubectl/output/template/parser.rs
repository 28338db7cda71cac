//! From text to a template.

use std::iter::Peekable;
use std::str::Chars;

use serde_json::Value;

/// A part of a template.
#[derive(Clone, Debug)]
pub(super) enum Node {
    /// Text as it stands.
    Text(String),
    /// A value to print.
    Print(Pipeline),
    /// `if`, `with` or `range`, until `else`, until `end`.
    Block(Block, Pipeline, Vec<Node>, Vec<Node>),
}

/// What a block does with its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    If,
    With,
    Range,
}

/// Commands whose results are handed on, and the variables that take the last one.
#[derive(Clone, Debug, Default)]
pub(super) struct Pipeline {
    pub(super) variables: Vec<String>,
    pub(super) commands: Vec<Vec<Operand>>,
}

/// A word of a command.
#[derive(Clone, Debug)]
pub(super) enum Operand {
    /// `.a.b`
    Field(Vec<String>),
    /// `$x.a.b`
    Variable(String, Vec<String>),
    /// A string, number, `true`, `false` or `nil`.
    Literal(Value),
    /// `len`
    Function(String),
    /// `(...).a`
    Group(Pipeline, Vec<String>),
}

pub(super) fn parse(text: &str) -> Result<Vec<Node>, String> {
    let mut pieces = pieces(text)?.into_iter().peekable();
    let (nodes, ended_by) = nodes(&mut pieces)?;
    match ended_by {
        None => Ok(nodes),
        Some(word) => Err(format!("unexpected {{{{{word}}}}}")),
    }
}

enum Piece {
    Text(String),
    Action(String),
}

fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (action, tail) = after.split_once("}}").ok_or("unclosed action")?;
        let left = action.strip_prefix("- ").or_else(|| action.strip_prefix("-\t"));
        let before = if left.is_some() { before.trim_end() } else { before };
        let action = left.unwrap_or(action);
        let right = action.strip_suffix(" -");
        rest = if right.is_some() { tail.trim_start() } else { tail };
        let action = right.unwrap_or(action).trim();
        out.push(Piece::Text(before.to_owned()));
        if !action.starts_with("/*") {
            out.push(Piece::Action(action.to_owned()));
        }
    }
    out.push(Piece::Text(rest.to_owned()));
    Ok(out)
}

fn nodes(pieces: &mut Peekable<std::vec::IntoIter<Piece>>) -> Result<(Vec<Node>, Option<String>), String> {
    let mut out = Vec::new();
    while let Some(piece) = pieces.next() {
        let action = match piece {
            Piece::Text(text) => {
                out.push(Node::Text(text));
                continue;
            }
            Piece::Action(action) => action,
        };
        let (word, rest) = action.split_once(char::is_whitespace).unwrap_or((&action, ""));
        let block = match word {
            "end" | "else" => return Ok((out, Some(action))),
            "if" => Block::If,
            "with" => Block::With,
            "range" => Block::Range,
            _ => {
                out.push(Node::Print(pipeline(&action)?));
                continue;
            }
        };
        out.push(block_node(block, rest, pieces)?);
    }
    Ok((out, None))
}

fn block_node(
    block: Block,
    condition: &str,
    pieces: &mut Peekable<std::vec::IntoIter<Piece>>,
) -> Result<Node, String> {
    let condition = pipeline(condition)?;
    let (body, ended_by) = nodes(pieces)?;
    let otherwise = match ended_by.as_deref() {
        Some("end") => Vec::new(),
        Some("else") => {
            let (otherwise, ended_by) = nodes(pieces)?;
            if ended_by.as_deref() != Some("end") {
                return Err("unexpected EOF".to_owned());
            }
            otherwise
        }
        Some(chained) => match chained.strip_prefix("else if ") {
            Some(rest) => vec![block_node(Block::If, rest, pieces)?],
            None => return Err(format!("unexpected {{{{{chained}}}}}")),
        },
        None => return Err("unexpected EOF".to_owned()),
    };
    Ok(Node::Block(block, condition, body, otherwise))
}

fn pipeline(text: &str) -> Result<Pipeline, String> {
    let mut chars = text.chars().peekable();
    let pipeline = read_pipeline(&mut chars, false)?;
    if pipeline.commands.iter().all(Vec::is_empty) {
        return Err("missing value for command".to_owned());
    }
    Ok(pipeline)
}

fn read_pipeline(chars: &mut Peekable<Chars<'_>>, grouped: bool) -> Result<Pipeline, String> {
    let mut pipeline = Pipeline::default();
    let mut command = Vec::new();
    while let Some(c) = chars.next() {
        match c {
            ')' if grouped => {
                pipeline.commands.push(command);
                return Ok(pipeline);
            }
            '|' => pipeline.commands.push(std::mem::take(&mut command)),
            ':' if chars.peek() == Some(&'=') => {
                chars.next();
                declare(&mut pipeline, &mut command);
            }
            '=' => declare(&mut pipeline, &mut command),
            ',' => {}
            '(' => {
                let group = read_pipeline(chars, true)?;
                let fields = fields(chars);
                command.push(Operand::Group(group, fields));
            }
            '"' | '`' => command.push(Operand::Literal(Value::String(quoted(chars, c)?))),
            '.' => {
                let mut path = vec![word(chars)];
                path.extend(fields(chars));
                path.retain(|name| !name.is_empty());
                command.push(Operand::Field(path));
            }
            '$' => {
                let name = word(chars);
                let path = fields(chars);
                command.push(Operand::Variable(name, path));
            }
            c if c.is_whitespace() => {}
            c if c.is_ascii_digit() || c == '-' || c == '+' => command.push(number(chars, c)?),
            c if c.is_alphabetic() => {
                let name = format!("{c}{}", word(chars));
                command.push(match name.as_str() {
                    "true" => Operand::Literal(Value::Bool(true)),
                    "false" => Operand::Literal(Value::Bool(false)),
                    "nil" => Operand::Literal(Value::Null),
                    _ => Operand::Function(name),
                });
            }
            c => return Err(format!("unexpected {c:?} in command")),
        }
    }
    if grouped {
        return Err("unclosed left paren".to_owned());
    }
    pipeline.commands.push(command);
    Ok(pipeline)
}

fn declare(pipeline: &mut Pipeline, command: &mut Vec<Operand>) {
    for operand in command.drain(..) {
        if let Operand::Variable(name, _) = operand {
            pipeline.variables.push(name);
        }
    }
}

fn word(chars: &mut Peekable<Chars<'_>>) -> String {
    let mut out = String::new();
    while let Some(c) = chars.next_if(|c| c.is_alphanumeric() || *c == '_') {
        out.push(c);
    }
    out
}

fn fields(chars: &mut Peekable<Chars<'_>>) -> Vec<String> {
    let mut out = Vec::new();
    while chars.next_if_eq(&'.').is_some() {
        out.push(word(chars));
    }
    out
}

fn number(chars: &mut Peekable<Chars<'_>>, first: char) -> Result<Operand, String> {
    let mut text = String::from(first);
    while let Some(c) = chars.next_if(|c| c.is_ascii_digit() || *c == '.') {
        text.push(c);
    }
    serde_json::from_str(text.trim_start_matches('+'))
        .map(Operand::Literal)
        .map_err(|_| format!("bad number syntax: {text:?}"))
}

fn quoted(chars: &mut Peekable<Chars<'_>>, quote: char) -> Result<String, String> {
    let mut out = String::new();
    while let Some(c) = chars.next() {
        match c {
            c if c == quote => return Ok(out),
            '\\' if quote == '"' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some(c) => out.push(c),
                None => break,
            },
            c => out.push(c),
        }
    }
    Err("unterminated quoted string".to_owned())
}
