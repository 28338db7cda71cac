//! What the scheduler knows of a node: the node and what its Pods have asked for (`framework.NodeInfo`).

use std::collections::BTreeMap;
use std::hash::Hasher;

use siphasher::sip::SipHasher13;

use super::resources::{Resources, pod_requests, pod_requests_for_scoring};
use crate::api::meta::MetaExt;
use crate::api::{Key, Kind, Node, Pod};
use crate::sorted::{SortedMap, SortedSet};

/// The label of a node's own name, and that of its zone.
const HOSTNAME: &str = "kubernetes.io/hostname";
const ZONE: &str = "topology.kubernetes.io/zone";

/// A number that stands for texts.
pub(super) fn digest<'t>(texts: impl Iterator<Item = &'t str>) -> u64 {
    let mut hasher = SipHasher13::new();
    for text in texts {
        hasher.write(text.as_bytes());
        hasher.write(&[0]);
    }
    hasher.finish()
}

/// Pods that selectors cannot tell apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    /// Stands for all the rest: most groups differ in it.
    pub digest: u64,
    /// Their namespace.
    pub namespace: String,
    /// Their labels.
    pub labels: BTreeMap<String, String>,
    /// Whether they are being deleted.
    pub terminating: bool,
}

impl Group {
    fn of(pod: &Pod) -> Self {
        let (labels, terminating) = (pod.metadata.labels_or_empty(), pod.metadata.is_deleting());
        let texts = labels.iter().flat_map(|(name, value)| [name.as_str(), value]);
        let head = [pod.namespace(), if terminating { "-" } else { "" }];
        Self {
            digest: digest(head.into_iter().chain(texts)),
            namespace: pod.namespace().to_owned(),
            labels: labels.clone(),
            terminating,
        }
    }
}

/// A port of a node that a Pod has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HostPort {
    address: String,
    protocol: String,
    port: i32,
}

impl HostPort {
    /// Whether both cannot be had at once (`HostPortInfo.CheckConflict`).
    pub(super) fn conflicts(&self, other: &Self) -> bool {
        const ANY: &str = "0.0.0.0";
        self.port == other.port
            && self.protocol == other.protocol
            && (self.address == other.address || self.address == ANY || other.address == ANY)
    }
}

/// The ports of its node that a Pod asks for.
pub(super) fn host_ports(pod: &Pod) -> Vec<HostPort> {
    let always = |container: &&crate::api::types::core::Container| {
        container.restart_policy.as_deref() == Some("Always")
    };
    let or = |text: Option<&String>, default: &str| {
        let text = text.filter(|text| !text.is_empty());
        text.map_or_else(|| default.to_owned(), Clone::clone)
    };
    let sidecars = pod.spec.init_containers.iter().flatten().filter(always);
    sidecars
        .chain(&pod.spec.containers)
        .flat_map(|container| container.ports.iter().flatten())
        .filter_map(|port| {
            Some(HostPort {
                address: or(port.host_ip.as_ref(), "0.0.0.0"),
                protocol: or(port.protocol.as_ref(), "TCP"),
                port: port.host_port.filter(|port| *port != 0)?,
            })
        })
        .collect()
}

#[derive(Clone, Debug)]
struct Placed {
    pod: Pod,
    requests: Resources,
    scoring: Resources,
    host_ports: Vec<HostPort>,
}

/// A node and what is on it.
#[derive(Clone, Debug, Default)]
pub struct NodeInfo {
    /// The node.
    pub node: Node,
    /// What it has for Pods.
    pub allocatable: Resources,
    /// What its Pods asked for.
    pub requested: Resources,
    /// The same, with a little for those that asked for nothing.
    pub scoring_requested: Resources,
    pods: SortedMap<Key, Placed>,
    groups: SortedMap<Group, i64>,
    with_affinity: SortedSet<Key>,
    /// The digests of its images' names, and their sizes in bytes.
    images: Vec<(u64, i64)>,
    host: Option<String>,
    zone: Option<String>,
}

impl NodeInfo {
    /// The node was written.
    pub fn set_node(&mut self, node: Node) {
        self.allocatable = Resources::of(node.status.allocatable.as_ref());
        let images = node.status.images.iter().flatten();
        let named = images.flat_map(|image| {
            let names = image.names.iter().flatten();
            names.map(|name| (digest([name.as_str()].into_iter()), image.size_bytes.unwrap_or(0)))
        });
        self.images = named.collect();
        let labels = node.metadata.labels_or_empty();
        (self.host, self.zone) = (labels.get(HOSTNAME).cloned(), labels.get(ZONE).cloned());
        self.node = node;
    }

