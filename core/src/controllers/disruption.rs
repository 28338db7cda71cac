//! PodDisruptionBudgets: how many Pods may be taken away just now (`pkg/controller/disruption`).

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::pod_control::is_ready;
use super::{Context, Controller};
use crate::api::disruption::{concerns, set_condition, update_condition};
use crate::api::meta::MetaExt;
use crate::api::types::IntOrString;
use crate::api::types::meta::{LabelSelector, Time as MetaTime};
use crate::api::{AnyObject, Key, Kind, Pod, PodDisruptionBudget, StatusError};
use crate::apiserver::User;
use crate::client::{Cache, Client, Delta, EventRecorder, EventType, QueuedItem, WorkQueue};
use crate::etcd::ChangeType;
use crate::sim::Time;
use crate::sorted::SortedMap;

/// An evicted Pod that is still there after so long was not taken away (`DeletionTimeout`).
const DELETION_TIMEOUT: Duration = Duration::from_secs(120);

/// Keeps the status of each budget.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct DisruptionController {
    user: User,
    queue: WorkQueue,
    recorder: EventRecorder,
}

impl Default for DisruptionController {
    fn default() -> Self {
        Self {
            user: User::component("system:serviceaccount:kube-system:disruption-controller"),
            queue: WorkQueue::default(),
            recorder: EventRecorder::new("controllermanager", ""),
        }
    }
}

/// What a budget comes to.
struct Sums {
    expected: i32,
    desired: i32,
    healthy: i32,
    evicted: BTreeMap<String, MetaTime>,
}

impl Controller for DisruptionController {
    fn queue(&mut self) -> &mut WorkQueue {
        &mut self.queue
    }

    fn observe(&mut self, cache: &Cache, delta: &Delta, _: Time) {
        match &delta.object {
            AnyObject::PodDisruptionBudget(budget) => {
                if delta.change == ChangeType::Deleted {
                    self.recorder.forget(budget.uid());
                }
                self.queue.add(delta.object.key(), delta.trace);
            }
            AnyObject::Pod(pod) => {
                let before = delta.previous.as_ref().and_then(AnyObject::get::<Pod>);
                for budget in cache.list_in::<PodDisruptionBudget>(pod.namespace()) {
                    if concerns(budget, pod) || before.is_some_and(|before| concerns(budget, before)) {
                        let key = Key::new(Kind::PodDisruptionBudget, budget.namespace(), budget.name());
                        self.queue.add(key, delta.trace);
                    }
                }
            }
            _ => {}
        }
    }

    fn reconcile(&mut self, context: &mut Context<'_, '_>, item: &QueuedItem) -> Result<(), StatusError> {
        let (cache, now) = (context.cache, context.env.sim.now);
        let found = cache.typed::<PodDisruptionBudget>(&item.key.namespace, &item.key.name);
        let Some(budget) = found else { return Ok(()) };
        let mut next = budget.clone();
        let result = match self.sums(context, budget) {
            Ok(sums) => {
                let deadlines = sums.evicted.values();
                let recheck = deadlines
                    .map(|at| Time::from_timestamp(at.0) + DELETION_TIMEOUT)
                    .min();
                if let Some(at) = recheck {
                    self.queue.add_at(at, item.key.clone(), None);
                }
                apply(&mut next, sums);
                update_condition(&mut next, now);
                Ok(())
            }
            Err(why) => {
                // Nothing may go when nobody knows how many there should be (`failSafe`).
                next.status_mut().disruptions_allowed = None;
                set_condition(&mut next, ("False", "SyncFailed", why.clone()), now);
                Err(StatusError::new(500, "", why))
            }
        };
        if next.status != budget.status {
            Client::new(context.env, &self.user).update_status(AnyObject::PodDisruptionBudget(next))?;
        }
        result
    }
}

