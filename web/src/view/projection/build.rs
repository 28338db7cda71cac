//! From the cluster's store to records: what the worker does before it sends a delta.
//!
//! Reads the store's log of changes since the last delta, so that the cost follows what happened, not what exists. Status
//! words are the API server's own (the STATUS column of its tables).

use std::collections::{BTreeMap, BTreeSet};

use timonier_core::api::types::core::{Container, ContainerState as KubeState, ContainerStatus};
use timonier_core::api::types::meta::ObjectMeta;
use timonier_core::api::{
    AnyObject, Deployment, EndpointSlice, Event, Key, Kind, Node, Pod, ReplicaSet, Service, quantity,
};
use timonier_core::apiserver::strategy;
use timonier_core::etcd::{ChangeType, Store};
use timonier_core::sim::Time;

use super::{
    ContainerRecord, ContainerState, Delta, DeploymentRecord, EndpointRecord, EndpointSliceRecord, Entry, Id,
    Meta, NamespaceRecord, NodeRecord, PodPhase, PodRecord, Record, ReplicaSetRecord, ServiceRecord,
};

const REVISION: &str = "deployment.kubernetes.io/revision";
const CONTROL_PLANE: &str = "node-role.kubernetes.io/control-plane";
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// Derives deltas from a cluster's store, one after the other.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    /// The revision that the last delta led to; `None` before the first.
    told: Option<u64>,
    /// Containers whose image is being pulled: the Pod's uid and the container's name, and since when.
    pulls: BTreeMap<(String, String), u64>,
}

impl Builder {
    /// What changed since the last delta; everything, the first time or when the log no longer reaches back.
    pub fn delta(&mut self, store: &Store, now: Time) -> Delta {
        let mut delta = Delta {
            revision: store.revision(),
            now_micros: now.as_micros(),
            ..Delta::default()
        };
        let touched = self.told.and_then(|told| self.changes(store, told, &mut delta));
        match touched {
            Some(touched) => {
                let present = touched.iter().filter_map(|key| store.get(key));
                delta.changed = present.filter_map(|object| self.record(object, now)).collect();
            }
            None => self.everything(store, now, &mut delta),
        }
        self.told = Some(store.revision());
        delta
    }

    /// The keys that the log says were touched; what is gone and what was reported goes into the delta at once.
    fn changes(&mut self, store: &Store, told: u64, delta: &mut Delta) -> Option<BTreeSet<Key>> {
        let mut touched = BTreeSet::new();
        for change in store.changes_since(told).ok()? {
            if let Some(event) = change.object.get::<Event>() {
                if change.change != ChangeType::Deleted {
                    touched.extend(self.pull(event));
                    delta.entries.push(entry(event));
                }
                continue;
            }
            if change.change == ChangeType::Deleted {
                delta.removed.push(Id::from_uid(change.object.uid()));
                self.pulls.retain(|(uid, _), _| uid != change.object.uid());
            }
            touched.insert(change.object.key());
        }
        Some(touched)
    }

    fn everything(&mut self, store: &Store, now: Time, delta: &mut Delta) {
        self.pulls.clear();
        let mut events: Vec<&Event> = store
            .list(Kind::Event)
            .filter_map(AnyObject::get::<Event>)
            .collect();
        events.sort_by_key(|event| last_seen(event));
        for event in events {
            self.pull(event);
            delta.entries.push(entry(event));
        }
        delta.reset = true;
        delta.changed = store
            .all()
            .filter_map(|object| self.record(object, now))
            .collect();
    }

    /// Takes in what a kubelet says about pulling; answers with the Pod's key when it did.
    fn pull(&mut self, event: &Event) -> Option<Key> {
        let about = &event.spec.involved_object;
        let container = about
            .field_path
            .as_deref()?
            .split_once('{')?
            .1
            .strip_suffix('}')?
            .to_owned();
        let key = (about.uid.clone()?, container);
        match event.spec.reason.as_deref()? {
            "Pulling" => drop(self.pulls.insert(key, last_seen(event))),
            "Pulled" | "Failed" | "BackOff" => drop(self.pulls.remove(&key)),
            _ => return None,
        }
        Some(Key::new(
            Kind::Pod,
            about.namespace.as_deref()?,
            about.name.as_deref()?,
        ))
    }

