//! A claim that no volume fits.

use super::{Chain, World, texts};
use crate::api::volumes::{
    capacity, claim_class, default_class, mismatch, requested, volume_class, waits_for_consumer,
    without_class,
};
use crate::api::{AnyObject, Kind, PersistentVolume, PersistentVolumeClaim, StorageClass, Typed};
use crate::manifest::nearest;

/// Explains a claim that is not bound.
pub(super) fn explain(
    world: &World<'_>,
    object: &AnyObject,
    claim: &PersistentVolumeClaim,
    chain: &mut Chain,
) {
    let volume = claim.spec.volume_name.as_deref().unwrap_or_default();
    match claim.status.phase.as_deref() {
        Some("Bound") => {
            chain
                .say(texts::CLAIM_BOUND, &[claim.name(), volume])
                .named("PersistentVolume", "", volume);
            return;
        }
        Some("Lost") => {
            chain
                .blame(texts::CLAIM_LOST, &[claim.name(), volume])
                .about(object);
            return;
        }
        _ => {}
    }
    let words = world.event_words(
        object,
        &[
            "FailedBinding",
            "ProvisioningFailed",
            "WaitForFirstConsumer",
            "ExternalProvisioning",
        ],
    );
    chain
        .blame(texts::CLAIM_PENDING, &[claim.name()])
        .about(object)
        .quoting(words);
    let classes = || {
        world
            .store
            .list(Kind::StorageClass)
            .filter_map(StorageClass::from_any)
    };
    let class = claim_class(claim);
    if class.is_empty() {
        if !without_class(claim) && default_class(classes()).is_none() {
            chain.say(texts::NO_DEFAULT_CLASS, &[]);
        }
    } else if let Some(found) = world.get::<StorageClass>("", class) {
        if waits_for_consumer(found) && words.contains("first consumer") {
            chain
                .say(texts::WAITS_CONSUMER, &[class, claim.name()])
                .named("StorageClass", "", class);
            return;
        }
        let made = world.event_words(object, &["ProvisioningFailed"]);
        if !made.is_empty() {
            chain
                .say(texts::PROVISIONING, &[class, &found.spec.provisioner])
                .named("StorageClass", "", class);
        }
    } else {
        let names: Vec<&str> = world
            .store
            .list(Kind::StorageClass)
            .map(AnyObject::name)
            .collect();
        let step = match nearest(class, names.iter().copied()) {
            Some(meant) => chain.say(texts::CLASS_MEANT, &[class, meant]),
            None => chain.say(texts::CLASS_UNKNOWN, &[class, &names.join(", ")]),
        };
        step.from(world, object, "spec.storageClassName");
    }
    volumes(world, object, claim, chain);
}

/// Why each volume that exists does not do.
fn volumes(world: &World<'_>, object: &AnyObject, claim: &PersistentVolumeClaim, chain: &mut Chain) {
    const SHOWN: usize = 4;
    let volumes = world
        .store
        .list(Kind::PersistentVolume)
        .filter_map(PersistentVolume::from_any);
    let mut any = false;
    for volume in volumes.take(SHOWN) {
        any = true;
        let name = volume.name();
        let (text, path, arguments) = if let Some(holder) = &volume.spec.claim_ref {
            let holder = holder.name.clone().unwrap_or_default();
            (texts::VOLUME_TAKEN, "", vec![name.to_owned(), holder])
        } else {
            match mismatch(volume, claim) {
                Some("requested PV is too small") => (
                    texts::VOLUME_SMALL,
                    "spec.resources.requests.storage",
                    vec![
                        name.to_owned(),
                        capacity(volume).to_string(),
                        requested(claim).to_string(),
                    ],
                ),
                Some("storageClassName does not match") => (
                    texts::VOLUME_CLASS,
                    "spec.storageClassName",
                    vec![
                        name.to_owned(),
                        or_none(volume_class(volume)),
                        or_none(claim_class(claim)),
                    ],
                ),
                Some("incompatible accessMode") => {
                    let modes = |list: &Option<Vec<String>>| list.clone().unwrap_or_default().join(", ");
                    (
                        texts::VOLUME_MODES,
                        "spec.accessModes",
                        vec![
                            name.to_owned(),
                            modes(&volume.spec.access_modes),
                            modes(&claim.spec.access_modes),
                        ],
                    )
                }
                Some(_) => (texts::VOLUME_MODE, "spec.volumeMode", vec![name.to_owned()]),
                None if claim.spec.selector.is_some() => {
                    (texts::VOLUME_LABELS, "spec.selector", vec![name.to_owned()])
                }
                None => continue,
            }
        };
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let step = chain.say(text, &arguments).named("PersistentVolume", "", name);
        if !path.is_empty() {
            step.from(world, object, path);
        }
    }
    if !any {
        chain
            .say(texts::NO_VOLUMES, &[&requested(claim).to_string()])
            .from(world, object, "spec.resources.requests.storage");
    }
}

fn or_none(class: &str) -> String {
    if class.is_empty() {
        texts::NO_CLASS.to_owned()
    } else {
        class.to_owned()
    }
}
