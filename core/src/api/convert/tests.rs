use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::{Mismatch, Reflect, from_json, to_json};
use crate::api::schema::{Field, FieldType, TypeSchema, schema};
use crate::api::types::{core, meta};
use crate::api::{AnyObject, Kind};

/// An object with every field there is, to a depth; `leaf` makes what is below.
fn whole(of: &TypeSchema, depth: usize, leaf: &mut dyn FnMut(&Field) -> Value) -> Value {
    let fields = of.fields.iter().map(|field| {
        let value = match (&field.kind, schema().object(&field.kind)) {
            (_, None) => leaf(field),
            (_, Some(_)) if depth == 0 => Value::Null,
            (FieldType::List(_), Some(inner)) => json!([whole(inner, depth - 1, leaf)]),
            (FieldType::Map(_), Some(inner)) => json!({"key": whole(inner, depth - 1, leaf)}),
            (_, Some(inner)) => whole(inner, depth - 1, leaf),
        };
        (field.name.to_owned(), value)
    });
    Value::Object(fields.collect::<Map<_, _>>())
}

fn fitting(kind: &FieldType) -> Value {
    match kind {
        FieldType::String | FieldType::IntOrString => json!("text"),
        FieldType::Int32 | FieldType::Int64 => json!(7),
        FieldType::Double => json!(1.5),
        FieldType::Bool => json!(true),
        FieldType::Bytes => json!("czNjcmV0"),
        FieldType::Time => json!("2026-01-02T03:04:05Z"),
        FieldType::MicroTime => json!("2026-01-02T03:04:05.000006Z"),
        FieldType::Quantity => json!("1500m"),
        FieldType::List(inner) => json!([fitting(inner)]),
        FieldType::Map(inner) => json!({"key": fitting(inner)}),
        FieldType::Any | FieldType::Object(_) => json!({"a": [1]}),
    }
}

/// The kinds that have a type, with it.
fn kinds() -> impl Iterator<Item = (Kind, &'static TypeSchema)> {
    Kind::all().filter_map(|kind| {
        let info = kind.info();
        Some((kind, schema().kind(&info.api_version(), info.name)?))
    })
}

/// The same as `serde_json`, which is slow to download but known to be right.
fn check<P: Reflect + Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(name: &str) {
    let of = schema().named(name).expect("in the schema");
    let value = whole(of, 4, &mut |field| fitting(&field.kind));
    let part: P = from_json(value.clone()).expect("fits");
    if !name.ends_with("Secret") && !name.ends_with("Event") {
        assert_eq!(part, serde_json::from_value::<P>(value).expect("fits"), "{name}");
    }
    let mut known = serde_json::to_value(&part).expect("JSON");
    if let (Value::Object(map), true) = (&mut known, name.ends_with("Secret") || name.ends_with("Event")) {
        // An object's kind is its envelope's to write.
        map.retain(|key, _| key != "apiVersion" && key != "kind");
    }
    assert_eq!(to_json(&part), known, "{name}");
}

#[test]
fn types_are_read_and_written_as_serde_json_does() {
    check::<meta::ObjectMeta>("meta.v1.ObjectMeta");
    check::<core::PodSpec>("core.v1.PodSpec");
    check::<core::PodStatus>("core.v1.PodStatus");
    check::<core::NodeStatus>("core.v1.NodeStatus");
    check::<core::ServiceSpec>("core.v1.ServiceSpec");
    check::<core::Secret>("core.v1.Secret");
    check::<core::Event>("core.v1.Event");
    check::<crate::api::types::autoscaling::HorizontalPodAutoscalerSpec>(
        "autoscaling.v2.HorizontalPodAutoscalerSpec",
    );
    check::<crate::api::types::apiextensions::CustomResourceDefinitionSpec>(
        "apiextensions.v1.CustomResourceDefinitionSpec",
    );
}

#[test]
fn every_kind_keeps_every_field() {
    for (kind, root) in kinds() {
        let mut value = whole(root, 5, &mut |field| fitting(&field.kind));
        value["apiVersion"] = json!(kind.info().api_version());
        value["kind"] = json!(kind.name());
        let value = schema().check(root, &value).value;
        let object = AnyObject::from_value(kind, value.clone()).expect("fits");
        let again = AnyObject::from_value(kind, object.to_value()).expect("fits");
        assert_eq!(again, object, "{kind}");
        let printed = object.to_value();
        for (key, part) in value["spec"].as_object().into_iter().flatten() {
            assert!(part.is_null() || !printed["spec"][key].is_null(), "{kind} {key}");
        }
    }
}

/// Whatever stands where: read as nothing and noted, or as what it is; never a panic.
#[test]
fn garbage_is_noted() {
    let garbage = [
        json!(null),
        json!(true),
        json!(5),
        json!(-1),
        json!(30_000_000_000_u64),
        json!(u64::MAX),
        json!(1.5),
        json!(""),
        json!("Zg=o\n"),
        json!("2026-13-02T03:04:05Z"),
        json!([]),
        json!([null, 1, "a", {}]),
        json!({}),
        json!({"a": 1, "b": [true], "type": null}),
    ];
    let mut refused = 0;
    for (kind, root) in kinds() {
        for (at, one) in garbage.iter().enumerate() {
            let object = whole(root, 5, &mut |_| one.clone());
            refused += usize::from(AnyObject::from_value(kind, object) == Err(Mismatch));
            let mut turn = at;
            let mixed = whole(root, 5, &mut |_| {
                turn += 5;
                garbage[turn % garbage.len()].clone()
            });
            refused += usize::from(AnyObject::from_value(kind, mixed) == Err(Mismatch));
            for part in ["metadata", "spec", "status", "data", "items"] {
                let object = json!({ part: one });
                refused += usize::from(AnyObject::from_value(kind, object) == Err(Mismatch));
            }
        }
    }
    assert!(refused > 1_000, "{refused}");
}

#[test]
fn bytes_are_read_as_go_reads_them() {
    let secret = json!({"data": {"a": "czNj\ncmV0", "b": "YR=="}});
    let secret: core::Secret = from_json(secret).expect("fits");
    let data = secret.data.expect("there");
    assert_eq!(data["a"].0, b"s3cret");
    assert_eq!(data["b"].0, b"a");
}