    fn record(&self, object: &AnyObject, now: Time) -> Option<Record> {
        let meta = meta(object.metadata());
        Some(match object {
            AnyObject::Namespace(_) => Record::Namespace(NamespaceRecord { meta }),
            AnyObject::Node(node) => Record::Node(node_record(node, meta)),
            AnyObject::Deployment(deployment) => Record::Deployment(deployment_record(deployment, meta)),
            AnyObject::ReplicaSet(set) => Record::ReplicaSet(replica_set_record(set, meta)),
            AnyObject::Pod(pod) => Record::Pod(self.pod_record(pod, meta, cell(object, "Status", now))),
            AnyObject::Service(service) => {
                Record::Service(service_record(service, meta, cell(object, "Port(s)", now)))
            }
            AnyObject::EndpointSlice(slice) => Record::EndpointSlice(slice_record(slice, meta)),
            _ => return None,
        })
    }

    fn pod_record(&self, pod: &Pod, meta: Meta, status: String) -> PodRecord {
        let condition = |name: &str| pod.status.conditions.iter().flatten().find(|c| c.type_ == name);
        let unschedulable = condition("PodScheduled")
            .filter(|c| c.status == "False" && c.reason.as_deref() == Some("Unschedulable"))
            .and_then(|c| c.message.clone());
        let init = pod
            .spec
            .init_containers
            .iter()
            .flatten()
            .map(|container| (container, true));
        let usual = pod.spec.containers.iter().map(|container| (container, false));
        let containers = init
            .chain(usual)
            .map(|(container, init)| self.container_record(pod, container, init));
        PodRecord {
            node: pod.spec.node_name.clone().unwrap_or_default(),
            phase: match pod.status.phase.as_deref() {
                Some("Running") => PodPhase::Running,
                Some("Succeeded") => PodPhase::Succeeded,
                Some("Failed") => PodPhase::Failed,
                Some("Unknown") => PodPhase::Unknown,
                _ => PodPhase::Pending,
            },
            ready: condition("Ready").is_some_and(|c| c.status == "True"),
            status,
            unschedulable: unschedulable.unwrap_or_default(),
            containers: containers.collect(),
            cpu_millis: requested(pod, "cpu", |amount| amount.millis()),
            memory_bytes: requested(pod, "memory", |amount| amount.units()),
            meta,
        }
    }

    fn container_record(&self, pod: &Pod, container: &Container, init: bool) -> ContainerRecord {
        let statuses = if init {
            &pod.status.init_container_statuses
        } else {
            &pod.status.container_statuses
        };
        let status = statuses
            .iter()
            .flatten()
            .find(|status| status.name == container.name);
        let pull = self
            .pulls
            .get(&(pod.uid().to_owned(), container.name.clone()))
            .copied();
        ContainerRecord {
            name: container.name.clone(),
            image: container.image.clone().unwrap_or_default(),
            init,
            state: container_state(status, pull),
            ready: status.is_some_and(|status| status.ready),
            restarts: status.map_or(0, |status| u32::try_from(status.restart_count).unwrap_or(0)),
        }
    }
}

fn container_state(status: Option<&ContainerStatus>, pull: Option<u64>) -> ContainerState {
    match status.and_then(|status| status.state.as_ref()) {
        Some(KubeState { running: Some(_), .. }) => ContainerState::Running,
        Some(KubeState {
            terminated: Some(ended),
            ..
        }) => ContainerState::Terminated {
            reason: ended.reason.clone().unwrap_or_default(),
            exit_code: ended.exit_code,
        },
        state => match pull {
            Some(since_micros) => ContainerState::Pulling {
                since_micros,
                until_micros: 0,
            },
            None => ContainerState::Waiting {
                reason: state
                    .and_then(|state| state.waiting.as_ref())
                    .and_then(|waiting| waiting.reason.clone())
                    .unwrap_or_default(),
            },
        },
    }
}

/// A cell of the row that the API server prints for an object.
fn cell(object: &AnyObject, column: &str, now: Time) -> String {
    let strategy = strategy(object.kind());
    let place = strategy
        .columns()
        .iter()
        .position(|known| known.name.eq_ignore_ascii_case(column));
    place
        .and_then(|place| strategy.cells(object, now).into_iter().nth(place))
        .unwrap_or_default()
}

