//! The Node authoriser (`plugin/pkg/auth/authorizer/node`): a kubelet reads what the Pods on its node refer to, and little else.
//!
//! Upstream keeps a graph of what refers to what. Here the node's Pods are looked through: the first one mostly settles it.

use super::Decision;
use super::attributes::Attributes;
use crate::api::types::core::{Container, PodSpec};
use crate::api::{AnyObject, Key, Kind, Pod};
use crate::etcd::Store;

/// What nodes may do besides, whatever the object (`bootstrappolicy.NodeRules`): resource and verbs.
const FREE: &[(&str, &str, &[&str])] = &[
    ("", "services", &["get", "list", "watch"]),
    ("", "events", &["create", "patch", "update"]),
    ("", "pods", &["create", "delete"]),
    ("", "pods/status", &["patch", "update"]),
    ("", "pods/eviction", &["create"]),
    ("", "endpoints", &["get"]),
    ("authentication.k8s.io", "tokenreviews", &["create"]),
    ("authorization.k8s.io", "subjectaccessreviews", &["create"]),
    ("authorization.k8s.io", "localsubjectaccessreviews", &["create"]),
    (
        "certificates.k8s.io",
        "certificatesigningrequests",
        &["create", "get", "list", "watch"],
    ),
    ("storage.k8s.io", "csidrivers", &["get", "list", "watch"]),
    ("node.k8s.io", "runtimeclasses", &["get", "list", "watch"]),
];

/// The verdict on what the kubelet of a node wants to do.
pub(super) fn decide(store: &Store, node: &str, attributes: &Attributes<'_>) -> Decision {
    let Attributes {
        verb,
        group,
        resource,
        subresource,
        ..
    } = *attributes;
    let refused = match (group, resource) {
        ("", "secrets" | "configmaps") => read_related(store, node, attributes),
        ("", "persistentvolumeclaims") if subresource == "status" => match verb {
            "get" | "update" | "patch" => related(store, node, attributes),
            _ => Err("can only get/update/patch this type".to_owned()),
        },
        ("", "persistentvolumeclaims" | "persistentvolumes") => get_related(store, node, attributes),
        ("", "serviceaccounts") => token(store, node, attributes),
        ("coordination.k8s.io", "leases") => lease(node, attributes),
        ("", "nodes") => own_node(node, attributes),
        ("", "pods") if matches!(verb, "get" | "list" | "watch") => read_pods(store, node, attributes),
        _ => {
            let slash = if subresource.is_empty() { "" } else { "/" };
            let wanted = format!("{resource}{slash}{subresource}");
            let free = FREE
                .iter()
                .any(|(within, name, verbs)| *within == group && *name == wanted && verbs.contains(&verb));
            if free { Ok(()) } else { Err(String::new()) }
        }
    };
    Decision {
        allowed: refused.is_ok(),
        reason: refused.err().unwrap_or_default(),
    }
}

fn read_related(store: &Store, node: &str, attributes: &Attributes<'_>) -> Result<(), String> {
    if !matches!(attributes.verb, "get" | "list" | "watch") {
        return Err("can only read resources of this type".to_owned());
    }
    if !attributes.subresource.is_empty() {
        return Err("cannot read subresource".to_owned());
    }
    if attributes.namespace.is_empty() {
        return Err("can only read namespaced object of this type".to_owned());
    }
    related(store, node, attributes)
}

fn get_related(store: &Store, node: &str, attributes: &Attributes<'_>) -> Result<(), String> {
    if attributes.verb != "get" {
        return Err("can only get individual resources of this type".to_owned());
    }
    if !attributes.subresource.is_empty() {
        return Err("cannot get subresource".to_owned());
    }
    related(store, node, attributes)
}

fn token(store: &Store, node: &str, attributes: &Attributes<'_>) -> Result<(), String> {
    if attributes.verb != "create" || attributes.subresource != "token" {
        return Err("can only create tokens for individual service accounts".to_owned());
    }
    related(store, node, attributes)
}

fn lease(node: &str, attributes: &Attributes<'_>) -> Result<(), String> {
    if !matches!(attributes.verb, "get" | "create" | "update" | "patch" | "delete") {
        return Err("can only get, create, update, patch, or delete a node lease".to_owned());
    }
    if attributes.namespace != "kube-node-lease" {
        return Err("can only access leases in the \"kube-node-lease\" system namespace".to_owned());
    }
    if attributes.verb != "create" && attributes.name != node {
        return Err("can only access node lease with the same name as the requesting node".to_owned());
    }
    Ok(())
}

fn own_node(node: &str, attributes: &Attributes<'_>) -> Result<(), String> {
    match (attributes.verb, attributes.subresource, attributes.name) {
        ("create", "", _) => Ok(()),
        ("update" | "patch", "" | "status", name) if name == node => Ok(()),
        ("get" | "list" | "watch", "", name) if name == node => Ok(()),
        ("get" | "list" | "watch", "", "") => Err(format!(
            "node '{node}' cannot read all nodes, only its own Node object"
        )),
        ("get" | "list" | "watch", "", name) => Err(format!(
            "node '{node}' cannot read '{name}', only its own Node object"
        )),
        // Left to the admission of NodeRestriction, whose words say more.
        ("update" | "patch", "" | "status", _) => Ok(()),
        _ => Err(String::new()),
    }
}

