//! Names that objects call each other by follow those that changed (`nameReference`).

use serde_json::Value;

use super::Resource;

/// The kind that a text names, by its key and the key of the dictionary it is in.
fn referred(parent: &str, key: &str) -> Option<&'static str> {
    Some(match (parent, key) {
        ("configMap" | "configMapRef" | "configMapKeyRef", "name") => "ConfigMap",
        ("secretRef" | "secretKeyRef" | "imagePullSecrets" | "secret", "name") => "Secret",
        ("secret" | "tls", "secretName") => "Secret",
        ("persistentVolumeClaim", "claimName") => "PersistentVolumeClaim",
        (_, "serviceAccountName" | "serviceAccount") => "ServiceAccount",
        ("service", "name") | (_, "serviceName") => "Service",
        ("spec", "volumeName") => "PersistentVolume",
        (_, "storageClassName") => "StorageClass",
        (_, "priorityClassName") => "PriorityClass",
        (_, "ingressClassName") => "IngressClass",
        _ => return None,
    })
}

/// What an object is called now that was called so in its namespace.
type Renamed = (String, String, String, String);

/// Lets every object call the others by their present names.
pub(super) fn update(resources: &mut [Resource]) {
    let mut renamed: Vec<Renamed> = Vec::new();
    for resource in resources.iter() {
        let namespace = super::text(&resource.object, "/metadata/namespace");
        for old in resource.names.iter().filter(|old| *old != resource.name()) {
            renamed.push((
                resource.kind().to_owned(),
                namespace.to_owned(),
                old.clone(),
                resource.name().to_owned(),
            ));
        }
    }
    for resource in resources {
        let namespace = super::text(&resource.object, "/metadata/namespace").to_owned();
        walk(&mut resource.object, "", &namespace, &renamed);
    }
}

fn walk(value: &mut Value, parent: &str, namespace: &str, renamed: &[Renamed]) {
    let now = |kind: &str, old: &str| {
        let mut found = renamed.iter().filter(|(known, own, from, _)| {
            known == kind && from == old && (own == namespace || own.is_empty() || namespace.is_empty())
        });
        found.next().map(|(_, _, _, to)| to.clone())
    };
    match value {
        Value::Object(map) => {
            // `roleRef`, `subjects`, `scaleTargetRef` say the kind themselves.
            let kind = match parent {
                "roleRef" | "subjects" | "scaleTargetRef" => {
                    map.get("kind").and_then(Value::as_str).map(str::to_owned)
                }
                _ => None,
            };
            for (key, value) in map.iter_mut() {
                match (kind.as_deref(), value.as_str()) {
                    (Some(kind), Some(old)) if key == "name" => {
                        if let Some(new) = now(kind, old) {
                            *value = new.into();
                        }
                    }
                    (None, Some(old)) => {
                        if let Some(new) = referred(parent, key).and_then(|kind| now(kind, old)) {
                            *value = new.into();
                        }
                    }
                    _ if key != "data" && key != "stringData" => walk(value, key, namespace, renamed),
                    _ => {}
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                // A projected volume's sources name Secrets as `secret.name`.
                walk(item, parent, namespace, renamed);
            }
        }
        _ => {}
    }
}
