//! How far a rollout is: the Deployment's status and its conditions (`deployment/progress.go`).

use std::time::Duration;

use super::{Sync, arithmetic};
use crate::api::meta::{MetaExt, meta_time};
use crate::api::types::apps::{DeploymentCondition, DeploymentStatus};
use crate::api::{Pod, ReplicaSet, StatusError};
use crate::sim::Time;

const AVAILABLE: &str = "Available";
const PROGRESSING: &str = "Progressing";
const REPLICA_FAILURE: &str = "ReplicaFailure";
/// A deadline of this many seconds means none.
const NO_DEADLINE_SECS: i32 = i32::MAX;

impl Sync<'_, '_, '_> {
    fn condition(&self, type_: &str, status: bool, reason: &str, message: String) -> DeploymentCondition {
        let now = meta_time(self.context.env.sim.now);
        DeploymentCondition {
            type_: type_.to_owned(),
            status: if status { "True" } else { "False" }.to_owned(),
            reason: Some(reason.to_owned()),
            message: Some(message),
            last_update_time: Some(now.clone()),
            last_transition_time: Some(now),
        }
    }

    fn has_deadline(&self) -> bool {
        self.deployment
            .spec
            .progress_deadline_seconds
            .is_some_and(|secs| secs != NO_DEADLINE_SECS)
    }

    /// What the status shall be, but for `Progressing` (`calculateStatus`).
    fn status(&self) -> DeploymentStatus {
        let (desired, old) = (self.desired(), &*self.deployment.status);
        let sum = |pick: &dyn Fn(&ReplicaSet) -> i32| self.sets.iter().map(pick).sum::<i32>();
        let total = sum(&|set| set.status.replicas);
        let available = arithmetic::available_of(&self.sets);
        let updated = self.new_set().map_or(0, |set| set.status.replicas);
        let nonzero = |count: i32| (count != 0).then_some(count);
        let terminating = self
            .sets
            .iter()
            .flat_map(|set| self.context.cache.controlled_by::<Pod>(set.uid()))
            .filter(|pod| pod.metadata.is_deleting())
            .count();
        let mut status = DeploymentStatus {
            observed_generation: self.deployment.metadata.generation,
            replicas: nonzero(total),
            updated_replicas: nonzero(updated),
            ready_replicas: nonzero(sum(&|set| set.status.ready_replicas.unwrap_or(0))),
            available_replicas: nonzero(available),
            unavailable_replicas: nonzero((arithmetic::replicas_of(&self.sets) - available).max(0)),
            terminating_replicas: Some(i32::try_from(terminating).unwrap_or(i32::MAX)),
            collision_count: old.collision_count,
            conditions: old.conditions.clone(),
        };
        let enough = available >= desired - arithmetic::limits(&self.deployment).1;
        let available = if enough {
            self.condition(
                AVAILABLE,
                true,
                "MinimumReplicasAvailable",
                "Deployment has minimum availability.".to_owned(),
            )
        } else {
            let message = "Deployment does not have minimum availability.".to_owned();
            self.condition(AVAILABLE, false, "MinimumReplicasUnavailable", message)
        };
        set_condition(&mut status, available);
        status
    }

    /// Reports without judging progress (`syncDeploymentStatus`).
    pub(super) fn sync_status_only(&mut self) -> Result<(), StatusError> {
        let status = self.status();
        if status == *self.deployment.status {
            Ok(())
        } else {
            self.write(status)
        }
    }

    /// Whether everything is new and available (`DeploymentComplete`).
    pub(super) fn is_complete(&self, status: &DeploymentStatus) -> bool {
        let desired = self.desired();
        status.updated_replicas.unwrap_or(0) == desired
            && status.replicas.unwrap_or(0) == desired
            && status.available_replicas.unwrap_or(0) == desired
            && status.observed_generation.unwrap_or(0) >= self.deployment.metadata.generation.unwrap_or(0)
    }

    /// Whether the new status is nearer to the end than the present one (`DeploymentProgressing`).
    fn is_progressing(&self, new: &DeploymentStatus) -> bool {
        let old = &*self.deployment.status;
        let old_count =
            |status: &DeploymentStatus| status.replicas.unwrap_or(0) - status.updated_replicas.unwrap_or(0);
        new.updated_replicas > old.updated_replicas
            || old_count(new) < old_count(old)
            || new.ready_replicas > old.ready_replicas
            || new.available_replicas > old.available_replicas
    }

    /// Whether nothing has progressed for too long (`DeploymentTimedOut`).
    fn has_timed_out(&self, status: &DeploymentStatus) -> bool {
        let Some(condition) = find(status, PROGRESSING) else {
            return false;
        };
        match condition.reason.as_deref() {
            Some("NewReplicaSetAvailable") => false,
            Some("ProgressDeadlineExceeded") => true,
            _ => self
                .deadline(condition)
                .is_some_and(|deadline| deadline <= self.context.env.sim.now),
        }
    }

    fn deadline(&self, condition: &DeploymentCondition) -> Option<Time> {
        let secs = self
            .deployment
            .spec
            .progress_deadline_seconds
            .and_then(|secs| u64::try_from(secs).ok())?;
        let since = Time::from_timestamp(condition.last_update_time.as_ref()?.0);
        Some(since + Duration::from_secs(secs))
    }

    /// Reports, and judges progress (`syncRolloutStatus`).
    pub(super) fn sync_rollout_status(&mut self) -> Result<(), StatusError> {
        let mut status = self.status();
        if !self.has_deadline() {
            remove_condition(&mut status, PROGRESSING);
        }
        let current = find(&self.deployment.status, PROGRESSING).cloned();
        let was_complete = status.replicas == status.updated_replicas
            && current
                .as_ref()
                .is_some_and(|c| c.reason.as_deref() == Some("NewReplicaSetAvailable"));
        if self.has_deadline() && !was_complete {
            self.judge(&mut status, current.as_ref());
        }
        remove_condition(&mut status, REPLICA_FAILURE);
        if let Some(failure) = self.replica_failure() {
            set_condition(&mut status, failure);
        }
        if status == *self.deployment.status {
            self.recheck_deadline(&status);
            return Ok(());
        }
        self.write(status.clone())?;
        self.recheck_deadline(&status);
        Ok(())
    }

    fn judge(&self, status: &mut DeploymentStatus, current: Option<&DeploymentCondition>) {
        let what = self.new_set().map_or_else(
            || format!("Deployment \"{}\"", self.deployment.name()),
            |set| format!("ReplicaSet \"{}\"", set.name()),
        );
        if self.is_complete(status) {
            let message = format!("{what} has successfully progressed.");
            set_condition(
                status,
                self.condition(PROGRESSING, true, "NewReplicaSetAvailable", message),
            );
        } else if self.is_progressing(status) {
            let mut condition = self.condition(
                PROGRESSING,
                true,
                "ReplicaSetUpdated",
                format!("{what} is progressing."),
            );
            if let Some(current) = current {
                if current.status == "True" {
                    condition
                        .last_transition_time
                        .clone_from(&current.last_transition_time);
                }
                remove_condition(status, PROGRESSING);
            }
            set_condition(status, condition);
        } else if self.has_timed_out(status) {
            let message = format!("{what} has timed out progressing.");
            set_condition(
                status,
                self.condition(PROGRESSING, false, "ProgressDeadlineExceeded", message),
            );
        }
    }

    /// Looks again when the deadline is over (`requeueStuckDeployment`).
    fn recheck_deadline(&mut self, status: &DeploymentStatus) {
        let Some(condition) = find(status, PROGRESSING) else {
            return;
        };
        let waits =
            !self.is_complete(status) && condition.reason.as_deref() != Some("ProgressDeadlineExceeded");
        if waits && let Some(deadline) = self.deadline(condition) {
            let key = self.key();
            self.controller
                .queue
                .add_at(deadline + Duration::from_secs(1), key, None);
        }
    }

    fn replica_failure(&self) -> Option<DeploymentCondition> {
        let failing = |set: &ReplicaSet| {
            set.status
                .conditions
                .iter()
                .flatten()
                .find(|condition| condition.type_ == REPLICA_FAILURE)
                .cloned()
        };
        let found = self
            .new_set()
            .and_then(failing)
            .or_else(|| self.old_sets().iter().find_map(failing))?;
        Some(DeploymentCondition {
            type_: REPLICA_FAILURE.to_owned(),
            status: found.status,
            reason: found.reason,
            message: found.message,
            last_update_time: found.last_transition_time.clone(),
            last_transition_time: found.last_transition_time,
        })
    }

    /// Pausing stops the clock of the deadline, resuming starts it anew (`checkPausedConditions`).
    pub(super) fn sync_paused_condition(&mut self) -> Result<(), StatusError> {
        if !self.has_deadline() {
            return Ok(());
        }
        let current = find(&self.deployment.status, PROGRESSING);
        let reason = current
            .and_then(|condition| condition.reason.as_deref())
            .unwrap_or_default();
        let paused = self.deployment.spec.paused == Some(true);
        let condition = match (reason, paused) {
            ("ProgressDeadlineExceeded", _) => return Ok(()),
            (reason, true) if reason != "DeploymentPaused" => DeploymentCondition {
                status: "Unknown".to_owned(),
                ..self.condition(
                    PROGRESSING,
                    true,
                    "DeploymentPaused",
                    "Deployment is paused".to_owned(),
                )
            },
            ("DeploymentPaused", false) => DeploymentCondition {
                status: "Unknown".to_owned(),
                ..self.condition(
                    PROGRESSING,
                    true,
                    "DeploymentResumed",
                    "Deployment is resumed".to_owned(),
                )
            },
            _ => return Ok(()),
        };
        let mut status = (*self.deployment.status).clone();
        set_condition(&mut status, condition);
        self.write(status)
    }

    /// An existing ReplicaSet turned out to be the new one.
    pub(super) fn note_found_set(&mut self, index: usize) -> Result<(), StatusError> {
        if !self.has_deadline() || find(&self.deployment.status, PROGRESSING).is_some() {
            return Ok(());
        }
        let name = self
            .sets
            .get(index)
            .map(|set| set.name().to_owned())
            .unwrap_or_default();
        let message = format!("Found new replica set \"{name}\"");
        self.note_progress(self.condition(PROGRESSING, true, "FoundNewReplicaSet", message))
    }

    /// The new ReplicaSet was created.
    pub(super) fn note_created_set(&mut self, name: &str) -> Result<(), StatusError> {
        if !self.has_deadline() {
            return Ok(());
        }
        let message = format!("Created new replica set \"{name}\"");
        self.note_progress(self.condition(PROGRESSING, true, "NewReplicaSetCreated", message))
    }

    /// The new ReplicaSet could not be created.
    pub(super) fn note_creation_failure(&mut self, error: &StatusError) -> Result<(), StatusError> {
        if !self.has_deadline() {
            return Ok(());
        }
        let message = format!("Failed to create new replica set: {error}");
        self.note_progress(self.condition(PROGRESSING, false, "ReplicaSetCreateError", message))
    }

    fn note_progress(&mut self, condition: DeploymentCondition) -> Result<(), StatusError> {
        let mut status = (*self.deployment.status).clone();
        set_condition(&mut status, condition);
        self.write(status)
    }
}

fn find<'a>(status: &'a DeploymentStatus, type_: &str) -> Option<&'a DeploymentCondition> {
    status
        .conditions
        .iter()
        .flatten()
        .find(|condition| condition.type_ == type_)
}

fn remove_condition(status: &mut DeploymentStatus, type_: &str) {
    if let Some(conditions) = &mut status.conditions {
        conditions.retain(|condition| condition.type_ != type_);
    }
}

/// Puts a condition last, unless the same status and reason stand already (`SetDeploymentCondition`).
fn set_condition(status: &mut DeploymentStatus, mut condition: DeploymentCondition) {
    if let Some(known) = find(status, &condition.type_) {
        if known.status == condition.status && known.reason == condition.reason {
            return;
        }
        if known.status == condition.status {
            condition
                .last_transition_time
                .clone_from(&known.last_transition_time);
        }
    }
    remove_condition(status, &condition.type_);
    status.conditions.get_or_insert_default().push(condition);
}
