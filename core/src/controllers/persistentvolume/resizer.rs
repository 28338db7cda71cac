//! Claims that grow: the volume is made larger, then the claim says so (`external-resizer`). The provisioner of kind and k3s cannot
//! do it, those of clouds can: the lab lets its own stand for them, so that a class with `allowVolumeExpansion` keeps its word. A
//! folder needs no larger file system, so there is nothing left for the kubelet to do.

use super::provisioner::LocalPathProvisioner;
use super::{claim_key, volume_key};
use crate::api::meta::meta_time;
use crate::api::quantity::amount;
use crate::api::types::core::{PersistentVolumeClaimCondition, PersistentVolumeClaimStatus};
use crate::api::volumes::requested;
use crate::api::{Key, PersistentVolume, PersistentVolumeClaim, StatusError, Typed};
use crate::client::EventType::Normal;
use crate::controllers::Context;

const RESIZING: &str = "Resizing";

/// Whether a claim asks for more than it has.
pub(super) fn grows(claim: &PersistentVolumeClaim) -> bool {
    let capacity = claim.status.capacity.as_ref();
    let has = capacity.and_then(|capacity| capacity.get("storage"));
    claim.status.phase.as_deref() == Some("Bound")
        && has.is_some_and(|has| amount(has).nanos < requested(claim).nanos)
}

impl LocalPathProvisioner {
    /// Makes the volume of a claim as large as the claim asks for.
    pub(super) fn expand(
        &mut self,
        context: &mut Context<'_, '_>,
        claim: &PersistentVolumeClaim,
        key: &Key,
    ) -> Result<(), StatusError> {
        let wanted = requested(claim);
        let name = claim.spec.volume_name.clone().unwrap_or_default();
        let about = claim.clone().into_any();
        let now = meta_time(context.env.sim.now);
        if !self.is_under_way(key) {
            let message = format!("External resizer is resizing volume {name}");
            self.say(context, &about, (Normal, RESIZING), message);
            self.change_status(context, claim, &mut |status| {
                status
                    .conditions
                    .get_or_insert_default()
                    .push(PersistentVolumeClaimCondition {
                        type_: RESIZING.to_owned(),
                        status: "True".to_owned(),
                        last_transition_time: Some(now.clone()),
                        ..PersistentVolumeClaimCondition::default()
                    });
                let storage = || "storage".to_owned();
                status.allocated_resources = Some([(storage(), wanted.into())].into());
                status.allocated_resource_statuses =
                    Some([(storage(), "ControllerResizeInProgress".to_owned())].into());
            })?;
        }
        if !self.done(key, context.env.sim.now) {
            return Ok(());
        }
        self.forget(key);
        self.change(context, volume_key(&name), None, |object| {
            if let Some(volume) = object.get_mut::<PersistentVolume>() {
                volume.spec_mut().capacity = Some([("storage".to_owned(), wanted.into())].into());
            }
        })?;
        self.change_status(context, claim, &mut |status| {
            status.capacity = Some([("storage".to_owned(), wanted.into())].into());
            status.allocated_resource_statuses = None;
            let others = status.conditions.take().unwrap_or_default();
            let others = others.into_iter().filter(|condition| condition.type_ != RESIZING);
            status.conditions = Some(others.collect()).filter(|left: &Vec<_>| !left.is_empty());
        })?;
        let message = "Resize volume succeeded".to_owned();
        self.say(context, &about, (Normal, "VolumeResizeSuccessful"), message);
        Ok(())
    }

    /// Changes the status of a claim.
    fn change_status(
        &self,
        context: &mut Context<'_, '_>,
        claim: &PersistentVolumeClaim,
        change: &mut dyn FnMut(&mut PersistentVolumeClaimStatus),
    ) -> Result<(), StatusError> {
        let key = claim_key(claim.namespace(), claim.name());
        self.change(context, key, Some("status"), |object| {
            if let Some(claim) = object.get_mut::<PersistentVolumeClaim>() {
                change(claim.status_mut());
            }
        })
    }
}
