//! What an expression of CEL comes to. Values are JSON: whole numbers are `int`, others `double`.

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

use super::parse::Expr;

/// A value, or why there is none.
type Evaluated = Result<Value, String>;

/// Functions, and how many arguments they take: the receiver is the first.
const FUNCTIONS: &[(&str, usize)] = &[
    ("size", 1),
    ("startsWith", 2),
    ("endsWith", 2),
    ("contains", 2),
    ("matches", 2),
    ("lowerAscii", 1),
    ("upperAscii", 1),
    ("trim", 1),
    ("split", 2),
    ("join", 2),
    ("join", 1),
    ("replace", 3),
    ("int", 1),
    ("double", 1),
    ("string", 1),
    ("dyn", 1),
    ("type", 1),
    ("isSorted", 1),
    ("sum", 1),
    ("min", 1),
    ("max", 1),
    ("indexOf", 2),
];

pub(super) fn known(name: &str, count: usize) -> bool {
    FUNCTIONS.contains(&(name, count))
}

/// What names stand for; the last ones hide those before.
pub(super) type Names<'v> = Vec<(&'v str, Value)>;

#[expect(clippy::too_many_lines, reason = "one arm for each form of expression")]
pub(super) fn eval<'e>(expr: &'e Expr, names: &mut Names<'e>) -> Evaluated {
    match expr {
        Expr::Literal(value) => Ok(value.clone()),
        Expr::Name(name) => {
            let found = names.iter().rev().find(|(known, _)| known == name);
            let found = found.map(|(_, value)| value.clone());
            found.ok_or_else(|| format!("undeclared reference to '{name}' (in container '')"))
        }
        Expr::Field(on, name) => field(&eval(on, names)?, name),
        Expr::Has(on, name) => Ok(field(&eval(on, names)?, name).is_ok().into()),
        Expr::Index(on, index) => {
            let (on, index) = (eval(on, names)?, eval(index, names)?);
            match (&on, &index) {
                (Value::Array(items), index) => {
                    let place = index.as_u64().and_then(|place| usize::try_from(place).ok());
                    let item = place.and_then(|place| items.get(place));
                    item.cloned()
                        .ok_or_else(|| format!("index out of bounds: {index}"))
                }
                (Value::Object(map), Value::String(key)) => {
                    map.get(key).cloned().ok_or_else(|| format!("no such key: {key}"))
                }
                _ => Err("no such overload".to_owned()),
            }
        }
        Expr::List(items) => Ok(Value::Array(
            items
                .iter()
                .map(|item| eval(item, names))
                .collect::<Result<_, _>>()?,
        )),
        Expr::Map(pairs) => {
            let mut map = Map::new();
            for (key, value) in pairs {
                let key = eval(key, names)?;
                map.insert(
                    key.as_str().ok_or("no such overload")?.to_owned(),
                    eval(value, names)?,
                );
            }
            Ok(Value::Object(map))
        }
        Expr::Unary(sign, inner) => match (sign, eval(inner, names)?) {
            ('!', Value::Bool(value)) => Ok((!value).into()),
            ('-', value) => arithmetic("-", &json!(0), &value),
            _ => Err("no such overload".to_owned()),
        },
        Expr::Choice(parts) => {
            let [condition, yes, no] = &**parts;
            match eval(condition, names)? {
                Value::Bool(true) => eval(yes, names),
                Value::Bool(false) => eval(no, names),
                _ => Err("no such overload".to_owned()),
            }
        }
        Expr::Binary(operator @ ("&&" | "||"), left, right) => {
            // One side decides, even where the other is an error.
            let decides = Value::Bool(*operator == "||");
            let left = eval(left, names);
            if left.as_ref() == Ok(&decides) {
                return Ok(decides);
            }
            let right = eval(right, names);
            if right.as_ref() == Ok(&decides) {
                return Ok(decides);
            }
            match (left?, right?) {
                (Value::Bool(_), Value::Bool(_)) => Ok((*operator != "||").into()),
                _ => Err("no such overload".to_owned()),
            }
        }
        Expr::Binary(operator, left, right) => binary(operator, &eval(left, names)?, &eval(right, names)?),
        Expr::Call(name, args) => {
            let args: Vec<Value> = args
                .iter()
                .map(|arg| eval(arg, names))
                .collect::<Result<_, _>>()?;
            call(name, &args)
        }
        Expr::Each {
            what,
            list,
            name,
            body,
        } => {
            let list = eval(list, names)?;
            each(what, list, (name.as_str(), body.as_slice()), names)
        }
    }
}

