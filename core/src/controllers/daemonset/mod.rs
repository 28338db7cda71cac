//! DaemonSets: a Pod on each node that shall have one (`pkg/controller/daemon`).

mod history;
mod manage;
mod placement;
mod rolling;
mod status;

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::claim::claim;
use super::pod_control::{PodControl, is_orphan};
use super::{Context, Controller};
use crate::api::labels::selector_matches;
use crate::api::meta::MetaExt;
use crate::api::types::core::PodTemplateSpec;
use crate::api::{AnyObject, ControllerRevision, DaemonSet, Key, Kind, Node, Pod, StatusError};
use crate::client::{Cache, Delta, EventType, QueuedItem, WorkQueue};
use crate::etcd::ChangeType;
use crate::sim::Time;
use crate::sorted::SortedMap;

/// How long a failed Pod's place stays empty: the first time, and at most.
const BACKOFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(900));

/// Keeps each DaemonSet's Pods.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct DaemonSetController {
    queue: WorkQueue,
    control: PodControl,
    failed: FailedPods,
}

/// How long each node waits for the next Pod after one failed there (`flowcontrol.Backoff`).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct FailedPods(SortedMap<String, (Duration, Time)>);

impl FailedPods {
    /// How long to wait still; if it is time, the next wait begins.
    fn wait(&mut self, key: String, now: Time) -> Option<Duration> {
        let (first, most) = BACKOFF;
        let known = self.0.get(&key).copied();
        if let Some((wait, since)) = known
            && now.since(since) < wait
        {
            return Some(wait);
        }
        // Who has been well for long begins anew.
        let next = known
            .filter(|(_, since)| now.since(*since) <= most * 2)
            .map_or(first, |(wait, _)| (wait * 2).min(most));
        self.0.insert(key, (next, now));
        None
    }
}

impl Default for DaemonSetController {
    fn default() -> Self {
        Self {
            queue: WorkQueue::default(),
            control: PodControl::new("daemon-set-controller", "daemonset-controller"),
            failed: FailedPods::default(),
        }
    }
}

impl Controller for DaemonSetController {
    fn queue(&mut self) -> &mut WorkQueue {
        &mut self.queue
    }

    fn observe(&mut self, cache: &Cache, delta: &Delta, _: Time) {
        match &delta.object {
            AnyObject::DaemonSet(set) => {
                if delta.change == ChangeType::Deleted {
                    self.control.forget(&delta.object);
                    self.failed.0.retain(|key, _| !key.starts_with(set.uid()));
                }
                self.queue.add(delta.object.key(), delta.trace);
            }
            AnyObject::Pod(pod) => {
                self.control
                    .observe_pod(cache, Kind::DaemonSet, &mut self.queue, delta);
                if is_orphan(delta) {
                    let labels = pod.metadata.labels_or_empty();
                    let selects = |set: &DaemonSet| selector_matches(Some(&set.spec.selector), labels);
                    self.add_all(cache.list_in(pod.namespace()).filter(|set| selects(set)), delta);
                }
            }
            AnyObject::ControllerRevision(_) => {
                if let Some(owner) = super::claim::controller_of(cache, Kind::DaemonSet, &delta.object) {
                    self.queue.add(owner, delta.trace);
                }
            }
            AnyObject::Node(node) => {
                let before = delta.previous.as_ref().and_then(AnyObject::get::<Node>);
                let same = delta.change == ChangeType::Modified
                    && before.is_some_and(|before| placement::same_for_daemons(before, node));
                if !same {
                    self.add_all(cache.list(), delta);
                }
            }
            _ => {}
        }
    }

    fn reconcile(&mut self, context: &mut Context<'_, '_>, item: &QueuedItem) -> Result<(), StatusError> {
        let cache = context.cache;
        let found = cache.typed::<DaemonSet>(&item.key.namespace, &item.key.name);
        let Some(set) = found.cloned() else { return Ok(()) };
        let owner = AnyObject::DaemonSet(set.clone());
        if set.metadata.is_deleting() {
            return Ok(());
        }
        Sync {
            controller: self,
            context,
            owner,
            set,
            nodes: cache.list::<Node>().collect(),
            template: PodTemplateSpec::default(),
            hash: String::new(),
        }
        .run(&item.key)
    }
}

