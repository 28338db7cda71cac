//! ReplicationControllers keep their number of Pods: the ReplicaSet controller does it, by way of an adapter
//! (`pkg/controller/replication`).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::replicaset::ReplicaSetController;
use super::{Context, Controller};
use crate::api::types::apps::{ReplicaSetCondition, ReplicaSetSpec, ReplicaSetStatus};
use crate::api::types::core::{ReplicationControllerCondition, ReplicationControllerStatus};
use crate::api::types::meta::LabelSelector;
use crate::api::{Kind, ReplicaSet, ReplicationController, StatusError};
use crate::client::{Cache, Delta, QueuedItem, WorkQueue};
use crate::sim::Time;

/// Keeps each ReplicationController's number of Pods.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ReplicationManager(ReplicaSetController);

impl Default for ReplicationManager {
    fn default() -> Self {
        let kind = Kind::ReplicationController;
        Self(ReplicaSetController::new(kind, "replication-controller"))
    }
}

impl Controller for ReplicationManager {
    fn queue(&mut self) -> &mut WorkQueue {
        self.0.queue()
    }

    fn observe(&mut self, cache: &Cache, delta: &Delta, now: Time) {
        self.0.observe(cache, delta, now);
    }

    fn reconcile(&mut self, context: &mut Context<'_, '_>, item: &QueuedItem) -> Result<(), StatusError> {
        self.0.reconcile(context, item)
    }
}

/// The ReplicaSet that stands for a ReplicationController (`convertRCtoRS`).
pub(super) fn as_replica_set(found: &ReplicationController) -> ReplicaSet {
    let (spec, status) = (&found.spec, &found.status);
    let conditions = status.conditions.iter().flatten();
    let conditions: Vec<_> = conditions
        .map(|condition| ReplicaSetCondition {
            last_transition_time: condition.last_transition_time.clone(),
            message: condition.message.clone(),
            reason: condition.reason.clone(),
            status: condition.status.clone(),
            type_: condition.type_.clone(),
        })
        .collect();
    ReplicaSet {
        metadata: Arc::clone(&found.metadata),
        spec: Arc::new(ReplicaSetSpec {
            min_ready_seconds: spec.min_ready_seconds,
            replicas: spec.replicas,
            selector: LabelSelector {
                match_labels: spec.selector.clone(),
                match_expressions: None,
            },
            template: spec.template.clone(),
        }),
        status: Arc::new(ReplicaSetStatus {
            available_replicas: status.available_replicas,
            conditions: Some(conditions).filter(|conditions| !conditions.is_empty()),
            fully_labeled_replicas: status.fully_labeled_replicas,
            observed_generation: status.observed_generation,
            ready_replicas: status.ready_replicas,
            replicas: status.replicas,
            terminating_replicas: None,
        }),
    }
}

/// Writes the status of the ReplicaSet that stands for it.
pub(super) fn set_status(found: &mut ReplicationController, status: ReplicaSetStatus) {
    let conditions = status.conditions.map(|conditions| {
        conditions
            .into_iter()
            .map(|condition| ReplicationControllerCondition {
                last_transition_time: condition.last_transition_time,
                message: condition.message,
                reason: condition.reason,
                status: condition.status,
                type_: condition.type_,
            })
            .collect()
    });
    let status = ReplicationControllerStatus {
        available_replicas: status.available_replicas,
        conditions,
        fully_labeled_replicas: status.fully_labeled_replicas,
        observed_generation: status.observed_generation,
        ready_replicas: status.ready_replicas,
        replicas: status.replicas,
    };
    if *found.status != status {
        *found.status_mut() = status;
    }
}
