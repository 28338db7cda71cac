//! ReplicaSets keep their number of Pods (`pkg/controller/replicaset`).

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::claim::claim;
use super::pod_control::{
    compare_for_deletion, is_active, is_available, is_ready, pod_from_template, ready_since,
};
use super::{Context, Controller};
use crate::api::labels::{contains_all, selector_matches};
use crate::api::meta::{MetaExt, meta_time};
use crate::api::types::apps::{ReplicaSetCondition, ReplicaSetStatus};
use crate::api::{AnyObject, Key, Kind, Pod, ReplicaSet, StatusError};
use crate::apiserver::User;
use crate::client::{
    Cache, Client, DeleteOptions, Delta, EventRecorder, EventType, Expectations, QueuedItem, WorkQueue,
};
use crate::etcd::ChangeType;
use crate::sim::Time;

/// At most so many Pods are created or deleted at once (`BurstReplicas`).
const BURST_REPLICAS: usize = 500;

/// Keeps each ReplicaSet's number of Pods.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ReplicaSetController {
    user: User,
    queue: WorkQueue,
    recorder: EventRecorder,
    expectations: Expectations,
}

impl Default for ReplicaSetController {
    fn default() -> Self {
        Self {
            user: User::component("system:serviceaccount:kube-system:replicaset-controller"),
            queue: WorkQueue::default(),
            recorder: EventRecorder::new("replicaset-controller", ""),
            expectations: Expectations::default(),
        }
    }
}

impl Controller for ReplicaSetController {
    fn queue(&mut self) -> &mut WorkQueue {
        &mut self.queue
    }

    fn observe(&mut self, cache: &Cache, delta: &Delta, _: Time) {
        match &delta.object {
            AnyObject::ReplicaSet(set) => {
                let key = delta.object.key();
                if delta.change == ChangeType::Deleted {
                    self.expectations.forget(&key);
                    self.recorder.forget(set.uid());
                }
                self.queue.add(key, delta.trace);
            }
            AnyObject::Pod(pod) => self.observe_pod(cache, delta, pod),
            _ => {}
        }
    }

    fn reconcile(&mut self, context: &mut Context<'_, '_>, item: &QueuedItem) -> Result<(), StatusError> {
        let cache = context.cache;
        let Some(set) = cache
            .typed::<ReplicaSet>(&item.key.namespace, &item.key.name)
            .cloned()
        else {
            return Ok(());
        };
        let now = context.env.sim.now;
        let owner = AnyObject::ReplicaSet(set.clone());
        let claimed = claim(context, &self.user, &owner, &set.spec.selector, is_active)?;
        let pods: Vec<&Pod> = claimed.iter().map(AsRef::as_ref).collect();
        let mut failure = None;
        if self.expectations.satisfied(&item.key, now) && !set.metadata.is_deleting() {
            failure = self.manage_replicas(context, &item.key, &set, &pods).err();
        }
        self.write_status(context, &set, &pods, failure.as_ref())?;
        self.recheck_availability(&item.key, &set, &pods, now);
        failure.map_or(Ok(()), Err)
    }
}

impl ReplicaSetController {
    fn observe_pod(&mut self, cache: &Cache, delta: &Delta, pod: &Pod) {
        let pod_key = delta.object.key();
        let deleting = delta.change == ChangeType::Deleted || pod.metadata.is_deleting();
        let owner_key = |object: &AnyObject| {
            let owner = object
                .metadata()
                .controller()
                .filter(|owner| owner.kind == "ReplicaSet")?;
            let key = Key::new(Kind::ReplicaSet, object.namespace(), &owner.name);
            let found = cache.typed::<ReplicaSet>(&key.namespace, &key.name)?;
            (found.uid() == owner.uid).then_some(key)
        };
        let owner = owner_key(&delta.object);
        if let Some(before) = delta.previous.as_ref().and_then(owner_key)
            && Some(&before) != owner.as_ref()
        {
            self.queue.add(before, delta.trace);
        }
        if let Some(owner) = owner {
            if delta.change == ChangeType::Added {
                self.expectations.creation_observed(&owner);
            }
            if deleting {
                self.expectations.deletion_observed(&owner, &pod_key);
            }
            self.queue.add(owner, delta.trace);
        } else if !deleting && pod.metadata.controller().is_none() {
            // An orphan: whoever selects it may adopt it.
            let labels = pod.metadata.labels_or_empty();
            for set in cache.list_in::<ReplicaSet>(pod.namespace()) {
                if selector_matches(Some(&set.spec.selector), labels) {
                    self.queue.add(
                        Key::new(Kind::ReplicaSet, set.namespace(), set.name()),
                        delta.trace,
                    );
                }
            }
        }
    }