fn apply(budget: &mut PodDisruptionBudget, sums: Sums) {
    let mut allowed = sums.healthy - sums.desired;
    if sums.expected <= 0 || allowed <= 0 {
        allowed = 0;
    }
    let generation = budget.metadata.generation;
    let nonzero = |count: i32| (count != 0).then_some(count);
    let status = budget.status_mut();
    status.current_healthy = nonzero(sums.healthy);
    status.desired_healthy = nonzero(sums.desired);
    status.expected_pods = nonzero(sums.expected);
    status.disruptions_allowed = nonzero(allowed);
    status.disrupted_pods = Some(sums.evicted).filter(|pods| !pods.is_empty());
    status.observed_generation = generation;
}

/// A number, or a share of the total rounded up.
fn scaled(value: &IntOrString, total: i32) -> i32 {
    match value {
        IntOrString::Int(number) => *number,
        IntOrString::String(text) => {
            let percent = text
                .strip_suffix('%')
                .and_then(|digits| digits.parse::<i64>().ok());
            let share = (percent.unwrap_or(0) * i64::from(total) + 99).div_euclid(100);
            i32::try_from(share).unwrap_or(i32::MAX)
        }
    }
}

impl DisruptionController {
    /// (`trySync`)
    fn sums(&mut self, context: &mut Context<'_, '_>, budget: &PodDisruptionBudget) -> Result<Sums, String> {
        let cache = context.cache;
        let pods: Vec<&Pod> = cache
            .list_in::<Pod>(budget.namespace())
            .filter(|pod| concerns(budget, pod))
            .collect();
        context.items += u32::try_from(pods.len()).unwrap_or(u32::MAX);
        if pods.is_empty() {
            let message = "No matching pods found".to_owned();
            self.event(context, budget, (EventType::Normal, "NoPods"), message);
        }
        let (expected, desired) = match self.expected(context, budget, &pods) {
            Ok(found) => found,
            Err(why) => {
                let message = format!("Failed to calculate the number of expected pods: {why}");
                let kind = (EventType::Warning, "CalculateExpectedPodCountFailed");
                self.event(context, budget, kind, message);
                return Err(why);
            }
        };
        let evicted = self.evicted(context, budget, &pods);
        let healthy = pods
            .iter()
            .filter(|pod| !pod.metadata.is_deleting() && !evicted.contains_key(pod.name()) && is_ready(pod));
        let healthy = i32::try_from(healthy.count()).unwrap_or(i32::MAX);
        Ok(Sums {
            expected,
            desired,
            healthy,
            evicted,
        })
    }

    /// How many Pods there should be, and how many of them healthy (`getExpectedPodCount`).
    fn expected(
        &mut self,
        context: &mut Context<'_, '_>,
        budget: &PodDisruptionBudget,
        pods: &[&Pod],
    ) -> Result<(i32, i32), String> {
        let spec = &budget.spec;
        match (&spec.max_unavailable, &spec.min_available) {
            (Some(most), _) => {
                let scale = self.scale(context, budget, pods)?;
                Ok((scale, (scale - scaled(most, scale)).max(0)))
            }
            (None, Some(IntOrString::Int(least))) => {
                Ok((i32::try_from(pods.len()).unwrap_or(i32::MAX), *least))
            }
            (None, Some(least)) => {
                let scale = self.scale(context, budget, pods)?;
                Ok((scale, scaled(least, scale)))
            }
            (None, None) => Ok((0, 0)),
        }
    }

    /// How many Pods their controllers were asked for (`getExpectedScale`).
    fn scale(
        &mut self,
        context: &mut Context<'_, '_>,
        budget: &PodDisruptionBudget,
        pods: &[&Pod],
    ) -> Result<i32, String> {
        let (mut scales, mut unmanaged) = (SortedMap::new(), false);
        for pod in pods {
            match scale_of(context.cache, pod)? {
                Some((uid, replicas)) => {
                    scales.insert(uid, replicas);
                }
                None => unmanaged = true,
            }
        }
        if unmanaged {
            let selector = spelled(budget.spec.selector.as_ref());
            let message = format!(
                "Pods selected by this PodDisruptionBudget (selector: {selector}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set \".spec.minAvailable\" field of the PDB to an integer value."
            );
            self.event(context, budget, (EventType::Warning, "UnmanagedPods"), message);
        }
        Ok(scales.values().sum())
    }

