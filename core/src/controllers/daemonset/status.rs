//! How a DaemonSet stands (`updateDaemonSetStatus`).

use std::time::Duration;

use super::{NodePods, Sync};
use crate::api::types::apps::DaemonSetStatus;
use crate::api::{DaemonSet, StatusError};
use crate::client::Client;
use crate::controllers::pod_control::{is_available, is_ready};

impl Sync<'_, '_, '_> {
    /// Writes the status, if anything in it changed; `observed`, that this version was acted on.
    pub(super) fn write_status(&mut self, pods: &NodePods, observed: bool) -> Result<(), StatusError> {
        let mut status = self.count(pods);
        if observed {
            status.observed_generation = self.set.metadata.generation;
        }
        let (ready, available) = (status.number_ready, status.number_available.unwrap_or(0));
        let min_ready_secs = u64::try_from(self.min_ready_secs()).unwrap_or(0);
        if min_ready_secs > 0 && ready != available {
            let at = self.now() + Duration::from_secs(min_ready_secs);
            self.controller.queue.add_at(at, self.owner.key(), None);
        }
        if *self.set.status == status {
            return Ok(());
        }
        let (key, uid) = (self.owner.key(), self.set.uid());
        let user = &self.controller.control.user;
        let written = Client::new(self.context.env, user).modify(&key, Some("status"), |object| {
            if let Some(found) = object.get_mut::<DaemonSet>().filter(|found| found.uid() == uid)
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

    fn count(&self, pods: &NodePods) -> DaemonSetStatus {
        let now = self.now();
        let old = &self.set.status;
        let mut status = DaemonSetStatus {
            collision_count: old.collision_count,
            conditions: old.conditions.clone(),
            observed_generation: old.observed_generation,
            ..DaemonSetStatus::default()
        };
        let (mut updated, mut available) = (0, 0);
        for node in &self.nodes {
            let oldest = pods.get(node.name()).and_then(|pods| pods.first());
            if !self.verdict(node).run {
                status.number_misscheduled += i32::from(oldest.is_some());
                continue;
            }
            status.desired_number_scheduled += 1;
            let Some(pod) = oldest else { continue };
            status.current_number_scheduled += 1;
            status.number_ready += i32::from(is_ready(pod));
            available += i32::from(is_available(pod, self.min_ready_secs(), now));
            updated += i32::from(self.is_updated(pod));
        }
        let unavailable = status.desired_number_scheduled - available;
        let nonzero = |count: i32| (count != 0).then_some(count);
        status.number_available = nonzero(available);
        status.number_unavailable = nonzero(unavailable);
        status.updated_number_scheduled = nonzero(updated);
        status
    }
}
