//! Pods made from a template, owned by who asked for them (`pkg/controller/controller_utils.go`).

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::Context;
use super::claim::controller_of;
use crate::api::meta::{MetaExt, controller_reference};
use crate::api::types::core::PodTemplateSpec;
use crate::api::types::meta::ObjectMeta;
use crate::api::{AnyObject, Key, Kind, Pod, StatusError};
use crate::apiserver::User;
use crate::client::{Cache, Client, DeleteOptions, Delta, EventRecorder, EventType, Expectations, WorkQueue};
pub(super) use crate::client::{is_active, ready_since};
use crate::etcd::ChangeType;
use crate::sim::Time;

/// Creates and deletes the Pods of one controller, and says so (`RealPodControl`).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PodControl {
    /// The controller's own user.
    pub(super) user: User,
    /// Its events.
    pub(super) recorder: EventRecorder,
    /// What it did and has not heard of yet.
    pub(super) expectations: Expectations,
}

impl PodControl {
    /// For this user, under this name in events.
    pub(super) fn new(user: &str, component: &str) -> Self {
        Self {
            user: User::component(&format!("system:serviceaccount:kube-system:{user}")),
            recorder: EventRecorder::new(component, ""),
            expectations: Expectations::default(),
        }
    }

    /// An object of the controller's kind is gone.
    pub(super) fn forget(&mut self, object: &AnyObject) {
        self.expectations.forget(&object.key());
        self.recorder.forget(object.uid());
    }

    /// Records an event about the owner.
    pub(super) fn event(
        &mut self,
        context: &mut Context<'_, '_>,
        owner: &AnyObject,
        kind: (EventType, &str),
        message: String,
    ) {
        self.recorder
            .record(context.env, &self.user, owner, None, kind, message);
    }

    /// Creates Pods, in batches that double as long as all goes well (`slowStartBatch`).
    pub(super) fn create_all(
        &mut self,
        context: &mut Context<'_, '_>,
        owner: &AnyObject,
        pods: impl IntoIterator<Item = Pod>,
    ) -> Result<(), StatusError> {
        let mut pods = pods.into_iter().peekable();
        let mut batch = 1;
        while pods.peek().is_some() {
            let mut failure = None;
            for pod in pods.by_ref().take(batch) {
                failure = self.create(context, owner, pod).err().or(failure);
            }
            if let Some(error) = failure {
                return Err(error);
            }
            batch *= 2;
        }
        Ok(())
    }

    fn create(
        &mut self,
        context: &mut Context<'_, '_>,
        owner: &AnyObject,
        pod: Pod,
    ) -> Result<(), StatusError> {
        match Client::new(context.env, &self.user).create(AnyObject::Pod(pod)) {
            Ok(created) => {
                self.expectations
                    .expect_creations(&owner.key(), 1, context.env.sim.now);
                let message = format!("Created pod: {}", created.name());
                self.event(context, owner, (EventType::Normal, "SuccessfulCreate"), message);
                Ok(())
            }
            Err(error) => {
                let message = format!("Error creating: {error}");
                self.event(context, owner, (EventType::Warning, "FailedCreate"), message);
                Err(error)
            }
        }
    }

    /// Deletes a Pod; one that is gone is no failure.
    pub(super) fn delete(
        &mut self,
        context: &mut Context<'_, '_>,
        owner: &AnyObject,
        pod: &str,
    ) -> Result<(), StatusError> {
        let key = Key::new(Kind::Pod, owner.namespace(), pod);
        match Client::new(context.env, &self.user).delete(&key, &DeleteOptions::default()) {
            Ok(()) => {
                let now = context.env.sim.now;
                self.expectations.expect_deletion(&owner.key(), key, now);
                let message = format!("Deleted pod: {pod}");
                self.event(context, owner, (EventType::Normal, "SuccessfulDelete"), message);
                Ok(())
            }
            Err(error) if error.is_not_found() => Ok(()),
            Err(error) => {
                let message = format!("Error deleting: {error}");
                self.event(context, owner, (EventType::Warning, "FailedDelete"), message);
                Err(error)
            }
        }
    }

