//! The scheduler: for each Pod without a node, the plugins filter the nodes, score those that remain, and the Pod is bound to
//! the best; if none remains, less important Pods may have to give way. Models `pkg/scheduler` with the default profile.

mod cycle;
mod fit_error;
mod framework;
mod node_info;
mod plugins;
mod pre_bind;
mod preemption;
mod queue;
mod resources;
mod victims;

pub use cycle::{Decision, NodeVerdict, PluginScore};
pub use framework::{ClusterEvent, MAX_NODE_SCORE, Plugin, PodState, Refusal, RefusalKind, Scoring};
pub use node_info::{Group, NodeInfo, Nodes, Snapshot};
pub use resources::{Resources, pod_requests};

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::types::core::PodCondition;
use crate::api::{AnyObject, Key, Kind, Node, Pod, meta};
use crate::apiserver::User;
use crate::client::{Client, Delta, Env, EventRecorder, EventType, Informer};
use crate::etcd::ChangeType;
use crate::sim::Time;
use crate::sorted::SortedMap;
use cycle::Cycle;
use preemption::NoCandidate;
use queue::SchedulingQueue;

/// What one scheduling cycle and the binding after it take.
const CYCLE_TIME: Duration = Duration::from_millis(2);
/// The name Pods ask for it by.
const NAME: &str = "default-scheduler";
/// So many decisions about Pods that were placed are kept, in clusters of so many nodes at most.
const KEPT_DECISIONS: usize = 256;
const EXPLAINED_NODES: usize = 64;

/// The scheduler.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "SavedScheduler")]
pub struct Scheduler {
    user: User,
    informer: Informer,
    recorder: EventRecorder,
    queue: SchedulingQueue,
    /// Made anew from the cache when a save is loaded.
    #[serde(skip_serializing)]
    nodes: Nodes,
    /// The last decision for each Pod that still waits, and for some that were placed.
    decisions: SortedMap<Key, Decision>,
    placed: VecDeque<Key>,
    /// Pods that were bound, while the cache does not know it yet.
    assumed: SortedMap<Key, String>,
    /// Pods that others gave way for, and their nodes.
    nominated: SortedMap<Key, String>,
    /// Pods whose volumes are being bound.
    waiting: SortedMap<Key, pre_bind::Waiting>,
    busy_until: Time,
    cycles: u64,
}

/// What is kept of a scheduler.
#[derive(Deserialize)]
struct SavedScheduler {
    user: User,
    informer: Informer,
    recorder: EventRecorder,
    queue: SchedulingQueue,
    decisions: SortedMap<Key, Decision>,
    placed: VecDeque<Key>,
    assumed: SortedMap<Key, String>,
    nominated: SortedMap<Key, String>,
    waiting: SortedMap<Key, pre_bind::Waiting>,
    busy_until: Time,
    cycles: u64,
}

impl From<SavedScheduler> for Scheduler {
    fn from(saved: SavedScheduler) -> Self {
        let mut nodes = Nodes::default();
        let cache = &saved.informer.cache;
        for node in cache.list::<Node>() {
            nodes.set_node(node.clone());
        }
        for pod in cache.list::<Pod>().filter(|pod| !has_ended(pod)) {
            let key = Key::new(Kind::Pod, pod.namespace(), pod.name());
            let node = saved.assumed.get(&key).map(String::as_str);
            if let Some(node) = node.or(node_of(pod)) {
                nodes.add_pod(node, pod);
            }
        }
        Self {
            user: saved.user,
            informer: saved.informer,
            recorder: saved.recorder,
            queue: saved.queue,
            nodes,
            decisions: saved.decisions,
            placed: saved.placed,
            assumed: saved.assumed,
            nominated: saved.nominated,
            waiting: saved.waiting,
            busy_until: saved.busy_until,
            cycles: saved.cycles,
        }
    }
}

impl Default for Scheduler {
    fn default() -> Self {
        Self {
            user: User::component("system:kube-scheduler"),
            informer: Informer::default(),
            recorder: EventRecorder::new(NAME, ""),
            queue: SchedulingQueue::default(),
            nodes: Nodes::default(),
            decisions: SortedMap::new(),
            placed: VecDeque::new(),
            assumed: SortedMap::new(),
            nominated: SortedMap::new(),
            waiting: SortedMap::new(),
            busy_until: Time::ZERO,
            cycles: 0,
        }
    }
}

fn has_ended(pod: &Pod) -> bool {
    matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed"))
}

fn node_of(pod: &Pod) -> Option<&str> {
    pod.spec.node_name.as_deref().filter(|node| !node.is_empty())
}

/// Whether the scheduler looks at objects of this kind.
fn watched(object: &AnyObject) -> bool {
    matches!(
        object.kind(),
        Kind::Pod
            | Kind::Node
            | Kind::Namespace
            | Kind::Service
            | Kind::ReplicationController
            | Kind::ReplicaSet
            | Kind::StatefulSet
            | Kind::PodDisruptionBudget
            | Kind::PersistentVolumeClaim
            | Kind::PersistentVolume
            | Kind::StorageClass
    )
}

