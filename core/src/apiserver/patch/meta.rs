//! How fields are patched, looked up while walking down an object (`LookupPatchMeta`).

use crate::api::schema::{FieldType, Schema, TypeSchema, schema};

/// Where the walk is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Meta {
    /// In an object of this type.
    Type(&'static TypeSchema),
    /// In a map whose values have this type.
    Map(&'static FieldType),
    /// Where the schema does not reach: custom resources, raw JSON.
    Unknown,
}

/// How one field is patched, and where the walk goes on inside it.
#[derive(Clone, Copy, Debug)]
pub(super) struct FieldMeta {
    pub(super) inside: Meta,
    pub(super) merge: bool,
    pub(super) merge_key: Option<&'static str>,
    pub(super) retain_keys: bool,
}

impl Meta {
    /// The start of the walk for a kind.
    pub(super) fn of(api_version: &str, kind: &str) -> Self {
        schema().kind(api_version, kind).map_or(Self::Unknown, Self::Type)
    }

    /// What is known of the field or key `name`.
    pub(super) fn field(self, name: &str) -> FieldMeta {
        let unknown = FieldMeta {
            inside: Self::Unknown,
            merge: false,
            merge_key: None,
            retain_keys: false,
        };
        match self {
            Self::Type(owner) => owner.field(name).map_or(unknown, |field| FieldMeta {
                inside: inside(schema(), &field.kind),
                merge: field.merge,
                merge_key: field.merge_key,
                retain_keys: field.retain_keys,
            }),
            Self::Map(kind) => FieldMeta {
                inside: inside(schema(), kind),
                ..unknown
            },
            Self::Unknown => unknown,
        }
    }
}

fn inside(schema: &'static Schema, kind: &'static FieldType) -> Meta {
    match kind {
        FieldType::Object(id) => Meta::Type(schema.get(*id)),
        FieldType::List(inner) => inside(schema, inner),
        FieldType::Map(inner) => Meta::Map(inner),
        _ => Meta::Unknown,
    }
}
