//! `namespace`, `namePrefix`, `nameSuffix`, `images` and `replicas`.

use serde_json::Value;

use super::{Resource, text};
use crate::api::Kind;
use crate::kubectl::failure::Failure;
use crate::kubectl::value::put;

fn is_namespaced(object: &Value) -> bool {
    let kind = Kind::from_manifest(text(object, "/apiVersion"), text(object, "/kind"));
    // What is not known is taken for namespaced, as kustomize does.
    kind.is_none_or(Kind::namespaced)
}

/// Puts everything into a namespace.
pub(super) fn namespace(resources: &mut [Resource], namespace: &str) {
    if namespace.is_empty() {
        return;
    }
    for resource in resources {
        if resource.kind() == "Namespace" {
            resource.rename(namespace.to_owned());
        } else if is_namespaced(&resource.object) {
            put(&mut resource.object, &["metadata", "namespace"], namespace);
        }
        if let Some(Value::Array(subjects)) = resource.object.get_mut("subjects") {
            for subject in subjects {
                if text(subject, "/kind") == "ServiceAccount" {
                    put(subject, &["namespace"], namespace);
                }
            }
        }
    }
}

/// Puts something before and after the names.
pub(super) fn names(resources: &mut [Resource], prefix: &str, suffix: &str) {
    if prefix.is_empty() && suffix.is_empty() {
        return;
    }
    for resource in resources {
        if !matches!(
            resource.kind(),
            "Namespace" | "CustomResourceDefinition" | "APIService"
        ) {
            let name = format!("{prefix}{}{suffix}", resource.name());
            resource.rename(name);
        }
    }
}

/// Changes the images of containers.
pub(super) fn images(resources: &mut [Resource], rules: &[Value]) {
    for resource in resources.iter_mut().filter(|_| !rules.is_empty()) {
        in_containers(&mut resource.object, "", &mut |image| {
            let (name, tag) = split(image);
            // The last rule that names it is the one that counts.
            let rule = rules.iter().rev().find(|rule| text(rule, "/name") == name)?;
            let name = match text(rule, "/newName") {
                "" => name,
                new => new,
            };
            let scalar = |key: &str| match rule.get(key) {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Null) | None => String::new(),
                Some(other) => other.to_string(),
            };
            let (new_tag, digest) = (scalar("newTag"), scalar("digest"));
            Some(match (new_tag.as_str(), digest.as_str()) {
                ("", "") => format!("{name}{tag}"),
                (tag, "") => format!("{name}:{tag}"),
                (_, digest) => format!("{name}@{digest}"),
            })
        });
    }
}

/// An image's name, and its tag or digest with the sign before it.
fn split(image: &str) -> (&str, &str) {
    let at = image.find('@').or_else(|| {
        image
            .rfind(':')
            .filter(|colon| image.rfind('/').is_none_or(|slash| slash < *colon))
    });
    image.split_at(at.unwrap_or(image.len()))
}

fn in_containers(value: &mut Value, parent: &str, change: &mut dyn FnMut(&str) -> Option<String>) {
    match value {
        Value::Object(map) => {
            let container = matches!(parent, "containers" | "initContainers");
            for (key, value) in map {
                match value.as_str() {
                    Some(image) if container && key == "image" => {
                        if let Some(new) = change(image) {
                            *value = new.into();
                        }
                    }
                    _ => in_containers(value, key, change),
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                in_containers(item, parent, change);
            }
        }
        _ => {}
    }
}

/// Sets how many replicas there are to be.
pub(super) fn replicas(resources: &mut [Resource], rules: &[Value]) -> Result<(), Failure> {
    for rule in rules {
        let wanted = text(rule, "/name");
        let mut found = false;
        for resource in resources.iter_mut() {
            let scales = matches!(
                resource.kind(),
                "Deployment" | "ReplicaSet" | "ReplicationController" | "StatefulSet"
            );
            if scales && resource.names.iter().any(|name| name == wanted) {
                put(
                    &mut resource.object,
                    &["spec", "replicas"],
                    rule.get("count").cloned().unwrap_or_default(),
                );
                found = true;
            }
        }
        if !found {
            return Err(Failure::Message(format!(
                "resource with name {wanted} does not match a config with the following GVK [Deployment.[noVer].[noGrp] ReplicationController.[noVer].[noGrp] ReplicaSet.[noVer].[noGrp] StatefulSet.[noVer].[noGrp]]"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn images_have_names_and_tags() {
        for (image, expected) in [
            ("nginx", ("nginx", "")),
            ("nginx:1.27", ("nginx", ":1.27")),
            ("reg:5000/a/b", ("reg:5000/a/b", "")),
            ("reg:5000/a/b:v1", ("reg:5000/a/b", ":v1")),
            ("nginx@sha256:abc", ("nginx", "@sha256:abc")),
        ] {
            assert_eq!(super::split(image), expected);
        }
    }
}
