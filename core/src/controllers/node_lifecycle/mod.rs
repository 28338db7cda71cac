//! Nodes whose kubelet is silent become `Unknown`, conditions become taints, and zones slow down evictions
//! (`pkg/controller/nodelifecycle`).

mod health;
mod taints;
mod zones;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Context, Controller};
use crate::api::types::core::PodCondition;
use crate::api::{AnyObject, Key, Kind, Lease, Node, Pod, StatusError};
use crate::apiserver::User;
use crate::client::{Cache, Client, DeleteOptions, Delta, EventRecorder, EventType, QueuedItem, WorkQueue};
use crate::etcd::ChangeType;
use crate::sim::Time;
use crate::sorted::{SortedMap, SortedSet};
use health::Health;
use zones::Zones;

/// How often nodes are looked at (`--node-monitor-period`).
const MONITOR_PERIOD: Duration = Duration::from_secs(5);
/// Where the kubelets' leases are.
const LEASE_NAMESPACE: &str = "kube-node-lease";

/// Watches over the nodes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct NodeLifecycleController {
    user: User,
    queue: WorkQueue,
    recorder: EventRecorder,
    started: bool,
    known: SortedMap<String, Health>,
    zones: Zones,
}

impl Default for NodeLifecycleController {
    fn default() -> Self {
        Self {
            user: User::component("system:serviceaccount:kube-system:node-controller"),
            queue: WorkQueue::default(),
            recorder: EventRecorder::new("node-controller", ""),
            started: false,
            known: SortedMap::new(),
            zones: Zones::default(),
        }
    }
}

/// The key that stands for a look at all nodes.
fn monitor() -> Key {
    Key::new(Kind::Node, "", "")
}

impl Controller for NodeLifecycleController {
    fn queue(&mut self) -> &mut WorkQueue {
        &mut self.queue
    }

    fn observe(&mut self, _: &Cache, delta: &Delta, now: Time) {
        if delta.object.kind() != Kind::Node {
            return;
        }
        if !self.started {
            self.started = true;
            self.queue.add_at(now, monitor(), None);
        }
        if delta.change != ChangeType::Deleted {
            self.queue.add(delta.object.key(), delta.trace);
        }
    }

    fn reconcile(&mut self, context: &mut Context<'_, '_>, item: &QueuedItem) -> Result<(), StatusError> {
        if item.key == monitor() {
            self.monitor(context);
            self.queue
                .add_at(context.env.sim.now + MONITOR_PERIOD, monitor(), None);
            return Ok(());
        }
        let found = context.cache.typed::<Node>("", &item.key.name);
        match found.filter(|node| taints::needs_no_schedule(node)).cloned() {
            Some(node) => taints::no_schedule(context.env, &self.user, &node),
            None => Ok(()),
        }
    }
}

impl NodeLifecycleController {
    /// Looks at every node (`monitorNodeHealth`).
    fn monitor(&mut self, context: &mut Context<'_, '_>) {
        let nodes: Vec<Node> = context.cache.list::<Node>().cloned().collect();
        context.items += u32::try_from(nodes.len()).unwrap_or(u32::MAX);
        self.come_and_go(context, &nodes);
        let mut waiting = Vec::new();
        self.zones.clear();
        for node in &nodes {
            let ready = self.look_at(context, node);
            self.zones.count(node, &ready);
            match taints::no_execute_wanted(&ready) {
                // It is back: the taints go at once.
                None => drop(taints::no_execute(context.env, &self.user, node, None)),
                Some(wanted) if !taints::has_no_execute(node, wanted) => {
                    waiting.push((node, wanted));
                }
                Some(_) => {}
            }
        }
        self.zones.judge();
        for (node, wanted) in waiting {
            // Swapping one for the other is no new eviction.
            let swaps = taints::has_any_no_execute(node);
            if swaps || self.zones.may_evict(node, context.env.sim.now) {
                drop(taints::no_execute(context.env, &self.user, node, Some(wanted)));
            }
        }
    }

