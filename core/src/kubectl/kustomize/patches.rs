//! `patches`, `patchesStrategicMerge` and `patchesJson6902`.

use serde_json::Value;

use super::{Resource, documents, id, items, join, text};
use crate::api::Kind;
use crate::api::labels::Selector;
use crate::apiserver::patch;
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::manifest;

/// Applies the patches of a kustomization.
pub(super) fn run(
    cx: &Cx<'_>,
    folder: &str,
    rules: &Value,
    resources: &mut Vec<Resource>,
) -> Result<(), Failure> {
    for entry in items(rules, "/patchesStrategicMerge") {
        let written = entry.as_str().unwrap_or_default();
        let text = cx
            .io
            .read_file(&join(folder, written))
            .unwrap_or_else(|_| written.to_owned());
        strategic(&text, None, resources)?;
    }
    for key in ["patches", "patchesJson6902"] {
        for entry in items(rules, &format!("/{key}")) {
            let (path, inline) = (text(entry, "/path"), text(entry, "/patch"));
            if path.is_empty() == inline.is_empty() {
                return Err("one of patch or path must be specified, but not both".into());
            }
            let written = if path.is_empty() {
                inline.to_owned()
            } else {
                cx.io.read_file(&join(folder, path)).map_err(|_| {
                    let whole = cx.io.absolute(&join(folder, path));
                    Failure::Message(format!("failed to get the patch file from path({path}): evalsymlink failure on '{whole}' : lstat {whole}: no such file or directory"))
                })?
            };
            let target = entry.get("target").filter(|target| target.is_object());
            match manifest::parse(&written).into_iter().next() {
                Some(Ok(document)) if document.value.is_array() => {
                    let Some(target) = target else {
                        return Err("must specify a target for JSON patch".into());
                    };
                    json(&document.value, target, resources)?;
                }
                _ => strategic(&written, target, resources)?,
            }
        }
    }
    Ok(())
}

/// Whether a target of a patch selects a resource.
fn selects(target: &Value, resource: &Resource) -> bool {
    let object = &resource.object;
    let version = text(object, "/apiVersion");
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    let fits = |key: &str, found: &str| {
        let wanted = text(target, key);
        wanted.is_empty() || whole(wanted, found)
    };
    let labels = || {
        let wanted = text(target, "/labelSelector");
        wanted.is_empty()
            || Selector::parse(wanted).is_ok_and(|selector| {
                let found = super::pairs(object, "/metadata/labels");
                let labels = found
                    .into_iter()
                    .map(|(key, value)| (key, value.as_str().unwrap_or_default().to_owned()));
                selector.matches(&labels.collect())
            })
    };
    let named = resource.names.iter().any(|name| fits("/name", name));
    fits("/group", group)
        && fits("/version", version)
        && fits("/kind", resource.kind())
        && named
        && fits("/namespace", text(object, "/metadata/namespace"))
        && labels()
}

/// Whether a simple anchored expression (`web-.*`) fits a whole name.
fn whole(pattern: &str, name: &str) -> bool {
    let pattern = pattern.trim_start_matches('^').trim_end_matches('$');
    let mut parts = pattern.split(".*");
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    if !pattern.contains(".*") {
        return rest.is_empty();
    }
    let mut last = "";
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
        last = part;
    }
    last.is_empty() || rest.is_empty()
}

fn json(document: &Value, target: &Value, resources: &mut [Resource]) -> Result<(), Failure> {
    for resource in resources.iter_mut().filter(|resource| selects(target, resource)) {
        let object = std::mem::take(&mut resource.object);
        resource.object = patch::json(object, document).map_err(|error| Failure::Message(error.message))?;
    }
    Ok(())
}

fn strategic(written: &str, target: Option<&Value>, resources: &mut Vec<Resource>) -> Result<(), Failure> {
    let unable = || Failure::Message(format!("unable to parse SM or JSON patch from [{written}]"));
    for document in documents(written).map_err(|_| unable())? {
        let fits = |resource: &Resource| match target {
            Some(target) => selects(target, resource),
            None => {
                let namespace = text(&document, "/metadata/namespace");
                resource.kind() == text(&document, "/kind")
                    && text(&resource.object, "/apiVersion") == text(&document, "/apiVersion")
                    && resource
                        .names
                        .iter()
                        .any(|name| name == super::super::value::name(&document))
                    && (namespace.is_empty() || namespace == text(&resource.object, "/metadata/namespace"))
            }
        };
        let chosen: Vec<usize> = (0..)
            .zip(resources.iter())
            .filter(|(_, resource)| fits(resource))
            .map(|(at, _)| at)
            .collect();
        if chosen.is_empty() && target.is_none() {
            let id = id(&document);
            return Err(Failure::Message(format!(
                "no resource matches strategic merge patch {id:?}: no matches for Id {id}; failed to find unique target for patch {id}"
            )));
        }
        if text(&document, "/$patch") == "delete" {
            let mut at = 0;
            resources.retain(|_| {
                at += 1;
                !chosen.contains(&(at - 1))
            });
            continue;
        }
        for at in chosen {
            if let Some(resource) = resources.get_mut(at) {
                apply(resource, &document)?;
            }
        }
    }
    Ok(())
}

fn apply(resource: &mut Resource, document: &Value) -> Result<(), Failure> {
    // Whom it is for is no change of it.
    let mut document = document.clone();
    if let Some(metadata) = document.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("name");
        metadata.remove("namespace");
    }
    if let Some(map) = document.as_object_mut() {
        map.remove("apiVersion");
        map.remove("kind");
    }
    let kind = Kind::from_manifest(text(&resource.object, "/apiVersion"), resource.kind());
    let object = std::mem::take(&mut resource.object);
    resource.object = match kind {
        Some(kind) => patch::strategic(kind, object, &document)?,
        None => patch::merge(object, &document),
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn expressions_fit_whole_names() {
        for (pattern, name, expected) in [
            ("web", "web", true),
            ("web", "web-2", false),
            ("web.*", "web-2", true),
            (".*-db", "a-db", true),
            (".*-db", "a-db2", false),
            ("a.*c.*e", "abcde", true),
            (".*", "x", true),
        ] {
            assert_eq!(super::whole(pattern, name), expected, "{pattern} {name}");
        }
    }
}
