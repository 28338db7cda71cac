//! From the text of a manifest to objects that can be sent.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::files::{Source, sources};
use crate::api::Kind;
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::kustomize;
use crate::kubectl::value::{map_mut, text};
use crate::manifest;
use crate::manifest::print::to_json_compact;

/// An object from a manifest or from the API server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Info {
    /// The kind.
    pub(crate) kind: Kind,
    /// The namespace, empty for cluster-wide kinds.
    pub(crate) namespace: String,
    /// The name; empty if it is to be generated.
    pub(crate) name: String,
    /// Where it was written.
    pub(crate) source: String,
    /// The object.
    pub(crate) object: Value,
}

/// What is checked while reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Checks {
    /// Whether kind and version must be there before the object is decoded (`--validate`).
    pub(crate) schema: bool,
}

/// The files that a command line names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named<'a> {
    /// `-f`
    pub(crate) paths: &'a [String],
    /// `-R`
    pub(crate) recursive: bool,
    /// `-k`; empty if it is not given.
    pub(crate) kustomize: &'a str,
}

impl Named<'_> {
    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.paths.is_empty() && self.kustomize.is_empty()
    }
}

/// The objects of the files that `-f` names or `-k` makes, in order, and what could not be read.
pub(crate) fn infos(
    cx: &mut Cx<'_>,
    named: Named<'_>,
    namespace: Option<&str>,
    checks: Checks,
) -> (Vec<Info>, Vec<Failure>) {
    let (mut infos, mut failures) = (Vec::new(), Vec::new());
    if !named.kustomize.is_empty() {
        let made = kustomized(cx, named, namespace, checks, &mut infos);
        failures.extend(made.err());
        return (infos, failures);
    }
    match sources(cx, named.paths, named.recursive) {
        Ok(found) => {
            for source in found {
                if let Err(failure) = read(cx, &source, namespace, checks, &mut infos) {
                    failures.push(failure);
                }
            }
        }
        Err(failure) => failures.push(failure),
    }
    (infos, failures)
}

/// The objects that a kustomization makes.
fn kustomized(
    cx: &mut Cx<'_>,
    named: Named<'_>,
    namespace: Option<&str>,
    checks: Checks,
    out: &mut Vec<Info>,
) -> Result<(), Failure> {
    if !named.paths.is_empty() {
        return Err("only one of '-f' or '-k' can be specified".into());
    }
    let source = Source {
        name: named.kustomize.to_owned(),
        text: String::new(),
    };
    for object in kustomize::build(cx, named.kustomize)? {
        flatten(cx, object, &source, namespace, checks, out)?;
    }
    Ok(())
}

fn read(
    cx: &mut Cx<'_>,
    source: &Source,
    namespace: Option<&str>,
    checks: Checks,
    out: &mut Vec<Info>,
) -> Result<(), Failure> {
    for document in manifest::parse(&source.text) {
        let document = document.map_err(|problem| {
            Failure::Message(format!("error parsing {}: {}", source.name, problem.message))
        })?;
        flatten(cx, document.value, source, namespace, checks, out)?;
    }
    Ok(())
}

fn flatten(
    cx: &mut Cx<'_>,
    object: Value,
    source: &Source,
    namespace: Option<&str>,
    checks: Checks,
    out: &mut Vec<Info>,
) -> Result<(), Failure> {
    if checks.schema {
        check_type(&object).map_err(|why| {
            Failure::Message(format!(
                "error validating {:?}: error validating data: {why}; if you choose to ignore these errors, turn validation off with --validate=false",
                source.name
            ))
        })?;
    }
    if is_list(&object) {
        for item in list_items(object) {
            flatten(cx, item, source, namespace, checks, out)?;
        }
        return Ok(());
    }
    check_decodes(&object)
        .map_err(|why| Failure::Message(format!("unable to decode {:?}: {why}", source.name)))?;
    out.push(info(cx, object, &source.name, namespace)?);
    Ok(())
}

