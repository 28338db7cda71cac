//! `/openapi/v3`: what each group and version serves, for clients that explain or check it (`k8s.io/kube-openapi/pkg/handler3`).
//! It is made from the schema that the lab itself reads, and from the definitions of custom kinds.

#![expect(
    clippy::indexing_slicing,
    reason = "to index an object by a name is to write into it"
)]

use serde_json::{Map, Value, json};
use timonier_core::api::schema::{self, Field, FieldType, TypeSchema};
use timonier_core::api::{CustomKind, Kind, Names};
use timonier_core::cluster::Cluster;

/// The beginning of the paths.
const ROOT: &str = "/openapi/v3";
const PREFIX: &str = "#/components/schemas/";
const META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1";
const QUANTITY: &str = "io.k8s.apimachinery.pkg.api.resource.Quantity";
const INT_OR_STRING: &str = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";

/// The document at a path, if there is one.
pub(super) fn document(cluster: &Cluster, path: &str) -> Option<Value> {
    let rest = path.strip_prefix(ROOT)?.trim_matches('/');
    if rest.is_empty() {
        return Some(index(cluster));
    }
    let served = named(cluster);
    let served: Vec<&Served<'_>> = served
        .iter()
        .filter(|served| served.group_version() == rest)
        .collect();
    if served.is_empty() {
        return None;
    }
    Some(group_version(&served))
}

/// A kind that is served.
struct Served<'a> {
    names: Names<'a>,
    custom: Option<&'a CustomKind>,
}

impl Served<'_> {
    /// `api/v1`, `apis/apps/v1`
    fn group_version(&self) -> String {
        let version = self.names.api_version();
        if self.names.group.is_empty() {
            format!("api/{version}")
        } else {
            format!("apis/{version}")
        }
    }
}

fn named(cluster: &Cluster) -> Vec<Served<'_>> {
    let table = Kind::all().map(|kind| Served {
        names: kind.into(),
        custom: None,
    });
    let customs = cluster.custom_kinds().map(|kind| Served {
        names: (&**kind).into(),
        custom: Some(kind),
    });
    table.chain(customs).collect()
}

fn index(cluster: &Cluster) -> Value {
    let mut paths = Map::new();
    for served in named(cluster) {
        let path = served.group_version();
        let url = format!("{ROOT}/{path}?hash=TIMONIER");
        paths.insert(path, json!({"serverRelativeURL": url}));
    }
    json!({"paths": paths})
}

