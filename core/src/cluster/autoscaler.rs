//! The cluster autoscaler (`kubernetes/autoscaler/cluster-autoscaler`): machines are added when Pods wait for lack of room, and the ones that are
//! hardly used for ten minutes go. It looks every ten seconds, and only when it was switched on.

#![expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the path of the method is longer"
)]

use crate::sorted::SortedMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Actor, Cluster};
use crate::api::quantity::amount;
use crate::api::types::core::{PodSpec, Taint};
use crate::api::{AnyObject, Key, Kind, Node, Pod};
use crate::apiserver::User;
use crate::client::{Client, DeleteOptions, Env, EventRecorder, EventType};
use crate::sim::Time;
use crate::terminal::Outcome;

/// How often it looks (`--scan-interval`).
const SCAN: Duration = Duration::from_secs(10);
/// How long a machine takes from its order until its kubelet starts.
const PROVISION: Duration = Duration::from_secs(35);
/// How long a node is hardly used before it goes (`--scale-down-unneeded-time`).
const UNNEEDED: Duration = Duration::from_secs(600);
/// How long after a machine was added none goes (`--scale-down-delay-after-add`).
const AFTER_ADD: Duration = Duration::from_secs(600);
/// Below this share of its requests, in hundredths, a node is hardly used (`--scale-down-utilization-threshold`).
const THRESHOLD: i64 = 50;
/// What marks a node that goes.
const TAINT: &str = "ToBeDeletedByClusterAutoscaler";
/// The name of the group of machines in messages.
const GROUP: &str = "workers";

/// The autoscaler, while it is switched on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Autoscaler {
    least: usize,
    most: usize,
    /// When ordered machines start.
    ordered: Vec<Time>,
    /// Since when nodes are hardly used.
    unneeded: SortedMap<String, Time>,
    last_added: Option<Time>,
    /// Whom it has spoken of, and what.
    told: SortedMap<String, bool>,
    /// Nodes that are being emptied.
    leaving: Vec<String>,
    recorder: EventRecorder,
    next: Time,
}

/// CPU in thousandths and memory in bytes.
#[derive(Clone, Copy, Default)]
struct Room {
    cpu: i64,
    memory: i64,
    pods: i64,
}

impl Room {
    fn of(spec: &PodSpec) -> Self {
        let mut sum = Self {
            pods: 1,
            ..Self::default()
        };
        for container in &spec.containers {
            let requests = container
                .resources
                .as_ref()
                .and_then(|resources| resources.requests.as_ref());
            let asked = |name: &str| requests.and_then(|requests| requests.get(name)).map(amount);
            sum.cpu += asked("cpu").map_or(0, |found| found.millis());
            sum.memory += asked("memory").map_or(0, |found| found.units());
        }
        sum
    }

    fn holds(self, other: Self) -> bool {
        self.cpu >= other.cpu && self.memory >= other.memory && self.pods >= other.pods
    }

    fn take(&mut self, other: Self) {
        self.cpu -= other.cpu;
        self.memory -= other.memory;
        self.pods -= other.pods;
    }
}

fn user() -> User {
    User::new(
        "system:serviceaccount:kube-system:cluster-autoscaler",
        &["system:masters", "system:authenticated"],
    )
}

/// Whether a Pod goes with its node. kube-proxy has no DaemonSet in the lab.
fn is_daemon(pod: &Pod) -> bool {
    let labels = pod.metadata.labels.as_ref();
    if labels.is_some_and(|labels| labels.get("k8s-app").is_some_and(|app| app == "kube-proxy")) {
        return true;
    }
    let mut owners = pod.metadata.owner_references.iter().flatten();
    owners.any(|owner| owner.kind == "DaemonSet" || owner.kind == "Node")
}

fn is_over(pod: &Pod) -> bool {
    matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed"))
}

/// Whether a Pod waits because no node has room.
fn waits(pod: &Pod) -> bool {
    let mut conditions = pod.status.conditions.iter().flatten();
    pod.spec.node_name.is_none()
        && pod.metadata.deletion_timestamp.is_none()
        && conditions.any(|condition| {
            condition.type_ == "PodScheduled" && condition.reason.as_deref() == Some("Unschedulable")
        })
}

