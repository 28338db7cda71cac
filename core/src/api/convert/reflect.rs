//! Values as nodes of a tree that one reader and one writer walk, whatever the types. What is here once for each type is kept to a
//! line or two; what is not generic is never inlined.

use std::collections::BTreeMap;
use std::mem;

use serde_json::{Map, Value};

use crate::api::schema::{Field, TypeId, schema};
use crate::api::types::meta::Condition;

/// A value of one of Kubernetes' types, or a part of one.
pub trait Reflect {
    /// What a value is that nobody set.
    fn zero() -> Self
    where
        Self: Sized;

    /// Takes what `value` holds. What does not fit is read as nothing, and noted.
    fn read(&mut self, value: &mut Value, note: &mut Note);

    /// Writes the value into its place; answers whether it is there.
    fn write(&self, place: &mut Value) -> bool;

    /// The field with this number in the schema, if it is an object with such a field.
    fn field(&self, _: usize) -> Option<&dyn Reflect> {
        None
    }

    /// The same, to change.
    fn field_mut(&mut self, _: usize) -> Option<&mut dyn Reflect> {
        None
    }
}

/// Whether something did not fit.
#[derive(Default)]
pub struct Note(pub(super) bool);

impl Note {
    /// What is expected is not there: fine if nothing is.
    #[inline(never)]
    pub(super) fn misfit(&mut self, value: &Value) {
        self.0 |= !value.is_null();
    }
}

/// For each type: its number in the schema, what nobody set of it, its name, and its fields with their numbers in the schema
/// (`structure.txt`, which the same generator writes).
macro_rules! nodes {
    ($($number:literal $zero:ident $first:ident$(::$rest:ident)* { $($at:literal $field:ident)* })+) => {
        $(
            impl super::reflect::Reflect for $first$(::$rest)* {
                fn zero() -> Self {
                    super::reflect::$zero()
                }

                fn read(&mut self, value: &mut serde_json::Value, note: &mut super::reflect::Note) {
                    super::reflect::read_fields($number, self, value, note);
                }

                fn write(&self, place: &mut serde_json::Value) -> bool {
                    super::reflect::write_fields($number, self, place)
                }

                fn field(&self, at: usize) -> Option<&dyn super::reflect::Reflect> {
                    Some(match at {
                        $($at => &self.$field,)*
                        _ => return None,
                    })
                }

                fn field_mut(&mut self, at: usize) -> Option<&mut dyn super::reflect::Reflect> {
                    Some(match at {
                        $($at => &mut self.$field,)*
                        _ => return None,
                    })
                }
            }
        )+
    };
}
pub(super) use nodes;

fn fields(number: usize) -> &'static [Field] {
    &schema().get(TypeId::of(number)).fields
}

#[inline(never)]
pub(super) fn read_fields(number: usize, object: &mut dyn Reflect, value: &mut Value, note: &mut Note) {
    let Value::Object(map) = value else {
        return note.misfit(value);
    };
    let fields = fields(number);
    for (name, value) in map {
        if let Ok(at) = fields.binary_search_by(|field| field.name.cmp(name))
            && let Some(field) = object.field_mut(at)
        {
            field.read(value, note);
        }
    }
}

#[inline(never)]
pub(super) fn write_fields(number: usize, object: &dyn Reflect, place: &mut Value) -> bool {
    let mut map = Map::new();
    for (at, field) in fields(number).iter().enumerate() {
        let mut value = Value::Null;
        if let Some(node) = object.field(at)
            && node.write(&mut value)
        {
            map.insert(field.name.to_owned(), value);
        }
    }
    *place = Value::Object(map);
    true
}

#[inline(never)]
fn elements<'v>(value: &'v mut Value, note: &mut Note) -> &'v mut [Value] {
    match value {
        Value::Array(elements) => elements,
        other => {
            note.misfit(other);
            &mut []
        }
    }
}

#[inline(never)]
fn entries<'v>(value: &'v mut Value, note: &mut Note) -> Option<&'v mut Map<String, Value>> {
    match value {
        Value::Object(map) => Some(map),
        other => {
            note.misfit(other);
            None
        }
    }
}

#[inline(never)]
fn write_elements(elements: &mut dyn Iterator<Item = &dyn Reflect>, place: &mut Value) -> bool {
    let written = elements.map(|element| {
        let mut value = Value::Null;
        element.write(&mut value);
        value
    });
    *place = Value::Array(written.collect());
    true
}

#[inline(never)]
fn write_entries(entries: &mut dyn Iterator<Item = (&String, &dyn Reflect)>, place: &mut Value) -> bool {
    let mut map = Map::new();
    for (key, node) in entries {
        let mut value = Value::Null;
        node.write(&mut value);
        map.insert(key.clone(), value);
    }
    *place = Value::Object(map);
    true
}

impl<T: Reflect> Reflect for Option<T> {
    fn zero() -> Self {
        None
    }

    fn read(&mut self, value: &mut Value, note: &mut Note) {
        if !value.is_null() {
            self.insert(T::zero()).read(value, note);
        }
    }

    fn write(&self, place: &mut Value) -> bool {
        self.as_ref().is_some_and(|inner| inner.write(place))
    }
}

impl<T: Reflect> Reflect for Box<T> {
    fn zero() -> Self {
        Self::new(T::zero())
    }

    fn read(&mut self, value: &mut Value, note: &mut Note) {
        (**self).read(value, note);
    }

    fn write(&self, place: &mut Value) -> bool {
        (**self).write(place)
    }
}

impl<T: Reflect> Reflect for Vec<T> {
    fn zero() -> Self {
        Self::new()
    }

    fn read(&mut self, value: &mut Value, note: &mut Note) {
        let elements = elements(value, note);
        self.reserve_exact(elements.len());
        for value in elements {
            self.push(T::zero());
            if let Some(last) = self.last_mut() {
                last.read(value, note);
            }
        }
    }

    fn write(&self, place: &mut Value) -> bool {
        write_elements(&mut self.iter().map(|element| element as &dyn Reflect), place)
    }
}

impl<T: Reflect> Reflect for BTreeMap<String, T> {
    fn zero() -> Self {
        Self::new()
    }

    fn read(&mut self, value: &mut Value, note: &mut Note) {
        for (key, mut value) in entries(value, note).map(mem::take).into_iter().flatten() {
            let mut entry = T::zero();
            entry.read(&mut value, note);
            self.insert(key, entry);
        }
    }

    fn write(&self, place: &mut Value) -> bool {
        write_entries(
            &mut self.iter().map(|(key, entry)| (key, entry as &dyn Reflect)),
            place,
        )
    }
}

/// What nobody set of a type that has a default.
pub(super) fn default<T: Default>() -> T {
    T::default()
}

/// What nobody set of a condition. A moment has no zero here.
pub(super) fn condition() -> Condition {
    Condition {
        last_transition_time: Reflect::zero(),
        message: String::new(),
        observed_generation: None,
        reason: String::new(),
        status: String::new(),
        type_: String::new(),
    }
}