    /// The Pods that were evicted and are not being deleted yet (`buildDisruptedPodMap`).
    fn evicted(
        &mut self,
        context: &mut Context<'_, '_>,
        budget: &PodDisruptionBudget,
        pods: &[&Pod],
    ) -> BTreeMap<String, MetaTime> {
        let now = context.env.sim.now;
        let mut waiting = BTreeMap::new();
        for pod in pods.iter().filter(|pod| !pod.metadata.is_deleting()) {
            let known = budget.status.disrupted_pods.as_ref();
            let Some(at) = known.and_then(|known| known.get(pod.name())) else {
                continue;
            };
            if Time::from_timestamp(at.0) + DELETION_TIMEOUT > now {
                waiting.insert(pod.name().to_owned(), at.clone());
                continue;
            }
            let message = format!(
                "Pod was expected by PDB {}/{} to be deleted but it wasn't",
                budget.namespace(),
                budget.name()
            );
            let about = AnyObject::Pod((*pod).clone());
            let kind = (EventType::Warning, "NotDeleted");
            self.recorder
                .record(context.env, &self.user, &about, None, kind, message);
        }
        waiting
    }

    fn event(
        &mut self,
        context: &mut Context<'_, '_>,
        budget: &PodDisruptionBudget,
        kind: (EventType, &str),
        message: String,
    ) {
        let about = AnyObject::PodDisruptionBudget(budget.clone());
        self.recorder
            .record(context.env, &self.user, &about, None, kind, message);
    }
}

/// The controller of a Pod, and how many it was asked for; none for a Pod without one (`finders`).
fn scale_of(cache: &Cache, pod: &Pod) -> Result<Option<(String, i32)>, String> {
    let Some(owner) = pod.metadata.controller() else {
        return Ok(None);
    };
    let Some(kind) = Kind::from_manifest(&owner.api_version, &owner.kind) else {
        return Err(format!("found no controllers for pod {:?}", pod.name()));
    };
    let key = Key::new(kind, pod.namespace(), &owner.name);
    let found = cache.get(&key).filter(|found| found.uid() == owner.uid);
    let replicas = |count: Option<i32>| Some((owner.uid.clone(), count.unwrap_or(1)));
    Ok(match found {
        Some(AnyObject::ReplicaSet(set)) => {
            let parent = set
                .metadata
                .controller()
                .filter(|owner| owner.kind == "Deployment");
            let Some(parent) = parent else {
                return Ok(replicas(set.spec.replicas));
            };
            let deployment = cache.typed::<crate::api::Deployment>(pod.namespace(), &parent.name);
            deployment.map(|found| (parent.uid.clone(), found.spec.replicas.unwrap_or(1)))
        }
        Some(AnyObject::ReplicationController(found)) => replicas(found.spec.replicas),
        Some(AnyObject::StatefulSet(set)) => replicas(set.spec.replicas),
        Some(_) => {
            let resource = kind.info().group_resource();
            return Err(format!("{resource} does not implement the scale subresource"));
        }
        None => return Err(format!("found no controllers for pod {:?}", pod.name())),
    })
}

/// A selector as Go's `%v` prints it.
fn spelled(selector: Option<&LabelSelector>) -> String {
    let Some(selector) = selector else {
        return "nil".to_owned();
    };
    let labels: String = selector
        .match_labels
        .iter()
        .flatten()
        .map(|(key, value)| format!("{key}: {value},"))
        .collect();
    let requirements: String = selector
        .match_expressions
        .iter()
        .flatten()
        .map(|found| {
            let values = found.values.clone().unwrap_or_default().join(" ");
            format!(
                "LabelSelectorRequirement{{Key:{},Operator:{},Values:[{values}],}},",
                found.key, found.operator
            )
        })
        .collect();
    format!(
        "&LabelSelector{{MatchLabels:map[string]string{{{labels}}},MatchExpressions:[]LabelSelectorRequirement{{{requirements}}},}}"
    )
}
