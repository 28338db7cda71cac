//! The scheduler: for each Pod without a node, the plugins filter the nodes, score those that remain, and the Pod is bound to
//! the best. Models `pkg/scheduler` with the default profile's plugins.

mod cycle;
mod framework;
mod node_info;
mod plugins;
mod queue;

pub use cycle::{Decision, NodeVerdict};
pub use framework::{MAX_NODE_SCORE, Plugin, Refusal, RefusalKind};
pub use node_info::{NodeInfo, Snapshot};

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::types::core::PodCondition;
use crate::api::{AnyObject, Key, Kind, Node, Pod, meta};
use crate::apiserver::User;
use crate::client::{Client, Delta, Env, EventRecorder, EventType, Informer};
use crate::etcd::ChangeType;
use crate::sim::Time;
use queue::SchedulingQueue;

/// What one scheduling cycle and the binding after it take.
const CYCLE_TIME: Duration = Duration::from_millis(2);
/// The name Pods ask for it by.
const NAME: &str = "default-scheduler";

/// The scheduler.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Scheduler {
    user: User,
    informer: Informer,
    recorder: EventRecorder,
    queue: SchedulingQueue,
    nodes: BTreeMap<String, NodeInfo>,
    /// The last decision for each Pod that still waits.
    decisions: BTreeMap<Key, Decision>,
    busy_until: Time,
    cycles: u64,
}

impl Default for Scheduler {
    fn default() -> Self {
        Self {
            user: User::component("system:kube-scheduler"),
            informer: Informer::default(),
            recorder: EventRecorder::new(NAME, ""),
            queue: SchedulingQueue::default(),
            nodes: BTreeMap::new(),
            decisions: BTreeMap::new(),
            busy_until: Time::ZERO,
            cycles: 0,
        }
    }
}

impl Scheduler {
    /// Something was written.
    pub fn notify(&mut self, env: &Env<'_>, object: &AnyObject) {
        if matches!(object.kind(), Kind::Pod | Kind::Node) {
            self.informer.notify(env.sim, NAME);
        }
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
        [cycle, self.informer.due_at()].into_iter().flatten().min()
    }

    /// Does what is due.
    pub fn wake(&mut self, env: &mut Env<'_>) {
        let now = env.sim.now;
        let watched = |object: &AnyObject| matches!(object.kind(), Kind::Pod | Kind::Node);
        for delta in self.informer.deliver(now, env.api.store(), watched) {
            self.observe(now, &delta);
        }
        if self.busy_until <= now
            && let Some((key, cause)) = self.queue.pop(now)
        {
            env.sim.cause = cause;
            self.schedule_one(env, &key);
            self.busy_until = now + CYCLE_TIME;
        }
    }

    /// Why a Pod that waits was not placed, node by node.
    #[must_use]
    pub fn decision(&self, pod: &Key) -> Option<&Decision> {
        self.decisions.get(pod)
    }

    fn observe(&mut self, now: Time, delta: &Delta) {
        match &delta.object {
            AnyObject::Node(node) => self.observe_node(now, node, delta.change),
            AnyObject::Pod(pod) => self.observe_pod(now, pod, delta),
            _ => {}
        }
    }

    fn observe_node(&mut self, now: Time, node: &Node, change: ChangeType) {
        if change == ChangeType::Deleted {
            self.nodes.remove(node.name());
        } else {
            let known = self.nodes.get(node.name());
            // A heartbeat changes nothing that a Pod could wait for.
            let same = known.is_some_and(|info| {
                info.node.spec == node.spec
                    && info.node.metadata.labels == node.metadata.labels
                    && info.node.status.allocatable == node.status.allocatable
            });
            self.nodes
                .entry(node.name().to_owned())
                .or_default()
                .set_node(node.clone());
            if same {
                return;
            }
        }
        self.queue.move_all(now);
    }

    fn observe_pod(&mut self, now: Time, pod: &Pod, delta: &Delta) {
        let key = Key::new(Kind::Pod, pod.namespace(), pod.name());
        let node = pod.spec.node_name.as_deref().unwrap_or_default();
        let ended = matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed"));
        let gone = delta.change == ChangeType::Deleted;
        if gone || !node.is_empty() {
            self.queue.remove(&key);
            self.decisions.remove(&key);
            if gone {
                self.recorder.forget(pod.uid());
            }
        }
        if node.is_empty() {
            let ours = pod.spec.scheduler_name.as_deref().is_none_or(|name| name == NAME);
            if !gone && ours && pod.metadata.deletion_timestamp.is_none() {
                let changed = delta
                    .previous
                    .as_ref()
                    .is_none_or(|before| !before.same_spec(&delta.object));
                self.queue
                    .add(now, key, pod.spec.priority.unwrap_or(0), delta.trace, changed);
            }
            return;
        }
        let info = self.nodes.entry(node.to_owned()).or_default();
        if gone || ended {
            if info.remove_pod(&key) {
                self.queue.move_all(now);
            }
        } else {
            info.add_pod(pod);
        }
    }

    fn schedule_one(&mut self, env: &mut Env<'_>, key: &Key) {
        self.cycles += 1;
        let found = self.informer.cache.typed::<Pod>(&key.namespace, &key.name);
        let Some(pod) = found
            .filter(|pod| pod.metadata.deletion_timestamp.is_none())
            .cloned()
        else {
            return;
        };
        let snapshot = Snapshot { nodes: &self.nodes };
        let decision = cycle::decide(&pod, snapshot, env.sim.rng, self.cycles);
        let Some(node) = decision.chosen.clone() else {
            self.unschedulable(env, key, &pod, decision);
            return;
        };
        let about = AnyObject::Pod(pod.clone());
        if Client::new(env, &self.user).bind(key, &node).is_err() {
            self.queue.back_off(env.sim.now, key.clone());
            return;
        }
        let mut bound = pod;
        bound.spec_mut().node_name = Some(node.clone());
        self.nodes.entry(node.clone()).or_default().add_pod(&bound);
        self.queue.remove(key);
        self.decisions.remove(key);
        let message = format!("Successfully assigned {}/{} to {node}", key.namespace, key.name);
        self.recorder.record(
            env,
            &self.user,
            &about,
            None,
            (EventType::Normal, "Scheduled"),
            message,
        );
    }

    fn unschedulable(&mut self, env: &mut Env<'_>, key: &Key, pod: &Pod, decision: Decision) {
        let message = decision.message(pod);
        let about = AnyObject::Pod(pod.clone());
        self.recorder.record(
            env,
            &self.user,
            &about,
            None,
            (EventType::Warning, "FailedScheduling"),
            message.clone(),
        );
        let now = meta::meta_time(env.sim.now);
        let written = Client::new(env, &self.user).modify(key, Some("status"), |object| {
            let Some(pod) = object.get_mut::<Pod>() else {
                return;
            };
            let generation = pod.metadata.generation;
            let conditions = pod.status_mut().conditions.get_or_insert_default();
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
        self.decisions.insert(key.clone(), decision);
        self.queue
            .park(env.sim.now, key.clone(), pod.spec.priority.unwrap_or(0));
    }
}