impl DaemonSetController {
    fn add_all<'s>(&mut self, sets: impl Iterator<Item = &'s DaemonSet>, delta: &Delta) {
        for set in sets {
            let key = Key::new(Kind::DaemonSet, set.namespace(), set.name());
            self.queue.add(key, delta.trace);
        }
    }
}

/// The Pods of a set by the node that they are on or meant for.
type NodePods = SortedMap<String, Vec<Pod>>;

/// One synchronisation of one DaemonSet.
struct Sync<'s, 'a, 'b> {
    controller: &'s mut DaemonSetController,
    context: &'s mut Context<'a, 'b>,
    owner: AnyObject,
    set: DaemonSet,
    nodes: Vec<&'a Node>,
    /// The present template, as the set's Pods are made of it.
    template: PodTemplateSpec,
    /// Its hash.
    hash: String,
}

impl Sync<'_, '_, '_> {
    /// (`syncDaemonSet`)
    fn run(mut self, key: &Key) -> Result<(), StatusError> {
        let old = self.construct_history()?;
        self.template = self.make_template();
        let pods = self.node_pods()?;
        if !self.satisfied(key) {
            return self.write_status(&pods, false);
        }
        let result = self.update(key, &pods, old);
        self.write_status(&pods, true)?;
        result
    }

    fn update(
        &mut self,
        key: &Key,
        pods: &NodePods,
        old: Vec<ControllerRevision>,
    ) -> Result<(), StatusError> {
        self.manage(pods)?;
        let strategy = self.set.spec.update_strategy.as_ref();
        let rolling = strategy.and_then(|strategy| strategy.type_.as_deref()) == Some("RollingUpdate");
        if rolling && self.satisfied(key) {
            self.rolling_update(pods)?;
        }
        self.clean_up_history(pods, old)
    }

    /// Whether a node shall have a Pod, and may keep one.
    fn verdict(&self, node: &Node) -> placement::Verdict {
        let none = placement::Verdict {
            run: false,
            keep: false,
        };
        let spec = self.template.spec.as_ref();
        spec.map_or(none, |spec| placement::verdict(spec, node))
    }

    fn now(&self) -> Time {
        self.context.env.sim.now
    }

    fn satisfied(&self, key: &Key) -> bool {
        self.controller.control.expectations.satisfied(key, self.now())
    }

    fn min_ready_secs(&self) -> i32 {
        self.set.spec.min_ready_seconds.unwrap_or(0)
    }

    /// The Pods of the set, by node (`getNodesToDaemonPods`).
    fn node_pods(&mut self) -> Result<NodePods, StatusError> {
        let selector = self.set.spec.selector.clone();
        let user = &self.controller.control.user;
        let claimed = claim::<Pod>(self.context, user, &self.owner, &selector, |_| true)?;
        let mut by_node = NodePods::new();
        for pod in claimed.into_iter().map(Cow::into_owned) {
            let ended = matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed"));
            if ended && pod.metadata.is_deleting() {
                continue;
            }
            if let Some(node) = placement::target_node(&pod) {
                by_node.entry(node.to_owned()).or_default().push(pod);
            }
        }
        for pods in by_node.values_mut() {
            // Scheduled ones first, then the oldest (`podByCreationTimestampAndPhase`).
            crate::sort::sort_by_key(pods, |pod| {
                let waiting = pod.spec.node_name.as_deref().unwrap_or_default().is_empty();
                (waiting, pod.metadata.created_at(), pod.name().to_owned())
            });
        }
        Ok(by_node)
    }

    fn event(&mut self, grave: EventType, reason: &str, message: String) {
        self.controller
            .control
            .event(self.context, &self.owner, (grave, reason), message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When Pods fail, and how long their place stays empty.
    #[test]
    fn failed_pods_wait_longer_and_longer() {
        let mut failed = FailedPods::default();
        let mut check = |at: u64, wait: Option<u64>| {
            let found = failed.wait("node".to_owned(), Time::from_secs(at));
            assert_eq!(found, wait.map(Duration::from_secs), "at {at} s");
        };
        check(100, None);
        check(100, Some(1));
        check(101, None);
        check(102, Some(2));
        check(103, None);
        check(106, Some(4));
        check(107, None);
        // Well for more than twice the longest wait: it begins anew.
        check(2_000, None);
        check(2_001, None);
        check(2_002, Some(2));
    }
}
