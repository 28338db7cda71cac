//! Claims: what becomes of one without a volume, and what is checked of one with it (`syncClaim`).

use std::time::Duration;

use super::{PersistentVolumeController, RESYNC, claim_key, volume_key};
use crate::api::meta::MetaExt;
use crate::api::types::core::ObjectReference;
use crate::api::types::meta::ObjectMeta;
use crate::api::volumes::{
    BETA_STORAGE_PROVISIONER, BIND_COMPLETED, BOUND_BY_CONTROLLER, SELECTED_NODE, STORAGE_PROVISIONER,
    claim_class, default_class, find_matching, is_bound_to, mismatch, waits_for_consumer, without_class,
};
use crate::api::{AnyObject, PersistentVolume, PersistentVolumeClaim, Pod, StatusError, StorageClass, Typed};
use crate::client::EventType::{Normal, Warning};
use crate::controllers::Context;
use crate::sorted::SortedSet;

/// How soon a claim looks again while volumes get their phase.
const SETTLING: Duration = Duration::from_millis(20);

impl PersistentVolumeController {
    /// Brings a claim closer to its volume.
    pub(super) fn sync_claim(
        &mut self,
        context: &mut Context<'_, '_>,
        claim: &PersistentVolumeClaim,
    ) -> Result<(), StatusError> {
        if claim.metadata.annotation(BIND_COMPLETED).is_some() {
            return self.sync_bound(context, claim);
        }
        if claim.metadata.is_deleting() {
            return Ok(());
        }
        let bound = match claim.spec.volume_name.as_deref() {
            None | Some("") => self.find_volume(context, claim)?,
            Some(name) => self.take_volume(context, claim, name)?,
        };
        if !bound {
            let key = claim_key(claim.namespace(), claim.name());
            self.queue.add_at(context.env.sim.now + RESYNC, key, None);
        }
        Ok(())
    }

    /// The volume that the claim asks for by name. Answers whether it got it.
    fn take_volume(
        &mut self,
        context: &mut Context<'_, '_>,
        claim: &PersistentVolumeClaim,
        name: &str,
    ) -> Result<bool, StatusError> {
        let Some(volume) = context.cache.typed::<PersistentVolume>("", name) else {
            return Ok(false);
        };
        let about = claim.clone().into_any();
        if is_bound_to(volume, claim) {
            return self.bind(context, volume, claim).map(|()| true);
        }
        if volume.spec.claim_ref.is_some() {
            let message = format!("volume {name:?} already bound to a different claim.");
            self.event(context, &about, (Warning, "FailedBinding"), message);
            return Ok(false);
        }
        if let Some(why) = mismatch(volume, claim) {
            let message = format!("Cannot bind to requested volume {name:?}: {why}");
            self.event(context, &about, (Warning, "VolumeMismatch"), message);
            return Ok(false);
        }
        self.bind(context, volume, claim).map(|()| true)
    }

    /// The volume that fits best, or one that is to be made. Answers whether the claim got one.
    fn find_volume(
        &mut self,
        context: &mut Context<'_, '_>,
        claim: &PersistentVolumeClaim,
    ) -> Result<bool, StatusError> {
        let cache = context.cache;
        if without_class(claim)
            && let Some(class) = default_class(cache.list::<StorageClass>())
        {
            let (key, class) = (
                claim_key(claim.namespace(), claim.name()),
                class.name().to_owned(),
            );
            self.change(context, &key, None, |object| {
                if let Some(claim) = object.get_mut::<PersistentVolumeClaim>() {
                    claim.spec_mut().storage_class_name = Some(class);
                }
            })?;
            return Ok(false);
        }
        let class = cache.typed::<StorageClass>("", claim_class(claim));
        let delayed =
            class.is_some_and(waits_for_consumer) && claim.metadata.annotation(SELECTED_NODE).is_none();
        let volumes = cache.list::<PersistentVolume>();
        if let Some(volume) = find_matching(claim, volumes, delayed, None, &SortedSet::new()) {
            return self.bind(context, volume, claim).map(|()| true);
        }
        if !delayed && is_settling(context, claim) {
            let key = claim_key(claim.namespace(), claim.name());
            self.queue.add_at(context.env.sim.now + SETTLING, key, None);
            return Ok(true);
        }
        let about = claim.clone().into_any();
        if delayed {
            let (reason, message) = waiting_for(context, claim);
            self.event(context, &about, (Normal, reason), message);
        } else if claim_class(claim).is_empty() {
            let message = "no persistent volumes available for this claim and no storage class is set";
            self.event(context, &about, (Normal, "FailedBinding"), message);
        } else {
            self.provision(context, claim, class)?;
        }
        Ok(false)
    }

