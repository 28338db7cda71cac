//! What controllers share that keep one object of a fixed name in every namespace.

use super::Context;
use crate::api::{AnyObject, Key, Kind, Namespace, StatusError};
use crate::apiserver::User;
use crate::client::{Cache, Client, Delta};

/// The Namespace that a change concerns: its own, or that of the object of this kind and name.
pub(super) fn concerned(delta: &Delta, kind: Kind, name: &str) -> Option<Key> {
    let namespace = match &delta.object {
        AnyObject::Namespace(namespace) => namespace.name(),
        object if object.kind() == kind && object.name() == name => object.namespace(),
        _ => return None,
    };
    Some(Key::new(Kind::Namespace, "", namespace))
}

/// Whether a namespace is there, and stays.
pub(super) fn stays(cache: &Cache, namespace: &str) -> bool {
    let found = cache.typed::<Namespace>("", namespace);
    found.is_some_and(|namespace| namespace.metadata.deletion_timestamp.is_none())
}

/// Creates an object; somebody else may have done so.
pub(super) fn create(
    context: &mut Context<'_, '_>,
    user: &User,
    object: AnyObject,
) -> Result<(), StatusError> {
    match Client::new(context.env, user).create(object) {
        Err(error) if !error.is_already_exists() => Err(error),
        _ => Ok(()),
    }
}
