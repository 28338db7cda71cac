//! How the parts of an object merge, whatever tells it: the schema of the table's kinds, that of a custom kind, or nothing.

use serde_json::Value;

use super::super::route::Form;
use crate::api::schema::{FieldType, ListType, TypeSchema, schema};
use crate::sorted::json_object;

/// What is known of a value.
#[derive(Clone, Debug)]
pub(crate) enum Shape<'s> {
    /// An object of a known type.
    Type(&'s TypeSchema),
    /// A field of a known type; how it merges.
    Field(&'s FieldType, ListType),
    /// Something that a custom kind's schema describes.
    Json(&'s Value),
    /// Nothing: objects merge, lists do not.
    Unknown,
}

/// How a value merges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Merge<'s> {
    /// As a whole.
    Whole,
    /// Key by key.
    Keys,
    /// Elements are known by these fields.
    Elements(Vec<&'s str>),
    /// Elements are values that occur once.
    Values,
}

impl<'s> Shape<'s> {
    /// The shape of a kind's objects.
    pub(crate) fn of(form: Form<'s>) -> Self {
        match form {
            Form::Custom(kind) if kind.definition.schema.is_object() => Self::Json(&kind.definition.schema),
            Form::Custom(_) => Self::Unknown,
            Form::Kind(kind) => {
                let info = kind.info();
                schema()
                    .kind(&info.api_version(), info.name)
                    .map_or(Self::Unknown, Self::Type)
            }
        }
    }

    /// How a value of this shape merges.
    pub(crate) fn merge(&self, value: &Value) -> Merge<'s> {
        let list = |list_type: &ListType| match list_type {
            ListType::Map(keys) => Merge::Elements(keys.clone()),
            ListType::Set => Merge::Values,
            ListType::Atomic | ListType::Unset => Merge::Whole,
        };
        match (self, value) {
            (Self::Type(of), Value::Object(_)) if !of.atomic => Merge::Keys,
            (Self::Field(_, ListType::Atomic), _) => Merge::Whole,
            (Self::Field(FieldType::Object(id), _), Value::Object(_)) if !schema().get(*id).atomic => {
                Merge::Keys
            }
            (Self::Field(FieldType::Map(_), _), Value::Object(_)) => Merge::Keys,
            (Self::Field(FieldType::List(_), list_type), Value::Array(_)) => list(list_type),
            (Self::Json(of), Value::Object(_))
                if of.get("x-kubernetes-map-type") != Some(&"atomic".into()) =>
            {
                Merge::Keys
            }
            (Self::Json(of), Value::Array(_)) => {
                match of.get("x-kubernetes-list-type").and_then(Value::as_str) {
                    Some("map") => {
                        let keys = of.get("x-kubernetes-list-map-keys").and_then(Value::as_array);
                        Merge::Elements(keys.into_iter().flatten().filter_map(Value::as_str).collect())
                    }
                    Some("set") => Merge::Values,
                    _ => Merge::Whole,
                }
            }
            (Self::Unknown, Value::Object(_)) => Merge::Keys,
            _ => Merge::Whole,
        }
    }

    /// The shape of what stands under a key.
    pub(crate) fn key(&self, name: &str) -> Self {
        let field = |of: &'s TypeSchema| {
            of.field(name).map_or(Self::Unknown, |field| {
                Self::Field(&field.kind, field.list.clone())
            })
        };
        match self {
            Self::Type(of) => field(of),
            Self::Field(FieldType::Object(id), _) => field(schema().get(*id)),
            Self::Field(FieldType::Map(inner), _) => Self::Field(inner, ListType::Unset),
            Self::Json(of) => {
                if name == "metadata"
                    && let Some(metadata) = schema().named("meta.v1.ObjectMeta")
                {
                    return Self::Type(metadata);
                }
                let known = of.get("properties").and_then(|properties| properties.get(name));
                known
                    .or_else(|| of.get("additionalProperties").filter(|found| found.is_object()))
                    .map_or(Self::Unknown, Self::Json)
            }
            Self::Unknown if name == "metadata" => schema()
                .named("meta.v1.ObjectMeta")
                .map_or(Self::Unknown, Self::Type),
            _ => Self::Unknown,
        }
    }

    /// The shape of a list's elements.
    pub(crate) fn element(&self) -> Self {
        match self {
            Self::Field(FieldType::List(inner), _) => Self::Field(inner, ListType::Unset),
            Self::Json(of) => of.get("items").map_or(Self::Unknown, Self::Json),
            _ => Self::Unknown,
        }
    }
}

/// The step to an element that is known by these fields.
pub(crate) fn element_step(item: &Value, keys: &[&str]) -> String {
    let found = keys.iter().filter_map(|key| {
        let value = match item.get(key) {
            Some(value) => value.clone(),
            // The one key of Kubernetes that has a default.
            None if *key == "protocol" => Value::from("TCP"),
            None => return None,
        };
        Some(((*key).to_owned(), value))
    });
    format!("k:{}", Value::Object(json_object(found)))
}
