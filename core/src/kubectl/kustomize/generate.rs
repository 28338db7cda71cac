//! `configMapGenerator` and `secretGenerator`.

use serde_json::{Value, json};

use super::{Resource, items, join, pairs, text};
use crate::api::base64;
use crate::kubectl::context::Cx;
use crate::kubectl::create::data::Pairs;
use crate::kubectl::failure::Failure;
use crate::kubectl::value::{map_mut, put};

/// Makes what the generators of a kustomization describe, or changes what another one made.
pub(super) fn run(
    cx: &Cx<'_>,
    folder: &str,
    rules: &Value,
    resources: &mut Vec<Resource>,
) -> Result<(), Failure> {
    for (key, kind) in [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")] {
        for entry in items(rules, &format!("/{key}")) {
            let made = generate(cx, folder, kind, entry, rules)?;
            place(made, text(entry, "/behavior"), resources)?;
        }
    }
    Ok(())
}

fn texts<'v>(entry: &'v Value, key: &str) -> impl Iterator<Item = &'v str> {
    items(entry, &format!("/{key}")).iter().filter_map(Value::as_str)
}

fn generate(
    cx: &Cx<'_>,
    folder: &str,
    kind: &'static str,
    entry: &Value,
    rules: &Value,
) -> Result<Resource, Failure> {
    let name = text(entry, "/name");
    let mut data = Pairs::of(kind);
    for source in texts(entry, "envs").chain(entry.get("env").and_then(Value::as_str)) {
        data.add_env_file(cx, &join(folder, source))?;
    }
    for source in texts(entry, "files") {
        let (key, path) = source
            .split_once('=')
            .unwrap_or_else(|| (source.rsplit('/').next().unwrap_or(source), source));
        data.add_file(cx, &format!("{key}={}", join(folder, path)))?;
    }
    for source in texts(entry, "literals") {
        data.add_literal(source)?;
    }
    let encode = |value: &String| {
        if kind == "Secret" {
            base64::encode(value.as_bytes())
        } else {
            value.clone()
        }
    };
    let data: Value = data
        .map
        .iter()
        .map(|(key, value)| (key.clone(), Value::from(encode(value))))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let mut object = json!({"apiVersion": "v1", "data": data, "kind": kind, "metadata": {"name": name}});
    if !text(entry, "/namespace").is_empty() {
        put(&mut object, &["metadata", "namespace"], text(entry, "/namespace"));
    }
    if kind == "Secret" {
        let kind = text(entry, "/type");
        put(
            &mut object,
            &["type"],
            if kind.is_empty() { "Opaque" } else { kind },
        );
    }
    // The generator's own options weigh more than those of the kustomization.
    let mut hashed = true;
    for options in [rules.get("generatorOptions"), entry.get("options")]
        .into_iter()
        .flatten()
    {
        if let Some(disabled) = options.get("disableNameSuffixHash").and_then(Value::as_bool) {
            hashed = !disabled;
        }
        for key in ["labels", "annotations"] {
            for (name, value) in pairs(options, &format!("/{key}")) {
                map_mut(&mut object, &["metadata", key]).insert(name, value);
            }
        }
        if options.get("immutable").and_then(Value::as_bool) == Some(true) {
            put(&mut object, &["immutable"], true);
        }
    }
    Ok(Resource {
        hashed,
        ..Resource::new(object)
    })
}

/// Adds what was made, or lets it change what was there.
fn place(made: Resource, behavior: &str, resources: &mut Vec<Resource>) -> Result<(), Failure> {
    let same = |known: &&mut Resource| {
        known.kind() == made.kind() && known.names.iter().any(|name| name == made.name())
    };
    let known = resources.iter_mut().find(same);
    match (behavior, known) {
        ("" | "create", None) => resources.push(made),
        ("" | "create", Some(_)) => {
            let id = super::id(&made.object);
            return Err(Failure::Message(format!(
                "merging from generator: id {id} exists; behavior must be merge or replace"
            )));
        }
        ("merge", Some(known)) => {
            for key in ["data", "binaryData"] {
                for (name, value) in pairs(&made.object, &format!("/{key}")) {
                    map_mut(&mut known.object, &[key]).insert(name, value);
                }
            }
        }
        ("replace", Some(known)) => {
            if let Some(data) = made.object.get("data") {
                put(&mut known.object, &["data"], data.clone());
            }
        }
        _ => {
            let id = super::id(&made.object);
            return Err(Failure::Message(format!(
                "merging from generator: id {id} does not exist; cannot merge or replace"
            )));
        }
    }
    Ok(())
}
