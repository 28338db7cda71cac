//! The projection sorted for drawing: who owns what, which revision has which hue, who stands on which node.

use std::rc::Rc;
use timonier_core::sorted::{SortedMap, SortedSet};

use serde::{Deserialize, Serialize};
use timonier_core::sort;

use crate::view::projection::{
    DeploymentRecord, Id, Meta, NodeRecord, PodPhase, PodRecord, Projection, ReplicaSetRecord, ServiceRecord,
    ThingRecord,
};
use crate::view::theme::HUES;

use crate::view::decision::{Decision, Verdict};
use crate::view::texts;

use super::Options;
use super::nodes::Ribbon;

/// Namespaces whose objects are the cluster's own.
const SYSTEM_NAMESPACES: [&str; 3] = ["kube-system", "kube-public", "kube-node-lease"];

/// Whether an object belongs to the cluster itself rather than to the learner.
#[must_use]
pub fn is_system(meta: &Meta) -> bool {
    SYSTEM_NAMESPACES.contains(&meta.namespace.as_str())
        || (meta.namespace == "default" && meta.name == "kubernetes")
}

/// The mark of a revision on its pods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tint {
    /// Its hue; `None` for pods that nobody owns.
    pub hue: Option<u8>,
    /// A newer revision exists: drawn hatched.
    pub old: bool,
    /// The revision's number, shown during a rollout; 0 for none.
    pub revision: u64,
}

/// A Deployment with its ReplicaSets, a CronJob with its Jobs, or what makes Pods alone (a ReplicaSet, a StatefulSet, a Job...).
#[derive(Clone, Debug)]
pub struct Workload {
    /// The Deployment, unless the ReplicaSet stands alone.
    pub deployment: Option<Rc<DeploymentRecord>>,
    /// ReplicaSets with pods or wanting some, oldest first; the current one is always among them.
    pub active: Vec<Rc<ReplicaSetRecord>>,
    /// How many older ones have nothing left.
    pub idle: usize,
}

impl Workload {
    /// Kind and name of what it is.
    #[must_use]
    pub fn name(&self) -> (&str, &str) {
        match (&self.deployment, self.active.first()) {
            (Some(d), _) => (&d.kind, &d.meta.name),
            (None, Some(set)) => (&set.kind, &set.meta.name),
            (None, None) => ("", ""),
        }
    }

    /// Identity of what it is.
    #[must_use]
    pub fn meta(&self) -> Option<&Meta> {
        let deployment = self.deployment.as_ref().map(|d| &d.meta);
        deployment.or(self.active.first().map(|set| &set.meta))
    }
}

/// A Service and the pods behind it.
#[derive(Clone, Debug)]
pub struct Backed {
    /// The Service.
    pub service: Rc<ServiceRecord>,
    /// Its pods and whether they are ready for it.
    pub pods: SortedMap<Id, bool>,
}

/// Everything that the layout needs, gathered once per scene.
#[derive(Clone, Debug, Default)]
pub struct Index {
    /// Control-plane nodes, by name.
    pub control_plane: Vec<Rc<NodeRecord>>,
    /// The other nodes, by name (`worker-2` before `worker-10`).
    pub workers: Vec<Rc<NodeRecord>>,
    /// Shown pods by node name, in drawing order.
    pub on_node: SortedMap<String, Vec<Rc<PodRecord>>>,
    /// Folded system pods by node name.
    pub folded: SortedMap<String, Vec<Rc<PodRecord>>>,
    /// Shown pods without a node.
    pub waiting: Vec<Rc<PodRecord>>,
    /// What runs pods, in order of age.
    pub workloads: Vec<Workload>,
    /// Services, by name.
    pub services: Vec<Backed>,
    /// What else somebody made, by kind and name.
    pub things: Vec<Rc<ThingRecord>>,
    /// Virtual time, in microseconds.
    pub now_micros: u64,
    /// Requested CPU (millicores) and memory (bytes) by node name, system pods included.
    pub requested: SortedMap<String, (u64, u64)>,
    /// CPU (millicores) and memory (bytes) in use by node name.
    pub usage: SortedMap<String, (u64, u64)>,
    /// What the scheduler thought of nodes, by name.
    pub ribbons: SortedMap<String, Ribbon>,
    /// Nodes have lines for bars with numbers.
    pub roomy: bool,
    tints: SortedMap<Id, Tint>,
}

