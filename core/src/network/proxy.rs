//! kube-proxy on each node (`pkg/proxy/iptables/proxier.go`): the rules that a node has are those of the last sync, and a sync takes what the watch
//! has brought by its start. Syncs come at once after a quiet second and at least a second apart (`minSyncPeriod`), on each node at its own pace:
//! that is the race between an endpoint that goes and the packets that still come to it.
//!
//! Nothing wakes up for it. The Services are kept in the versions that some node may still have; when somebody looks at a node's rules, its syncs until
//! that moment are worked out.

use crate::sorted::SortedMap;
use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::service::{Rule, compile};
use crate::api::Pod;
use crate::api::meta::MetaExt;
use crate::etcd::Store;
use crate::sim::{Rng, Time};

/// The least time between two syncs (`minSyncPeriod`).
const MIN_SYNC: Duration = Duration::from_secs(1);
/// How long a change takes to reach a kube-proxy.
const WATCH: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(12));
/// How long the rules take to be written.
const APPLY: (Duration, Duration) = (Duration::from_millis(15), Duration::from_millis(60));
/// Changes kept before every node is brought up to date.
const KEPT_CHANGES: usize = 256;

/// A Service and its endpoints; which version of everything brought it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Version {
    number: u64,
    rule: Option<Arc<Rule>>,
}

/// One node's kube-proxy.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Proxy {
    /// The version that its rules are made of.
    synced: u64,
    synced_at: Time,
    running: bool,
    /// No sync begins before.
    not_before: Time,
    /// The Pod that it runs in.
    pod: String,
}

/// Every node's kube-proxy.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Proxies {
    /// Whether they run as Pods.
    hosted: bool,
    nodes: Vec<Proxy>,
    services: SortedMap<(Arc<str>, Arc<str>), VecDeque<Version>>,
    /// Which Service an address or a node port is of.
    addresses: SortedMap<Ipv4Addr, (Arc<str>, Arc<str>)>,
    node_ports: SortedMap<u16, (Arc<str>, Arc<str>)>,
    changes: VecDeque<(Time, u64)>,
    version: u64,
}

impl Proxies {
    pub(super) fn new(hosted: bool) -> Self {
        Self {
            hosted,
            nodes: Vec::new(),
            services: SortedMap::new(),
            addresses: SortedMap::new(),
            node_ports: SortedMap::new(),
            changes: VecDeque::new(),
            version: 0,
        }
    }

    /// A machine joins.
    pub(super) fn add(&mut self, now: Time) {
        self.nodes.push(Proxy {
            synced: 0,
            synced_at: now,
            running: !self.hosted,
            not_before: now,
            pod: String::new(),
        });
    }

    /// Whether a Pod is a kube-proxy.
    pub(super) fn is_proxy(&self, pod: &Pod) -> bool {
        let labels = pod.metadata.labels_or_empty();
        self.hosted
            && pod.namespace() == "kube-system"
            && labels.get("k8s-app").is_some_and(|app| app == "kube-proxy")
    }

    /// The kube-proxy of a node has come up, or is gone: its rules stay as they are then.
    pub(super) fn switch(&mut self, node: usize, pod: &Pod, gone: bool, (rng, now): (Rng, Time)) {
        let mut conditions = pod.status.conditions.iter().flatten();
        let ready = conditions.any(|condition| condition.type_ == "Ready" && condition.status == "True");
        let running = ready && !gone && !pod.metadata.is_deleting();
        let Some(state) = self.nodes.get(node) else { return };
        // The end of an old one says nothing about its successor.
        if !running && state.pod != pod.uid() {
            return;
        }
        if state.running != running {
            self.catch_up(node, rng, now);
        }
        if let Some(state) = self.nodes.get_mut(node) {
            if running {
                pod.uid().clone_into(&mut state.pod);
                if !state.running {
                    state.not_before = now;
                }
            }
            state.running = running;
        }
    }

    /// A Service or one of its slices was written.
    pub(super) fn changed(&mut self, namespace: &str, name: &str, (now, rng, store): (Time, Rng, &Store)) {
        let rule = compile(store, namespace, name).map(Arc::new);
        let key: (Arc<str>, Arc<str>) = (namespace.into(), name.into());
        let last = self
            .services
            .get(&key)
            .and_then(|versions| versions.back()?.rule.as_ref());
        if last == rule.as_ref() {
            return;
        }
        if let Some(rule) = &rule {
            let all = rule
                .cluster_ip
                .iter()
                .chain(&rule.external)
                .chain(&rule.balancers);
            for address in all {
                self.addresses.insert(*address, key.clone());
            }
            for port in rule.ports.iter().filter(|port| port.node_port != 0) {
                self.node_ports.insert(port.node_port, key.clone());
            }
        }
        self.version += 1;
        let version = Version {
            number: self.version,
            rule,
        };
        self.services.entry(key.clone()).or_default().push_back(version);
        self.changes.push_back((now, self.version));
        if self.changes.len() > KEPT_CHANGES {
            for node in 0..self.nodes.len() {
                self.catch_up(node, rng, now);
            }
            self.trim();
        } else {
            self.trim_service(&key);
        }
    }

