//! The binder of claims and volumes (`pkg/controller/volume/persistentvolume`): a claim gets the volume that fits it best,
//! or one is asked for; a volume whose claim is gone is kept, emptied or deleted.

mod claims;
mod provisioner;
mod resizer;
mod volumes;

pub(super) use provisioner::LocalPathProvisioner;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Context, Controller};
use crate::api::meta::meta_time;
use crate::api::{AnyObject, Key, Kind, PersistentVolume, PersistentVolumeClaim, StatusError};
use crate::apiserver::User;
use crate::client::{Cache, Client, Delta, EventRecorder, EventType, QueuedItem, WorkQueue};
use crate::etcd::ChangeType;
use crate::sim::Time;

/// How often everything is looked at again (`--pvclaimbinder-sync-period`).
const RESYNC: Duration = Duration::from_secs(15);

/// Binds claims to volumes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PersistentVolumeController {
    user: User,
    queue: WorkQueue,
    recorder: EventRecorder,
}

impl Default for PersistentVolumeController {
    fn default() -> Self {
        Self {
            user: User::component("system:serviceaccount:kube-system:persistent-volume-binder"),
            queue: WorkQueue::default(),
            recorder: EventRecorder::new("persistentvolume-controller", ""),
        }
    }
}

impl Controller for PersistentVolumeController {
    fn queue(&mut self) -> &mut WorkQueue {
        &mut self.queue
    }

    fn observe(&mut self, cache: &Cache, delta: &Delta, _: Time) {
        let gone = delta.change == ChangeType::Deleted;
        match &delta.object {
            AnyObject::PersistentVolumeClaim(claim) => {
                if gone {
                    self.recorder.forget(claim.uid());
                    if let Some(volume) = claim.spec.volume_name.as_deref() {
                        self.queue.add(volume_key(volume), delta.trace);
                    }
                } else {
                    self.queue.add(delta.object.key(), delta.trace);
                }
            }
            AnyObject::PersistentVolume(volume) => {
                if gone {
                    self.recorder.forget(volume.uid());
                }
                self.queue.add(delta.object.key(), delta.trace);
                let reference = volume.spec.claim_ref.as_ref();
                if let Some(reference) = reference {
                    let text = |text: &Option<String>| text.clone().unwrap_or_default();
                    let key = claim_key(&text(&reference.namespace), &text(&reference.name));
                    if cache.get(&key).is_some() {
                        self.queue.add(key, delta.trace);
                    }
                }
            }
            _ => {}
        }
    }

    fn reconcile(&mut self, context: &mut Context<'_, '_>, item: &QueuedItem) -> Result<(), StatusError> {
        let key = &item.key;
        if key.kind == Kind::PersistentVolume {
            let volume = context.cache.typed::<PersistentVolume>("", &key.name);
            return volume.map_or(Ok(()), |volume| self.sync_volume(context, volume));
        }
        let claim = context
            .cache
            .typed::<PersistentVolumeClaim>(&key.namespace, &key.name);
        claim.map_or(Ok(()), |claim| self.sync_claim(context, claim))
    }
}

fn volume_key(name: &str) -> Key {
    Key::new(Kind::PersistentVolume, "", name)
}

fn claim_key(namespace: &str, name: &str) -> Key {
    Key::new(Kind::PersistentVolumeClaim, namespace, name)
}

impl PersistentVolumeController {
    fn event(
        &mut self,
        context: &mut Context<'_, '_>,
        about: &AnyObject,
        kind: (EventType, &str),
        message: impl Into<String>,
    ) {
        self.recorder
            .record(context.env, &self.user, about, None, kind, message);
    }

    /// Changes a volume or claim; nothing happens if it is gone.
    fn change(
        &self,
        context: &mut Context<'_, '_>,
        key: &Key,
        subresource: Option<&str>,
        change: impl FnOnce(&mut AnyObject),
    ) -> Result<Option<AnyObject>, StatusError> {
        match Client::new(context.env, &self.user).modify(key, subresource, change) {
            Ok(object) => Ok(Some(object)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes the phase of a volume, and why.
    fn volume_phase(
        &self,
        context: &mut Context<'_, '_>,
        name: &str,
        phase: &str,
        message: &str,
    ) -> Result<(), StatusError> {
        let now = meta_time(context.env.sim.now);
        let written = self.change(context, &volume_key(name), Some("status"), |object| {
            let Some(volume) = object.get_mut::<PersistentVolume>() else {
                return;
            };
            if volume.status.phase.as_deref() != Some(phase) {
                let status = volume.status_mut();
                status.phase = Some(phase.to_owned());
                status.message = (!message.is_empty()).then(|| message.to_owned());
                status.last_phase_transition_time = Some(now);
            }
        });
        written.map(|_| ())
    }
}