fn each<'e>(
    what: &str,
    list: Value,
    (name, body): (&'e str, &'e [Expr]),
    names: &mut Names<'e>,
) -> Evaluated {
    let items = match list {
        Value::Array(items) => items,
        Value::Object(map) => map.into_iter().map(|(key, _)| key.into()).collect(),
        _ => return Err("no such overload".to_owned()),
    };
    let mut kept = Vec::new();
    let (mut holds, mut failed) = (0_usize, None);
    let count = items.len();
    for item in items {
        names.push((name, item.clone()));
        let results: Vec<Evaluated> = body.iter().map(|expr| eval(expr, names)).collect();
        names.pop();
        match (what, results.as_slice()) {
            ("map", [Ok(value)] | [Ok(Value::Bool(true)), Ok(value)]) => kept.push(value.clone()),
            ("map", [Ok(Value::Bool(false)), _]) => {}
            ("map", _) => {
                return results
                    .into_iter()
                    .find(Result::is_err)
                    .unwrap_or(Err("no such overload".to_owned()));
            }
            (_, [Ok(Value::Bool(true))]) => {
                holds += 1;
                kept.push(item);
            }
            (_, [Ok(Value::Bool(false))]) => {
                if what == "all" {
                    return Ok(false.into());
                }
            }
            (_, [Err(why), ..]) => failed = Some(why.clone()),
            _ => failed = Some("no such overload".to_owned()),
        }
    }
    match (what, failed) {
        ("exists", _) if holds > 0 => Ok(true.into()),
        (_, Some(why)) => Err(why),
        ("all", None) => Ok((holds == count).into()),
        ("exists", None) => Ok(false.into()),
        ("exists_one", None) => Ok((holds == 1).into()),
        _ => Ok(Value::Array(kept)),
    }
}

/// A field, by its name as CEL has to write it (`__dash__`).
fn field(on: &Value, name: &str) -> Evaluated {
    let mut plain = name.to_owned();
    for (written, meant) in [
        ("__dot__", "."),
        ("__dash__", "-"),
        ("__slash__", "/"),
        ("__underscores__", "__"),
    ] {
        plain = plain.replace(written, meant);
    }
    let Value::Object(map) = on else {
        return Err("no such overload".to_owned());
    };
    // `__namespace__` is a reserved word.
    let bare = plain.strip_prefix("__").and_then(|rest| rest.strip_suffix("__"));
    let found = map.get(&plain).or_else(|| map.get(bare?));
    found
        .filter(|found| !found.is_null())
        .cloned()
        .ok_or_else(|| format!("no such key: {name}"))
}

fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        _ => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => Some(left.cmp(&right)),
            _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
        },
    }
}

fn same(left: &Value, right: &Value) -> bool {
    if left.is_number() && right.is_number() {
        return compare(left, right) == Some(Ordering::Equal);
    }
    match (left, right) {
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        _ => left == right,
    }
}

fn binary(operator: &str, left: &Value, right: &Value) -> Evaluated {
    let ordered = |wanted: fn(Ordering) -> bool| {
        compare(left, right)
            .map(|found| wanted(found).into())
            .ok_or_else(|| "no such overload".to_owned())
    };
    match operator {
        "==" => Ok(same(left, right).into()),
        "!=" => Ok((!same(left, right)).into()),
        "<" => ordered(Ordering::is_lt),
        "<=" => ordered(Ordering::is_le),
        ">" => ordered(Ordering::is_gt),
        ">=" => ordered(Ordering::is_ge),
        "in" => match right {
            Value::Array(items) => Ok(items.iter().any(|item| same(item, left)).into()),
            Value::Object(map) => Ok(left.as_str().is_some_and(|key| map.contains_key(key)).into()),
            _ => Err("no such overload".to_owned()),
        },
        _ => arithmetic(operator, left, right),
    }
}

