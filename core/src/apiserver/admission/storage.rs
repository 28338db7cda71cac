//! `StorageObjectInUseProtection`, `DefaultStorageClass` and `PersistentVolumeClaimResize`: claims and volumes are not
//! deleted under somebody, claims without a class get the default one, and only some can grow.

use crate::api::meta::MetaExt;
use crate::api::volumes::{
    CLAIM_PROTECTION, VOLUME_PROTECTION, claim_class, default_class, requested, without_class,
};
use crate::api::{AnyObject, Key, Kind, PersistentVolumeClaim, StatusError, StorageClass};
use crate::etcd::Store;

/// Admits a new object.
pub(super) fn admit(store: &Store, object: &mut AnyObject) {
    let finalizer = match object.kind() {
        Kind::PersistentVolumeClaim => CLAIM_PROTECTION,
        Kind::PersistentVolume => VOLUME_PROTECTION,
        _ => return,
    };
    if !object.metadata().has_finalizer(finalizer) {
        let finalizers = object.metadata_mut().finalizers.get_or_insert_default();
        finalizers.push(finalizer.to_owned());
    }
    if let Some(claim) = object
        .get_mut::<PersistentVolumeClaim>()
        .filter(|claim| without_class(claim))
    {
        let classes = store
            .list(Kind::StorageClass)
            .filter_map(AnyObject::get::<StorageClass>);
        if let Some(class) = default_class(classes) {
            claim.spec_mut().storage_class_name = Some(class.name().to_owned());
        }
    }
}

/// Refuses to let a claim grow that cannot.
pub(super) fn validate(store: &Store, object: &AnyObject, old: &AnyObject) -> Result<(), StatusError> {
    let claims = (
        object.get::<PersistentVolumeClaim>(),
        old.get::<PersistentVolumeClaim>(),
    );
    let (Some(new), Some(old)) = claims else {
        return Ok(());
    };
    if requested(new).nanos <= requested(old).nanos {
        return Ok(());
    }
    let refuse = |why: &str| Err(StatusError::forbidden(object.kind(), object.name(), why));
    if old.status.phase.as_deref() != Some("Bound") {
        return refuse("Only bound persistent volume claims can be expanded");
    }
    let key = Key::new(Kind::StorageClass, "", claim_class(new));
    let class = store.get(&key).and_then(AnyObject::get::<StorageClass>);
    if class.is_some_and(|class| class.spec.allow_volume_expansion == Some(true)) {
        return Ok(());
    }
    refuse(
        "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize",
    )
}
