//! Claims stay while Pods use them, volumes while they are bound (`pkg/controller/volume/pvcprotection`, `pvprotection`).

use serde::{Deserialize, Serialize};

use super::{Context, Controller};
use crate::api::meta::MetaExt;
use crate::api::types::core::Volume;
use crate::api::volumes::{CLAIM_PROTECTION, VOLUME_PROTECTION};
use crate::api::{AnyObject, Key, Kind, PersistentVolume, PersistentVolumeClaim, Pod, StatusError};
use crate::apiserver::User;
use crate::client::{Cache, Client, Delta, QueuedItem, WorkQueue};
use crate::etcd::ChangeType;
use crate::sim::Time;

/// Takes the finalizers off claims and volumes that nobody needs any more.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct VolumeProtectionController {
    /// Upstream it is two controllers, each with its own account.
    claims_user: User,
    volumes_user: User,
    queue: WorkQueue,
}

impl Default for VolumeProtectionController {
    fn default() -> Self {
        Self {
            claims_user: User::component("system:serviceaccount:kube-system:pvc-protection-controller"),
            volumes_user: User::component("system:serviceaccount:kube-system:pv-protection-controller"),
            queue: WorkQueue::default(),
        }
    }
}

/// The claim that a Pod's volume uses.
fn claim_of(pod: &Pod, volume: &Volume) -> Option<String> {
    if volume.ephemeral.is_some() {
        return Some(format!("{}-{}", pod.name(), volume.name));
    }
    let named = volume.persistent_volume_claim.as_ref();
    named.map(|named| named.claim_name.clone())
}

impl Controller for VolumeProtectionController {
    fn queue(&mut self) -> &mut WorkQueue {
        &mut self.queue
    }

    fn observe(&mut self, cache: &Cache, delta: &Delta, _: Time) {
        match &delta.object {
            AnyObject::PersistentVolumeClaim(_) | AnyObject::PersistentVolume(_)
                if delta.object.metadata().is_deleting() && delta.change != ChangeType::Deleted =>
            {
                self.queue.add(delta.object.key(), delta.trace);
            }
            AnyObject::Pod(pod) if delta.change == ChangeType::Deleted => {
                for volume in pod.spec.volumes.iter().flatten() {
                    let Some(claim) = claim_of(pod, volume) else {
                        continue;
                    };
                    let key = Key::new(Kind::PersistentVolumeClaim, pod.namespace(), &claim);
                    let leaving = cache.get(&key).filter(|claim| claim.metadata().is_deleting());
                    if leaving.is_some() {
                        self.queue.add(key, delta.trace);
                    }
                }
            }
            _ => {}
        }
    }

    fn reconcile(&mut self, context: &mut Context<'_, '_>, item: &QueuedItem) -> Result<(), StatusError> {
        let key = &item.key;
        let Some(object) = context
            .cache
            .get(key)
            .filter(|object| object.metadata().is_deleting())
        else {
            return Ok(());
        };
        let (needed, finalizer) = match object {
            AnyObject::PersistentVolume(volume) => (is_bound(volume), VOLUME_PROTECTION),
            AnyObject::PersistentVolumeClaim(claim) => (is_used(context.cache, claim), CLAIM_PROTECTION),
            _ => return Ok(()),
        };
        if needed || !object.metadata().has_finalizer(finalizer) {
            return Ok(());
        }
        let user = match key.kind {
            Kind::PersistentVolume => &self.volumes_user,
            _ => &self.claims_user,
        };
        let removed = Client::new(context.env, user).modify(key, None, |object| {
            if let Some(finalizers) = &mut object.metadata_mut().finalizers {
                finalizers.retain(|found| found != finalizer);
            }
        });
        match removed {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    }
}

fn is_bound(volume: &PersistentVolume) -> bool {
    volume.status.phase.as_deref() == Some("Bound")
}

/// Whether a Pod that has a node uses the claim: no other can begin to, now that it is being deleted.
fn is_used(cache: &Cache, claim: &PersistentVolumeClaim) -> bool {
    cache.list_in::<Pod>(claim.namespace()).any(|pod| {
        let placed = pod.spec.node_name.as_deref().is_some_and(|node| !node.is_empty());
        let mut volumes = pod.spec.volumes.iter().flatten();
        placed && volumes.any(|volume| claim_of(pod, volume).as_deref() == Some(claim.name()))
    })
}
