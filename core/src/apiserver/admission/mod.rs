//! Admission: what is changed or refused after decoding and before validation, in the order of kube-apiserver's plugins.

mod namespace_lifecycle;
mod node_taint;
mod priority;
mod service_account;
mod tolerations;

use super::request::User;
use crate::api::{AnyObject, StatusError};
use crate::etcd::Store;
use crate::sim::Rng;

/// Admits a new object.
///
/// # Errors
///
/// 403 or 404 when a plugin refuses it.
pub(super) fn admit_create(
    store: &Store,
    rng: Rng,
    _user: &User,
    object: &mut AnyObject,
) -> Result<(), StatusError> {
    namespace_lifecycle::admit(store, object)?;
    if let AnyObject::Node(node) = object {
        node_taint::admit(node);
    }
    if let AnyObject::Pod(pod) = object {
        service_account::admit(store, rng, pod)?;
        priority::admit(pod)?;
        tolerations::admit(pod);
    }
    Ok(())
}
