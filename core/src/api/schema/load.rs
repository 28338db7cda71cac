//! Reads `structure.txt`. One thing a line:
//!
//! ```text
//! =apps/v1 Deployment apps.v1.Deployment           a kind and its type
//! @core.v1.LocalObjectReference atomic             a type; its fields follow
//! containers! [core.v1.Container merge=name        a field: name (! if required), type ([list, {map), attributes
//! restartPolicy string go=RestartPolicy enum=Always|Never|OnFailure
//! ```

use super::types::{Field, FieldType, KindSchema, ListType, Schema, TypeId, TypeSchema};

/// Parses the asset. It is ours and tested, so a line that makes no sense is skipped rather than reported.
pub(super) fn load(text: &'static str) -> Schema {
    let mut schema = Schema::default();
    // Types first, so that references can be resolved by name.
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix('@') {
            let (name, attributes) = rest.split_once(' ').unwrap_or((rest, ""));
            schema.types.push(TypeSchema {
                name,
                atomic: attributes == "atomic",
                fields: Vec::new(),
                line: 0,
            });
        }
    }
    let mut current = None;
    let mut fields = Vec::new();
    let mut description_line = 0;
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix('=') {
            kind(&mut schema, rest);
        } else if let Some(rest) = line.strip_prefix('@') {
            close(&mut schema, current, &mut fields);
            let name = rest.split(' ').next().unwrap_or_default();
            current = schema.id(name);
            if let Some(found) = current.and_then(|id| schema.types.get_mut(id.0)) {
                found.line = description_line;
            }
            description_line += 1;
        } else if !line.starts_with('#') {
            fields.extend(field(&schema, line));
            description_line += 1;
        }
    }
    close(&mut schema, current, &mut fields);
    schema
}

fn close(schema: &mut Schema, current: Option<TypeId>, fields: &mut Vec<Field>) {
    if let Some(found) = current.and_then(|id| schema.types.get_mut(id.0)) {
        found.fields = std::mem::take(fields);
    }
}

fn kind(schema: &mut Schema, line: &'static str) {
    let mut words = line.split(' ');
    if let (Some(api_version), Some(kind), Some(name)) = (words.next(), words.next(), words.next())
        && let Some(root) = schema.id(name)
    {
        schema.kinds.push(KindSchema {
            api_version,
            kind,
            root,
        });
    }
}

fn field(schema: &Schema, line: &'static str) -> Option<Field> {
    let mut words = line.split(' ');
    let name = words.next()?;
    let kind = field_type(schema, words.next()?);
    let mut field = match name.strip_suffix('!') {
        Some(name) => Field::new(name, kind, true),
        None => Field::new(name, kind, false),
    };
    for attribute in words {
        match attribute.split_once('=').unwrap_or((attribute, "")) {
            ("merge", "") => field.merge = true,
            ("merge", key) => {
                field.merge = true;
                field.merge_key = Some(key);
            }
            ("retainkeys", _) => field.retain_keys = true,
            ("atomic", _) => field.list = ListType::Atomic,
            ("set", _) => field.list = ListType::Set,
            ("map", keys) => field.list = ListType::Map(keys.split(',').collect()),
            ("go", name) => field.go_name = Some(name),
            ("enum", values) => field.set_values(values),
            _ => {}
        }
    }
    Some(field)
}

fn field_type(schema: &Schema, word: &str) -> FieldType {
    if let Some(inner) = word.strip_prefix('[') {
        return FieldType::List(Box::new(field_type(schema, inner)));
    }
    if let Some(inner) = word.strip_prefix('{') {
        return FieldType::Map(Box::new(field_type(schema, inner)));
    }
    match word {
        "string" => FieldType::String,
        "int32" => FieldType::Int32,
        "int64" => FieldType::Int64,
        "double" => FieldType::Double,
        "bool" => FieldType::Bool,
        "bytes" => FieldType::Bytes,
        "time" => FieldType::Time,
        "microtime" => FieldType::MicroTime,
        "quantity" => FieldType::Quantity,
        "intorstring" => FieldType::IntOrString,
        name => schema.id(name).map_or(FieldType::Any, FieldType::Object),
    }
}