    /// Asks for a volume to be made (`provisionClaim`).
    fn provision(
        &mut self,
        context: &mut Context<'_, '_>,
        claim: &PersistentVolumeClaim,
        class: Option<&StorageClass>,
    ) -> Result<(), StatusError> {
        let about = claim.clone().into_any();
        let Some(class) = class else {
            let message = format!("storageclass.storage.k8s.io {:?} not found", claim_class(claim));
            self.event(context, &about, (Warning, "ProvisioningFailed"), message);
            return Ok(());
        };
        let provisioner = class.spec.provisioner.clone();
        if provisioner.starts_with("kubernetes.io/") {
            let message = format!("no volume plugin matched name: {provisioner}");
            self.event(context, &about, (Warning, "ProvisioningFailed"), message);
            return Ok(());
        }
        let key = claim_key(claim.namespace(), claim.name());
        self.change(context, &key, None, |object| {
            let metadata = object.metadata_mut();
            for name in [BETA_STORAGE_PROVISIONER, STORAGE_PROVISIONER] {
                metadata.set_annotation(name, provisioner.as_str());
            }
        })?;
        let message = format!(
            "Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered."
        );
        self.event(context, &about, (Normal, "ExternalProvisioning"), message);
        Ok(())
    }

    /// A claim that was bound must stay so.
    fn sync_bound(
        &mut self,
        context: &mut Context<'_, '_>,
        claim: &PersistentVolumeClaim,
    ) -> Result<(), StatusError> {
        let name = claim.spec.volume_name.as_deref().unwrap_or_default();
        let volume = context.cache.typed::<PersistentVolume>("", name);
        let (reason, message) = match volume {
            _ if name.is_empty() => (
                "ClaimLost",
                "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!",
            ),
            None => (
                "ClaimLost",
                "Bound claim has lost its PersistentVolume. Data on the volume is lost!",
            ),
            Some(volume) if volume.spec.claim_ref.is_none() || is_bound_to(volume, claim) => {
                return self.bind(context, volume, claim);
            }
            Some(_) => (
                "ClaimMisbound",
                "Two claims are bound to the same volume, this one is bound incorrectly",
            ),
        };
        if claim.status.phase.as_deref() == Some("Lost") {
            return Ok(());
        }
        let key = claim_key(claim.namespace(), claim.name());
        self.change(context, &key, Some("status"), |object| {
            if let Some(claim) = object.get_mut::<PersistentVolumeClaim>() {
                let status = claim.status_mut();
                status.phase = Some("Lost".to_owned());
                status.access_modes = None;
                status.capacity = None;
            }
        })?;
        self.event(context, &claim.clone().into_any(), (Warning, reason), message);
        Ok(())
    }

