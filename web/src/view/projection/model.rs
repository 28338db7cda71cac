//! The page's read-only copy of the cluster: the sum of the deltas received so far.

use std::collections::VecDeque;
use std::rc::Rc;
use timonier_core::sort;
use timonier_core::sorted::{SortedMap, SortedSet};

use super::{
    Delta, DeploymentRecord, EndpointSliceRecord, Entry, Id, Meta, NamespaceRecord, NodeRecord, PodRecord,
    Record, ReplicaSetRecord, ServiceRecord, ThingRecord,
};

/// How many Events the page remembers.
const ENTRY_LIMIT: usize = 300;

type Table<T> = SortedMap<Id, Rc<T>>;

/// The cluster as the view knows it. Cheap to clone: records are shared.
#[derive(Clone, Debug, Default)]
pub struct Projection {
    /// Counts the changes of this copy, so that a reader sees that something changed.
    pub version: u64,
    /// Counts the clusters (or pasts of one) shown so far: what changes with it did not move, it was replaced.
    pub epoch: u64,
    /// The store's revision shown.
    pub revision: u64,
    /// Virtual time, in microseconds since the cluster's epoch.
    pub now_micros: u64,
    /// Namespaces.
    pub namespaces: Table<NamespaceRecord>,
    /// Nodes.
    pub nodes: Table<NodeRecord>,
    /// Deployments.
    pub deployments: Table<DeploymentRecord>,
    /// ReplicaSets.
    pub replica_sets: Table<ReplicaSetRecord>,
    /// Pods.
    pub pods: Table<PodRecord>,
    /// Services.
    pub services: Table<ServiceRecord>,
    /// EndpointSlices.
    pub endpoint_slices: Table<EndpointSliceRecord>,
    /// Everything else that somebody made.
    pub things: Table<ThingRecord>,
    /// The latest Events, oldest first.
    pub entries: VecDeque<Rc<Entry>>,
    /// What each node uses, by its name: thousandths of a core, bytes.
    pub usage: SortedMap<String, (u64, u64)>,
}

impl Projection {
    /// Takes in what changed.
    pub fn apply(&mut self, delta: Delta) {
        if delta.reset {
            *self = Self {
                version: self.version,
                epoch: self.epoch + 1,
                ..Self::default()
            };
        }
        self.version += 1;
        self.revision = delta.revision;
        self.now_micros = delta.now_micros;
        for id in &delta.removed {
            self.remove(*id);
        }
        for record in delta.changed {
            self.insert(record);
        }
        for entry in delta.entries {
            self.entries.retain(|known| known.id != entry.id);
            self.entries.push_back(Rc::new(entry));
        }
        self.usage.clear();
        for (node, cpu, memory) in delta.usage {
            self.usage.insert(node, (cpu, memory));
        }
        let surplus = self.entries.len().saturating_sub(ENTRY_LIMIT);
        self.entries.drain(..surplus);
    }

    fn insert(&mut self, record: Record) {
        let id = record.meta().id;
        match record {
            Record::Namespace(record) => drop(self.namespaces.insert(id, Rc::new(record))),
            Record::Node(record) => drop(self.nodes.insert(id, Rc::new(record))),
            Record::Deployment(record) => drop(self.deployments.insert(id, Rc::new(record))),
            Record::ReplicaSet(record) => drop(self.replica_sets.insert(id, Rc::new(record))),
            Record::Pod(record) => drop(self.pods.insert(id, Rc::new(record))),
            Record::Service(record) => drop(self.services.insert(id, Rc::new(record))),
            Record::EndpointSlice(record) => drop(self.endpoint_slices.insert(id, Rc::new(record))),
            Record::Thing(record) => drop(self.things.insert(id, Rc::new(record))),
        }
    }

    fn remove(&mut self, id: Id) {
        self.namespaces.remove(&id);
        self.nodes.remove(&id);
        self.deployments.remove(&id);
        self.replica_sets.remove(&id);
        self.pods.remove(&id);
        self.services.remove(&id);
        self.endpoint_slices.remove(&id);
        self.things.remove(&id);
    }

    /// The kind and identity of an object, if it exists.
    #[must_use]
    pub fn find(&self, id: Id) -> Option<(&str, &Meta)> {
        let fixed = None
            .or_else(|| self.pods.get(&id).map(|r| ("Pod", &r.meta)))
            .or_else(|| self.nodes.get(&id).map(|r| ("Node", &r.meta)))
            .or_else(|| self.services.get(&id).map(|r| ("Service", &r.meta)))
            .or_else(|| self.endpoint_slices.get(&id).map(|r| ("EndpointSlice", &r.meta)))
            .or_else(|| self.namespaces.get(&id).map(|r| ("Namespace", &r.meta)));
        fixed
            .or_else(|| self.replica_sets.get(&id).map(|r| (r.kind.as_str(), &r.meta)))
            .or_else(|| self.deployments.get(&id).map(|r| (r.kind.as_str(), &r.meta)))
            .or_else(|| self.things.get(&id).map(|r| (r.kind.as_str(), &r.meta)))
    }

    /// The Pods behind a Service, with the readiness its EndpointSlices state; a Pod listed twice counts once.
    #[must_use]
    pub fn endpoints(&self, service: &ServiceRecord) -> SortedMap<Id, bool> {
        let of = |slice: &EndpointSliceRecord| {
            slice.service == service.meta.name && slice.meta.namespace == service.meta.namespace
        };
        let mut found = SortedMap::new();
        for slice in self.endpoint_slices.values().filter(|slice| of(slice)) {
            for endpoint in &slice.endpoints {
                if let Some(pod) = endpoint.pod {
                    let ready = found.entry(pod).or_insert(false);
                    *ready |= endpoint.ready;
                }
            }
        }
        found
    }

