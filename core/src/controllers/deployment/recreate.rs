//! Recreate: all old Pods are gone before the first new one starts (`deployment/recreate.go`).

use super::Sync;
use crate::api::meta::MetaExt;
use crate::api::{Pod, StatusError};

impl Sync<'_, '_, '_> {
    pub(super) fn rollout_recreate(&mut self) -> Result<(), StatusError> {
        self.sync_revision(false)?;
        let mut shrunk = false;
        for set in self.old_sets() {
            if set.spec.replicas != Some(0) {
                shrunk |= self.scale_set(&set, 0)?;
            }
        }
        if shrunk || self.old_pods_remain() {
            return self.sync_rollout_status();
        }
        self.sync_revision(true)?;
        if let Some(new) = self.new_set().cloned() {
            let desired = self.desired();
            self.scale_set(&new, desired)?;
        }
        if self.is_complete(&self.deployment.status) {
            self.clean_up()?;
        }
        self.sync_rollout_status()
    }

    /// Whether a Pod of an old ReplicaSet has not ended yet (`oldPodsRunning`).
    fn old_pods_remain(&self) -> bool {
        let ended = |pod: &&Pod| matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed"));
        self.old_sets().iter().any(|set| {
            set.status.replicas > 0
                || self
                    .context
                    .cache
                    .controlled_by::<Pod>(set.uid())
                    .any(|pod| !ended(&pod) || pod.metadata.is_deleting())
        })
    }
}