fn arithmetic(operator: &str, left: &Value, right: &Value) -> Evaluated {
    match (operator, left, right) {
        ("+", Value::String(left), Value::String(right)) => return Ok(format!("{left}{right}").into()),
        ("+", Value::Array(left), Value::Array(right)) => {
            return Ok([left.as_slice(), right].concat().into());
        }
        _ => {}
    }
    if let (Some(left), Some(right)) = (left.as_i64(), right.as_i64()) {
        let result = match operator {
            "+" => left.checked_add(right),
            "-" => left.checked_sub(right),
            "*" => left.checked_mul(right),
            "/" if right == 0 => return Err("division by zero".to_owned()),
            "%" if right == 0 => return Err("modulus by zero".to_owned()),
            "/" => left.checked_div(right),
            _ => left.checked_rem(right),
        };
        return result
            .map(Value::from)
            .ok_or_else(|| "integer overflow".to_owned());
    }
    match (operator, left.as_f64(), right.as_f64()) {
        ("+", Some(left), Some(right)) => Ok((left + right).into()),
        ("-", Some(left), Some(right)) => Ok((left - right).into()),
        ("*", Some(left), Some(right)) => Ok((left * right).into()),
        ("/", Some(left), Some(right)) => Ok((left / right).into()),
        _ => Err("no such overload".to_owned()),
    }
}

fn call(name: &str, args: &[Value]) -> Evaluated {
    let overload = || "no such overload".to_owned();
    let texts: Vec<&str> = args.iter().filter_map(Value::as_str).collect();
    match (name, texts.as_slice(), args) {
        ("size", [text], _) => Ok(text.chars().count().into()),
        ("size", _, [Value::Array(items)]) => Ok(items.len().into()),
        ("size", _, [Value::Object(map)]) => Ok(map.len().into()),
        ("startsWith", [text, part], _) => Ok(text.starts_with(part).into()),
        ("endsWith", [text, part], _) => Ok(text.ends_with(part).into()),
        ("contains", [text, part], _) => Ok(text.contains(part).into()),
        ("matches", [text, pattern], _) => match regex_lite::Regex::new(pattern) {
            Ok(regex) => Ok(regex.is_match(text).into()),
            Err(_) => Err(format!("error parsing regexp: `{pattern}`")),
        },
        ("lowerAscii", [text], _) => Ok(text.to_ascii_lowercase().into()),
        ("upperAscii", [text], _) => Ok(text.to_ascii_uppercase().into()),
        ("trim", [text], _) => Ok(text.trim().into()),
        ("split", [text, sign], _) => Ok(text.split(sign).map(Value::from).collect()),
        ("join", _, [Value::Array(items), sign @ ..]) => {
            let parts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            Ok(parts
                .join(sign.first().and_then(Value::as_str).unwrap_or_default())
                .into())
        }
        ("replace", [text, from, to], _) => Ok(text.replace(from, to).into()),
        ("indexOf", [text, part], _) => Ok(text.find(part).map_or(json!(-1), |at| {
            text.get(..at).unwrap_or_default().chars().count().into()
        })),
        ("indexOf", _, [Value::Array(items), item]) => {
            let at = items.iter().position(|found| same(found, item));
            Ok(at.map_or(json!(-1), Value::from))
        }
        ("int", [text], _) => text
            .parse::<i64>()
            .map(Value::from)
            .map_err(|_| format!("strconv.ParseInt: parsing {text:?}: invalid syntax")),
        ("int", _, [number]) => number
            .as_i64()
            .or_else(|| number.as_f64().map(|number| number.trunc() as i64))
            .map(Value::from)
            .ok_or_else(overload),
        ("double", [text], _) => text.parse::<f64>().map(Value::from).map_err(|_| overload()),
        ("double", _, [number]) => number.as_f64().map(Value::from).ok_or_else(overload),
        ("string", [text], _) => Ok((*text).into()),
        ("string", _, [value @ (Value::Number(_) | Value::Bool(_))]) => Ok(value.to_string().into()),
        ("dyn", _, [value]) => Ok(value.clone()),
        ("type", _, [value]) => Ok(super::type_of(value).into()),
        ("isSorted", _, [Value::Array(items)]) => Ok(items
            .windows(2)
            .all(|pair| matches!(pair, [left, right] if compare(left, right).is_some_and(Ordering::is_le)))
            .into()),
        ("sum", _, [Value::Array(items)]) => items
            .iter()
            .try_fold(json!(0), |sum, item| arithmetic("+", &sum, item)),
        ("min" | "max", _, [Value::Array(items)]) => {
            let wanted = if name == "min" {
                Ordering::Less
            } else {
                Ordering::Greater
            };
            let mut items = items.iter();
            let first = items
                .next()
                .ok_or_else(|| format!("{name} called on empty list"))?;
            Ok(items
                .fold(first, |best, item| {
                    if compare(item, best) == Some(wanted) {
                        item
                    } else {
                        best
                    }
                })
                .clone())
        }
        _ => Err(overload()),
    }
}
