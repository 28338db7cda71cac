//! Which objects a controller may call its own (`pkg/controller/controller_ref_manager.go`): those it controls and still
//! selects, and orphans it selects and adopts; those it selects no longer are released.

use std::borrow::Cow;

use super::Context;
use crate::api::labels::selector_matches;
use crate::api::meta::{MetaExt, controller_reference};
use crate::api::types::meta::LabelSelector;
use crate::api::{AnyObject, Key, Kind, StatusError, Typed};
use crate::apiserver::User;
use crate::client::{Cache, Client};

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
    if deleting {
        return Ok(claimed);
    }
    for object in cache
        .orphans_in::<K>(owner.namespace())
        .filter(|object| counts(object))
    {
        if !object.object_metadata().is_deleting() && selects(object) {
            claimed.extend(adopt(context, user, owner, &object.clone().into_any())?.map(Cow::Owned));
        }
    }
    Ok(claimed)
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