impl Scheduler {
    /// Something was written.
    pub fn notify(&mut self, env: &Env<'_>, object: &AnyObject) {
        if watched(object) {
            self.informer.notify(env.sim, NAME);
        }
    }

    /// It begins to act: it lists what there is.
    pub fn begin(&mut self, env: &Env<'_>) {
        self.informer.notify(env.sim, NAME);
    }

    /// The revision up to which it has heard of changes.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.informer.cache.revision()
    }

    /// When it next has something to do.
    #[must_use]
    pub fn wake_at(&self) -> Option<Time> {
        let cycle = self.queue.wake_at().map(|at| at.max(self.busy_until));
        let times = [cycle, self.informer.due_at(), self.waiting_until()];
        times.into_iter().flatten().min()
    }

    /// Does what is due.
    pub fn wake(&mut self, env: &mut Env<'_>) {
        let now = env.sim.now;
        for delta in self.informer.deliver(now, env.api.store(), watched) {
            self.observe(now, &delta);
        }
        self.finish_waiting(env);
        if self.busy_until <= now
            && let Some((key, cause)) = self.queue.pop(now)
        {
            env.sim.cause = cause;
            self.schedule_one(env, &key);
            self.busy_until = now + CYCLE_TIME;
        }
    }

    /// What was decided about a Pod, node by node: why it waits, or why it was placed where it is.
    #[must_use]
    pub fn decision(&self, pod: &Key) -> Option<&Decision> {
        self.decisions.get(pod)
    }

    fn observe(&mut self, now: Time, delta: &Delta) {
        match &delta.object {
            AnyObject::Node(node) => self.observe_node(now, node, delta),
            AnyObject::Pod(pod) => self.observe_pod(now, pod, delta),
            object => self.changed(now, ClusterEvent::Changed(object)),
        }
    }

    /// Parked Pods are tried again if the change may help them.
    fn changed(&mut self, now: Time, event: ClusterEvent<'_>) {
        let cache = &self.informer.cache;
        self.queue.move_if(now, |key, plugin| {
            let pod = cache.typed::<Pod>(&key.namespace, &key.name);
            let found = plugins::all().iter().find(|found| found.name() == plugin);
            match (pod, found) {
                (Some(pod), Some(plugin)) => plugin.hint(pod, event),
                _ => true,
            }
        });
    }

    fn observe_node(&mut self, now: Time, node: &Node, delta: &Delta) {
        if delta.change == ChangeType::Deleted {
            self.nodes.remove_node(node.name());
            return self.changed(now, ClusterEvent::NodeDeleted(node));
        }
        self.nodes.set_node(node.clone());
        match delta.previous.as_ref().and_then(AnyObject::get::<Node>) {
            None => self.changed(now, ClusterEvent::NodeAdded(node)),
            // A heartbeat changes nothing that a Pod could wait for.
            Some(before)
                if before.spec == node.spec
                    && before.metadata.labels == node.metadata.labels
                    && before.status.allocatable == node.status.allocatable => {}
            Some(before) => self.changed(now, ClusterEvent::NodeUpdated(before, node)),
        }
    }

    fn observe_pod(&mut self, now: Time, pod: &Pod, delta: &Delta) {
        let key = Key::new(Kind::Pod, pod.namespace(), pod.name());
        let gone = delta.change == ChangeType::Deleted;
        if gone {
            self.recorder.forget(pod.uid());
            self.decisions.remove(&key);
        }
        let Some(node) = node_of(pod) else {
            let ours = pod.spec.scheduler_name.as_deref().is_none_or(|name| name == NAME);
            if gone || !ours || pod.metadata.deletion_timestamp.is_some() {
                self.queue.remove(&key);
                self.nominated.remove(&key);
                return;
            }
            if self.waiting.contains_key(&key) {
                return;
            }
            let same = |before: &AnyObject| {
                before.same_spec(&delta.object) && before.metadata().labels == pod.metadata.labels
            };
            let changed = !delta.previous.as_ref().is_some_and(same);
            let gated = pod
                .spec
                .scheduling_gates
                .as_ref()
                .is_some_and(|gates| !gates.is_empty());
            let priority = pod.spec.priority.unwrap_or(0);
            self.queue.add(&key, priority, delta.trace, (changed, gated));
            return;
        };
        self.queue.remove(&key);
        self.nominated.remove(&key);
        self.assumed.remove(&key);
        if gone || has_ended(pod) {
            if self.nodes.remove_pod(node, &key) {
                self.changed(now, ClusterEvent::PodDeleted(pod));
            }
            return;
        }
        self.nodes.add_pod(node, pod);
        let before = delta.previous.as_ref().and_then(AnyObject::get::<Pod>);
        match before.filter(|before| node_of(before).is_some()) {
            None => self.changed(now, ClusterEvent::PodAdded(pod)),
            Some(before) if before.spec != pod.spec || before.metadata.labels != pod.metadata.labels => {
                self.changed(now, ClusterEvent::PodUpdated(before, pod));
            }
            Some(_) => {}
        }
    }

    fn schedule_one(&mut self, env: &mut Env<'_>, key: &Key) {
        self.cycles += 1;
        let found = self.informer.cache.typed::<Pod>(&key.namespace, &key.name);
        let Some(pod) = found
            .filter(|pod| pod.metadata.deletion_timestamp.is_none())
            .cloned()
        else {
            self.queue.remove(key);
            return;
        };
        let nominated: Vec<(String, Pod)> = self
            .nominated
            .iter()
            .filter_map(|(key, node)| {
                let pod = self.informer.cache.typed::<Pod>(&key.namespace, &key.name)?;
                Some((node.clone(), pod.clone()))
            })
            .collect();
        let cycle = Cycle {
            nodes: Snapshot::new(&self.nodes),
            cache: &self.informer.cache,
            nominated: &nominated,
            rng: env.sim.rng,
            number: self.cycles,
        };
        let mut decision = cycle.decide(&pod);
        if let Some(node) = decision.chosen.clone() {
            return self.place(env, key, pod, (&node, decision));
        }
        let mut nomination = None;
        if decision.nodes == 0 || decision.refused_at_once.is_some() {
            decision.message = decision.fit_error("");
        } else {
            match cycle.preempt(&pod, &decision) {
                Ok(candidate) => {
                    decision.message = decision.fit_error("");
                    let names = candidate.victims.iter().map(|victim| victim.name().to_owned());
                    decision.preempts = Some((candidate.node.clone(), names.collect()));
                    nomination = Some(candidate.node.clone());
                    self.take_places(env, key, &pod, &candidate);
                }
                Err(NoCandidate {
                    why,
                    keeps_nomination,
                }) => {
                    decision.message = decision.fit_error(&why);
                    nomination = (!keeps_nomination).then(String::new);
                }
            }
        }
        self.unschedulable(env, key, &pod, (decision, nomination));
    }

    fn bind(&mut self, env: &mut Env<'_>, key: &Key, pod: Pod, (node, decision): (&str, Decision)) {
        if Client::new(env, &self.user).bind(key, node).is_err() {
            self.queue.back_off(env.sim.now, key);
            return;
        }
        self.nodes.add_pod(node, &pod);
        self.assumed.insert(key.clone(), node.to_owned());
        self.queue.remove(key);
        self.nominated.remove(key);
        self.keep(key, decision);
        let message = format!("Successfully assigned {}/{} to {node}", key.namespace, key.name);
        let kind = (EventType::Normal, "Scheduled");
        self.recorder
            .record(env, &self.user, &AnyObject::Pod(pod), None, kind, message);
    }

    /// Keeps a decision about a Pod that was placed, for a while.
    fn keep(&mut self, key: &Key, decision: Decision) {
        if decision.nodes > EXPLAINED_NODES {
            self.decisions.remove(key);
            return;
        }
        self.decisions.insert(key.clone(), decision);
        self.placed.push_back(key.clone());
        if self.placed.len() > KEPT_DECISIONS
            && let Some(oldest) = self.placed.pop_front()
        {
            self.decisions.remove(&oldest);
        }
    }

    /// No node takes the Pod: it is said, and the Pod waits. `nomination` replaces the node that is kept for it.
    fn unschedulable(
        &mut self,
        env: &mut Env<'_>,
        key: &Key,
        pod: &Pod,
        (mut decision, nomination): (Decision, Option<String>),
    ) {
        let message = decision.message.clone();
        let about = AnyObject::Pod(pod.clone());
        let kind = (EventType::Warning, "FailedScheduling");
        self.recorder
            .record(env, &self.user, &about, None, kind, message.clone());
        match nomination.as_deref() {
            None => {}
            Some("") => drop(self.nominated.remove(key)),
            Some(node) => drop(self.nominated.insert(key.clone(), node.to_owned())),
        }
        let now = meta::meta_time(env.sim.now);
        let written = Client::new(env, &self.user).modify(key, Some("status"), |object| {
            let Some(pod) = object.get_mut::<Pod>() else {
                return;
            };
            let generation = pod.metadata.generation;
            let status = pod.status_mut();
            if let Some(node) = nomination {
                status.nominated_node_name = Some(node).filter(|node| !node.is_empty());
            }
            let conditions = status.conditions.get_or_insert_default();
            let known = conditions
                .iter()
                .find(|condition| condition.type_ == "PodScheduled");
            let since = known
                .filter(|condition| condition.status == "False")
                .and_then(|c| c.last_transition_time.clone());
            conditions.retain(|condition| condition.type_ != "PodScheduled");
            conditions.push(PodCondition {
                type_: "PodScheduled".to_owned(),
                status: "False".to_owned(),
                reason: Some("Unschedulable".to_owned()),
                message: Some(message),
                last_transition_time: since.or(Some(now)),
                observed_generation: generation,
                ..PodCondition::default()
            });
        });
        // The Pod may have been deleted meanwhile; the informer will say so.
        drop(written);
        self.queue.park(env.sim.now, key, decision.refusing());
        decision.verdicts.truncate(EXPLAINED_NODES);
        self.decisions.insert(key.clone(), decision);
    }
}

#[cfg(test)]
mod tests;
