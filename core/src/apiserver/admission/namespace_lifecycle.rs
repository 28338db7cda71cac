//! `NamespaceLifecycle`: nothing is created in a namespace that does not exist or is being deleted.

use crate::api::{AnyObject, Cause, Key, Kind, Namespace, StatusError};
use crate::etcd::Store;

/// Admits a new object.
pub(super) fn admit(store: &Store, object: &AnyObject) -> Result<(), StatusError> {
    if !object.kind().namespaced() {
        return Ok(());
    }
    let found = store.get(&Key::new(Kind::Namespace, "", object.namespace()));
    let Some(namespace) = found.and_then(AnyObject::get::<Namespace>) else {
        return Err(StatusError::not_found(Kind::Namespace, object.namespace()));
    };
    if namespace.metadata.deletion_timestamp.is_none() {
        return Ok(());
    }
    let why = format!(
        "unable to create new content in namespace {} because it is being terminated",
        namespace.name()
    );
    let mut error = StatusError::forbidden(object.kind(), object.name(), &why);
    error.causes.push(Cause {
        reason: "NamespaceTerminating".to_owned(),
        message: format!("namespace {} is being terminated", namespace.name()),
        field: "metadata.namespace".to_owned(),
    });
    Err(error)
}
