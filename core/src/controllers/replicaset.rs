//! ReplicaSets keep their number of Pods (`pkg/controller/replicaset`).

use serde::{Deserialize, Serialize};

use super::claim::{ClaimedPod, claim_pods};
use super::pod_control::{PodControl, compare_for_deletion, is_orphan, next_availability, pod_from_template};
use super::{Context, Controller, replicationcontroller};
use crate::api::labels::{contains_all, selector_matches};
use crate::api::meta::{MetaExt, meta_time};
use crate::api::types::apps::{ReplicaSetCondition, ReplicaSetStatus};
use crate::api::{AnyObject, Key, Kind, Pod, ReplicaSet, StatusError};
use crate::client::{Cache, Client, Delta, QueuedItem, WorkQueue};
use crate::etcd::ChangeType;
use crate::sim::Time;
use crate::sorted::SortedMap;

/// At most so many Pods are created or deleted at once (`BurstReplicas`).
const BURST_REPLICAS: usize = 500;

/// Keeps each ReplicaSet's number of Pods.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ReplicaSetController {
    /// ReplicaSet, or ReplicationController by way of its adapter.
    kind: Kind,
    queue: WorkQueue,
    control: PodControl,
}

impl Default for ReplicaSetController {
    fn default() -> Self {
        Self::new(Kind::ReplicaSet, "replicaset-controller")
    }
}

impl Controller for ReplicaSetController {
    fn queue(&mut self) -> &mut WorkQueue {
        &mut self.queue
    }

    fn observe(&mut self, cache: &Cache, delta: &Delta, _: Time) {
        if delta.object.kind() == self.kind {
            let key = delta.object.key();
            if delta.change == ChangeType::Deleted {
                self.control.forget(&delta.object);
            }
            self.queue.add(key, delta.trace);
        } else if let AnyObject::Pod(pod) = &delta.object {
            self.observe_pod(cache, delta, pod);
        }
    }

    fn reconcile(&mut self, context: &mut Context<'_, '_>, item: &QueuedItem) -> Result<(), StatusError> {
        let cache = context.cache;
        let Some(owner) = cache.get(&item.key).cloned() else {
            return Ok(());
        };
        let Some(set) = as_replica_set(&owner) else {
            return Ok(());
        };
        let now = context.env.sim.now;
        let pods = claim_pods(context, &self.control.user, &owner, &set.spec.selector)?;
        let mut failure = None;
        if self.control.expectations.satisfied(&item.key, now) && !set.metadata.is_deleting() {
            failure = self.manage_replicas(context, &owner, &set, &pods).err();
        }
        self.write_status(context, &item.key, &set, &pods, failure.as_ref())?;
        self.recheck_availability(&item.key, &set, &pods, now);
        failure.map_or(Ok(()), Err)
    }
}

impl ReplicaSetController {
    /// A controller for this kind, of this name.
    pub(super) fn new(kind: Kind, name: &str) -> Self {
        Self {
            kind,
            queue: WorkQueue::default(),
            control: PodControl::new(name, name),
        }
    }

    fn observe_pod(&mut self, cache: &Cache, delta: &Delta, pod: &Pod) {
        self.control.observe_pod(cache, self.kind, &mut self.queue, delta);
        if is_orphan(delta) {
            let labels = pod.metadata.labels_or_empty();
            for found in cache.of_kind_in(self.kind, pod.namespace()) {
                let selects = |set: ReplicaSet| selector_matches(Some(&set.spec.selector), labels);
                if as_replica_set(found).is_some_and(selects) {
                    self.queue.add(found.key(), delta.trace);
                }
            }
        }
    }

