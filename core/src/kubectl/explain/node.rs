//! A place in a schema, whichever tells it: the schema of the table's kinds, or that of a custom kind.

use serde_json::Value;

use crate::api::schema::{Field, FieldType, TypeSchema, description, schema};

const TIME: &str = "Time is a wrapper around time.Time which supports correct marshaling to YAML and JSON.  Wrappers are provided for many of the factory methods that the time package offers.";
const MICRO_TIME: &str = "MicroTime is version of Time with microsecond level precision.";
const INT_OR_STRING: &str = "IntOrString is a type that can hold an int32 or a string.  When used in JSON or YAML marshalling and unmarshalling, it produces or consumes the inner type.  This allows you to have, for example, a JSON field that can accept a name or number.";
const QUANTITY: &str = include_str!("quantity.txt");

/// A place in a schema.
#[derive(Clone, Copy, Debug)]
pub(super) enum Node<'s> {
    /// A kind of the table.
    Type(&'s TypeSchema),
    /// A field of a type.
    Field(&'s TypeSchema, &'s Field),
    /// A custom kind.
    Root(&'s Value),
    /// A place in a custom kind's schema.
    Json(&'s Value),
}

/// A field below a place.
pub(super) struct Below<'s> {
    pub(super) name: &'s str,
    pub(super) node: Node<'s>,
    pub(super) required: bool,
}

impl Node<'static> {
    /// A kind of the table.
    pub(super) fn of(api_version: &str, kind: &str) -> Option<Self> {
        schema().kind(api_version, kind).map(Self::Type)
    }
}

fn text<'v>(schema: &'v Value, key: &str) -> &'v str {
    schema.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// What lists and maps hold.
fn inner(schema: &Value) -> Option<&Value> {
    let additional = schema
        .get("additionalProperties")
        .filter(|found| found.is_object());
    schema
        .get("items")
        .filter(|found| found.is_object())
        .or(additional)
}

impl<'s> Node<'s> {
    /// The fields, by name.
    pub(super) fn fields(&self) -> Vec<Below<'s>> {
        match self {
            Self::Type(of) => type_fields(of),
            Self::Field(_, field) => schema().object(&field.kind).map_or_else(Vec::new, type_fields),
            Self::Root(of) => {
                let mut fields = json_fields(of);
                fields.retain(|field| !matches!(field.name, "apiVersion" | "kind" | "metadata"));
                if let Some(any) = schema().kind("v1", "ConfigMap") {
                    let common = type_fields(any).into_iter();
                    fields.extend(
                        common.filter(|field| matches!(field.name, "apiVersion" | "kind" | "metadata")),
                    );
                }
                crate::sort::sort_by_key(&mut fields, |field| field.name);
                fields
            }
            Self::Json(of) => json_fields(of),
        }
    }

    /// What it is for: its own words, and those of the types it is made of.
    pub(super) fn description(&self) -> String {
        let mut texts = vec![self.own_description()];
        match self {
            Self::Field(_, field) => texts.push(type_description(&field.kind)),
            Self::Root(of) | Self::Json(of) => {
                let mut below = inner(of);
                while let Some(schema) = below {
                    texts.push(text(schema, "description").to_owned());
                    below = inner(schema);
                }
            }
            Self::Type(_) => {}
        }
        texts.retain(|text| !text.is_empty());
        texts.into_iter().map(|text| text + "\n").collect()
    }

    /// Its own words.
    pub(super) fn own_description(&self) -> String {
        match self {
            Self::Type(of) => description(of, None),
            Self::Field(of, field) => description(of, Some(field.name)),
            Self::Root(of) | Self::Json(of) => text(of, "description").to_owned(),
        }
    }

    /// Its type: `string`, `[]Container`, `map[string]Quantity`.
    pub(super) fn type_name(&self) -> String {
        match self {
            Self::Type(of) => of.go_struct().to_owned(),
            Self::Field(_, field) => field_type(&field.kind),
            Self::Root(of) | Self::Json(of) => json_type(of),
        }
    }

    /// The values it takes when they are a fixed set.
    pub(super) fn values(&self) -> Vec<String> {
        match self {
            // The lab knows more fixed sets than the API server publishes: those it describes.
            Self::Field(_, field) if self.own_description().contains("Possible enum values:") => {
                field.values().map(str::to_owned).collect()
            }
            Self::Field(..) => Vec::new(),
            Self::Root(of) | Self::Json(of) => {
                let values = of.get("enum").and_then(Value::as_array);
                let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                values.into_iter().flatten().map(shown).collect()
            }
            Self::Type(_) => Vec::new(),
        }
    }

    /// The name of the type of its fields, to know it again.
    pub(super) fn identity(&self) -> Option<String> {
        match self {
            Self::Type(of) => Some(of.name.to_owned()),
            Self::Field(_, field) => schema().object(&field.kind).map(|of| of.name.to_owned()),
            Self::Root(_) | Self::Json(_) => None,
        }
    }
}

fn type_fields<'s>(of: &'s TypeSchema) -> Vec<Below<'s>> {
    of.fields
        .iter()
        .map(|field| Below {
            name: field.name,
            node: Node::Field(of, field),
            required: field.required && field.name != "metadata",
        })
        .collect()
}

fn json_fields(of: &Value) -> Vec<Below<'_>> {
    let Some(properties) = of.get("properties").and_then(Value::as_object) else {
        return inner(of).map_or_else(Vec::new, json_fields);
    };
    let required = of.get("required").and_then(Value::as_array);
    let is_required = |name: &str| required.is_some_and(|required| required.contains(&Value::from(name)));
    properties
        .iter()
        .map(|(name, schema)| Below {
            name,
            node: Node::Json(schema),
            required: is_required(name),
        })
        .collect()
}

fn type_description(kind: &FieldType) -> String {
    match kind {
        FieldType::Object(id) => description(schema().get(*id), None),
        FieldType::List(inner) | FieldType::Map(inner) => type_description(inner),
        FieldType::Time => TIME.to_owned(),
        FieldType::MicroTime => MICRO_TIME.to_owned(),
        FieldType::IntOrString => INT_OR_STRING.to_owned(),
        FieldType::Quantity => QUANTITY.trim_end().to_owned(),
        _ => String::new(),
    }
}

fn field_type(kind: &FieldType) -> String {
    match kind {
        FieldType::String | FieldType::Bytes | FieldType::Time | FieldType::MicroTime => "string".to_owned(),
        FieldType::Int32 | FieldType::Int64 => "integer".to_owned(),
        FieldType::Double => "number".to_owned(),
        FieldType::Bool => "boolean".to_owned(),
        FieldType::Quantity => "Quantity".to_owned(),
        FieldType::IntOrString => "IntOrString".to_owned(),
        FieldType::Any => "Object".to_owned(),
        FieldType::Object(id) => schema().get(*id).go_struct().to_owned(),
        FieldType::List(inner) => format!("[]{}", field_type(inner)),
        FieldType::Map(inner) => format!("map[string]{}", field_type(inner)),
    }
}

fn json_type(of: &Value) -> String {
    if let Some(items) = of.get("items").filter(|found| found.is_object()) {
        return format!("[]{}", json_type(items));
    }
    if let Some(values) = of.get("additionalProperties").filter(|found| found.is_object()) {
        return format!("map[string]{}", json_type(values));
    }
    match text(of, "type") {
        "" | "object" => "Object".to_owned(),
        other => other.to_owned(),
    }
}