fn meta(metadata: &ObjectMeta) -> Meta {
    let owner = metadata
        .owner_references
        .iter()
        .flatten()
        .find(|owner| owner.controller == Some(true));
    Meta {
        id: Id::from_uid(metadata.uid.as_deref().unwrap_or_default()),
        namespace: metadata.namespace.clone().unwrap_or_default(),
        name: metadata.name.clone().unwrap_or_default(),
        owner: owner.map(|owner| Id::from_uid(&owner.uid)),
        created_micros: metadata
            .creation_timestamp
            .as_ref()
            .map_or(0, |time| Time::from_timestamp(time.0).as_micros()),
        deleting: metadata.deletion_timestamp.is_some(),
    }
}

fn count(number: Option<i32>) -> u32 {
    number.and_then(|number| u32::try_from(number).ok()).unwrap_or(0)
}

fn revision(metadata: &ObjectMeta) -> u64 {
    let annotations = metadata.annotations.as_ref();
    annotations
        .and_then(|all| all.get(REVISION))
        .and_then(|text| text.parse().ok())
        .unwrap_or(0)
}

fn node_record(node: &Node, meta: Meta) -> NodeRecord {
    let allocatable = node.status.allocatable.as_ref();
    let amount = |name: &str| allocatable.and_then(|all| all.get(name)).map(quantity::amount);
    let taints = node
        .spec
        .taints
        .iter()
        .flatten()
        .filter(|taint| taint.key != UNSCHEDULABLE)
        .map(
            |taint| match taint.value.as_deref().filter(|value| !value.is_empty()) {
                Some(value) => format!("{}={value}:{}", taint.key, taint.effect),
                None => format!("{}:{}", taint.key, taint.effect),
            },
        );
    NodeRecord {
        ready: node
            .status
            .conditions
            .iter()
            .flatten()
            .any(|c| c.type_ == "Ready" && c.status == "True"),
        unschedulable: node.spec.unschedulable == Some(true),
        control_plane: node
            .metadata
            .labels
            .as_ref()
            .is_some_and(|labels| labels.contains_key(CONTROL_PLANE)),
        taints: taints.collect(),
        cpu_millis: amount("cpu").map_or(0, |amount| u64::try_from(amount.millis()).unwrap_or(0)),
        memory_bytes: amount("memory").map_or(0, |amount| u64::try_from(amount.units()).unwrap_or(0)),
        pods: amount("pods").map_or(0, |amount| u32::try_from(amount.units()).unwrap_or(0)),
        meta,
    }
}

fn deployment_record(deployment: &Deployment, meta: Meta) -> DeploymentRecord {
    let status = &deployment.status;
    let strategy = deployment
        .spec
        .strategy
        .as_ref()
        .and_then(|strategy| strategy.type_.as_deref());
    DeploymentRecord {
        replicas: count(deployment.spec.replicas),
        updated: count(status.updated_replicas),
        ready: count(status.ready_replicas),
        available: count(status.available_replicas),
        paused: deployment.spec.paused == Some(true),
        recreate: strategy == Some("Recreate"),
        stuck: status
            .conditions
            .iter()
            .flatten()
            .any(|c| c.type_ == "Progressing" && c.reason.as_deref() == Some("ProgressDeadlineExceeded")),
        revision: revision(&deployment.metadata),
        meta,
    }
}

fn replica_set_record(set: &ReplicaSet, meta: Meta) -> ReplicaSetRecord {
    let containers = set
        .spec
        .template
        .as_ref()
        .and_then(|template| template.spec.as_ref())
        .map(|spec| &spec.containers);
    ReplicaSetRecord {
        replicas: count(set.spec.replicas),
        current: count(Some(set.status.replicas)),
        ready: count(set.status.ready_replicas),
        revision: revision(&set.metadata),
        images: containers
            .into_iter()
            .flatten()
            .filter_map(|container| container.image.clone())
            .collect(),
        meta,
    }
}

fn service_record(service: &Service, meta: Meta, ports: String) -> ServiceRecord {
    let pair = |(key, value): (&String, &String)| format!("{key}={value}");
    ServiceRecord {
        service_type: service.spec.type_.clone().unwrap_or_default(),
        cluster_ip: service.spec.cluster_ip.clone().unwrap_or_default(),
        ports: ports
            .split(',')
            .filter(|port| port.contains('/'))
            .map(str::to_owned)
            .collect(),
        selector: service.spec.selector.iter().flatten().map(pair).collect(),
        meta,
    }
}

