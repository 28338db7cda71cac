//! Environment variables and where they come from (`ValidateEnv`, `ValidateEnvFrom`).

use crate::api::Cause;
use crate::api::types::core::{
    EnvFromSource, EnvVar, EnvVarSource, ObjectFieldSelector, ResourceFieldSelector,
};
use crate::apiserver::validation::path::Path;
use crate::apiserver::validation::{field, names};

/// The fields of a Pod that a variable can show.
const ENV_FIELDS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

/// The fields of a Pod that a file of a downward API volume can show.
pub(super) const FILE_FIELDS: [&str; 5] = [
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
];

/// The fields that can be shown somewhere, subscripts apart (`ConvertDownwardAPIFieldLabel`).
const KNOWN_FIELDS: [&str; 5] = [
    "metadata.annotations",
    "metadata.labels",
    "spec.restartPolicy",
    "spec.schedulerName",
    "status.phase",
];

const RESOURCES: [&str; 6] = [
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];

pub(super) fn env(causes: &mut Vec<Cause>, variables: &[EnvVar], path: Path<'_>) {
    for (index, variable) in variables.iter().enumerate() {
        let at = path.index(index);
        if variable.name.is_empty() {
            causes.push(field::required(at.child("name"), ""));
        } else {
            let wrong = names::env_name(&variable.name);
            field::invalid_each(causes, at.child("name"), &variable.name, &wrong);
        }
        if let Some(source) = &variable.value_from {
            let has_value = variable.value.as_deref().is_some_and(|value| !value.is_empty());
            value_from(causes, source, has_value, at.child("valueFrom"));
        }
    }
}

fn value_from(causes: &mut Vec<Cause>, source: &EnvVarSource, has_value: bool, path: Path<'_>) {
    let mut sources = 0;
    if let Some(selector) = &source.field_ref {
        sources += 1;
        field_ref(causes, selector, &ENV_FIELDS, path.child("fieldRef"));
    }
    if let Some(selector) = &source.resource_field_ref {
        sources += 1;
        resource_field_ref(causes, selector, false, path.child("resourceFieldRef"));
    }
    let config_map = source
        .config_map_key_ref
        .as_ref()
        .map(|selector| (&selector.name, &selector.key));
    let secret = source
        .secret_key_ref
        .as_ref()
        .map(|selector| (&selector.name, &selector.key));
    for (field_name, selector) in [("configMapKeyRef", config_map), ("secretKeyRef", secret)] {
        let Some((name, key)) = selector else { continue };
        sources += 1;
        let path = path.child(field_name);
        field::invalid_each(causes, path.child("name"), name, &names::dns1123_subdomain(name));
        if key.is_empty() {
            causes.push(field::required(path.child("key"), ""));
        } else {
            field::invalid_each(causes, path.child("key"), key, &names::config_map_key(key));
        }
    }
    sources += u8::from(source.file_key_ref.is_some());
    let detail = match sources {
        0 => {
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
        }
        _ if has_value => "may not be specified when `value` is not empty",
        1 => return,
        _ => "may not have more than one field specified at a time",
    };
    causes.push(field::invalid(path, "", detail));
}

/// A field of the Pod (`validateObjectFieldSelector`).
pub(super) fn field_ref(
    causes: &mut Vec<Cause>,
    selector: &ObjectFieldSelector,
    allowed: &[&str],
    path: Path<'_>,
) {
    let name = selector.field_path.as_str();
    let at = path.child("fieldPath");
    if name.is_empty() {
        causes.push(field::required(at, ""));
        return;
    }
    if let Some((base, subscript)) = subscripted(name) {
        match base {
            "metadata.annotations" => {
                let subscript = subscript.to_lowercase();
                field::invalid_each(causes, path, &subscript, &names::qualified_name(&subscript));
            }
            "metadata.labels" => {
                field::invalid_each(causes, path, subscript, &names::qualified_name(subscript));
            }
            _ => {
                let detail =
                    format!("error converting fieldPath: field label does not support subscript: {name}");
                causes.push(field::invalid(at, name, &detail));
            }
        }
        return;
    }
    let known = ENV_FIELDS.contains(&name) || KNOWN_FIELDS.contains(&name);
    if !known {
        let detail = format!("error converting fieldPath: field label not supported: {name}");
        causes.push(field::invalid(at, name, &detail));
    } else if !allowed.contains(&name) {
        causes.push(field::not_supported(at, name, allowed));
    }
}

/// `base['subscript']`
fn subscripted(path: &str) -> Option<(&str, &str)> {
    path.strip_suffix("']")?.split_once("['")
}

/// A resource of a container (`validateContainerResourceFieldSelector`).
pub(super) fn resource_field_ref(
    causes: &mut Vec<Cause>,
    selector: &ResourceFieldSelector,
    in_volume: bool,
    path: Path<'_>,
) {
    let resource = selector.resource.as_str();
    let huge_pages = resource.starts_with("limits.hugepages-") || resource.starts_with("requests.hugepages-");
    if in_volume && selector.container_name.as_deref().unwrap_or_default().is_empty() {
        causes.push(field::required(path.child("containerName"), ""));
    } else if resource.is_empty() {
        causes.push(field::required(path.child("resource"), ""));
    } else if !RESOURCES.contains(&resource) && !huge_pages {
        causes.push(field::not_supported(path.child("resource"), resource, &RESOURCES));
    }
    let divisor = selector
        .divisor
        .as_ref()
        .map_or("0", |divisor| divisor.0.as_str());
    if divisor == "0" {
        return;
    }
    const SIZES: [&str; 13] = [
        "1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei",
    ];
    let (allowed, what) = match resource {
        "limits.cpu" | "requests.cpu" => (&["1m", "1"][..], "1m and 1 are supported with the cpu resource"),
        "limits.memory" | "requests.memory" => (
            &SIZES[..],
            "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the memory resource",
        ),
        "limits.ephemeral-storage" | "requests.ephemeral-storage" => (
            &SIZES[..],
            "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the local ephemeral storage resource",
        ),
        _ => return,
    };
    if !allowed.contains(&divisor) {
        let detail = format!("only divisor's values {what}");
        causes.push(field::invalid(path.child("divisor"), resource, &detail));
    }
}

pub(super) fn env_from(causes: &mut Vec<Cause>, sources: &[EnvFromSource], path: Path<'_>) {
    for (index, source) in sources.iter().enumerate() {
        let at = path.index(index);
        if let Some(prefix) = source.prefix.as_deref().filter(|prefix| !prefix.is_empty()) {
            field::invalid_each(causes, at.child("prefix"), prefix, &names::env_name(prefix));
        }
        let config_map = source.config_map_ref.as_ref().map(|source| source.name.as_str());
        let secret = source.secret_ref.as_ref().map(|source| source.name.as_str());
        for (field_name, name) in [("configMapRef", config_map), ("secretRef", secret)] {
            let Some(name) = name else { continue };
            let at = at.child(field_name);
            if name.is_empty() {
                causes.push(field::required(at.child("name"), ""));
            } else {
                field::invalid_each(causes, at.child("name"), name, &names::dns1123_subdomain(name));
            }
        }
        let detail = match (config_map, secret) {
            (None, None) => "must specify one of: `configMapRef` or `secretRef`",
            (Some(_), Some(_)) => "may not have more than one field specified at a time",
            _ => continue,
        };
        causes.push(field::invalid(path, "", detail));
    }
}
