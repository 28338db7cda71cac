//! From types to JSON values: each part is written into its place. What is not generic is never inlined: it would be there
//! once for each field of each type.

use serde::Serialize;
use serde::ser::{Impossible, SerializeMap, SerializeSeq, SerializeStruct, Serializer};
use serde_json::{Map, Value};

use super::{Never, never};

type Done = Result<(), Never>;
type NoSuch = Impossible<(), Never>;

/// The place of a value.
pub(super) struct Writer<'a>(pub(super) &'a mut Value);

/// An object that is being written.
pub(super) struct Entries<'a>(&'a mut Value);

/// A map that is being written, and the key of its next entry.
pub(super) struct Pairs<'a>(&'a mut Value, String);

/// A list that is being written.
pub(super) struct Elements<'a>(&'a mut Value);

#[inline(never)]
fn put(place: &mut Value, value: Value) {
    *place = value;
}

#[inline(never)]
fn put_text(place: &mut Value, text: &str) {
    *place = Value::String(text.to_owned());
}

#[inline(never)]
fn put_whole(place: &mut Value, number: i64) {
    *place = Value::from(number);
}

#[inline(never)]
fn put_object(place: &mut Value) {
    *place = Value::Object(Map::new());
}

#[inline(never)]
fn entry<'a>(object: &'a mut Value, key: &str) -> &'a mut Value {
    match object {
        Value::Object(map) => map.entry(key).or_insert(Value::Null),
        other => other,
    }
}

#[inline(never)]
fn push(list: &mut Value, element: Value) {
    if let Value::Array(elements) = list {
        elements.push(element);
    }
}

impl<'a> Serializer for Writer<'a> {
    type Ok = ();
    type Error = Never;
    type SerializeSeq = Elements<'a>;
    type SerializeMap = Pairs<'a>;
    type SerializeStruct = Entries<'a>;
    type SerializeTuple = NoSuch;
    type SerializeTupleStruct = NoSuch;
    type SerializeTupleVariant = NoSuch;
    type SerializeStructVariant = NoSuch;

    fn serialize_bool(self, v: bool) -> Done {
        put(self.0, Value::Bool(v));
        Ok(())
    }

    fn serialize_i8(self, v: i8) -> Done {
        self.serialize_i64(i64::from(v))
    }

    fn serialize_i16(self, v: i16) -> Done {
        self.serialize_i64(i64::from(v))
    }

    fn serialize_i32(self, v: i32) -> Done {
        self.serialize_i64(i64::from(v))
    }

    fn serialize_i64(self, v: i64) -> Done {
        put_whole(self.0, v);
        Ok(())
    }

    fn serialize_u8(self, v: u8) -> Done {
        self.serialize_i64(i64::from(v))
    }

    fn serialize_u16(self, v: u16) -> Done {
        self.serialize_i64(i64::from(v))
    }

    fn serialize_u32(self, v: u32) -> Done {
        self.serialize_i64(i64::from(v))
    }

    fn serialize_u64(self, v: u64) -> Done {
        put(self.0, Value::from(v));
        Ok(())
    }

    fn serialize_f32(self, v: f32) -> Done {
        self.serialize_f64(f64::from(v))
    }

    fn serialize_f64(self, v: f64) -> Done {
        put(self.0, Value::from(v));
        Ok(())
    }

    fn serialize_char(self, v: char) -> Done {
        put(self.0, Value::String(v.to_string()));
        Ok(())
    }

    fn serialize_str(self, v: &str) -> Done {
        put_text(self.0, v);
        Ok(())
    }

    fn serialize_bytes(self, v: &[u8]) -> Done {
        put(self.0, Value::from(v));
        Ok(())
    }

    fn serialize_none(self) -> Done {
        Ok(())
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Done {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Done {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Done {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Done {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(self, _: &'static str, value: &T) -> Done {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Done {
        put_object(self.0);
        value.serialize(Writer(entry(self.0, variant)))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Elements<'a>, Never> {
        put(self.0, Value::Array(Vec::new()));
        Ok(Elements(self.0))
    }

    fn serialize_tuple(self, _: usize) -> Result<NoSuch, Never> {
        never()
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<NoSuch, Never> {
        never()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<NoSuch, Never> {
        never()
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Pairs<'a>, Never> {
        put_object(self.0);
        Ok(Pairs(self.0, String::new()))
    }

    // Inlined, so that nobody counts the fields that are there.
    #[inline(always)]
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Entries<'a>, Never> {
        put_object(self.0);
        Ok(Entries(self.0))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<NoSuch, Never> {
        never()
    }
}

impl SerializeStruct for Entries<'_> {
    type Ok = ();
    type Error = Never;

    #[inline(always)]
    fn serialize_field<T: ?Sized + Serialize>(&mut self, key: &'static str, value: &T) -> Done {
        value.serialize(Writer(entry(self.0, key)))
    }

    fn end(self) -> Done {
        Ok(())
    }
}

impl SerializeMap for Pairs<'_> {
    type Ok = ();
    type Error = Never;

    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Done {
        let mut text = Value::Null;
        key.serialize(Writer(&mut text))?;
        if let Value::String(text) = text {
            self.1 = text;
        }
        Ok(())
    }

    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Done {
        value.serialize(Writer(entry(self.0, &self.1)))
    }

    fn end(self) -> Done {
        Ok(())
    }
}

impl SerializeSeq for Elements<'_> {
    type Ok = ();
    type Error = Never;

    fn serialize_element<T: ?Sized + Serialize>(&mut self, value: &T) -> Done {
        let mut element = Value::Null;
        value.serialize(Writer(&mut element))?;
        push(self.0, element);
        Ok(())
    }

    fn end(self) -> Done {
        Ok(())
    }
}