/// The document of the kinds of one group and version.
fn group_version(served: &[&Served<'_>]) -> Value {
    let (mut paths, mut schemas) = (Map::new(), Map::new());
    scalars(&mut schemas);
    for served in served {
        let names = served.names;
        let gvk = json!({"group": names.group, "kind": names.kind, "version": names.version});
        let root = format!("/{}", served.group_version());
        let place = if names.namespaced {
            format!("{root}/namespaces/{{namespace}}/{}", names.plural)
        } else {
            format!("{root}/{}", names.plural)
        };
        let about = |action: &str| json!({"x-kubernetes-action": action, "x-kubernetes-group-version-kind": gvk, "responses": {}});
        let mut patch = about("patch");
        // kubectl looks here for what the server understands.
        let options = ["dryRun", "fieldManager", "fieldValidation", "force"];
        patch["parameters"] = options
            .map(|name| json!({"name": name, "in": "query", "schema": {"type": "string"}}))
            .into_iter()
            .collect();
        paths.insert(
            place.clone(),
            json!({"get": about("list"), "post": about("post")}),
        );
        paths.insert(
            format!("{place}/{{name}}"),
            json!({"get": about("get"), "put": about("put"), "patch": patch, "delete": about("delete")}),
        );
        let root = match served.custom {
            Some(custom) => {
                let name = format!("{}.{}.{}", reversed(names.group), names.version, names.kind);
                schemas.insert(name.clone(), custom_schema(custom));
                name
            }
            None => {
                let Some(found) = schema::schema().kind(&names.api_version(), names.kind) else {
                    continue;
                };
                add(found, &mut schemas);
                component(found)
            }
        };
        if let Some(found) = schemas.get_mut(&root).and_then(Value::as_object_mut) {
            found.insert("x-kubernetes-group-version-kind".to_owned(), json!([gvk]));
        }
    }
    json!({
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": "v1.36.2"},
        "paths": paths,
        "components": {"schemas": schemas},
    })
}

fn reversed(group: &str) -> String {
    group.rsplit('.').collect::<Vec<_>>().join(".")
}

/// The schema of a custom kind, with what every object has.
fn custom_schema(custom: &CustomKind) -> Value {
    let mut found = custom.definition.schema.clone();
    let common = [
        (
            "apiVersion",
            "string",
            "APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources",
        ),
        (
            "kind",
            "string",
            "Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds",
        ),
        (
            "metadata",
            "object",
            "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
        ),
    ];
    if let Some(properties) = found.get_mut("properties").and_then(Value::as_object_mut) {
        for (name, kind, description) in common {
            properties.insert(name.to_owned(), json!({"type": kind, "description": description}));
        }
    }
    found
}

/// The name of a type's schema: `io.k8s.api.core.v1.Pod`.
fn component(found: &TypeSchema) -> String {
    let machinery = found.name.starts_with("meta.") || found.name.starts_with("runtime.");
    let package = if machinery { "apimachinery.pkg.apis" } else { "api" };
    format!("io.k8s.{package}.{}", found.name)
}

/// Adds the schema of a type, and those it speaks of.
fn add(found: &TypeSchema, schemas: &mut Map<String, Value>) {
    let name = component(found);
    if schemas.contains_key(&name) {
        return;
    }
    // A type may hold itself.
    schemas.insert(name.clone(), Value::Null);
    let mut properties = Map::new();
    for field in &found.fields {
        properties.insert(field.name.to_owned(), property(found, field));
        if let Some(inner) = schema::schema().object(&field.kind) {
            add(inner, schemas);
        }
    }
    let mut whole =
        json!({"type": "object", "description": schema::description(found, None), "properties": properties});
    let required: Vec<&str> = found.required().collect();
    if !required.is_empty() {
        whole["required"] = json!(required);
    }
    if found.atomic {
        whole["x-kubernetes-map-type"] = json!("atomic");
    }
    schemas.insert(name, whole);
}

fn property(owner: &TypeSchema, field: &Field) -> Value {
    let mut value = of_type(&field.kind);
    // Beside a reference nothing else may stand.
    if let Some(reference) = value.get("$ref").cloned() {
        value = json!({"allOf": [{"$ref": reference}], "default": {}});
    }
    value["description"] = json!(schema::description(owner, Some(field.name)));
    let values: Vec<&str> = field.values().collect();
    if !values.is_empty() {
        value["enum"] = json!(values);
    }
    if field.merge {
        value["x-kubernetes-patch-strategy"] = json!("merge");
    }
    if let Some(key) = field.merge_key {
        value["x-kubernetes-patch-merge-key"] = json!(key);
    }
    value
}

fn of_type(kind: &FieldType) -> Value {
    match kind {
        FieldType::String => json!({"type": "string"}),
        FieldType::Int32 => json!({"type": "integer", "format": "int32"}),
        FieldType::Int64 => json!({"type": "integer", "format": "int64"}),
        FieldType::Double => json!({"type": "number", "format": "double"}),
        FieldType::Bool => json!({"type": "boolean"}),
        FieldType::Bytes => json!({"type": "string", "format": "byte"}),
        FieldType::Time => reference(&format!("{META}.Time")),
        FieldType::MicroTime => reference(&format!("{META}.MicroTime")),
        FieldType::Quantity => reference(QUANTITY),
        FieldType::IntOrString => reference(INT_OR_STRING),
        FieldType::Any => json!({"type": "object"}),
        FieldType::Object(id) => reference(&component(schema::schema().get(*id))),
        FieldType::List(inner) => json!({"type": "array", "items": of_type(inner)}),
        FieldType::Map(inner) => json!({"type": "object", "additionalProperties": of_type(inner)}),
    }
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("{PREFIX}{name}")})
}

/// The types that are texts or numbers and have names of their own.
fn scalars(schemas: &mut Map<String, Value>) {
    let moment = json!({"type": "string", "format": "date-time"});
    let either = |other: &str| json!([{"type": "string"}, {"type": other}]);
    for (name, value) in [
        (format!("{META}.Time"), moment.clone()),
        (format!("{META}.MicroTime"), moment),
        (QUANTITY.to_owned(), json!({"oneOf": either("number")})),
        (
            INT_OR_STRING.to_owned(),
            json!({"oneOf": either("integer"), "format": "int-or-string"}),
        ),
    ] {
        schemas.insert(name, value);
    }
}