impl Index {
    /// Sorts a projection.
    #[must_use]
    pub fn new(view: &Projection, options: &Options) -> Self {
        let mut index = Self {
            now_micros: view.now_micros,
            usage: view.usage.clone(),
            ribbons: options.decision.as_deref().map(ribbons).unwrap_or_default(),
            ..Self::default()
        };
        let shown = |meta: &Meta| {
            (options.show_system || !is_system(meta))
                && options.namespace.as_ref().is_none_or(|only| {
                    *only == meta.namespace || meta.namespace.is_empty() || is_system(meta)
                })
        };
        index.add_workloads(view, &shown);
        index.add_nodes(view);
        index.add_pods(view, &shown);
        index.things = view.things.values().filter(|t| shown(&t.meta)).cloned().collect();
        sort::sort_by_key(&mut index.things, |t| {
            (t.kind.clone(), t.meta.namespace.clone(), natural(&t.meta.name))
        });
        let mut services: Vec<_> = view.services.values().filter(|s| shown(&s.meta)).collect();
        sort::sort_by_key(&mut services, |s| (&s.meta.namespace, &s.meta.name));
        index.services = services
            .into_iter()
            .map(|service| Backed {
                service: service.clone(),
                pods: view.endpoints(service),
            })
            .collect();
        index
    }

    /// The mark of the revision that owns a pod.
    #[must_use]
    pub fn tint(&self, pod: &PodRecord) -> Tint {
        pod.meta
            .owner
            .and_then(|owner| self.tints.get(&owner))
            .copied()
            .unwrap_or_default()
    }

    /// The mark of a ReplicaSet.
    #[must_use]
    pub fn tint_of(&self, replica_set: Id) -> Tint {
        self.tints.get(&replica_set).copied().unwrap_or_default()
    }

    /// What scales a workload, in a word: `HPA 2–10`.
    pub fn scaled_by(&self, workload: &Workload) -> impl Iterator<Item = String> {
        let (kind, name) = workload.name();
        let namespace = workload.meta().map(|meta| meta.namespace.as_str());
        self.things
            .iter()
            .filter(move |thing| Some(thing.meta.namespace.as_str()) == namespace)
            .filter(move |thing| {
                let of = thing.scales.as_ref();
                of.is_some_and(|(of_kind, of_name)| of_kind == kind && of_name == name)
            })
            .map(|thing| format!("HPA {}", thing.note))
    }

    /// The shown pods, wherever they stand.
    pub fn shown_pods(&self) -> impl Iterator<Item = &Rc<PodRecord>> {
        self.on_node.values().flatten().chain(&self.waiting)
    }

    fn add_nodes(&mut self, view: &Projection) {
        let mut nodes: Vec<_> = view.nodes.values().cloned().collect();
        sort::sort_by_key(&mut nodes, |node| natural(&node.meta.name));
        (self.control_plane, self.workers) = nodes.into_iter().partition(|node| node.control_plane);
    }

    fn add_workloads(&mut self, view: &Projection, shown: &dyn Fn(&Meta) -> bool) {
        let mut by_owner: SortedMap<Option<Id>, Vec<&Rc<ReplicaSetRecord>>> = SortedMap::new();
        for set in view.replica_sets.values() {
            let owner = set
                .meta
                .owner
                .filter(|owner| view.deployments.contains_key(owner));
            by_owner.entry(owner).or_default().push(set);
        }
        let mut workloads = Vec::new();
        for deployment in view.deployments.values().filter(|d| shown(&d.meta)) {
            let sets = by_owner.remove(&Some(deployment.meta.id)).unwrap_or_default();
            workloads.push((&deployment.meta, self.workload(Some(deployment), sets)));
        }
        for set in by_owner
            .remove(&None)
            .unwrap_or_default()
            .into_iter()
            .filter(|set| shown(&set.meta))
        {
            workloads.push((&set.meta, self.workload(None, vec![set])));
        }
        sort::sort_by_key(&mut workloads, |(meta, _)| {
            (is_system(meta), meta.created_micros, &meta.namespace, &meta.name)
        });
        self.workloads = workloads.into_iter().map(|(_, workload)| workload).collect();
    }