    fn manage_replicas(
        &mut self,
        context: &mut Context<'_, '_>,
        key: &Key,
        set: &ReplicaSet,
        pods: &[&Pod],
    ) -> Result<(), StatusError> {
        let wanted = usize::try_from(set.spec.replicas.unwrap_or(1)).unwrap_or(0);
        if pods.len() < wanted {
            self.create_pods(context, key, set, (wanted - pods.len()).min(BURST_REPLICAS))
        } else {
            let surplus = (pods.len() - wanted).min(BURST_REPLICAS);
            self.delete_pods(context, key, set, pods, surplus)
        }
    }

    /// Creates Pods, in batches that double as long as all goes well (`slowStartBatch`).
    fn create_pods(
        &mut self,
        context: &mut Context<'_, '_>,
        key: &Key,
        set: &ReplicaSet,
        count: usize,
    ) -> Result<(), StatusError> {
        let Some(template) = &set.spec.template else {
            return Ok(());
        };
        let owner = AnyObject::ReplicaSet(set.clone());
        let pod = pod_from_template(template, &owner);
        let (mut left, mut batch) = (count, 1);
        while left > 0 {
            let size = batch.min(left);
            let mut failure = None;
            for _ in 0..size {
                match Client::new(context.env, &self.user).create(AnyObject::Pod(pod.clone())) {
                    Ok(created) => {
                        self.expectations.expect_creations(key, 1, context.env.sim.now);
                        let message = format!("Created pod: {}", created.name());
                        let kind = (EventType::Normal, "SuccessfulCreate");
                        self.recorder
                            .record(context.env, &self.user, &owner, None, kind, message);
                    }
                    Err(error) => {
                        let message = format!("Error creating: {error}");
                        let kind = (EventType::Warning, "FailedCreate");
                        self.recorder
                            .record(context.env, &self.user, &owner, None, kind, message);
                        failure = Some(error);
                    }
                }
            }
            if let Some(error) = failure {
                return Err(error);
            }
            left -= size;
            batch *= 2;
        }
        Ok(())
    }

    fn delete_pods(
        &mut self,
        context: &mut Context<'_, '_>,
        key: &Key,
        set: &ReplicaSet,
        pods: &[&Pod],
        count: usize,
    ) -> Result<(), StatusError> {
        if count == 0 {
            return Ok(());
        }
        let mut per_node: BTreeMap<&str, usize> = BTreeMap::new();
        for pod in pods {
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
        let mut ordered: Vec<&Pod> = pods.to_vec();
        ordered.sort_by(|a, b| compare_for_deletion((a, rank(a)), (b, rank(b))));
        let owner = AnyObject::ReplicaSet(set.clone());
        for pod in ordered.into_iter().take(count) {
            let pod_key = Key::new(Kind::Pod, pod.namespace(), pod.name());
            let deleted = Client::new(context.env, &self.user).delete(&pod_key, &DeleteOptions::default());
            match deleted {
                Ok(()) => {
                    self.expectations
                        .expect_deletion(key, pod_key, context.env.sim.now);
                    let message = format!("Deleted pod: {}", pod.name());
                    let kind = (EventType::Normal, "SuccessfulDelete");
                    self.recorder
                        .record(context.env, &self.user, &owner, None, kind, message);
                }
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn write_status(
        &self,
        context: &mut Context<'_, '_>,
        set: &ReplicaSet,
        pods: &[&Pod],
        failure: Option<&StatusError>,
    ) -> Result<(), StatusError> {
        let status = status_of(set, pods, context, failure);
        if *set.status == status && set.status.observed_generation == set.metadata.generation {
            return Ok(());
        }
        let key = Key::new(Kind::ReplicaSet, set.namespace(), set.name());
        let written = Client::new(context.env, &self.user).modify(&key, Some("status"), |object| {
            if let Some(found) = object
                .get_mut::<ReplicaSet>()
                .filter(|found| found.uid() == set.uid())
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

    /// With `minReadySeconds`, Pods become available while nothing changes: look again when the next one does.
    fn recheck_availability(&mut self, key: &Key, set: &ReplicaSet, pods: &[&Pod], now: Time) {
        let min_ready_secs = set.spec.min_ready_seconds.unwrap_or(0);
        if min_ready_secs <= 0 {
            return;
        }
        let needed = Duration::from_secs(u64::try_from(min_ready_secs).unwrap_or(0));
        let next = pods
            .iter()
            .filter_map(|pod| ready_since(pod))
            .map(|since| since + needed)
            .filter(|at| *at > now)
            .min();
        if let Some(at) = next {
            self.queue.add_at(at, key.clone(), None);
        }
    }
}

fn status_of(
    set: &ReplicaSet,
    pods: &[&Pod],
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
    for pod in pods {
        labelled += i32::from(contains_all(&template_labels, pod.metadata.labels_or_empty()));
        if is_ready(pod) {
            ready += 1;
            available += i32::from(is_available(pod, min_ready_secs, now));
        }
    }
    let terminating = context
        .cache
        .controlled_by::<Pod>(set.uid())
        .filter(|pod| pod.metadata.is_deleting())
        .count();
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