fn slice_record(slice: &EndpointSlice, meta: Meta) -> EndpointSliceRecord {
    let endpoint = |endpoint: &timonier_core::api::types::discovery::Endpoint| EndpointRecord {
        pod: endpoint
            .target_ref
            .as_ref()
            .filter(|target| target.kind.as_deref() == Some("Pod"))
            .and_then(|target| target.uid.as_deref())
            .map(Id::from_uid),
        ready: endpoint
            .conditions
            .as_ref()
            .and_then(|conditions| conditions.ready)
            .unwrap_or(true),
    };
    EndpointSliceRecord {
        meta,
        endpoints: slice.spec.endpoints.iter().flatten().map(endpoint).collect(),
    }
}

fn requested(pod: &Pod, resource: &str, units: impl Fn(quantity::Amount) -> i64) -> u64 {
    let of = |container: &Container| -> u64 {
        let requests = container
            .resources
            .as_ref()
            .and_then(|resources| resources.requests.as_ref());
        let amount = requests
            .and_then(|requests| requests.get(resource))
            .map(quantity::amount);
        amount.map_or(0, |amount| u64::try_from(units(amount)).unwrap_or(0))
    };
    pod.spec.containers.iter().map(of).sum()
}

fn last_seen(event: &Event) -> u64 {
    let time = event
        .spec
        .last_timestamp
        .as_ref()
        .or(event.metadata.creation_timestamp.as_ref());
    time.map_or(0, |time| Time::from_timestamp(time.0).as_micros())
}

fn entry(event: &Event) -> Entry {
    let about = &event.spec.involved_object;
    Entry {
        id: Id::from_uid(event.uid()),
        at_micros: last_seen(event),
        object: Id::from_uid(about.uid.as_deref().unwrap_or_default()),
        kind: about.kind.clone().unwrap_or_default(),
        namespace: about.namespace.clone().unwrap_or_default(),
        name: about.name.clone().unwrap_or_default(),
        warning: event.spec.type_.as_deref() == Some("Warning"),
        reason: event.spec.reason.clone().unwrap_or_default(),
        message: event.spec.message.clone().unwrap_or_default(),
        count: count(event.spec.count.or(Some(1))),
    }
}

#[cfg(test)]
mod tests {
    use timonier_core::apiserver::{Body, Method, Request, User};
    use timonier_core::cluster::{Cluster, Topology};
    use timonier_core::sim::Time;

    use super::super::{ContainerState, Projection};
    use super::Builder;

    #[test]
    fn a_pod_is_followed_from_nothing_to_ready() {
        let mut cluster = Cluster::new(1, &Topology::default());
        let mut builder = Builder::default();
        let mut view = Projection::default();
        view.apply(builder.delta(cluster.store(), cluster.now()));
        assert_eq!(view.nodes.len(), 4);
        assert!(
            view.nodes
                .values()
                .all(|node| node.ready && node.cpu_millis == 4000),
            "{:?}",
            view.nodes
        );
        let known = view.pods.len();

        let pod = serde_json::json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "web" },
            "spec": { "containers": [{ "name": "web", "image": "nginx:1.27" }] }
        });
        let mut request = Request::new(Method::Post, "/api/v1/namespaces/default/pods", User::admin());
        request.body = Body::Json(pod);
        assert_eq!(cluster.request(&request).status, 201);
        let mut states = Vec::new();
        for _ in 0..400 {
            let until = Time(cluster.now().as_micros() + 100_000);
            cluster.run_until(until);
            view.apply(builder.delta(cluster.store(), cluster.now()));
            let Some(web) = view.pods.values().find(|pod| pod.meta.name == "web") else {
                continue;
            };
            let state = match &web.containers[0].state {
                ContainerState::Pulling { .. } => "pulling",
                ContainerState::Running if web.ready => "ready",
                ContainerState::Running => "running",
                _ => "waiting",
            };
            if states.last() != Some(&state) {
                states.push(state);
            }
        }
        assert_eq!(view.pods.len(), known + 1);
        assert!(states.contains(&"pulling"), "{states:?}");
        assert_eq!(states.last(), Some(&"ready"), "{states:?}");

        let mut whole = Projection::default();
        whole.apply(Builder::default().delta(cluster.store(), cluster.now()));
        assert_eq!(whole.pods, view.pods);
        assert_eq!(whole.nodes, view.nodes);
    }
}
