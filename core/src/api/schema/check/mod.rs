//! Holds a JSON value against a type: unknown fields, wrong types, in Go's words.
//!
//! Models what sigs.k8s.io/json does while it decodes into a Go struct: a field that the struct lacks is noted, a wrong
//! type is noted and decoding goes on, a custom decoder (quantity, time) that fails ends it. Errors name the struct that
//! holds the field and the path of JSON names to it: `Go struct field DeploymentSpec.spec.replicas of type int32`.

mod leaf;

use serde_json::{Map, Value};

use super::types::{Field, FieldType, Schema, TypeSchema};

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// The type has no such field: refused in strict mode only.
    Unknown,
    /// Of another type: always refused; the first one is what the API server says.
    Type,
    /// Text that a custom decoder refuses (a quantity, a time): always refused, before any [`ProblemKind::Type`].
    Malformed,
}

/// One thing wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The field, as Kubernetes writes paths: `spec.containers[0].image`.
    pub path: String,
    /// What kind of problem it is.
    pub kind: ProblemKind,
    /// Kubernetes' words: `unknown field "spec.x"`, `json: cannot unmarshal ...`.
    pub message: String,
    /// The type it should have; none for unknown fields.
    pub expected: Option<FieldType>,
}

/// A value held against its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The value without what the type does not have, and without nulls.
    pub value: Value,
    /// What is wrong, in the order of the value.
    pub problems: Vec<Problem>,
}

impl Checked {
    /// The error of decoding, whatever the strictness.
    #[must_use]
    pub fn error(&self) -> Option<&Problem> {
        let first = |kind| self.problems.iter().find(|problem| problem.kind == kind);
        first(ProblemKind::Malformed).or_else(|| first(ProblemKind::Type))
    }

    /// Unknown fields: `unknown field "spec.x"`. Kubernetes keeps the first hundred.
    pub fn unknown_fields(&self) -> impl Iterator<Item = &str> {
        const KEPT: usize = 100;
        let unknown = self.problems.iter().filter(|p| p.kind == ProblemKind::Unknown);
        unknown.map(|problem| problem.message.as_str()).take(KEPT)
    }
}

/// The value at a [`Problem`]'s path.
#[must_use]
pub fn find<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    if path.is_empty() {
        return Some(value);
    }
    if let Some((index, rest)) = path.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return find(
            value.get(index.parse::<usize>().ok()?)?,
            rest.strip_prefix('.').unwrap_or(rest),
        );
    }
    // A key may hold dots: the keys decide where the path is cut.
    value.as_object()?.iter().find_map(|(key, inside)| {
        let rest = path.strip_prefix(key.as_str())?;
        match rest.strip_prefix('.') {
            Some(rest) => find(inside, rest),
            None if rest.is_empty() || rest.starts_with('[') => find(inside, rest),
            None => None,
        }
    })
}

impl Schema {
    /// Holds `value` against `root`.
    #[must_use]
    pub fn check(&self, root: &TypeSchema, value: &Value) -> Checked {
        let mut checker = Checker {
            schema: self,
            path: String::new(),
            names: Vec::new(),
            problems: Vec::new(),
        };
        let checked = match value {
            Value::Object(map) => checker.object(root, map),
            other => {
                let kind = leaf::go_value(other);
                let target = format!("{}.{}", root.go_package(), root.go_struct());
                let message = format!("json: cannot unmarshal {kind} into Go value of type {target}");
                checker.note(ProblemKind::Type, message, None);
                Value::Object(Map::new())
            }
        };
        Checked {
            value: checked,
            problems: checker.problems,
        }
    }
}

/// The struct and field being decoded, and how far inside its lists and maps.
#[derive(Clone, Copy)]
struct Place<'s> {
    owner: &'s TypeSchema,
    field: &'s Field,
    depth: usize,
}

