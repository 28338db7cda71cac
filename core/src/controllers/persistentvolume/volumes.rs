//! Volumes: free ones, bound ones, and those whose claim is gone (`syncVolume`).

use std::time::Duration;

use super::provisioner::PROVISIONER;
use super::{PersistentVolumeController, claim_key, volume_key};
use crate::api::meta::MetaExt;
use crate::api::types::core::PersistentVolumeSpec;
use crate::api::volumes::{BOUND_BY_CONTROLLER, PROVISIONED_BY, is_bound_to};
use crate::api::{AnyObject, PersistentVolume, PersistentVolumeClaim, StatusError, Typed};
use crate::client::EventType::{Normal, Warning};
use crate::client::{Client, DeleteOptions};
use crate::controllers::Context;

/// What emptying a volume by hand-made Pods takes.
const RECYCLING_TIME: Duration = Duration::from_secs(2);

impl PersistentVolumeController {
    /// Brings a volume's phase in line with its claim.
    pub(super) fn sync_volume(
        &mut self,
        context: &mut Context<'_, '_>,
        volume: &PersistentVolume,
    ) -> Result<(), StatusError> {
        let Some(reference) = &volume.spec.claim_ref else {
            return self.volume_phase(context, volume.name(), "Available", "");
        };
        if reference.uid.as_deref().unwrap_or_default().is_empty() {
            // The user promised it to a claim.
            return self.volume_phase(context, volume.name(), "Available", "");
        }
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let key = claim_key(&text(&reference.namespace), &text(&reference.name));
        // The cache may be older than the volume, which would look released.
        let claim = context.env.api.store().get(&key);
        let claim = claim.and_then(AnyObject::get::<PersistentVolumeClaim>).cloned();
        let Some(claim) = claim.filter(|claim| is_bound_to(volume, claim)) else {
            let phase = volume.status.phase.as_deref();
            if !matches!(phase, Some("Released" | "Failed")) {
                self.volume_phase(context, volume.name(), "Released", "")?;
                return Ok(());
            }
            return self.reclaim(context, volume);
        };
        match claim.spec.volume_name.as_deref() {
            Some(name) if name == volume.name() => self.volume_phase(context, volume.name(), "Bound", ""),
            None | Some("") => {
                self.queue.add(key, None);
                Ok(())
            }
            Some(_) => self.unbind(context, volume),
        }
    }

    /// The claim took another volume.
    fn unbind(
        &mut self,
        context: &mut Context<'_, '_>,
        volume: &PersistentVolume,
    ) -> Result<(), StatusError> {
        let ours = volume.metadata.annotation(BOUND_BY_CONTROLLER).is_some();
        self.change(context, &volume_key(volume.name()), None, |object| {
            let Some(volume) = object.get_mut::<PersistentVolume>() else {
                return;
            };
            if ours {
                free(volume);
            } else if let Some(reference) = &mut volume.spec_mut().claim_ref {
                reference.uid = None;
                reference.resource_version = None;
            }
        })?;
        self.volume_phase(context, volume.name(), "Available", "")
    }

    /// What its policy says of a volume without a claim.
    fn reclaim(
        &mut self,
        context: &mut Context<'_, '_>,
        volume: &PersistentVolume,
    ) -> Result<(), StatusError> {
        if volume.metadata.is_deleting() || volume.status.phase.as_deref() == Some("Failed") {
            return Ok(());
        }
        match volume.spec.persistent_volume_reclaim_policy.as_deref() {
            Some("Recycle") => self.recycle(context, volume),
            Some("Delete") => self.delete(context, volume),
            _ => Ok(()),
        }
    }

    fn recycle(
        &mut self,
        context: &mut Context<'_, '_>,
        volume: &PersistentVolume,
    ) -> Result<(), StatusError> {
        let about = volume.clone().into_any();
        if volume.spec.host_path.is_none() && volume.spec.nfs.is_none() {
            let message = "No recycler plugin found for the volume!";
            self.volume_phase(context, volume.name(), "Failed", message)?;
            self.event(context, &about, (Warning, "VolumeFailedRecycle"), message);
            return Ok(());
        }
        let since = volume.status.last_phase_transition_time.as_ref();
        let done = since.map_or(context.env.sim.now, |at| {
            crate::sim::Time::from_timestamp(at.0) + RECYCLING_TIME
        });
        if context.env.sim.now < done {
            self.queue.add_at(done, volume_key(volume.name()), None);
            return Ok(());
        }
        self.event(context, &about, (Normal, "VolumeRecycled"), "Volume recycled");
        self.change(context, &volume_key(volume.name()), None, |object| {
            if let Some(volume) = object.get_mut::<PersistentVolume>() {
                free(volume);
            }
        })?;
        self.volume_phase(context, volume.name(), "Available", "")
    }

    fn delete(
        &mut self,
        context: &mut Context<'_, '_>,
        volume: &PersistentVolume,
    ) -> Result<(), StatusError> {
        // What somebody made, they delete.
        if volume.metadata.annotation(PROVISIONED_BY).is_some() {
            return Ok(());
        }
        if let Some(message) = undeletable(volume.name(), &volume.spec) {
            self.volume_phase(context, volume.name(), "Failed", &message)?;
            let about = volume.clone().into_any();
            self.event(context, &about, (Warning, "VolumeFailedDelete"), message);
            return Ok(());
        }
        let key = volume_key(volume.name());
        match Client::new(context.env, &self.user).delete(&key, &DeleteOptions::default()) {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    }
}

/// Forgets the claim of a volume.
fn free(volume: &mut PersistentVolume) {
    volume.spec_mut().claim_ref = None;
    if let Some(annotations) = &mut volume.metadata_mut().annotations {
        annotations.remove(BOUND_BY_CONTROLLER);
    }
}

/// Why Kubernetes itself cannot delete what is behind a volume.
fn undeletable(name: &str, spec: &PersistentVolumeSpec) -> Option<String> {
    let Some(source) = &spec.host_path else {
        return Some(format!(
            "error getting deleter volume plugin for volume {name:?}: no deletable volume plugin matched"
        ));
    };
    let temporary = source
        .path
        .strip_prefix("/tmp/")
        .is_some_and(|rest| !rest.is_empty());
    (!temporary).then(|| {
        format!(
            "host_path deleter only supports /tmp/.+ but received provided {}",
            source.path
        )
    })
}

/// Whether the lab's own provisioner made the volume.
pub(super) fn is_provisioned(volume: &PersistentVolume) -> bool {
    volume.metadata.annotation(PROVISIONED_BY) == Some(PROVISIONER)
}
