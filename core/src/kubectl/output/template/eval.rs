//! A template over a value.

use std::cmp::Ordering;

use serde_json::Value;

use super::super::go::sprint;
use super::parser::{Block, Node, Operand, Pipeline};

/// The value of the dot, and the variables.
struct Scope {
    variables: Vec<(String, Value)>,
}

pub(super) fn render(nodes: &[Node], data: &Value) -> Result<String, String> {
    let mut scope = Scope {
        variables: vec![(String::new(), data.clone())],
    };
    let mut out = String::new();
    scope.run(nodes, data, &mut out)?;
    Ok(out)
}

/// Whether a value counts as true: not empty, not zero.
fn truth(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(yes) => *yes,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}

impl Scope {
    fn run(&mut self, nodes: &[Node], dot: &Value, out: &mut String) -> Result<(), String> {
        let kept = self.variables.len();
        for node in nodes {
            match node {
                Node::Text(text) => out.push_str(text),
                Node::Print(pipeline) => {
                    let value = self.value(pipeline, dot)?;
                    if let Some(name) = pipeline.variables.first() {
                        self.set(name, value);
                    } else if value.is_null() {
                        out.push_str("<no value>");
                    } else {
                        out.push_str(&sprint(&value));
                    }
                }
                Node::Block(block, condition, body, otherwise) => {
                    self.block(*block, condition, (body, otherwise), dot, out)?;
                }
            }
        }
        self.variables.truncate(kept);
        Ok(())
    }

    fn block(
        &mut self,
        block: Block,
        condition: &Pipeline,
        (body, otherwise): (&[Node], &[Node]),
        dot: &Value,
        out: &mut String,
    ) -> Result<(), String> {
        let value = self.value(condition, dot)?;
        let kept = self.variables.len();
        if !truth(&value) {
            return self.run(otherwise, dot, out);
        }
        match block {
            Block::Range => self.range(&value, condition, body, out)?,
            Block::If | Block::With => {
                if let Some(name) = condition.variables.first() {
                    self.variables.push((name.clone(), value.clone()));
                }
                self.run(body, if block == Block::With { &value } else { dot }, out)?;
            }
        }
        self.variables.truncate(kept);
        Ok(())
    }

    fn range(
        &mut self,
        over: &Value,
        condition: &Pipeline,
        body: &[Node],
        out: &mut String,
    ) -> Result<(), String> {
        let entries: Vec<(Value, &Value)> = match over {
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(i, item)| (i.into(), item))
                .collect(),
            Value::Object(map) => map.iter().map(|(key, item)| (key.clone().into(), item)).collect(),
            other => return Err(format!("range can't iterate over {}", sprint(other))),
        };
        for (key, item) in entries {
            let kept = self.variables.len();
            match condition.variables.as_slice() {
                [value] => self.variables.push((value.clone(), item.clone())),
                [index, value, ..] => {
                    self.variables.push((index.clone(), key));
                    self.variables.push((value.clone(), item.clone()));
                }
                [] => {}
            }
            self.run(body, item, out)?;
            self.variables.truncate(kept);
        }
        Ok(())
    }

    fn set(&mut self, name: &str, value: Value) {
        match self.variables.iter_mut().rev().find(|(known, _)| known == name) {
            Some((_, slot)) => *slot = value,
            None => self.variables.push((name.to_owned(), value)),
        }
    }

    fn value(&self, pipeline: &Pipeline, dot: &Value) -> Result<Value, String> {
        let mut last = None;
        for command in &pipeline.commands {
            last = Some(self.command(command, dot, last)?);
        }
        Ok(last.unwrap_or(Value::Null))
    }

    fn command(&self, words: &[Operand], dot: &Value, last: Option<Value>) -> Result<Value, String> {
        let Some((first, rest)) = words.split_first() else {
            return Ok(last.unwrap_or(Value::Null));
        };
        let Operand::Function(name) = first else {
            return self.operand(first, dot);
        };
        let mut arguments = Vec::new();
        for word in rest {
            arguments.push(self.operand(word, dot)?);
        }
        arguments.extend(last);
        call(name, &arguments)
    }

    fn operand(&self, operand: &Operand, dot: &Value) -> Result<Value, String> {
        let follow = |value: &Value, path: &[String]| {
            let mut value = value;
            for name in path {
                value = value.get(name).unwrap_or(&Value::Null);
            }
            value.clone()
        };
        match operand {
            Operand::Field(path) => Ok(follow(dot, path)),
            Operand::Literal(value) => Ok(value.clone()),
            Operand::Function(name) => call(name, &[]),
            Operand::Group(pipeline, path) => Ok(follow(&self.value(pipeline, dot)?, path)),
            Operand::Variable(name, path) => self
                .variables
                .iter()
                .rev()
                .find(|(known, _)| known == name)
                .map(|(_, value)| follow(value, path))
                .ok_or_else(|| format!("undefined variable \"${name}\"")),
        }
    }
}

