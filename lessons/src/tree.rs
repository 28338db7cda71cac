//! Reads the lesson format's types from a tree of JSON values, and says where what does not fit stands.
//!
//! One reader for every source (YAML, a bundle, an exercise with its parameters put in): each further one would be there
//! once more for each type, and every visitor downloads them. What is not generic is never inlined, for the same reason.

use std::fmt;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, Expected, MapAccess, SeqAccess,
    Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value, map};

/// What does not fit, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The place: `goals[0].when`; empty for the whole.
    pub path: String,
    /// serde's words.
    pub message: String,
}

/// Reads a value.
///
/// # Errors
///
/// The first thing that does not fit.
pub fn read<T: DeserializeOwned>(tree: &Value) -> Result<T, Misfit> {
    T::deserialize(Reader(tree)).map_err(|fault| {
        let mut path = String::new();
        for step in fault.0.steps.iter().rev() {
            match step {
                Step::Key(key) if path.is_empty() => path.push_str(key),
                Step::Key(key) => path = format!("{path}.{key}"),
                Step::Index(index) => path = format!("{path}[{index}]"),
            }
        }
        Misfit {
            path,
            message: fault.0.message,
        }
    })
}

#[derive(Debug)]
enum Step {
    Key(String),
    Index(usize),
}

#[derive(Debug)]
struct Details {
    message: String,
    /// From the inside outwards.
    steps: Vec<Step>,
}

#[derive(Debug)]
struct Fault(Box<Details>);

impl Fault {
    #[cold]
    #[inline(never)]
    fn new(message: String) -> Self {
        Self(Box::new(Details {
            message,
            steps: Vec::new(),
        }))
    }

    #[cold]
    #[inline(never)]
    fn under(mut self, key: &str) -> Self {
        self.0.steps.push(Step::Key(key.to_owned()));
        self
    }

    #[cold]
    #[inline(never)]
    fn at(mut self, index: usize) -> Self {
        self.0.steps.push(Step::Index(index));
        self
    }

    #[cold]
    #[inline(never)]
    fn wrong(found: &Value, expected: &dyn Expected) -> Self {
        let found = match found {
            Value::Null => Unexpected::Other("null"),
            Value::Bool(flag) => Unexpected::Bool(*flag),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(whole), _) => Unexpected::Unsigned(whole),
                (None, Some(whole)) => Unexpected::Signed(whole),
                (None, None) => Unexpected::Float(number.as_f64().unwrap_or_default()),
            },
            Value::String(text) => Unexpected::Str(text),
            Value::Array(_) => Unexpected::Seq,
            Value::Object(_) => Unexpected::Map,
        };
        Self::invalid_type(found, expected)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Fault {}

impl Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }
}

struct Reader<'a>(&'a Value);

impl<'a> Reader<'a> {
    #[inline(never)]
    fn text(&self, expected: &dyn Expected) -> Result<&'a str, Fault> {
        match self.0 {
            Value::String(text) => Ok(text),
            other => Err(Fault::wrong(other, expected)),
        }
    }

    #[inline(never)]
    fn flag(&self, expected: &dyn Expected) -> Result<bool, Fault> {
        match self.0 {
            Value::Bool(flag) => Ok(*flag),
            other => Err(Fault::wrong(other, expected)),
        }
    }

    #[inline(never)]
    fn fields(&self, expected: &dyn Expected) -> Result<Fields<'a>, Fault> {
        match self.0 {
            Value::Object(map) => Ok(Fields::of(map)),
            other => Err(Fault::wrong(other, expected)),
        }
    }

    #[inline(never)]
    fn elements(&self, expected: &dyn Expected) -> Result<Elements<'a>, Fault> {
        match self.0 {
            Value::Array(list) => Ok(Elements { list, next: 0 }),
            other => Err(Fault::wrong(other, expected)),
        }
    }

    fn number<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        let Value::Number(number) = self.0 else {
            return Err(Fault::wrong(self.0, &visitor));
        };
        match (number.as_u64(), number.as_i64()) {
            (Some(whole), _) => visitor.visit_u64(whole),
            (None, Some(whole)) => visitor.visit_i64(whole),
            (None, None) => visitor.visit_f64(number.as_f64().unwrap_or_default()),
        }
    }
}

macro_rules! numbers {
    ($($name:ident)+) => {
        $(fn $name<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
            self.number(visitor)
        })+
    };
}

