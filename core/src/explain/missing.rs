//! A ConfigMap, a Secret, a key or a claim that a Pod names and that is not there.

use super::{Chain, World, texts};
use crate::api::{AnyObject, ConfigMap, Kind, Pod, Secret};
use crate::manifest::nearest;

/// What the kubelet's words say is missing: `configmap "x" not found`, `couldn't find key k in ConfigMap ns/x`,
/// `references non-existent secret key: k`.
pub(super) fn explain(world: &World<'_>, object: &AnyObject, pod: &Pod, words: &str, chain: &mut Chain) {
    let wanted = [
        ("configmap", Kind::ConfigMap),
        ("secret", Kind::Secret),
        ("persistentvolumeclaim", Kind::PersistentVolumeClaim),
    ];
    for (word, kind) in wanted {
        if let Some(name) = between(words, &format!("{word} \""), "\" not found") {
            return absent(world, object, pod, (kind, name), chain);
        }
    }
    let lower = words.to_lowercase();
    for (kind, word) in [(Kind::ConfigMap, "configmap"), (Kind::Secret, "secret")] {
        let named = between(words, "couldn't find key ", " in ")
            .filter(|_| lower.contains(&format!(" in {word} ")))
            .and_then(|key| Some((key, words.rsplit('/').next()?.trim())));
        let listed = between(
            words,
            &format!(
                "references non-existent {} key: ",
                if word == "secret" { "secret" } else { "config" }
            ),
            "",
        )
        .and_then(|key| {
            Some((
                key.trim(),
                source_of_volume(pod, kind, between(words, "volume \"", "\"")?)?,
            ))
        });
        if let Some((key, name)) = named.or(listed) {
            return key_absent(world, object, pod, (kind, name, key), chain);
        }
    }
}

/// The part between two texts; up to the end if the second is empty.
pub(super) fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    if after.is_empty() {
        return Some(rest);
    }
    rest.split_once(after).map(|(found, _)| found)
}

fn source_of_volume<'p>(pod: &'p Pod, kind: Kind, volume: &str) -> Option<&'p str> {
    let mut volumes = pod.spec.volumes.iter().flatten();
    let found = volumes.find(|found| found.name == volume)?;
    match kind {
        Kind::ConfigMap => found.config_map.as_ref().map(|source| source.name.as_str()),
        _ => found.secret.as_ref()?.secret_name.as_deref(),
    }
}

/// The object is not there: a name that is nearly right, one in another namespace, or nothing like it.
pub(super) fn absent(
    world: &World<'_>,
    object: &AnyObject,
    pod: &Pod,
    (kind, name): (Kind, &str),
    chain: &mut Chain,
) {
    let (what, namespace) = (kind.name(), pod.namespace());
    let the = texts::the(what);
    let elsewhere = world.store.list(kind).find(|found| found.name() == name);
    let names = world.store.list_in(kind, namespace).map(AnyObject::name);
    let path = reference(pod, kind, name).unwrap_or_default();
    if let Some(found) = elsewhere {
        chain
            .say(
                texts::MISSING_ELSEWHERE,
                &[&the, name, namespace, found.namespace()],
            )
            .about(found)
            .from(world, object, &path);
    } else if let Some(meant) = nearest(name, names) {
        chain
            .say(texts::MISSING_MEANT, &[&the, name, namespace, meant])
            .named(what, namespace, meant)
            .from(world, object, &path);
    } else {
        chain
            .say(texts::MISSING, &[&the, name, namespace])
            .from(world, object, &path);
    }
}

fn key_absent(
    world: &World<'_>,
    object: &AnyObject,
    pod: &Pod,
    (kind, name, key): (Kind, &str, &str),
    chain: &mut Chain,
) {
    let namespace = pod.namespace();
    let keys: Vec<&str> = match kind {
        Kind::ConfigMap => world.get::<ConfigMap>(namespace, name).map(|map| {
            map.spec
                .data
                .iter()
                .flatten()
                .map(|(key, _)| key.as_str())
                .collect()
        }),
        _ => world.get::<Secret>(namespace, name).map(|secret| {
            secret
                .spec
                .data
                .iter()
                .flatten()
                .map(|(key, _)| key.as_str())
                .collect()
        }),
    }
    .unwrap_or_default();
    let shown = if keys.is_empty() {
        "(aucune)".to_owned()
    } else {
        keys.join(", ")
    };
    let path = reference(pod, kind, name).unwrap_or_default();
    let step = match nearest(key, keys.iter().copied()) {
        Some(meant) => chain.say(
            texts::KEY_MEANT,
            &[&texts::the_first(kind.name()), name, key, meant],
        ),
        None => chain.say(
            texts::KEY_MISSING,
            &[&texts::the_first(kind.name()), name, key, &shown],
        ),
    };
    step.named(kind.name(), namespace, name)
        .from(world, object, &path);
}

/// Where the Pod names it.
fn reference(pod: &Pod, kind: Kind, name: &str) -> Option<String> {
    for (index, volume) in pod.spec.volumes.iter().flatten().enumerate() {
        let (found, field) = match kind {
            Kind::ConfigMap => (
                volume.config_map.as_ref().map(|source| source.name.as_str()),
                "configMap.name",
            ),
            Kind::Secret => (
                volume
                    .secret
                    .as_ref()
                    .and_then(|source| source.secret_name.as_deref()),
                "secret.secretName",
            ),
            _ => (
                volume
                    .persistent_volume_claim
                    .as_ref()
                    .map(|source| source.claim_name.as_str()),
                "persistentVolumeClaim.claimName",
            ),
        };
        if found == Some(name) {
            return Some(format!("spec.volumes[{index}].{field}"));
        }
    }
    let lists = [
        (
            "spec.initContainers",
            pod.spec.init_containers.as_deref().unwrap_or_default(),
        ),
        ("spec.containers", pod.spec.containers.as_slice()),
    ];
    for (list, containers) in lists {
        for (at, container) in containers.iter().enumerate() {
            for (index, variable) in container.env.iter().flatten().enumerate() {
                let Some(from) = &variable.value_from else {
                    continue;
                };
                let (found, field) = match kind {
                    Kind::ConfigMap => (
                        from.config_map_key_ref.as_ref().map(|key| &key.name),
                        "configMapKeyRef",
                    ),
                    _ => (from.secret_key_ref.as_ref().map(|key| &key.name), "secretKeyRef"),
                };
                if found.is_some_and(|found| found == name) {
                    return Some(format!("{list}[{at}].env[{index}].valueFrom.{field}.name"));
                }
            }
            for (index, from) in container.env_from.iter().flatten().enumerate() {
                let (found, field) = match kind {
                    Kind::ConfigMap => (from.config_map_ref.as_ref().map(|map| &map.name), "configMapRef"),
                    _ => (from.secret_ref.as_ref().map(|secret| &secret.name), "secretRef"),
                };
                if found.is_some_and(|found| found == name) {
                    return Some(format!("{list}[{at}].envFrom[{index}].{field}.name"));
                }
            }
        }
    }
    None
}