    /// A Pod was seen: whose key is to be looked at again, besides the orphan's possible owners (`addPod`, `updatePod`,
    /// `deletePod`).
    pub(super) fn observe_pod(
        &mut self,
        cache: &Cache,
        kind: Kind,
        queue: &mut WorkQueue,
        delta: &Delta,
    ) -> Option<Key> {
        let deleting = delta.change == ChangeType::Deleted || delta.object.metadata().is_deleting();
        let owner = controller_of(cache, kind, &delta.object);
        let before = delta.previous.as_ref();
        if let Some(before) = before.and_then(|before| controller_of(cache, kind, before))
            && Some(&before) != owner.as_ref()
        {
            queue.add(before, delta.trace);
        }
        let owner = owner?;
        if delta.change == ChangeType::Added {
            self.expectations.creation_observed(&owner);
        }
        if deleting {
            self.expectations.deletion_observed(&owner, &delta.object.key());
        }
        queue.add(owner.clone(), delta.trace);
        Some(owner)
    }
}

/// Whether a change shows a Pod that nobody controls and somebody may adopt.
pub(super) fn is_orphan(delta: &Delta) -> bool {
    let metadata = delta.object.metadata();
    delta.change != ChangeType::Deleted && !metadata.is_deleting() && metadata.controller().is_none()
}

/// A Pod of this template, controlled by `owner` (`GetPodFromTemplate`).
pub(super) fn pod_from_template(template: &PodTemplateSpec, owner: &AnyObject) -> Pod {
    let from = template.metadata.clone().unwrap_or_default();
    let metadata = ObjectMeta {
        // A name that is too long is cut by the API server.
        generate_name: Some(format!("{}-", owner.name())),
        namespace: Some(owner.namespace().to_owned()),
        labels: from.labels,
        annotations: from.annotations,
        finalizers: from.finalizers,
        owner_references: Some(vec![controller_reference(owner)]),
        ..ObjectMeta::default()
    };
    Pod::new(
        metadata,
        template.spec.clone().unwrap_or_default(),
        Default::default(),
    )
}

/// Whether a Pod is ready (`IsPodReady`).
pub(super) fn is_ready(pod: &Pod) -> bool {
    ready_since(pod).is_some()
}

/// Whether a Pod has been ready for so long (`IsPodAvailable`).
pub(super) fn is_available(pod: &Pod, min_ready_secs: i32, now: Time) -> bool {
    let Some(since) = ready_since(pod) else {
        return false;
    };
    let needed = std::time::Duration::from_secs(u64::try_from(min_ready_secs).unwrap_or(0));
    needed.is_zero() || since + needed <= now
}

/// How dear a Pod is when some must go, the least dear first (`ActivePodsWithRanks`): without a node, not running, not
/// ready, on a node with more of its siblings (`rank`), with a lower deletion cost, ready more recently, restarted more,
/// younger.
pub(super) fn compare_for_deletion(a: (&Pod, usize), b: (&Pod, usize)) -> Ordering {
    let (a, rank_a) = a;
    let (b, rank_b) = b;
    let assigned = |pod: &Pod| pod.spec.node_name.as_deref().is_some_and(|node| !node.is_empty());
    let phase = |pod: &Pod| match pod.status.phase.as_deref() {
        Some("Pending") | None => 0,
        Some("Unknown") => 1,
        _ => 2,
    };
    let cost = |pod: &Pod| -> i32 {
        let text = pod
            .metadata
            .annotation("controller.kubernetes.io/pod-deletion-cost");
        text.and_then(|cost| cost.parse().ok()).unwrap_or(0)
    };
    let restarts = |pod: &Pod| {
        let statuses = pod.status.container_statuses.iter().flatten();
        statuses.map(|status| status.restart_count).max().unwrap_or(0)
    };
    assigned(a)
        .cmp(&assigned(b))
        .then(phase(a).cmp(&phase(b)))
        .then(is_ready(a).cmp(&is_ready(b)))
        .then(cost(a).cmp(&cost(b)))
        .then(rank_b.cmp(&rank_a))
        .then_with(|| match (ready_since(a), ready_since(b)) {
            (Some(since_a), Some(since_b)) => since_b.cmp(&since_a),
            _ => Ordering::Equal,
        })
        .then(restarts(b).cmp(&restarts(a)))
        .then_with(|| b.metadata.created_at().cmp(&a.metadata.created_at()))
}

/// When the next of some Pods will have been ready for so long, if one is waiting for that.
pub(super) fn next_availability(
    ready_since: impl IntoIterator<Item = Time>,
    min_ready_secs: i32,
    now: Time,
) -> Option<Time> {
    let needed = std::time::Duration::from_secs(u64::try_from(min_ready_secs).unwrap_or(0));
    let moments = ready_since.into_iter().map(|since| since + needed);
    moments.filter(|at| *at > now && !needed.is_zero()).min()
}