    /// The size of the image whose name has this digest, in bytes, if the node has it.
    pub(super) fn image_bytes(&self, name: u64) -> Option<i64> {
        let found = self.images.iter().find(|(known, _)| *known == name);
        found.map(|(_, bytes)| *bytes)
    }

    /// Whether there is such a node: Pods may be bound to one that is gone.
    #[must_use]
    pub fn exists(&self) -> bool {
        !self.node.name().is_empty()
    }

    /// A label of the node.
    pub(super) fn label(&self, name: &str) -> Option<&String> {
        match name {
            HOSTNAME => self.host.as_ref(),
            ZONE => self.zone.as_ref(),
            _ => self.node.metadata.labels_or_empty().get(name),
        }
    }

    /// A Pod is on the node, or changed.
    pub fn add_pod(&mut self, pod: &Pod) {
        let key = Key::new(Kind::Pod, pod.namespace(), pod.name());
        if let Some(placed) = self.pods.get_mut(&key) {
            let same = placed.pod.spec == pod.spec && placed.pod.metadata.labels == pod.metadata.labels;
            if same && placed.pod.metadata.is_deleting() == pod.metadata.is_deleting() {
                placed.pod = pod.clone();
                return;
            }
            self.remove_pod(&key);
        }
        let placed = Placed {
            requests: pod_requests(pod),
            scoring: pod_requests_for_scoring(pod),
            host_ports: host_ports(pod),
            pod: pod.clone(),
        };
        self.requested.add(&placed.requests, 1);
        self.scoring_requested.add(&placed.scoring, 1);
        *self.groups.entry(Group::of(pod)).or_default() += 1;
        let affinity = pod.spec.affinity.as_ref();
        if affinity.is_some_and(|a| a.pod_affinity.is_some() || a.pod_anti_affinity.is_some()) {
            self.with_affinity.insert(key.clone());
        }
        self.pods.insert(key, placed);
    }

    /// A Pod left the node; answers it, if it was there.
    pub fn remove_pod(&mut self, key: &Key) -> Option<Pod> {
        let placed = self.pods.remove(key)?;
        self.requested.add(&placed.requests, -1);
        self.scoring_requested.add(&placed.scoring, -1);
        self.with_affinity.remove(key);
        let group = Group::of(&placed.pod);
        if let Some(count) = self.groups.get_mut(&group) {
            *count -= 1;
            if *count == 0 {
                self.groups.remove(&group);
            }
        }
        Some(placed.pod)
    }

    /// Number of Pods.
    #[must_use]
    pub fn pod_count(&self) -> usize {
        self.pods.len()
    }

    /// Its Pods.
    pub fn pods(&self) -> impl Iterator<Item = &Pod> {
        self.pods.values().map(|placed| &placed.pod)
    }

    /// Its Pods that selectors cannot tell apart, and how many they are.
    pub(super) fn groups(&self) -> impl Iterator<Item = (&Group, i64)> {
        self.groups.iter().map(|(group, count)| (group, *count))
    }

    /// Its Pods that want to be near other Pods, or far from them.
    pub(super) fn pods_with_affinity(&self) -> impl Iterator<Item = &Pod> {
        self.with_affinity
            .iter()
            .filter_map(|key| self.pods.get(key))
            .map(|placed| &placed.pod)
    }

    /// Whether a Pod has one of these ports of the node.
    pub(super) fn uses_one_of(&self, ports: &[HostPort]) -> bool {
        !ports.is_empty()
            && self
                .pods
                .values()
                .flat_map(|pod| &pod.host_ports)
                .any(|used| ports.iter().any(|port| port.conflicts(used)))
    }
}

/// All nodes, with what each cycle would otherwise have to count anew.
#[derive(Clone, Debug, Default)]
pub struct Nodes {
    by_name: SortedMap<String, NodeInfo>,
    existing: usize,
    /// How many nodes have each image, by the digest of its name.
    images: SortedMap<u64, i64>,
    /// The nodes on which Pods want to be near others, or far from them.
    with_affinity: SortedSet<String>,
}