    /// Says which nodes are new, and which are gone.
    fn come_and_go(&mut self, context: &mut Context<'_, '_>, nodes: &[Node]) {
        let now = context.env.sim.now;
        let there: SortedSet<&str> = nodes.iter().map(Node::name).collect();
        let names = self.known.keys();
        let gone: Vec<String> = names
            .filter(|name| !there.contains(name.as_str()))
            .cloned()
            .collect();
        for name in gone {
            let uid = self
                .known
                .remove(&name)
                .map(|health| health.uid)
                .unwrap_or_default();
            let mut node = Node::default();
            node.metadata_mut().name = Some(name.clone());
            node.metadata_mut().uid = Some(uid.clone());
            let message = format!("Node {name} event: Removing Node {name} from Controller");
            self.say(context, &AnyObject::Node(node), "RemovingNode", message);
            self.recorder.forget(&uid);
            // The garbage collector's work; here it does not look at leases, which are renewed too often.
            let collector = User::component("system:serviceaccount:kube-system:generic-garbage-collector");
            let lease = Key::new(Kind::Lease, LEASE_NAMESPACE, &name);
            drop(Client::new(context.env, &collector).delete(&lease, &DeleteOptions::default()));
        }
        for node in nodes {
            let name = node.name();
            if self
                .known
                .get(name)
                .is_some_and(|health| health.uid == node.uid())
            {
                continue;
            }
            self.known.insert(name.to_owned(), Health::new(node, now));
            let message = format!("Node {name} event: Registered Node {name} in Controller");
            self.say(context, &AnyObject::Node(node.clone()), "RegisteredNode", message);
        }
    }

    /// Judges one node by its heartbeats; answers its `Ready` condition after that.
    fn look_at(&mut self, context: &mut Context<'_, '_>, node: &Node) -> String {
        let now = context.env.sim.now;
        let lease = Key::new(Kind::Lease, LEASE_NAMESPACE, node.name());
        let renewed = context
            .env
            .api
            .store()
            .get(&lease)
            .and_then(AnyObject::get::<Lease>)
            .and_then(|lease| lease.spec.renew_time.as_ref())
            .map(|time| Time::from_timestamp(time.0));
        let before = health::ready(node);
        let Some(known) = self.known.get_mut(node.name()) else {
            return before;
        };
        known.hear(node, renewed, now);
        let mut after = before.clone();
        if known.is_silent(now) && before != "Unknown" {
            let conditions = health::silent_conditions(node, now);
            let key = Key::new(Kind::Node, "", node.name());
            let written = Client::new(context.env, &self.user).modify(&key, Some("status"), |object| {
                if let Some(node) = object.get_mut::<Node>() {
                    node.status_mut().conditions = Some(conditions);
                }
            });
            if written.is_ok() {
                "Unknown".clone_into(&mut after);
            }
        }
        let was_ready = std::mem::replace(
            &mut self
                .known
                .entry(node.name().to_owned())
                .or_insert_with(|| Health::new(node, now))
                .ready,
            after == "True",
        );
        if was_ready && after != "True" {
            let message = format!("Node {} status is now: NodeNotReady", node.name());
            self.say(context, &AnyObject::Node(node.clone()), "NodeNotReady", message);
            self.mark_pods(context, node.name());
        }
        after
    }

    /// The Pods of a node that is not ready are not ready either (`MarkPodsNotReady`).
    fn mark_pods(&mut self, context: &mut Context<'_, '_>, node: &str) {
        let pods: Vec<Pod> = context
            .cache
            .list::<Pod>()
            .filter(|pod| pod.spec.node_name.as_deref() == Some(node))
            .filter(|pod| pod.status.conditions.iter().flatten().any(is_ready))
            .cloned()
            .collect();
        let now = crate::api::meta::meta_time(context.env.sim.now);
        for pod in pods {
            let key = Key::new(Kind::Pod, pod.namespace(), pod.name());
            let marked = Client::new(context.env, &self.user).modify(&key, Some("status"), |object| {
                let Some(pod) = object.get_mut::<Pod>() else {
                    return;
                };
                let conditions = pod.status_mut().conditions.iter_mut().flatten();
                for condition in conditions.filter(|condition| is_ready(condition)) {
                    "False".clone_into(&mut condition.status);
                    condition.last_transition_time = Some(now.clone());
                }
            });
            if let Ok(marked) = marked {
                let kind = (EventType::Warning, "NodeNotReady");
                self.recorder
                    .record(context.env, &self.user, &marked, None, kind, "Node is not ready");
            }
        }
    }

    fn say(&mut self, context: &mut Context<'_, '_>, about: &AnyObject, reason: &str, message: String) {
        let kind = (EventType::Normal, reason);
        self.recorder
            .record(context.env, &self.user, about, None, kind, message);
    }
}

fn is_ready(condition: &PodCondition) -> bool {
    condition.type_ == "Ready" && condition.status == "True"
}