    /// Writes both sides of a binding, the volume's first.
    pub(super) fn bind(
        &mut self,
        context: &mut Context<'_, '_>,
        volume: &PersistentVolume,
        claim: &PersistentVolumeClaim,
    ) -> Result<(), StatusError> {
        let named = self.change(context, &volume_key(volume.name()), None, |object| {
            if let Some(volume) = object.get_mut::<PersistentVolume>() {
                name_claim(volume, claim);
            }
        })?;
        let named = named.as_ref().and_then(AnyObject::get::<PersistentVolume>);
        if !named.is_some_and(|volume| is_bound_to(volume, claim)) {
            // Another claim was faster; or it is gone.
            let key = claim_key(claim.namespace(), claim.name());
            self.queue.add_rate_limited(context.env.sim.now, key, None);
            return Ok(());
        }
        self.volume_phase(context, volume.name(), "Bound", "")?;
        let key = claim_key(claim.namespace(), claim.name());
        self.change(context, &key, None, |object| {
            let Some(claim) = object.get_mut::<PersistentVolumeClaim>() else {
                return;
            };
            if claim.spec.volume_name.as_deref() != Some(volume.name()) {
                claim.spec_mut().volume_name = Some(volume.name().to_owned());
                claim.metadata_mut().set_annotation(BOUND_BY_CONTROLLER, "yes");
            }
            if claim.metadata.annotation(BIND_COMPLETED).is_none() {
                claim.metadata_mut().set_annotation(BIND_COMPLETED, "yes");
            }
        })?;
        self.change(context, &key, Some("status"), |object| {
            let Some(claim) = object.get_mut::<PersistentVolumeClaim>() else {
                return;
            };
            if claim.status.phase.as_deref() != Some("Bound") {
                let status = claim.status_mut();
                status.phase = Some("Bound".to_owned());
                status.access_modes.clone_from(&volume.spec.access_modes);
                status.capacity.clone_from(&volume.spec.capacity);
            }
        })?;
        Ok(())
    }
}

/// Lets a volume name its claim, unless it names another.
fn name_claim(volume: &mut PersistentVolume, claim: &PersistentVolumeClaim) {
    let before = volume.spec.claim_ref.as_ref();
    if before.is_some() && !is_bound_to(volume, claim) {
        return;
    }
    if before.is_some_and(|reference| reference.uid.as_deref() == Some(claim.uid())) {
        return;
    }
    if before.is_none() {
        volume.metadata_mut().set_annotation(BOUND_BY_CONTROLLER, "yes");
    }
    volume.spec_mut().claim_ref = Some(ObjectReference {
        api_version: Some("v1".to_owned()),
        kind: Some("PersistentVolumeClaim".to_owned()),
        name: Some(claim.name().to_owned()),
        namespace: Some(claim.namespace().to_owned()),
        uid: Some(claim.uid().to_owned()),
        resource_version: claim.metadata.resource_version.clone(),
        ..ObjectReference::default()
    });
}

/// Whether a volume that is older than the claim has no phase yet: requests of one command take no time here, upstream the
/// volume would be available by now.
fn is_settling(context: &Context<'_, '_>, claim: &PersistentVolumeClaim) -> bool {
    let version = |metadata: &ObjectMeta| -> u64 {
        let text = metadata.resource_version.as_deref().unwrap_or_default();
        text.parse().unwrap_or(0)
    };
    context.cache.list::<PersistentVolume>().any(|volume| {
        volume.status.phase.as_deref() == Some("Pending")
            && version(&volume.metadata) < version(&claim.metadata)
    })
}

/// What a claim waits for that is bound only once a Pod needs it.
fn waiting_for(context: &Context<'_, '_>, claim: &PersistentVolumeClaim) -> (&'static str, String) {
    let unplaced = |pod: &&Pod| {
        let placed = pod.spec.node_name.as_deref().is_some_and(|node| !node.is_empty());
        let mut claims = pod
            .spec
            .volumes
            .iter()
            .flatten()
            .filter_map(|volume| volume.persistent_volume_claim.as_ref());
        !placed && claims.any(|named| named.claim_name == claim.name())
    };
    let pods = context.cache.list_in::<Pod>(claim.namespace()).filter(unplaced);
    let names: Vec<&str> = pods.map(Pod::name).collect();
    match names.as_slice() {
        [] => (
            "WaitForFirstConsumer",
            "waiting for first consumer to be created before binding".to_owned(),
        ),
        [name] => (
            "WaitForPodScheduled",
            format!("waiting for pod {name} to be scheduled"),
        ),
        names => (
            "WaitForPodScheduled",
            format!("waiting for pods {} to be scheduled", names.join(",")),
        ),
    }
}