    /// Works out the syncs of a node until a moment.
    fn catch_up(&mut self, node: usize, rng: Rng, now: Time) {
        let Some(state) = self.nodes.get_mut(node).filter(|state| state.running) else {
            return;
        };
        let newest = self.changes.back().map_or(0, |(_, version)| *version);
        if newest <= state.synced {
            return;
        }
        let number = u64::try_from(node).unwrap_or_default();
        let latency = rng.duration("proxy-watch", "", number, WATCH.0, WATCH.1);
        loop {
            let next = self
                .changes
                .partition_point(|(_, version)| *version <= state.synced);
            let Some((changed, version)) = self.changes.get(next) else {
                return;
            };
            let start = (*changed + latency)
                .max(state.synced_at + MIN_SYNC)
                .max(state.not_before);
            let takes = rng.duration("proxy-sync", "", number << 40 | *version, APPLY.0, APPLY.1);
            if start + takes > now {
                return;
            }
            let heard = self.changes.partition_point(|(at, _)| *at + latency <= start);
            let last = heard.checked_sub(1).and_then(|at| self.changes.get(at));
            state.synced = last.map_or(*version, |(_, version)| *version).max(*version);
            state.synced_at = start;
        }
    }

    /// Forgets changes that every running node has.
    fn trim(&mut self) {
        let running = self.nodes.iter().filter(|state| state.running);
        let least = running.map(|state| state.synced).min().unwrap_or(self.version);
        // Nodes that do not run take everything when they come back: the last change stays to be found.
        while self.changes.len() > 1 && self.changes.front().is_some_and(|(_, version)| *version <= least) {
            self.changes.pop_front();
        }
        let keys: Vec<_> = self.services.keys().cloned().collect();
        for key in keys {
            self.trim_service(&key);
        }
    }

    /// Forgets versions that no node has or will have.
    fn trim_service(&mut self, key: &(Arc<str>, Arc<str>)) {
        let Some(versions) = self.services.get_mut(key) else {
            return;
        };
        let first_kept = self.changes.front().map_or(self.version, |(_, version)| *version);
        let nodes = &self.nodes;
        let mut at = 0;
        while at + 1 < versions.len() {
            let (Some(from), Some(until)) = (
                versions.get(at).map(|version| version.number),
                versions.get(at + 1).map(|version| version.number),
            ) else {
                break;
            };
            let seen = nodes.iter().any(|node| (from..until).contains(&node.synced));
            // A node that comes by may stop at any change that is still listed.
            if seen || until > first_kept {
                at += 1;
            } else {
                versions.remove(at);
            }
        }
        if versions.iter().all(|version| version.rule.is_none()) && versions.len() == 1 {
            let number = versions.front().map_or(0, |version| version.number);
            if nodes.iter().all(|node| node.synced >= number) {
                self.services.remove(key);
                self.addresses.retain(|_, known| known != key);
                self.node_ports.retain(|_, known| known != key);
            }
        }
    }

    fn at(&self, node: usize, key: &(Arc<str>, Arc<str>)) -> Option<&Arc<Rule>> {
        let synced = self.nodes.get(node)?.synced;
        let versions = self.services.get(key)?;
        let known = versions.partition_point(|version| version.number <= synced);
        versions.get(known.checked_sub(1)?)?.rule.as_ref()
    }

    /// The Service that has an address on a node.
    pub(super) fn by_address(
        &mut self,
        node: usize,
        address: Ipv4Addr,
        (rng, now): (Rng, Time),
    ) -> Option<Arc<Rule>> {
        if !self.addresses.contains_key(&address) {
            return None;
        }
        self.catch_up(node, rng, now);
        let rule = self.at(node, self.addresses.get(&address)?)?;
        let known = rule.cluster_ip == Some(address)
            || rule.external.contains(&address)
            || rule.balancers.contains(&address);
        known.then(|| Arc::clone(rule))
    }

    /// The Service that has a node port on a node.
    pub(super) fn by_node_port(
        &mut self,
        node: usize,
        port: u16,
        (rng, now): (Rng, Time),
    ) -> Option<Arc<Rule>> {
        if !self.node_ports.contains_key(&port) {
            return None;
        }
        self.catch_up(node, rng, now);
        let rule = self.at(node, self.node_ports.get(&port)?)?;
        let known = rule.ports.iter().any(|known| known.node_port == port);
        known.then(|| Arc::clone(rule))
    }

    /// Everything a node has, by namespace and name.
    pub(super) fn rules(&mut self, node: usize, rng: Rng, now: Time) -> Vec<Arc<Rule>> {
        self.catch_up(node, rng, now);
        let keys = self.services.keys();
        keys.filter_map(|key| self.at(node, key).cloned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nodes that sync at each change once a second: what is asked in between never matters.
    #[test]
    fn looking_often_or_seldom_is_the_same() {
        let rng = Rng::new(3);
        let changes = [100, 150, 900, 1_300, 5_000, 5_001, 9_000];
        let run = |looks: &mut dyn Iterator<Item = u64>| {
            let mut proxies = Proxies::new(false);
            proxies.add(Time::ZERO);
            let mut looks = looks.peekable();
            for (version, millis) in (1..).zip(changes) {
                while let Some(at) = looks.next_if(|at| *at < millis) {
                    proxies.catch_up(0, rng, Time::from_millis(at));
                }
                proxies.version = version;
                proxies.changes.push_back((Time::from_millis(millis), version));
            }
            for at in looks {
                proxies.catch_up(0, rng, Time::from_millis(at));
            }
            (proxies.nodes[0].synced, proxies.nodes[0].synced_at)
        };
        let often = run(&mut (0..12_000).step_by(7));
        let seldom = run(&mut [11_999].into_iter());
        assert_eq!(often, seldom);
        assert_eq!(often.0, 7);
    }
}