    /// The ReplicaSets of a Deployment, newest revision first.
    #[must_use]
    pub fn replica_sets_of(&self, deployment: Id) -> Vec<&Rc<ReplicaSetRecord>> {
        let mut sets: Vec<_> = self
            .replica_sets
            .values()
            .filter(|set| set.meta.owner == Some(deployment))
            .collect();
        sort::sort_by(&mut sets, |a, b| {
            b.revision
                .cmp(&a.revision)
                .then_with(|| b.meta.created_micros.cmp(&a.meta.created_micros))
                .then_with(|| a.meta.name.cmp(&b.meta.name))
        });
        sets
    }

    /// What differs from an earlier copy. Shared records are known to be equal without being read.
    #[must_use]
    pub fn changes_since(&self, earlier: &Self) -> Changes {
        Changes {
            nodes: table_changes(&earlier.nodes, &self.nodes),
            deployments: table_changes(&earlier.deployments, &self.deployments),
            pods: table_changes(&earlier.pods, &self.pods),
            services: table_changes(&earlier.services, &self.services),
            entries: self
                .entries
                .iter()
                .rev()
                .take_while(|entry| !earlier.entries.back().is_some_and(|last| Rc::ptr_eq(last, entry)))
                .cloned()
                .collect(),
        }
    }
}

/// One object before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change<T> {
    /// As it was; `None` if it did not exist.
    pub before: Option<Rc<T>>,
    /// As it is; `None` if it is gone.
    pub after: Option<Rc<T>>,
}

/// What differs between two copies, in the order of names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Nodes.
    pub nodes: Vec<Change<NodeRecord>>,
    /// Deployments.
    pub deployments: Vec<Change<DeploymentRecord>>,
    /// Pods.
    pub pods: Vec<Change<PodRecord>>,
    /// Services.
    pub services: Vec<Change<ServiceRecord>>,
    /// New Events, newest first.
    pub entries: Vec<Rc<Entry>>,
}

fn table_changes<T: PartialEq>(before: &Table<T>, after: &Table<T>) -> Vec<Change<T>> {
    let mut ids: SortedSet<&Id> = SortedSet::new();
    ids.extend(before.keys().chain(after.keys()));
    ids.into_iter()
        .filter_map(|id| match (before.get(id), after.get(id)) {
            (Some(old), Some(new)) if Rc::ptr_eq(old, new) || old == new => None,
            (old, new) => Some(Change {
                before: old.cloned(),
                after: new.cloned(),
            }),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(id: u128, name: &str) -> PodRecord {
        PodRecord {
            meta: Meta {
                id: Id(id),
                name: name.into(),
                ..Meta::default()
            },
            ..PodRecord::default()
        }
    }

    #[test]
    fn deltas_add_up() {
        let mut view = Projection::default();
        view.apply(Delta {
            revision: 3,
            changed: vec![Record::Pod(pod(1, "a")), Record::Pod(pod(2, "b"))],
            ..Delta::default()
        });
        let earlier = view.clone();
        let mut changed = pod(2, "b");
        changed.ready = true;
        view.apply(Delta {
            revision: 5,
            changed: vec![Record::Pod(changed), Record::Pod(pod(3, "c"))],
            removed: vec![Id(1)],
            ..Delta::default()
        });
        assert_eq!(view.pods.keys().map(|id| id.0).collect::<Vec<_>>(), [2, 3]);
        let changes = view.changes_since(&earlier);
        let summary: Vec<_> = changes
            .pods
            .iter()
            .map(|c| {
                (
                    c.before.as_ref().map(|p| p.ready),
                    c.after.as_ref().map(|p| p.ready),
                )
            })
            .collect();
        assert_eq!(
            summary,
            [
                (Some(false), None),
                (Some(false), Some(true)),
                (None, Some(false))
            ]
        );
        view.apply(Delta {
            reset: true,
            revision: 1,
            ..Delta::default()
        });
        assert!(view.pods.is_empty());
        assert_eq!(view.revision, 1);
    }

    #[test]
    fn endpoints_of_several_slices_merge() {
        let meta = |id, namespace: &str, name: &str| Meta {
            id: Id(id),
            namespace: namespace.into(),
            name: name.into(),
            ..Meta::default()
        };
        let slice = |id, namespace: &str, pods: &[(u128, bool)]| {
            Record::EndpointSlice(EndpointSliceRecord {
                meta: meta(id, namespace, "web-abcde"),
                service: "web".into(),
                endpoints: pods
                    .iter()
                    .map(|(pod, ready)| super::super::EndpointRecord {
                        pod: Some(Id(*pod)),
                        ready: *ready,
                    })
                    .collect(),
            })
        };
        let mut view = Projection::default();
        view.apply(Delta {
            changed: vec![
                slice(10, "a", &[(1, true), (2, false)]),
                slice(11, "a", &[(2, true), (3, false)]),
                slice(12, "b", &[(4, true)]),
            ],
            ..Delta::default()
        });
        let service = ServiceRecord {
            meta: meta(9, "a", "web"),
            ..ServiceRecord::default()
        };
        let expected = SortedMap::from([(Id(1), true), (Id(2), true), (Id(3), false)]);
        assert_eq!(view.endpoints(&service), expected);
    }

    #[test]
    fn ids_come_from_uids() {
        assert_eq!(Id::from_uid("00000000-0000-0000-0000-0000000000ff"), Id(255));
        assert_ne!(Id::from_uid("static-a"), Id::from_uid("static-b"));
    }
}