/// Whether an object is a list of objects.
pub(crate) fn is_list(object: &Value) -> bool {
    text(object, "/kind").ends_with("List") && object.get("items").is_some_and(Value::is_array)
}

/// The objects of a list.
pub(crate) fn list_items(mut list: Value) -> Vec<Value> {
    match list.get_mut("items").map(Value::take) {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    }
}

fn check_type(object: &Value) -> Result<(), String> {
    if !object.is_object() {
        return Err("invalid object to validate".to_owned());
    }
    let mut wrong = Vec::new();
    for field in ["apiVersion", "kind"] {
        match object.get(field) {
            None | Some(Value::Null) => wrong.push(format!("{field} not set")),
            Some(Value::String(_)) => {}
            Some(_) => wrong.push(format!("{field} isn't string type")),
        }
    }
    match wrong.as_slice() {
        [] => Ok(()),
        [one] => Err(one.clone()),
        several => Err(format!("[{}]", several.join(", "))),
    }
}

/// What kubectl itself decodes before it sends: the type and the metadata.
fn check_decodes(object: &Value) -> Result<(), String> {
    let shown = || to_json_compact(object);
    if text(object, "/kind").is_empty() {
        return Err(format!("Object 'Kind' is missing in '{}'", shown()));
    }
    if text(object, "/apiVersion").is_empty() {
        return Err(format!("Object 'apiVersion' is missing in '{}'", shown()));
    }
    let mismatch = |found: &Value, field: &str, wanted: &str| {
        let kind = match found {
            Value::Bool(_) => "bool",
            Value::Number(_) => "number",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
            Value::String(_) | Value::Null => "string",
        };
        format!(
            "json: cannot unmarshal {kind} into Go struct field ObjectMeta.metadata.{field} of type {wanted}"
        )
    };
    let Some(metadata) = object.get("metadata").filter(|metadata| !metadata.is_null()) else {
        return Ok(());
    };
    for field in ["name", "namespace", "generateName"] {
        if let Some(found) = metadata.get(field)
            && !found.is_string()
            && !found.is_null()
        {
            return Err(mismatch(found, field, "string"));
        }
    }
    for field in ["labels", "annotations"] {
        match metadata.get(field) {
            None | Some(Value::Null) => {}
            Some(Value::Object(map)) => {
                if let Some(found) = map.values().find(|value| !value.is_string() && !value.is_null()) {
                    return Err(mismatch(found, field, "string"));
                }
            }
            Some(found) => return Err(mismatch(found, field, "map[string]string")),
        }
    }
    Ok(())
}

/// The object with its kind and namespace settled. `namespace`: the one that the user insisted on.
fn info(cx: &mut Cx<'_>, mut object: Value, source: &str, namespace: Option<&str>) -> Result<Info, Failure> {
    let (version, kind) = (text(&object, "/apiVersion"), text(&object, "/kind"));
    let name = text(&object, "/metadata/name").to_owned();
    let own = text(&object, "/metadata/namespace").to_owned();
    let Some(found) = cx.kind_in_manifest(version, kind) else {
        return Err(Failure::Message(format!(
            "resource mapping not found for name: {name:?} namespace: {own:?} from {source:?}: no matches for kind {kind:?} in version {version:?}\nensure CRDs are installed first"
        )));
    };
    let kind = found;
    let mut settled = String::new();
    if kind.namespaced() {
        settled = match namespace {
            Some(wanted) if !own.is_empty() && own != wanted => {
                return Err(Failure::Message(format!(
                    "the namespace from the provided object {own:?} does not match the namespace {wanted:?}. You must pass '--namespace={own}' to perform this operation."
                )));
            }
            _ if !own.is_empty() => own,
            Some(wanted) => wanted.to_owned(),
            None => cx.namespace.clone(),
        };
        map_mut(&mut object, &["metadata"]).insert("namespace".to_owned(), settled.clone().into());
    }
    Ok(Info {
        kind,
        namespace: settled,
        name,
        source: source.to_owned(),
        object,
    })
}