/// Whether a Pod keeps its node from going (`utils/drain`).
fn holds_node(pod: &Pod) -> bool {
    let annotation = pod.metadata.annotations.as_ref();
    let safe = annotation.and_then(|all| all.get("cluster-autoscaler.kubernetes.io/safe-to-evict"));
    match safe.map(String::as_str) {
        Some("true") => false,
        Some("false") => true,
        _ => {
            pod.metadata.owner_references.as_ref().is_none_or(Vec::is_empty)
                || pod.namespace() == "kube-system"
        }
    }
}

impl Cluster {
    /// Switches the autoscaler on, between so many workers, or off.
    pub fn set_autoscaler(&mut self, range: Option<(usize, usize)>) -> Outcome {
        let Some((least, most)) = range else {
            return if self.autoscaler.take().is_some() {
                Outcome::Done
            } else {
                Outcome::AlreadySo
            };
        };
        if least > most {
            return Outcome::BadName;
        }
        self.autoscaler = Some(Box::new(Autoscaler {
            least,
            most,
            ordered: Vec::new(),
            unneeded: SortedMap::new(),
            last_added: None,
            told: SortedMap::new(),
            leaving: Vec::new(),
            recorder: EventRecorder::new("cluster-autoscaler", ""),
            next: self.sim.now + SCAN,
        }));
        self.plan(Actor::Autoscaler);
        Outcome::Done
    }

    pub(super) fn autoscaler_wake_at(&self) -> Option<Time> {
        let autoscaler = self.autoscaler.as_ref()?;
        autoscaler.ordered.iter().copied().chain([autoscaler.next]).min()
    }

    /// Looks at what waits and at what is hardly used.
    pub(super) fn wake_autoscaler(&mut self) {
        let Some(mut autoscaler) = self.autoscaler.take() else {
            return;
        };
        let now = self.sim.now;
        let due = autoscaler.ordered.iter().filter(|at| **at <= now).count();
        autoscaler.ordered.retain(|at| *at > now);
        for _ in 0..due {
            self.add_node(None);
            autoscaler.last_added = Some(now);
        }
        if autoscaler.next <= now {
            autoscaler.next = now + SCAN;
            self.scale_up(&mut autoscaler);
            self.scale_down(&mut autoscaler);
        }
        self.autoscaler = Some(autoscaler);
    }

    fn pods(&self) -> Vec<Pod> {
        let objects = self.api.store().list(Kind::Pod);
        objects
            .filter_map(|object| object.get::<Pod>().cloned())
            .collect()
    }

    fn workers(&self) -> Vec<Node> {
        let objects = self.api.store().list(Kind::Node);
        let nodes = objects.filter_map(|object| object.get::<Node>().cloned());
        nodes
            .filter(|node| {
                let labels = node.metadata.labels.as_ref();
                !labels.is_some_and(|labels| labels.contains_key("node-role.kubernetes.io/control-plane"))
            })
            .collect()
    }

