//! How a StatefulSet stands (`updateStatus`, `completeRollingUpdate`, `inconsistentStatus`).

use super::control::Update;
use super::identity::{self, is_created, is_running_and_available, is_running_and_ready};
use super::revisions::Revisions;
use crate::api::meta::MetaExt;
use crate::api::types::apps::StatefulSetStatus;
use crate::api::{Pod, StatefulSet, StatusError};
use crate::client::Client;
use crate::sim::Time;

/// The numbers of a status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    replicas: i32,
    ready: i32,
    available: i32,
    /// Of the revision that Pods come from; an update that deletes one takes it off.
    pub(super) current: i32,
    updated: i32,
}

/// Counts Pods (`computeReplicaStatus`).
pub(super) fn count<'p>(
    set: &StatefulSet,
    revisions: &Revisions,
    pods: impl IntoIterator<Item = &'p Pod>,
    now: Time,
) -> Counts {
    let mut counts = Counts::default();
    for pod in pods {
        let created = is_created(pod);
        counts.replicas += i32::from(created);
        counts.ready += i32::from(is_running_and_ready(pod));
        counts.available += i32::from(is_running_and_available(pod, set, now));
        if created && !pod.metadata.is_deleting() {
            let revision = identity::revision(pod);
            counts.current += i32::from(revision == revisions.current);
            counts.updated += i32::from(revision == revisions.update);
        }
    }
    counts
}

impl Update<'_, '_, '_> {
    /// Writes the status, if anything in it changed.
    pub(super) fn write_status(&mut self, revisions: &Revisions, counts: Counts) -> Result<(), StatusError> {
        let status = self.status_of(revisions, counts);
        if *self.set.status == status {
            return Ok(());
        }
        let (key, uid) = (self.owner.key(), self.set.uid());
        let written =
            Client::new(self.context.env, &self.control.user).modify(&key, Some("status"), |object| {
                if let Some(found) = object.get_mut::<StatefulSet>().filter(|found| found.uid() == uid)
                    && *found.status != status
                {
                    *found.status_mut() = status;
                }
            });
        match written {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    }

    fn status_of(&self, revisions: &Revisions, mut counts: Counts) -> StatefulSetStatus {
        let wanted = identity::wanted(&self.set);
        let mut current = &revisions.current;
        if identity::is_rolling(&self.set) && [counts.updated, counts.ready, counts.replicas] == [wanted; 3] {
            counts.current = counts.updated;
            current = &revisions.update;
        }
        let nonzero = |count: i32| (count != 0).then_some(count);
        StatefulSetStatus {
            available_replicas: nonzero(counts.available),
            collision_count: Some(revisions.collisions),
            conditions: self.set.status.conditions.clone(),
            current_replicas: nonzero(counts.current),
            current_revision: Some(current.clone()),
            observed_generation: self.set.metadata.generation,
            ready_replicas: nonzero(counts.ready),
            replicas: counts.replicas,
            update_revision: Some(revisions.update.clone()),
            updated_replicas: nonzero(counts.updated),
        }
    }
}