fn call(name: &str, arguments: &[Value]) -> Result<Value, String> {
    let first = arguments.first().unwrap_or(&Value::Null);
    let order = || match (first, arguments.get(1).unwrap_or(&Value::Null)) {
        (Value::Number(a), Value::Number(b)) => {
            Ok(a.as_f64().unwrap_or(0.0).total_cmp(&b.as_f64().unwrap_or(0.0)))
        }
        (Value::String(a), Value::String(b)) => Ok(a.cmp(b)),
        (a, b) if a == b => Ok(Ordering::Equal),
        _ => Err("incompatible types for comparison".to_owned()),
    };
    Ok(match name {
        "eq" => arguments.iter().skip(1).any(|other| other == first).into(),
        "ne" => (arguments.get(1) != Some(first)).into(),
        "lt" => (order()? == Ordering::Less).into(),
        "le" => (order()? != Ordering::Greater).into(),
        "gt" => (order()? == Ordering::Greater).into(),
        "ge" => (order()? != Ordering::Less).into(),
        "not" => (!truth(first)).into(),
        "and" => arguments
            .iter()
            .find(|value| !truth(value))
            .or(arguments.last())
            .cloned()
            .unwrap_or_default(),
        "or" => arguments
            .iter()
            .find(|value| truth(value))
            .or(arguments.last())
            .cloned()
            .unwrap_or_default(),
        "len" => match first {
            Value::Array(items) => items.len().into(),
            Value::Object(map) => map.len().into(),
            Value::String(text) => text.len().into(),
            _ => return Err("error calling len: len of untyped nil".to_owned()),
        },
        "index" => index(first, arguments.get(1..).unwrap_or_default())?,
        "exists" => index(first, arguments.get(1..).unwrap_or_default())
            .is_ok_and(|value| !value.is_null())
            .into(),
        "print" => arguments.iter().map(sprint).collect::<String>().into(),
        "println" => {
            let words: Vec<String> = arguments.iter().map(sprint).collect();
            format!("{}\n", words.join(" ")).into()
        }
        "printf" => printf(&sprint(first), arguments.get(1..).unwrap_or_default()).into(),
        "base64decode" => decode(&sprint(first))?.into(),
        _ => return Err(format!("function {name:?} not defined")),
    })
}

fn index(value: &Value, path: &[Value]) -> Result<Value, String> {
    let mut value = value;
    for step in path {
        value = match (value, step) {
            (Value::Array(items), Value::Number(at)) => {
                let place = at.as_u64().and_then(|at| usize::try_from(at).ok());
                place
                    .and_then(|place| items.get(place))
                    .ok_or_else(|| format!("error calling index: index out of range: {at}"))?
            }
            (Value::Object(map), Value::String(key)) => map.get(key).unwrap_or(&Value::Null),
            (Value::Null, _) => return Err("error calling index: index of untyped nil".to_owned()),
            _ => return Err("error calling index: cannot index".to_owned()),
        };
    }
    Ok(value.clone())
}

fn printf(format: &str, arguments: &[Value]) -> String {
    let mut out = String::new();
    let mut arguments = arguments.iter();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let spec: String = chars
            .as_str()
            .chars()
            .take_while(|c| c.is_ascii_digit() || *c == '-')
            .collect();
        let verb = chars.by_ref().nth(spec.len());
        let text = match verb {
            Some('%') => "%".to_owned(),
            Some('q') => format!("{:?}", arguments.next().map(sprint).unwrap_or_default()),
            _ => arguments.next().map(sprint).unwrap_or_default(),
        };
        let width: usize = spec.trim_start_matches('-').parse().unwrap_or(0);
        if spec.starts_with('-') {
            out.push_str(&format!("{text:<width$}"));
        } else {
            out.push_str(&format!("{text:>width$}"));
        }
    }
    out
}

fn decode(text: &str) -> Result<String, String> {
    crate::api::base64::decode(text)
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| "error calling base64decode: illegal base64 data".to_owned())
}
