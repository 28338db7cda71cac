//! Admission: what is changed or refused after decoding and before validation, in the order of kube-apiserver's plugins.

mod ingress_class;
mod limit_ranger;
mod namespace_lifecycle;
pub(super) mod node_restriction;
mod node_taint;
mod priority;
pub(super) mod resource_quota;
mod service_account;
mod storage;
mod tolerations;

pub(in crate::apiserver) use limit_ranger::ratio;

use super::user::User;
use crate::api::{AnyObject, Kind, StatusError};
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
    if let AnyObject::PriorityClass(class) = object {
        priority::admit_class(store, class)?;
    }
    if let AnyObject::Ingress(ingress) = object {
        ingress_class::admit(store, ingress);
    }
    if let AnyObject::Pod(pod) = object {
        limit_ranger::admit(store, pod);
        service_account::admit(store, rng, pod)?;
        priority::admit(store, pod)?;
        tolerations::admit(pod);
    }
    storage::admit(store, object);
    Ok(())
}

/// Refuses an object that its own rules allow: after validation, before it is stored.
///
/// # Errors
///
/// 403 when a plugin refuses it.
pub(super) fn validate(
    store: &Store,
    object: &AnyObject,
    old: Option<&AnyObject>,
) -> Result<(), StatusError> {
    // Containers do not change: only claims are looked at again.
    if old.is_none() || object.kind() == Kind::PersistentVolumeClaim {
        limit_ranger::validate(store, object)?;
    }
    if let Some(old) = old {
        storage::validate(store, object, old)?;
    }
    Ok(())
}
