//! Which objects a controller may call its own (`pkg/controller/controller_ref_manager.go`): those it controls and still
//! selects, and orphans it selects and adopts; those it selects no longer are released.

use std::borrow::Cow;

use super::Context;
use crate::api::labels::selector_matches;
use crate::api::meta::{MetaExt, controller_reference};
use crate::api::types::meta::LabelSelector;
use crate::api::{AnyObject, Key, Kind, Pod, StatusError, Typed};
use crate::apiserver::User;
use crate::client::{Cache, Client, PodDigest, is_active};

/// The objects of a kind that belong to `owner`, among those that `counts` accepts.
pub(super) fn claim<'a, K: Typed + 'static>(
    context: &mut Context<'a, '_>,
    user: &User,
    owner: &AnyObject,
    selector: &LabelSelector,
    counts: impl Fn(&K) -> bool,
) -> Result<Vec<Cow<'a, K>>, StatusError> {
    let cache = context.cache;
    let selects = |object: &K| selector_matches(Some(selector), object.object_metadata().labels_or_empty());
    let deleting = owner.metadata().is_deleting();
    let mut claimed = Vec::new();
    for object in cache
        .controlled_by::<K>(owner.uid())
        .filter(|object| counts(object))
    {
        if selects(object) {
            claimed.push(Cow::Borrowed(object));
        } else if !deleting {
            release(context, user, owner, &object.clone().into_any())?;
        }
    }
    context.items += u32::try_from(claimed.len()).unwrap_or(u32::MAX);
    let adopted = adopt_selected(context, user, owner, selector, counts)?;
    claimed.extend(adopted.into_iter().map(Cow::Owned));
    Ok(claimed)
}

/// A Pod that belongs to a controller, and what is counted about it.
pub(super) struct ClaimedPod<'a> {
    pub(super) pod: Cow<'a, Pod>,
    pub(super) digest: PodDigest,
}

/// The active Pods that belong to `owner`. Pods with the same labels are held against the selector once.
pub(super) fn claim_pods<'a>(
    context: &mut Context<'a, '_>,
    user: &User,
    owner: &AnyObject,
    selector: &LabelSelector,
) -> Result<Vec<ClaimedPod<'a>>, StatusError> {
    let cache = context.cache;
    let deleting = owner.metadata().is_deleting();
    let mut known: Option<(u64, bool)> = None;
    let mut claimed = Vec::new();
    for (pod, digest) in cache.pods_of(owner.uid()).filter(|(_, digest)| digest.active) {
        let selected = match known {
            Some((labels, selected)) if labels == digest.labels => selected,
            _ => selector_matches(Some(selector), pod.metadata.labels_or_empty()),
        };
        known = Some((digest.labels, selected));
        if selected {
            claimed.push(ClaimedPod {
                pod: Cow::Borrowed(pod),
                digest: *digest,
            });
        } else if !deleting {
            release(context, user, owner, &AnyObject::Pod(pod.clone()))?;
        }
    }
    context.items += u32::try_from(claimed.len()).unwrap_or(u32::MAX);
    for pod in adopt_selected(context, user, owner, selector, is_active)? {
        let digest = PodDigest::of(&pod);
        let pod = Cow::Owned(pod);
        claimed.push(ClaimedPod { pod, digest });
    }
    Ok(claimed)
}

/// The orphans that the owner selects, adopted.
fn adopt_selected<K: Typed + 'static>(
    context: &mut Context<'_, '_>,
    user: &User,
    owner: &AnyObject,
    selector: &LabelSelector,
    counts: impl Fn(&K) -> bool,
) -> Result<Vec<K>, StatusError> {
    let mut adopted = Vec::new();
    if owner.metadata().is_deleting() {
        return Ok(adopted);
    }
    let orphans = context.cache.orphans_in::<K>(owner.namespace());
    for object in orphans.filter(|object| counts(object)) {
        let metadata = object.object_metadata();
        if !metadata.is_deleting() && selector_matches(Some(selector), metadata.labels_or_empty()) {
            adopted.extend(adopt(context, user, owner, &object.clone().into_any())?);
        }
    }
    Ok(adopted)
}

/// The object of this kind that controls another, if it is there and still the same (`resolveControllerRef`).
pub(super) fn controller_of(cache: &Cache, kind: Kind, object: &AnyObject) -> Option<Key> {
    let owner = object
        .metadata()
        .controller()
        .filter(|owner| owner.kind == kind.name())?;
    let key = Key::new(kind, object.namespace(), &owner.name);
    (cache.get(&key)?.uid() == owner.uid).then_some(key)
}

fn adopt<K: Typed>(
    context: &mut Context<'_, '_>,
    user: &User,
    owner: &AnyObject,
    orphan: &AnyObject,
) -> Result<Option<K>, StatusError> {
    let reference = controller_reference(owner);
    let adopted = Client::new(context.env, user).modify(&orphan.key(), None, |object| {
        if object.metadata().controller().is_none() && object.uid() == orphan.uid() {
            object
                .metadata_mut()
                .owner_references
                .get_or_insert_default()
                .push(reference);
        }
    });
    match adopted {
        Ok(object) => Ok(object.get::<K>().cloned()),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

fn release(
    context: &mut Context<'_, '_>,
    user: &User,
    owner: &AnyObject,
    object: &AnyObject,
) -> Result<(), StatusError> {
    let released = Client::new(context.env, user).modify(&object.key(), None, |object| {
        let metadata = object.metadata_mut();
        if let Some(owners) = &mut metadata.owner_references {
            owners.retain(|reference| reference.uid != owner.uid());
            if owners.is_empty() {
                metadata.owner_references = None;
            }
        }
    });
    match released {
        Err(error) if !error.is_not_found() => Err(error),
        _ => Ok(()),
    }
}