impl<'a> Deserializer<'a> for Reader<'a> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(*flag),
            Value::Number(_) => self.number(visitor),
            Value::String(text) => visitor.visit_str(text),
            Value::Array(_) => visitor.visit_seq(&mut self.elements(&"a list")?),
            Value::Object(_) => visitor.visit_map(&mut self.fields(&"a map")?),
        }
    }

    fn deserialize_bool<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        let flag = self.flag(&visitor)?;
        visitor.visit_bool(flag)
    }

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16 deserialize_u32
        deserialize_u64 deserialize_f32 deserialize_f64
    }

    fn deserialize_str<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        let text = self.text(&visitor)?;
        visitor.visit_str(text)
    }

    fn deserialize_string<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        let text = self.text(&visitor)?;
        visitor.visit_str(text)
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.0.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        let mut elements = self.elements(&visitor)?;
        visitor.visit_seq(&mut elements)
    }

    fn deserialize_map<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        let mut fields = self.fields(&visitor)?;
        visitor.visit_map(&mut fields)
    }

    fn deserialize_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let chosen = chosen(self.0)?;
        visitor.visit_enum(chosen)
    }

    fn deserialize_ignored_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        <V: Visitor<'a>>
        i128 u128 char bytes byte_buf unit unit_struct tuple tuple_struct identifier
    }
}

/// The entries of a map.
struct Fields<'a> {
    entries: map::Iter<'a>,
    current: (&'a str, &'a Value),
}

impl<'a> Fields<'a> {
    fn of(map: &'a Map<String, Value>) -> Self {
        Self {
            entries: map.iter(),
            current: ("", &Value::Null),
        }
    }

    #[inline(never)]
    fn advance(&mut self) -> Option<&'a str> {
        let (key, value) = self.entries.next()?;
        self.current = (key, value);
        Some(key)
    }
}

impl<'a> MapAccess<'a> for &mut Fields<'a> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'a>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        match self.advance() {
            Some(key) => seed
                .deserialize(Name(key))
                .map(Some)
                .map_err(|fault| fault.under(key)),
            None => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let (key, value) = self.current;
        seed.deserialize(Reader(value)).map_err(|fault| fault.under(key))
    }
}

/// The elements of a list.
struct Elements<'a> {
    list: &'a [Value],
    next: usize,
}

impl<'a> SeqAccess<'a> for &mut Elements<'a> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        let index = self.next;
        match self.list.get(index) {
            Some(value) => {
                self.next += 1;
                seed.deserialize(Reader(value))
                    .map(Some)
                    .map_err(|fault| fault.at(index))
            }
            None => Ok(None),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.list.len() - self.next)
    }
}

/// The name of a field, or the key of an entry.
struct Name<'a>(&'a str);

impl<'a> Deserializer<'a> for Name<'a> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_str(self.0)
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_enum(Chosen {
            variant: self.0,
            content: None,
        })
    }

    forward_to_deserialize_any! {
        <V: Visitor<'a>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

/// One of several: its name, and what it holds.
struct Chosen<'a> {
    variant: &'a str,
    content: Option<&'a Value>,
}

#[inline(never)]
fn chosen(value: &Value) -> Result<Chosen<'_>, Fault> {
    match value {
        Value::String(variant) => Ok(Chosen {
            variant,
            content: None,
        }),
        Value::Object(map) => match (map.iter().next(), map.len()) {
            (Some((variant, content)), 1) => Ok(Chosen {
                variant,
                content: Some(content),
            }),
            _ => Err(Fault::invalid_value(Unexpected::Map, &"map with a single key")),
        },
        other => Err(Fault::wrong(other, &"string or map")),
    }
}

impl<'a> EnumAccess<'a> for Chosen<'a> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'a>>(self, seed: V) -> Result<(V::Value, Self), Fault> {
        Ok((seed.deserialize(Name(self.variant))?, self))
    }
}

impl<'a> Chosen<'a> {
    /// What a variant that holds something holds.
    fn content(&self) -> Reader<'a> {
        Reader(self.content.unwrap_or(&Value::Null))
    }
}

impl<'a> VariantAccess<'a> for Chosen<'a> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        match self.content {
            None | Some(Value::Null) => Ok(()),
            Some(other) => Err(Fault::wrong(other, &"unit variant").under(self.variant)),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'a>>(self, seed: T) -> Result<T::Value, Fault> {
        seed.deserialize(self.content())
            .map_err(|fault| fault.under(self.variant))
    }

    fn tuple_variant<V: Visitor<'a>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        self.content()
            .deserialize_seq(visitor)
            .map_err(|fault| fault.under(self.variant))
    }

    fn struct_variant<V: Visitor<'a>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.content()
            .deserialize_map(visitor)
            .map_err(|fault| fault.under(self.variant))
    }
}