impl Nodes {
    /// A node was written.
    pub fn set_node(&mut self, node: Node) {
        let name = node.name().to_owned();
        self.set(name, node);
    }

    /// A node is gone; its Pods may still be there.
    pub fn remove_node(&mut self, name: &str) {
        self.set(name.to_owned(), Node::default());
        self.drop_empty(name);
    }

    fn set(&mut self, name: String, node: Node) {
        let info = self.by_name.entry(name).or_default();
        self.existing -= usize::from(info.exists());
        for (image, _) in &info.images {
            *self.images.entry(*image).or_default() -= 1;
        }
        info.set_node(node);
        self.existing += usize::from(info.exists());
        for (image, _) in &info.images {
            *self.images.entry(*image).or_default() += 1;
        }
    }

    fn drop_empty(&mut self, name: &str) {
        let empty = |info: &NodeInfo| !info.exists() && info.pod_count() == 0;
        if self.by_name.get(name).is_some_and(empty) {
            self.by_name.remove(name);
        }
    }

    /// A Pod is on a node, or changed.
    pub fn add_pod(&mut self, node: &str, pod: &Pod) {
        let info = self.by_name.entry(node.to_owned()).or_default();
        info.add_pod(pod);
        if !info.with_affinity.is_empty() {
            self.with_affinity.insert(node.to_owned());
        }
    }

    /// A Pod left its node; answers whether it was there.
    pub fn remove_pod(&mut self, node: &str, key: &Key) -> bool {
        let Some(info) = self.by_name.get_mut(node) else {
            return false;
        };
        let was_there = info.remove_pod(key).is_some();
        if info.with_affinity.is_empty() {
            self.with_affinity.remove(node);
        }
        self.drop_empty(node);
        was_there
    }

    /// The node of this name, even if there are only Pods of it.
    pub(super) fn get(&self, name: &str) -> Option<&NodeInfo> {
        self.by_name.get(name)
    }
}

/// All nodes, as one cycle sees them.
#[derive(Clone, Copy)]
pub struct Snapshot<'a> {
    all: &'a Nodes,
    /// A node as it would be without some of its Pods, or with others.
    replaced: Option<&'a NodeInfo>,
}

impl<'a> Snapshot<'a> {
    /// These nodes.
    #[must_use]
    pub fn new(all: &'a Nodes) -> Self {
        Self { all, replaced: None }
    }

    /// The same with one of the nodes as it would be.
    #[must_use]
    pub fn with<'b>(self, node: &'b NodeInfo) -> Snapshot<'b>
    where
        'a: 'b,
    {
        Snapshot {
            all: self.all,
            replaced: Some(node),
        }
    }

    /// Each node, by name.
    pub fn iter(self) -> impl Iterator<Item = &'a NodeInfo> {
        let all = self.all.by_name.values();
        all.filter(|info| info.exists())
            .map(move |info| match self.replaced {
                Some(other) if other.node.name() == info.node.name() => other,
                _ => info,
            })
    }

    /// The node of this name.
    #[must_use]
    pub fn get(self, name: &str) -> Option<&'a NodeInfo> {
        match self.replaced {
            Some(other) if other.node.name() == name => Some(other),
            _ => self.all.get(name).filter(|info| info.exists()),
        }
    }

    /// How many nodes there are.
    #[must_use]
    pub fn count(self) -> usize {
        self.all.existing
    }

    /// How many nodes have the image whose name has this digest.
    pub(super) fn having_image(self, name: u64) -> i64 {
        self.all.images.get(&name).copied().unwrap_or(0)
    }

    /// The nodes on which Pods want to be near others, or far from them.
    pub(super) fn with_affinity(self) -> impl Iterator<Item = &'a NodeInfo> {
        let replaced = self.replaced;
        let other = move |name: &&String| replaced.is_none_or(|info| info.node.name() != name.as_str());
        let named = self.all.with_affinity.iter().filter(other);
        named.filter_map(move |name| self.get(name)).chain(replaced)
    }
}

/// What a Pod asks for, with what scoring counts it as.
pub(super) struct PodRequests {
    pub(super) requests: Resources,
    pub(super) scoring: Resources,
}

impl PodRequests {
    pub(super) fn of(pod: &Pod) -> Self {
        Self {
            requests: pod_requests(pod),
            scoring: pod_requests_for_scoring(pod),
        }
    }
}