    fn workload(
        &mut self,
        deployment: Option<&Rc<DeploymentRecord>>,
        mut sets: Vec<&Rc<ReplicaSetRecord>>,
    ) -> Workload {
        sort::sort_by_key(&mut sets, |set| {
            (set.meta.created_micros, set.revision, &set.meta.name)
        });
        let newest = sets.iter().map(|set| set.revision).max().unwrap_or(0);
        let active = |set: &ReplicaSetRecord| set.replicas > 0 || set.current > 0;
        let rolling = sets.iter().filter(|set| active(set)).count() > 1;
        let name = deployment.map(|d| &d.meta).or(sets.first().map(|s| &s.meta));
        let first_hue = name.map_or(0, |meta| letters_sum(&meta.namespace) + letters_sum(&meta.name));
        for (place, set) in sets.iter().enumerate() {
            let tint = Tint {
                hue: Some(((first_hue + place as u64) % u64::from(HUES)) as u8),
                old: set.revision < newest,
                revision: if rolling { set.revision } else { 0 },
            };
            self.tints.insert(set.meta.id, tint);
        }
        let total = sets.len();
        let mut kept: Vec<_> = sets
            .into_iter()
            .filter(|set| active(set) || set.revision == newest)
            .cloned()
            .collect();
        sort::sort_by_key(&mut kept, |set| (set.revision, set.meta.created_micros));
        Workload {
            deployment: deployment.cloned(),
            idle: total - kept.len(),
            active: kept,
        }
    }

    fn add_pods(&mut self, view: &Projection, shown: &dyn Fn(&Meta) -> bool) {
        let owner_name = |pod: &PodRecord| {
            let set = pod.meta.owner.and_then(|id| view.replica_sets.get(&id));
            let deployment = set
                .and_then(|set| set.meta.owner)
                .and_then(|id| view.deployments.get(&id));
            deployment
                .map(|d| d.meta.name.as_str())
                .or_else(|| set.map(|s| s.meta.name.as_str()))
        };
        let set_age = |pod: &PodRecord| {
            pod.meta
                .owner
                .and_then(|id| view.replica_sets.get(&id))
                .map(|s| s.meta.created_micros)
        };
        let mut pods: Vec<_> = view.pods.values().collect();
        sort::sort_by_cached_key(&mut pods, |pod| {
            let meta = &pod.meta;
            (
                is_system(meta),
                &meta.namespace,
                owner_name(pod),
                set_age(pod),
                meta.created_micros,
                &meta.name,
            )
        });
        let mut places: SortedSet<&str> = SortedSet::new();
        places.extend(view.nodes.values().map(|node| node.meta.name.as_str()));
        for pod in pods {
            let requested = self.requested.entry(pod.node.clone()).or_default();
            if !matches!(pod.phase, PodPhase::Succeeded) {
                requested.0 += pod.cpu_millis;
                requested.1 += pod.memory_bytes;
            }
            let placed = places.contains(pod.node.as_str());
            match (shown(&pod.meta), placed) {
                (true, true) => self
                    .on_node
                    .entry(pod.node.clone())
                    .or_default()
                    .push(pod.clone()),
                (true, false) => self.waiting.push(pod.clone()),
                (false, true) if is_system(&pod.meta) => {
                    self.folded.entry(pod.node.clone()).or_default().push(pod.clone());
                }
                (false, _) => {}
            }
        }
    }
}

/// What the scheduler thought of each node, in a few words.
fn ribbons(decision: &Decision) -> SortedMap<String, Ribbon> {
    let ribbon = |verdict: &Verdict| {
        let chosen = decision.chosen.as_ref() == Some(&verdict.node);
        let points = (verdict.total > 0).then(|| texts::points(verdict.total));
        let words = match (&verdict.refusal, chosen) {
            (Some(refusal), _) => refusal.reason.clone(),
            (None, true) => [Some(texts::CHOSEN.to_owned()), points]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" · "),
            (None, false) => points.unwrap_or_default(),
        };
        let ribbon = Ribbon {
            fits: verdict.refusal.is_none().then_some(chosen),
            words,
        };
        (verdict.node.clone(), ribbon)
    };
    let mut ribbons = SortedMap::new();
    ribbons.extend(decision.verdicts.iter().map(ribbon));
    ribbons
}

/// A sort key under which `worker-2` comes before `worker-10`.
fn natural(name: &str) -> Vec<(u64, String)> {
    let mut parts = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let text_len = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (text, tail) = rest.split_at(text_len);
        let digits = tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len());
        let (number, tail) = tail.split_at(digits);
        parts.push((0, text.to_owned()));
        parts.push((number.parse().unwrap_or(u64::MAX), String::new()));
        rest = tail;
    }
    parts
}

fn letters_sum(text: &str) -> u64 {
    text.bytes().fold(7_u64, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u64::from(byte))
    }) >> 3
}

#[cfg(test)]
mod tests {
    use super::natural;

    #[test]
    fn numbers_sort_as_numbers() {
        let mut names = ["worker-10", "worker-2", "a", "worker-2b"];
        names.sort_by_cached_key(|name| natural(name));
        assert_eq!(names, ["a", "worker-2", "worker-2b", "worker-10"]);
    }
}