    fn scale_up(&mut self, autoscaler: &mut Autoscaler) {
        let waiting: Vec<Pod> = self.pods().into_iter().filter(waits).collect();
        autoscaler
            .told
            .retain(|uid, _| waiting.iter().any(|pod| pod.uid() == uid));
        if waiting.is_empty() {
            return;
        }
        let present = self.workers().len();
        let size = present + autoscaler.ordered.len();
        let machine = super::topology::worker(1);
        let whole = Room {
            cpu: machine.cpu_millis,
            memory: machine.memory_bytes,
            pods: machine.max_pods - 1,
        };
        // What was ordered already takes some of them.
        let mut rooms = vec![whole; autoscaler.ordered.len()];
        let mut helped = Vec::new();
        let mut hopeless = Vec::new();
        for pod in waiting {
            let asked = Room::of(&pod.spec);
            let selective = pod.spec.node_selector.as_ref().is_some_and(|selector| {
                selector.iter().any(|(name, value)| {
                    name != "kubernetes.io/os" && machine.labels.get(name) != Some(value)
                })
            });
            if let Some(room) = rooms.iter_mut().find(|room| room.holds(asked) && !selective) {
                room.take(asked);
                helped.push(pod);
            } else if whole.holds(asked) && !selective && present + rooms.len() < autoscaler.most {
                let mut room = whole;
                room.take(asked);
                rooms.push(room);
                helped.push(pod);
            } else {
                let full = whole.holds(asked) && !selective;
                hopeless.push((pod, full));
            }
        }
        let new = rooms.len() - autoscaler.ordered.len();
        let now = self.sim.now;
        autoscaler
            .ordered
            .extend(std::iter::repeat_n(now + PROVISION, new));
        let message = format!(
            "pod triggered scale-up: [{{{GROUP} {size}->{} (max: {})}}]",
            size + new,
            autoscaler.most
        );
        let mut env = Env {
            sim: &mut self.sim,
            api: &mut self.api,
        };
        for pod in helped.into_iter().filter(|_| new > 0) {
            if autoscaler.told.insert(pod.uid().to_owned(), true) != Some(true) {
                let about = AnyObject::Pod(pod);
                let kind = (EventType::Normal, "TriggeredScaleUp");
                autoscaler
                    .recorder
                    .record(&mut env, &user(), &about, None, kind, message.clone());
            }
        }
        for (pod, full) in hopeless {
            if autoscaler.told.insert(pod.uid().to_owned(), false).is_none() {
                let why = if full {
                    "1 max node group size reached"
                } else {
                    "1 node(s) didn't match Pod's node affinity/selector or have room"
                };
                let about = AnyObject::Pod(pod);
                let kind = (EventType::Normal, "NotTriggerScaleUp");
                let message = format!("pod didn't trigger scale-up: {why}");
                autoscaler
                    .recorder
                    .record(&mut env, &user(), &about, None, kind, message);
            }
        }
    }

    fn scale_down(&mut self, autoscaler: &mut Autoscaler) {
        let now = self.sim.now;
        let pods = self.pods();
        for name in std::mem::take(&mut autoscaler.leaving) {
            let busy = pods
                .iter()
                .any(|pod| pod.spec.node_name.as_ref() == Some(&name) && !is_daemon(pod) && !is_over(pod));
            if busy {
                autoscaler.leaving.push(name);
            } else {
                self.drop_node(autoscaler, &name);
            }
        }
        let nodes = self.workers();
        let waiting = pods.iter().any(waits);
        let mut unneeded = SortedMap::new();
        for node in &nodes {
            let own = || {
                pods.iter()
                    .filter(|pod| pod.spec.node_name.as_deref() == Some(node.name()) && !is_over(pod))
            };
            let mut used = Room::default();
            for pod in own().filter(|pod| !is_daemon(pod)) {
                let asked = Room::of(&pod.spec);
                used.cpu += asked.cpu;
                used.memory += asked.memory;
            }
            let capacity = |name: &str| {
                let all = node.status.allocatable.as_ref();
                all.and_then(|all| all.get(name)).map(amount)
            };
            let cpu = capacity("cpu").map_or(1, |found| found.millis()).max(1);
            let memory = capacity("memory").map_or(1, |found| found.units()).max(1);
            let share = (used.cpu * 100 / cpu).max(used.memory / (memory / 100).max(1));
            let held = own().any(|pod| !is_daemon(pod) && holds_node(pod));
            let movable = share == 0 || self.fits_elsewhere(node.name(), &pods, &nodes);
            if share < THRESHOLD && !held && movable && !waiting {
                let since = autoscaler.unneeded.get(node.name()).copied().unwrap_or(now);
                unneeded.insert(node.name().to_owned(), since);
            }
        }
        autoscaler.unneeded = unneeded;
        let quiet = autoscaler.last_added.is_none_or(|at| now.since(at) >= AFTER_ADD)
            && autoscaler.ordered.is_empty();
        let room = nodes.len().saturating_sub(autoscaler.leaving.len()) > autoscaler.least;
        let long = |since: &Time| now.since(*since) >= UNNEEDED;
        let candidate = autoscaler
            .unneeded
            .iter()
            .rev()
            .find(|(name, since)| long(since) && !autoscaler.leaving.contains(name));
        if let Some((name, _)) = candidate.filter(|_| quiet && room) {
            let name = name.clone();
            self.empty_node(autoscaler, &name, &pods);
        }
    }

