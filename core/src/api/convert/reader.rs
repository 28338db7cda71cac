//! From JSON values to types. Each value is taken out of its place; what is not there, or of another type, is read as nothing.
//! What is not generic is never inlined: it would be there once for each field of each type.

#![expect(clippy::disallowed_types, reason = "a note that lives for one call")]

use std::cell::Cell;
use std::mem;
use std::slice;

use serde::de::{DeserializeSeed, Deserializer, Expected, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Value, map};

use super::fitting::{make_fit, make_object_fit};
use super::{Never, never};

/// A value to read, and where to say that it does not fit.
pub(super) struct Reader<'a> {
    value: &'a mut Value,
    mismatch: &'a Cell<bool>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(value: &'a mut Value, mismatch: &'a Cell<bool>) -> Self {
        Self { value, mismatch }
    }

    /// What is expected is not there: fine if nothing is.
    fn nothing<T: Default>(&self) -> T {
        if !self.value.is_null() {
            self.mismatch.set(true);
        }
        T::default()
    }

    #[inline(never)]
    fn text(self) -> String {
        match self.value {
            Value::String(text) => mem::take(text),
            _ => self.nothing(),
        }
    }

    #[inline(never)]
    fn flag(self) -> bool {
        match self.value {
            Value::Bool(flag) => *flag,
            _ => self.nothing(),
        }
    }

    #[inline(never)]
    fn int32(self) -> i32 {
        let number = self.value.as_i64().and_then(|number| i32::try_from(number).ok());
        number.unwrap_or_else(|| self.nothing())
    }

    #[inline(never)]
    fn int64(self) -> i64 {
        self.value.as_i64().unwrap_or_else(|| self.nothing())
    }

    #[inline(never)]
    fn double(self) -> f64 {
        self.value.as_f64().unwrap_or_else(|| self.nothing())
    }

    #[inline(never)]
    fn fields(self) -> Fields<'a> {
        let Self { value, mismatch } = self;
        let entries = match value {
            Value::Object(map) => Some(map.iter_mut()),
            other => {
                mismatch.set(mismatch.get() || !other.is_null());
                None
            }
        };
        Fields {
            entries,
            value: None,
            mismatch,
        }
    }

    #[inline(never)]
    fn fields_of(self, name: &str, fields: &[&str]) -> Fields<'a> {
        if let Value::Object(map) = &mut *self.value {
            make_object_fit(map, name, fields);
        }
        self.fields()
    }

    #[inline(never)]
    fn elements(self) -> Elements<'a> {
        let Self { value, mismatch } = self;
        let elements = match value {
            Value::Array(list) => list.as_mut_slice(),
            other => {
                mismatch.set(mismatch.get() || !other.is_null());
                &mut []
            }
        };
        Elements {
            elements: elements.iter_mut(),
            mismatch,
        }
    }

    /// Makes the value one that a reader which can refuse some takes.
    #[inline(never)]
    fn fit(&mut self, expects: &dyn Expected) {
        if !make_fit(self.value, expects) {
            self.mismatch.set(true);
        }
    }
}

impl<'a> Deserializer<'a> for Reader<'a> {
    type Error = Never;

    fn deserialize_any<V: Visitor<'a>>(mut self, visitor: V) -> Result<V::Value, Never> {
        self.fit(&visitor);
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(*flag),
            Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
                (Some(whole), ..) => visitor.visit_i64(whole),
                (None, Some(whole), _) => visitor.visit_u64(whole),
                (.., float) => visitor.visit_f64(float.unwrap_or_default()),
            },
            Value::String(text) => visitor.visit_string(mem::take(text)),
            Value::Array(_) => visitor.visit_seq(&mut self.elements()),
            Value::Object(_) => visitor.visit_map(&mut self.fields()),
        }
    }

    fn deserialize_bool<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Never> {
        visitor.visit_bool(self.flag())
    }

    fn deserialize_i32<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Never> {
        visitor.visit_i32(self.int32())
    }

    fn deserialize_i64<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Never> {
        visitor.visit_i64(self.int64())
    }

    fn deserialize_f64<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Never> {
        visitor.visit_f64(self.double())
    }

    fn deserialize_str<V: Visitor<'a>>(mut self, visitor: V) -> Result<V::Value, Never> {
        self.fit(&visitor);
        visitor.visit_str(&self.text())
    }

    fn deserialize_string<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Never> {
        visitor.visit_string(self.text())
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Never> {
        if self.value.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Never> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Never> {
        visitor.visit_seq(&mut self.elements())
    }

    fn deserialize_map<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Never> {
        visitor.visit_map(&mut self.fields())
    }

    fn deserialize_struct<V: Visitor<'a>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Never> {
        visitor.visit_map(&mut self.fields_of(name, fields))
    }

    fn deserialize_ignored_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Never> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        <V: Visitor<'a>>
        i8 i16 i128 u8 u16 u32 u64 u128 f32 char bytes byte_buf unit unit_struct tuple tuple_struct enum identifier
    }
}

/// The fields of an object, or the entries of a map.
struct Fields<'a> {
    entries: Option<map::IterMut<'a>>,
    value: Option<&'a mut Value>,
    mismatch: &'a Cell<bool>,
}

impl<'a> Fields<'a> {
    #[inline(never)]
    fn next(&mut self) -> Option<&'a str> {
        let (key, value) = self.entries.as_mut()?.next()?;
        self.value = Some(value);
        Some(key)
    }

    #[inline(never)]
    fn current(&mut self) -> Reader<'a> {
        match self.value.take() {
            Some(value) => Reader::new(value, self.mismatch),
            None => never(),
        }
    }
}

impl<'a> MapAccess<'a> for &mut Fields<'a> {
    type Error = Never;

    fn next_key_seed<K: DeserializeSeed<'a>>(&mut self, seed: K) -> Result<Option<K::Value>, Never> {
        match self.next() {
            Some(key) => seed.deserialize(Name(key)).map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value, Never> {
        seed.deserialize(self.current())
    }
}

/// The elements of a list.
struct Elements<'a> {
    elements: slice::IterMut<'a, Value>,
    mismatch: &'a Cell<bool>,
}

impl<'a> SeqAccess<'a> for &mut Elements<'a> {
    type Error = Never;

    fn next_element_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<Option<T::Value>, Never> {
        match self.elements.next() {
            Some(value) => seed.deserialize(Reader::new(value, self.mismatch)).map(Some),
            None => Ok(None),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.elements.len())
    }
}

/// The name of a field, or the key of an entry.
struct Name<'a>(&'a str);

impl<'a> Deserializer<'a> for Name<'a> {
    type Error = Never;

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Never> {
        visitor.visit_str(self.0)
    }

    forward_to_deserialize_any! {
        <V: Visitor<'a>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