fn read_pods(store: &Store, node: &str, attributes: &Attributes<'_>) -> Result<(), String> {
    if attributes.verb != "get" || !attributes.subresource.is_empty() {
        return Err("can only list/watch pods with spec.nodeName field selector".to_owned());
    }
    let key = Key::new(Kind::Pod, attributes.namespace, attributes.name);
    let found = store.get(&key).and_then(AnyObject::get::<Pod>);
    // A Pod that is gone already is answered by 404.
    match found {
        Some(pod) if pod.spec.node_name.as_deref() != Some(node) => Err(unrelated(node)),
        _ => Ok(()),
    }
}

fn unrelated(node: &str) -> String {
    format!("no relationship found between node '{node}' and this object")
}

/// A Pod on the node must refer to the object.
fn related(store: &Store, node: &str, attributes: &Attributes<'_>) -> Result<(), String> {
    if attributes.name.is_empty() {
        return Err("No Object name found".to_owned());
    }
    let namespace = attributes.namespace;
    let found = store.pods_on(node).any(|pod| {
        (namespace.is_empty() || pod.namespace() == namespace)
            && refers(store, pod, attributes.resource, attributes.name)
    });
    if found { Ok(()) } else { Err(unrelated(node)) }
}

fn refers(store: &Store, pod: &Pod, resource: &str, name: &str) -> bool {
    match resource {
        "configmaps" => refers_to_config_map(&pod.spec, name),
        "secrets" => refers_to_secret(&pod.spec, name),
        "serviceaccounts" => pod.spec.service_account_name.as_deref() == Some(name),
        "persistentvolumeclaims" => claims(pod).any(|claim| claim == name),
        "persistentvolumes" => claims(pod).any(|claim| {
            let key = Key::new(Kind::PersistentVolumeClaim, pod.namespace(), &claim);
            matches!(store.get(&key), Some(AnyObject::PersistentVolumeClaim(found))
                if found.spec.volume_name.as_deref() == Some(name))
        }),
        _ => false,
    }
}

fn claims(pod: &Pod) -> impl Iterator<Item = String> {
    let volumes = pod.spec.volumes.iter().flatten();
    volumes.filter_map(
        |volume| match (&volume.persistent_volume_claim, &volume.ephemeral) {
            (Some(claim), _) => Some(claim.claim_name.clone()),
            (None, Some(_)) => Some(format!("{}-{}", pod.name(), volume.name)),
            (None, None) => None,
        },
    )
}

fn containers(spec: &PodSpec) -> impl Iterator<Item = &Container> {
    spec.init_containers.iter().flatten().chain(&spec.containers)
}

fn refers_to_config_map(spec: &PodSpec, name: &str) -> bool {
    let volumes = spec.volumes.iter().flatten().any(|volume| {
        volume
            .config_map
            .as_ref()
            .is_some_and(|source| source.name == name)
            || volume.projected.as_ref().is_some_and(|projected| {
                let mut sources = projected.sources.iter().flatten();
                sources.any(|source| {
                    source
                        .config_map
                        .as_ref()
                        .is_some_and(|source| source.name == name)
                })
            })
    });
    volumes
        || containers(spec).any(|container| {
            let mut from = container.env_from.iter().flatten();
            let mut values = container
                .env
                .iter()
                .flatten()
                .filter_map(|env| env.value_from.as_ref());
            from.any(|from| {
                from.config_map_ref
                    .as_ref()
                    .is_some_and(|source| source.name == name)
            }) || values.any(|from| {
                from.config_map_key_ref
                    .as_ref()
                    .is_some_and(|source| source.name == name)
            })
        })
}

fn refers_to_secret(spec: &PodSpec, name: &str) -> bool {
    let pull = spec
        .image_pull_secrets
        .iter()
        .flatten()
        .any(|secret| secret.name == name);
    let volumes = spec.volumes.iter().flatten().any(|volume| {
        volume
            .secret
            .as_ref()
            .is_some_and(|source| source.secret_name.as_deref() == Some(name))
            || volume.projected.as_ref().is_some_and(|projected| {
                let mut sources = projected.sources.iter().flatten();
                sources.any(|source| source.secret.as_ref().is_some_and(|source| source.name == name))
            })
    });
    pull || volumes
        || containers(spec).any(|container| {
            let mut from = container.env_from.iter().flatten();
            let mut values = container
                .env
                .iter()
                .flatten()
                .filter_map(|env| env.value_from.as_ref());
            from.any(|from| from.secret_ref.as_ref().is_some_and(|source| source.name == name))
                || values.any(|from| {
                    from.secret_key_ref
                        .as_ref()
                        .is_some_and(|source| source.name == name)
                })
        })
}