    /// Whether what runs on a node has room on the others.
    #[expect(clippy::unused_self, reason = "asked beside what asks the settings")]
    fn fits_elsewhere(&self, name: &str, pods: &[Pod], nodes: &[Node]) -> bool {
        let mut rooms: Vec<Room> = nodes
            .iter()
            .filter(|node| node.name() != name && node.spec.unschedulable != Some(true))
            .map(|node| {
                let capacity = |resource: &str| {
                    let all = node.status.allocatable.as_ref();
                    all.and_then(|all| all.get(resource)).map(amount)
                };
                let mut room = Room {
                    cpu: capacity("cpu").map_or(0, |found| found.millis()),
                    memory: capacity("memory").map_or(0, |found| found.units()),
                    pods: capacity("pods").map_or(0, |found| found.units()),
                };
                let own = pods
                    .iter()
                    .filter(|pod| pod.spec.node_name.as_deref() == Some(node.name()) && !is_over(pod));
                own.for_each(|pod| room.take(Room::of(&pod.spec)));
                room
            })
            .collect();
        let mut moving = pods
            .iter()
            .filter(|pod| pod.spec.node_name.as_deref() == Some(name) && !is_daemon(pod) && !is_over(pod));
        moving.all(|pod| {
            let asked = Room::of(&pod.spec);
            let found = rooms.iter_mut().find(|room| room.holds(asked));
            found.map(|room| room.take(asked)).is_some()
        })
    }

    /// A node is to go: nothing new is placed on it, and its Pods are moved.
    fn empty_node(&mut self, autoscaler: &mut Autoscaler, name: &str, pods: &[Pod]) {
        autoscaler.leaving.push(name.to_owned());
        let mut env = Env {
            sim: &mut self.sim,
            api: &mut self.api,
        };
        let key = Key::new(Kind::Node, "", name);
        let marked = Client::new(&mut env, &user()).modify(&key, None, |node| {
            if let Some(node) = node.get_mut::<Node>() {
                node.spec_mut().taints.get_or_insert_default().push(Taint {
                    key: TAINT.to_owned(),
                    effect: "NoSchedule".to_owned(),
                    ..Taint::default()
                });
            }
        });
        if let Ok(node) = marked {
            let kind = (EventType::Normal, "ScaleDown");
            autoscaler.recorder.record(
                &mut env,
                &user(),
                &node,
                None,
                kind,
                "marked the node as toBeDeleted/unschedulable",
            );
        }
        for pod in pods
            .iter()
            .filter(|pod| pod.spec.node_name.as_deref() == Some(name) && !is_daemon(pod))
        {
            let about = AnyObject::Pod(pod.clone());
            let kind = (EventType::Normal, "ScaleDown");
            autoscaler.recorder.record(
                &mut env,
                &user(),
                &about,
                None,
                kind,
                "deleting pod for node scale down",
            );
            let key = Key::new(Kind::Pod, pod.namespace(), pod.name());
            let gone = Client::new(&mut env, &user()).delete(&key, &DeleteOptions::default());
            // Who is gone already is as well.
            drop(gone);
        }
    }

    fn drop_node(&mut self, autoscaler: &mut Autoscaler, name: &str) {
        let key = Key::new(Kind::Node, "", name);
        if let Some(node) = self.api.store().get(&key).cloned() {
            let mut env = Env {
                sim: &mut self.sim,
                api: &mut self.api,
            };
            let kind = (EventType::Normal, "ScaleDown");
            let message = "node removed by cluster autoscaler";
            autoscaler
                .recorder
                .record(&mut env, &user(), &node, None, kind, message);
            let gone = Client::new(&mut env, &user()).delete(&key, &DeleteOptions::default());
            drop(gone);
        }
        self.remove_node(name);
        autoscaler.unneeded.remove(name);
    }
}