    fn manage_replicas(
        &mut self,
        context: &mut Context<'_, '_>,
        owner: &AnyObject,
        set: &ReplicaSet,
        pods: &[ClaimedPod<'_>],
    ) -> Result<(), StatusError> {
        let wanted = usize::try_from(set.spec.replicas.unwrap_or(1)).unwrap_or(0);
        if pods.len() < wanted {
            let Some(template) = &set.spec.template else {
                return Ok(());
            };
            let count = (wanted - pods.len()).min(BURST_REPLICAS);
            let pod = pod_from_template(template, owner);
            self.control
                .create_all(context, owner, std::iter::repeat_n(pod, count))
        } else {
            let surplus = (pods.len() - wanted).min(BURST_REPLICAS);
            self.delete_pods(context, owner, pods, surplus)
        }
    }

    fn delete_pods(
        &mut self,
        context: &mut Context<'_, '_>,
        owner: &AnyObject,
        pods: &[ClaimedPod<'_>],
        count: usize,
    ) -> Result<(), StatusError> {
        if count == 0 {
            return Ok(());
        }
        let mut per_node: SortedMap<&str, usize> = SortedMap::new();
        for ClaimedPod { pod, .. } in pods {
            *per_node
                .entry(pod.spec.node_name.as_deref().unwrap_or_default())
                .or_default() += 1;
        }
        let rank = |pod: &Pod| {
            per_node
                .get(pod.spec.node_name.as_deref().unwrap_or_default())
                .copied()
                .unwrap_or(0)
        };
        let mut ordered: Vec<&Pod> = pods.iter().map(|claimed| &*claimed.pod).collect();
        crate::sort::sort_by(&mut ordered, |a, b| {
            compare_for_deletion((a, rank(a)), (b, rank(b)))
        });
        for pod in ordered.into_iter().take(count) {
            self.control.delete(context, owner, pod.name())?;
        }
        Ok(())
    }

    fn write_status(
        &self,
        context: &mut Context<'_, '_>,
        key: &Key,
        set: &ReplicaSet,
        pods: &[ClaimedPod<'_>],
        failure: Option<&StatusError>,
    ) -> Result<(), StatusError> {
        let status = status_of(set, pods, context, failure);
        if *set.status == status && set.status.observed_generation == set.metadata.generation {
            return Ok(());
        }
        let written = Client::new(context.env, &self.control.user).modify(key, Some("status"), |object| {
            if object.uid() == set.uid() {
                set_status(object, status);
            }
        });
        match written {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    }

    /// With `minReadySeconds`, Pods become available while nothing changes: look again when the next one does.
    fn recheck_availability(&mut self, key: &Key, set: &ReplicaSet, pods: &[ClaimedPod<'_>], now: Time) {
        let min_ready_secs = set.spec.min_ready_seconds.unwrap_or(0);
        let ready_since = pods.iter().filter_map(|claimed| claimed.digest.ready_since);
        if let Some(at) = next_availability(ready_since, min_ready_secs, now) {
            self.queue.add_at(at, key.clone(), None);
        }
    }
}

/// The ReplicaSet that the controller acts on.
fn as_replica_set(object: &AnyObject) -> Option<ReplicaSet> {
    match object {
        AnyObject::ReplicaSet(set) => Some(set.clone()),
        AnyObject::ReplicationController(found) => Some(replicationcontroller::as_replica_set(found)),
        _ => None,
    }
}

fn set_status(object: &mut AnyObject, status: ReplicaSetStatus) {
    match object {
        AnyObject::ReplicaSet(set) if *set.status != status => *set.status_mut() = status,
        AnyObject::ReplicationController(found) => replicationcontroller::set_status(found, status),
        _ => {}
    }
}

fn status_of(
    set: &ReplicaSet,
    pods: &[ClaimedPod<'_>],
    context: &Context<'_, '_>,
    failure: Option<&StatusError>,
) -> ReplicaSetStatus {
    let now = context.env.sim.now;
    let min_ready_secs = set.spec.min_ready_seconds.unwrap_or(0);
    let template = set
        .spec
        .template
        .as_ref()
        .and_then(|template| template.metadata.as_ref());
    let template_labels = template
        .and_then(|metadata| metadata.labels.clone())
        .unwrap_or_default();
    let (mut labelled, mut ready, mut available) = (0, 0, 0);
    let mut known: Option<(u64, bool)> = None;
    for ClaimedPod { pod, digest } in pods {
        let full = match known {
            Some((labels, full)) if labels == digest.labels => full,
            _ => contains_all(&template_labels, pod.metadata.labels_or_empty()),
        };
        known = Some((digest.labels, full));
        labelled += i32::from(full);
        ready += i32::from(digest.ready_since.is_some());
        available += i32::from(digest.is_available(min_ready_secs, now));
    }
    let of_set = context.cache.pods_of(set.uid());
    let terminating = of_set.filter(|(_, digest)| digest.deleting).count();
    let mut conditions = set.status.conditions.clone().unwrap_or_default();
    let known = conditions
        .iter()
        .any(|condition| condition.type_ == "ReplicaFailure");
    match failure {
        Some(error) if !known => {
            let creating = pods.len() < usize::try_from(set.spec.replicas.unwrap_or(1)).unwrap_or(0);
            conditions.push(ReplicaSetCondition {
                type_: "ReplicaFailure".to_owned(),
                status: "True".to_owned(),
                reason: Some(if creating { "FailedCreate" } else { "FailedDelete" }.to_owned()),
                message: Some(error.message.clone()),
                last_transition_time: Some(meta_time(now)),
            });
        }
        None if known => conditions.retain(|condition| condition.type_ != "ReplicaFailure"),
        _ => {}
    }
    let nonzero = |count: i32| (count != 0).then_some(count);
    ReplicaSetStatus {
        replicas: i32::try_from(pods.len()).unwrap_or(i32::MAX),
        fully_labeled_replicas: nonzero(labelled),
        ready_replicas: nonzero(ready),
        available_replicas: nonzero(available),
        terminating_replicas: Some(i32::try_from(terminating).unwrap_or(i32::MAX)),
        observed_generation: set.metadata.generation,
        conditions: Some(conditions).filter(|conditions| !conditions.is_empty()),
    }
}
