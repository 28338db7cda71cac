//! The types without fields: texts, numbers, moments, amounts, bytes, any JSON, and one thing or another.

use std::mem;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::runtime::RawExtension;
use serde_json::Value;

use super::reflect::{Note, Reflect};
use crate::api::base64;
use crate::api::types::apiextensions::{
    CustomResourceSubresourceStatus, JSON, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
    JSONSchemaPropsOrStringArray,
};
use crate::api::types::meta::{FieldsV1, MicroTime, Time};
use crate::api::types::{ByteString, IntOrString, Quantity};
use crate::sim::calendar;

/// A type without fields: how it is read from what is no null, if that fits, and written.
macro_rules! leaf {
    ($type:ty = $zero:expr, |$value:ident| $read:expr, |$this:ident| $write:expr) => {
        impl Reflect for $type {
            fn zero() -> Self {
                $zero
            }

            fn read(&mut self, $value: &mut Value, note: &mut Note) {
                match $read {
                    Some(read) => *self = read,
                    None => {
                        note.misfit($value);
                        *self = $zero;
                    }
                }
            }

            fn write(&self, place: &mut Value) -> bool {
                let $this = self;
                *place = $write;
                true
            }
        }
    };
}

leaf!(String = Self::new(), |value| text(value), |this| Value::String(
    this.clone()
));
leaf!(bool = false, |value| value.as_bool(), |this| Value::Bool(*this));
leaf!(i32 = 0, |value| int32(value), |this| Value::from(*this));
leaf!(i64 = 0, |value| value.as_i64(), |this| Value::from(*this));
leaf!(f64 = 0.0, |value| value.as_f64(), |this| Value::from(*this));
leaf!(Value = Self::Null, |value| Some(mem::take(value)), |this| this
    .clone());
leaf!(
    CustomResourceSubresourceStatus = Self(Value::Null),
    |value| Some(Self(mem::take(value))),
    |this| this.0.clone()
);
leaf!(
    JSON = Self(Value::Null),
    |value| Some(Self(mem::take(value))),
    |this| this.0.clone()
);
leaf!(
    FieldsV1 = Self(Value::Null),
    |value| Some(Self(mem::take(value))),
    |this| this.0.clone()
);
leaf!(
    RawExtension = Self(Value::Null),
    |value| Some(Self(mem::take(value))),
    |this| this.0.clone()
);
leaf!(
    ByteString = Self(Vec::new()),
    |value| bytes(value).map(Self),
    |this| Value::String(base64::encode(&this.0))
);
leaf!(
    Quantity = Self("0".to_owned()),
    |value| amount(value).map(Self),
    |this| Value::String(this.0.clone())
);
leaf!(
    Time = Self(Timestamp::UNIX_EPOCH),
    |value| moment(value).map(Self),
    |this| Value::String(calendar::rfc3339(this.0))
);
leaf!(
    MicroTime = Self(Timestamp::UNIX_EPOCH),
    |value| moment(value).map(Self),
    |this| Value::String(calendar::rfc3339_micros(this.0))
);
leaf!(
    IntOrString = Self::Int(0),
    |value| match int32(value) {
        Some(number) => Some(Self::Int(number)),
        None => text(value).map(Self::String),
    },
    |this| match this {
        Self::Int(number) => Value::from(*number),
        Self::String(text) => Value::String(text.clone()),
    }
);

fn text(value: &mut Value) -> Option<String> {
    match value {
        Value::String(text) => Some(mem::take(text)),
        _ => None,
    }
}

fn int32(value: &Value) -> Option<i32> {
    i32::try_from(value.as_i64()?).ok()
}

/// Go passes over ends of lines and bits too many.
fn bytes(value: &Value) -> Option<Vec<u8>> {
    base64::decode(&value.as_str()?.replace(['\n', '\r'], ""))
}

fn amount(value: &mut Value) -> Option<String> {
    match value {
        Value::Number(number) => Some(number.to_string()),
        other => text(other),
    }
}

fn moment(value: &Value) -> Option<Timestamp> {
    calendar::parse(value.as_str()?)
}

/// One schema, or another thing.
macro_rules! or_schema {
    ($type:ident, $other:ident, $pattern:pat) => {
        impl Reflect for $type {
            fn zero() -> Self {
                Self::Schema(Reflect::zero())
            }

            fn read(&mut self, value: &mut Value, note: &mut Note) {
                if matches!(value, $pattern) {
                    *self = Self::$other(Reflect::zero());
                }
                match self {
                    Self::Schema(schema) => schema.read(value, note),
                    Self::$other(other) => other.read(value, note),
                }
            }

            fn write(&self, place: &mut Value) -> bool {
                match self {
                    Self::Schema(schema) => schema.write(place),
                    Self::$other(other) => other.write(place),
                }
            }
        }
    };
}

or_schema!(JSONSchemaPropsOrArray, Schemas, Value::Array(_));
or_schema!(JSONSchemaPropsOrBool, Bool, Value::Bool(_));
or_schema!(JSONSchemaPropsOrStringArray, Strings, Value::Array(_));
