//! A Deployment's size without a new template: paused, or merely scaled (`deployment/sync.go`).

use super::revisions::DESIRED_REPLICAS;
use super::{Sync, arithmetic, is_recreate};
use crate::api::meta::MetaExt;
use crate::api::{ReplicaSet, StatusError};

impl Sync<'_, '_, '_> {
    /// Whether the Deployment was given another size since its ReplicaSets were last sized (`isScalingEvent`).
    pub(super) fn is_scaling_event(&self) -> bool {
        let desired = self.desired().to_string();
        self.active_sets().iter().any(|set| {
            set.metadata
                .annotation(DESIRED_REPLICAS)
                .is_some_and(|before| before != desired)
        })
    }

    fn active_sets(&self) -> Vec<ReplicaSet> {
        self.sets
            .iter()
            .filter(|set| set.spec.replicas.unwrap_or(1) > 0)
            .cloned()
            .collect()
    }

    /// Sizes the ReplicaSets and reports (`sync`).
    pub(super) fn sync_scale(&mut self) -> Result<(), StatusError> {
        self.sync_revision(false)?;
        self.scale()?;
        if self.deployment.spec.paused == Some(true) {
            self.clean_up()?;
        }
        self.sync_status_only()
    }

    fn scale(&mut self) -> Result<(), StatusError> {
        let desired = self.desired();
        if let Some(only) = self.active_or_latest() {
            return self.scale_set(&only, desired).map(|_| ());
        }
        if self.new_set().is_some_and(|new| is_saturated(new, desired)) {
            for set in self
                .old_sets()
                .iter()
                .filter(|set| set.spec.replicas.unwrap_or(1) > 0)
            {
                self.scale_set(set, 0)?;
            }
            return Ok(());
        }
        if is_recreate(&self.deployment) {
            return Ok(());
        }
        self.scale_in_proportion(desired)
    }

    /// In the middle of a rollout a change of size is shared between the versions.
    fn scale_in_proportion(&mut self, desired: i32) -> Result<(), StatusError> {
        let mut active = self.active_sets();
        let all = arithmetic::replicas_of(&active);
        let allowed = if desired > 0 {
            desired + arithmetic::limits(&self.deployment).0
        } else {
            0
        };
        let to_add = allowed - all;
        let size = |set: &ReplicaSet| set.spec.replicas.unwrap_or(1);
        // The largest first; of equals the newest when growing, the oldest when shrinking.
        if to_add > 0 {
            crate::sort::sort_by(&mut active, |a, b| {
                size(b)
                    .cmp(&size(a))
                    .then(b.metadata.created_at().cmp(&a.metadata.created_at()))
            });
        } else {
            crate::sort::sort_by(&mut active, |a, b| {
                size(b)
                    .cmp(&size(a))
                    .then(a.metadata.created_at().cmp(&b.metadata.created_at()))
            });
        }
        let mut added = 0;
        let mut sizes = Vec::with_capacity(active.len());
        for set in &active {
            let share = arithmetic::fraction(&self.deployment, set, to_add, added);
            added += share;
            sizes.push(size(set) + share);
        }
        if let Some(first) = sizes.first_mut() {
            *first = (*first + to_add - added).max(0);
        }
        for (set, size) in active.iter().zip(sizes) {
            self.scale_set(set, size)?;
        }
        Ok(())
    }

    /// The only active ReplicaSet, or the latest when none is (`FindActiveOrLatest`).
    fn active_or_latest(&self) -> Option<ReplicaSet> {
        let active = self.active_sets();
        match active.as_slice() {
            [] => self
                .new_set()
                .cloned()
                .or_else(|| self.old_sets().last().cloned()),
            [only] => Some(only.clone()),
            _ => None,
        }
    }
}

/// Whether the new ReplicaSet has all it shall have (`IsSaturated`).
fn is_saturated(set: &ReplicaSet, desired: i32) -> bool {
    let annotated = set
        .metadata
        .annotation(DESIRED_REPLICAS)
        .and_then(|text| text.parse::<i32>().ok());
    set.spec.replicas == Some(desired)
        && annotated == Some(desired)
        && set.status.available_replicas.unwrap_or(0) == desired
}