struct Checker<'s> {
    schema: &'s Schema,
    /// With indexes: where the value is.
    path: String,
    /// Without: what Go's errors name.
    names: Vec<&'s str>,
    problems: Vec<Problem>,
}

impl<'s> Checker<'s> {
    fn note(&mut self, kind: ProblemKind, message: String, expected: Option<&FieldType>) {
        self.problems.push(Problem {
            path: self.path.clone(),
            kind,
            message,
            expected: expected.cloned(),
        });
    }

    fn object(&mut self, object: &'s TypeSchema, map: &Map<String, Value>) -> Value {
        let mut out = Map::new();
        for (key, value) in map {
            let length = self.push_key(key);
            if let Some(field) = object.field(key) {
                self.names.push(field.name);
                let place = Place {
                    owner: object,
                    field,
                    depth: 0,
                };
                if let Some(value) = self.value(place, &field.kind, value) {
                    out.insert(key.clone(), value);
                }
                self.names.pop();
            } else {
                let message = format!("unknown field {:?}", self.path);
                self.note(ProblemKind::Unknown, message, None);
            }
            self.path.truncate(length);
        }
        Value::Object(out)
    }

    fn push_key(&mut self, key: &str) -> usize {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        self.path.push_str(key);
        length
    }

    /// The value as it will be decoded; none when it decodes to nothing (null, or refused).
    fn value(&mut self, place: Place<'s>, kind: &'s FieldType, value: &Value) -> Option<Value> {
        if value.is_null() && *kind != FieldType::Any {
            return None;
        }
        match (kind, value) {
            (FieldType::Object(id), Value::Object(map)) => Some(self.object(self.schema.get(*id), map)),
            (FieldType::List(inner), Value::Array(items)) => Some(self.list(place, inner, items)),
            (FieldType::Map(inner), Value::Object(map)) => Some(self.map(place, inner, map)),
            _ => match leaf::check(kind, value) {
                Ok(value) => Some(value),
                Err(leaf::Refusal::Type { found, target }) => {
                    let target = target.map_or_else(|| self.go_type(place, kind), str::to_owned);
                    let field = self.names.join(".");
                    let message = format!(
                        "json: cannot unmarshal {found} into Go struct field {}.{field} of type {target}",
                        place.owner.go_struct()
                    );
                    self.note(ProblemKind::Type, message, Some(kind));
                    None
                }
                Err(leaf::Refusal::Base64(message)) => {
                    self.note(ProblemKind::Type, message, Some(kind));
                    None
                }
                Err(leaf::Refusal::Malformed(message)) => {
                    self.note(ProblemKind::Malformed, message, Some(kind));
                    None
                }
            },
        }
    }

    fn list(&mut self, place: Place<'s>, inner: &'s FieldType, items: &[Value]) -> Value {
        let inside = Place {
            depth: place.depth + 1,
            ..place
        };
        let mut out = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let length = self.path.len();
            self.path.push_str(&format!("[{index}]"));
            let value = self.value(inside, inner, item);
            out.push(value.unwrap_or_else(|| leaf::zero(inner)));
            self.path.truncate(length);
        }
        Value::Array(out)
    }

    fn map(&mut self, place: Place<'s>, inner: &'s FieldType, map: &Map<String, Value>) -> Value {
        let inside = Place {
            depth: place.depth + 1,
            ..place
        };
        let mut out = Map::new();
        for (key, item) in map {
            let length = self.push_key(key);
            let value = self.value(inside, inner, item);
            out.insert(key.clone(), value.unwrap_or_else(|| leaf::zero(inner)));
            self.path.truncate(length);
        }
        Value::Object(out)
    }

    fn go_type(&self, place: Place<'s>, kind: &FieldType) -> String {
        match place.depth {
            0 => self.schema.go_type(place.owner, place.field),
            1 => self.schema.go_element_type(place.owner, place.field),
            _ => self.schema.go_plain_type(kind),
        }
    }
}

#[cfg(test)]
mod tests;
