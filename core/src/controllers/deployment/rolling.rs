//! RollingUpdate: new Pods come as old ones go, never too many and never too few (`deployment/rolling.go`).

use super::{Sync, arithmetic};
use crate::api::StatusError;

impl Sync<'_, '_, '_> {
    pub(super) fn rollout_rolling(&mut self) -> Result<(), StatusError> {
        self.sync_revision(true)?;
        if self.grow_new_set()? || self.shrink_old_sets()? {
            return self.sync_rollout_status();
        }
        if self.is_complete(&self.deployment.status) {
            self.clean_up()?;
        }
        self.sync_rollout_status()
    }

    /// Sizes the new ReplicaSet (`reconcileNewReplicaSet`).
    fn grow_new_set(&mut self) -> Result<bool, StatusError> {
        let Some(new) = self.new_set().cloned() else {
            return Ok(false);
        };
        let (size, desired) = (new.spec.replicas.unwrap_or(1), self.desired());
        if size == desired {
            return Ok(false);
        }
        if size > desired {
            return self.scale_set(&new, desired);
        }
        let all = arithmetic::replicas_of(&self.sets);
        let target = arithmetic::new_replicas(&self.deployment, all, size);
        self.scale_set(&new, target)
    }

    /// Sizes the old ReplicaSets (`reconcileOldReplicaSets`).
    fn shrink_old_sets(&mut self) -> Result<bool, StatusError> {
        let old = self.old_sets();
        if arithmetic::replicas_of(&old) == 0 {
            return Ok(false);
        }
        let all = arithmetic::replicas_of(&self.sets);
        let fewest = self.desired() - arithmetic::limits(&self.deployment).1;
        let new_unavailable = self.new_set().map_or(0, |new| {
            new.spec.replicas.unwrap_or(1) - new.status.available_replicas.unwrap_or(0)
        });
        let may_go = all - fewest - new_unavailable;
        if may_go <= 0 {
            return Ok(false);
        }
        let unhealthy = self.drop_unhealthy(may_go)?;
        let healthy = self.drop_healthy(fewest)?;
        Ok(unhealthy + healthy > 0)
    }

    /// Old Pods that are not available go first: they cost nothing (`cleanupUnhealthyReplicas`).
    fn drop_unhealthy(&mut self, most: i32) -> Result<i32, StatusError> {
        let mut dropped = 0;
        for set in self.old_sets() {
            if dropped >= most {
                break;
            }
            let size = set.spec.replicas.unwrap_or(1);
            let unavailable = size - set.status.available_replicas.unwrap_or(0);
            let count = unavailable.min(most - dropped);
            if size == 0 || count <= 0 {
                continue;
            }
            self.scale_set(&set, size - count)?;
            dropped += count;
        }
        Ok(dropped)
    }

    /// Then as many available ones as may be missing (`scaleDownOldReplicaSetsForRollingUpdate`).
    fn drop_healthy(&mut self, fewest: i32) -> Result<i32, StatusError> {
        let most = arithmetic::staying_available(&self.sets) - fewest;
        let mut dropped = 0;
        for set in self.old_sets() {
            if dropped >= most {
                break;
            }
            let size = set.spec.replicas.unwrap_or(1);
            let count = size.min(most - dropped);
            if count <= 0 {
                continue;
            }
            self.scale_set(&set, size - count)?;
            dropped += count;
        }
        Ok(dropped)
    }
}
