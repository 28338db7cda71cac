//! From API objects to the view's records.

use timonier_core::api::meta::MetaExt;
use timonier_core::api::quantity::amount;
use timonier_core::api::types::core::{Container, ContainerStatus, Taint};
use timonier_core::api::{
    AnyObject, Deployment, EndpointSlice, Event, Namespace, Node, Pod, ReplicaSet, Service,
};
use timonier_core::apiserver::pod_status;
use timonier_core::cluster::Cluster;
use timonier_core::sim::Time;
use timonier_core::sorted::SortedMap;

use super::more;
use crate::view::projection::{
    ContainerRecord, ContainerState, Delta, DeploymentRecord, EndpointRecord, EndpointSliceRecord, Entry, Id,
    Meta, NamespaceRecord, NodeRecord, PodPhase, PodRecord, Record, ReplicaSetRecord, ServiceRecord,
};

const REVISION: &str = "deployment.kubernetes.io/revision";
const CONTROL_PLANE: &str = "node-role.kubernetes.io/control-plane";
/// The taint that cordoning adds: the view shows the cordon itself.
const UNSCHEDULABLE_TAINT: &str = "node.kubernetes.io/unschedulable";
const SERVICE_NAME: &str = "kubernetes.io/service-name";

/// The pulls under way: by pod (namespace and name), the container, since when and until when, in microseconds.
pub(in crate::engine) type Pulls = SortedMap<(String, String), Vec<(String, u64, u64)>>;

/// The pulls under way on all nodes.
pub(super) fn pulls(cluster: &Cluster) -> Pulls {
    let mut pulls = Pulls::new();
    for pull in cluster.image_pulls() {
        let pod = (pull.namespace.to_owned(), pull.pod.to_owned());
        let span = (
            pull.container.to_owned(),
            pull.since.as_micros(),
            pull.until.as_micros(),
        );
        pulls.entry(pod).or_default().push(span);
    }
    pulls
}

/// Adds an object's record, if the view has one for its kind.
pub(super) fn add(delta: &mut Delta, object: &AnyObject, pulls: &Pulls) {
    let record = match object {
        AnyObject::Namespace(namespace) => Record::Namespace(self::namespace(namespace)),
        AnyObject::Node(node) => Record::Node(self::node(node)),
        AnyObject::Deployment(deployment) => Record::Deployment(self::deployment(deployment)),
        AnyObject::ReplicaSet(set) => Record::ReplicaSet(replica_set(set)),
        AnyObject::Pod(pod) => Record::Pod(self::pod(pod, pulls)),
        AnyObject::Service(service) => Record::Service(self::service(service)),
        AnyObject::EndpointSlice(slice) => Record::EndpointSlice(endpoint_slice(slice)),
        AnyObject::Event(event) => {
            delta.entries.push(entry(event));
            return;
        }
        other => match more::record(other) {
            Some(record) => record,
            None => return,
        },
    };
    delta.changed.push(record);
}

macro_rules! meta {
    ($object:expr) => {{
        let metadata = &$object.metadata;
        Meta {
            id: Id::from_uid($object.uid()),
            namespace: $object.namespace().to_owned(),
            name: $object.name().to_owned(),
            owner: metadata.controller().map(|owner| Id::from_uid(&owner.uid)),
            created_micros: metadata.created_at().as_micros(),
            deleting: metadata.is_deleting(),
        }
    }};
}

fn count(number: Option<i32>) -> u32 {
    u32::try_from(number.unwrap_or(0)).unwrap_or(0)
}

fn namespace(namespace: &Namespace) -> NamespaceRecord {
    NamespaceRecord {
        meta: meta!(namespace),
    }
}

pub(super) fn node(node: &Node) -> NodeRecord {
    let conditions = node.status.conditions.iter().flatten();
    let allocatable = |resource: &str| {
        node.status
            .allocatable
            .as_ref()
            .and_then(|all| all.get(resource))
            .map(amount)
    };
    let units =
        |resource| allocatable(resource).map_or(0, |amount| u64::try_from(amount.units()).unwrap_or(0));
    NodeRecord {
        meta: meta!(node),
        ready: conditions
            .clone()
            .any(|condition| condition.type_ == "Ready" && condition.status == "True"),
        unschedulable: node.spec.unschedulable.unwrap_or(false),
        control_plane: node.metadata.labels_or_empty().contains_key(CONTROL_PLANE),
        taints: node
            .spec
            .taints
            .iter()
            .flatten()
            .filter(|taint| taint.key != UNSCHEDULABLE_TAINT)
            .map(taint)
            .collect(),
        cpu_millis: allocatable("cpu").map_or(0, |amount| u64::try_from(amount.millis()).unwrap_or(0)),
        memory_bytes: units("memory"),
        pods: u32::try_from(units("pods")).unwrap_or(u32::MAX),
    }
}

fn taint(taint: &Taint) -> String {
    match taint.value.as_deref().filter(|value| !value.is_empty()) {
        Some(value) => format!("{}={value}:{}", taint.key, taint.effect),
        None => format!("{}:{}", taint.key, taint.effect),
    }
}

fn revision(annotation: Option<&str>) -> u64 {
    annotation.and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn deployment(deployment: &Deployment) -> DeploymentRecord {
    let (spec, status) = (&deployment.spec, &deployment.status);
    let stuck = status.conditions.iter().flatten().any(|condition| {
        condition.type_ == "Progressing" && condition.reason.as_deref() == Some("ProgressDeadlineExceeded")
    });
    DeploymentRecord {
        meta: meta!(deployment),
        kind: "Deployment".to_owned(),
        schedule: String::new(),
        replicas: count(spec.replicas.or(Some(1))),
        updated: count(status.updated_replicas),
        ready: count(status.ready_replicas),
        available: count(status.available_replicas),
        paused: spec.paused.unwrap_or(false),
        recreate: spec
            .strategy
            .as_ref()
            .and_then(|strategy| strategy.type_.as_deref())
            == Some("Recreate"),
        stuck,
        revision: revision(deployment.metadata.annotation(REVISION)),
    }
}

fn replica_set(set: &ReplicaSet) -> ReplicaSetRecord {
    let template = set
        .spec
        .template
        .as_ref()
        .and_then(|template| template.spec.as_ref());
    let images = template
        .map(|spec| {
            spec.containers
                .iter()
                .filter_map(|container| container.image.clone())
                .collect()
        })
        .unwrap_or_default();
    ReplicaSetRecord {
        meta: meta!(set),
        kind: "ReplicaSet".to_owned(),
        ended: None,
        replicas: count(set.spec.replicas.or(Some(1))),
        current: u32::try_from(set.status.replicas).unwrap_or(0),
        ready: count(set.status.ready_replicas),
        revision: revision(set.metadata.annotation(REVISION)),
        images,
    }
}

fn pod(pod: &Pod, pulls: &Pulls) -> PodRecord {
    let status = &pod.status;
    let condition = |name: &str| {
        status
            .conditions
            .iter()
            .flatten()
            .find(|condition| condition.type_ == name)
    };
    let unschedulable = condition("PodScheduled")
        .filter(|condition| {
            condition.status == "False" && condition.reason.as_deref() == Some("Unschedulable")
        })
        .and_then(|condition| condition.message.clone());
    let pulls = pulls
        .get(&(pod.namespace().to_owned(), pod.name().to_owned()))
        .map_or(&[][..], Vec::as_slice);
    let lives = |init: bool| {
        let (specs, statuses) = if init {
            (
                pod.spec.init_containers.as_deref().unwrap_or_default(),
                &status.init_container_statuses,
            )
        } else {
            (pod.spec.containers.as_slice(), &status.container_statuses)
        };
        specs.iter().map(move |spec| {
            let status = statuses.iter().flatten().find(|status| status.name == spec.name);
            container(spec, status, pulls, init)
        })
    };
    let requests = |resource: &str| {
        let of = |container: &Container| {
            let requests = container
                .resources
                .as_ref()
                .and_then(|resources| resources.requests.as_ref());
            requests.and_then(|requests| requests.get(resource)).map(amount)
        };
        pod.spec.containers.iter().filter_map(of).collect::<Vec<_>>()
    };
    PodRecord {
        meta: meta!(pod),
        node: pod.spec.node_name.clone().unwrap_or_default(),
        phase: match status.phase.as_deref() {
            Some("Running") => PodPhase::Running,
            Some("Succeeded") => PodPhase::Succeeded,
            Some("Failed") => PodPhase::Failed,
            Some("Unknown") => PodPhase::Unknown,
            _ => PodPhase::Pending,
        },
        ready: condition("Ready").is_some_and(|condition| condition.status == "True"),
        status: pod_status(pod),
        unschedulable: unschedulable.unwrap_or_default(),
        containers: lives(true).chain(lives(false)).collect(),
        cpu_millis: requests("cpu")
            .iter()
            .map(|amount| u64::try_from(amount.millis()).unwrap_or(0))
            .sum(),
        memory_bytes: requests("memory")
            .iter()
            .map(|amount| u64::try_from(amount.units()).unwrap_or(0))
            .sum(),
    }
}

fn container(
    spec: &Container,
    status: Option<&ContainerStatus>,
    pulls: &[(String, u64, u64)],
    init: bool,
) -> ContainerRecord {
    let pull = pulls.iter().find(|(container, ..)| *container == spec.name);
    let state = status.and_then(|status| status.state.as_ref());
    let state = if let Some((_, since_micros, until_micros)) = pull {
        ContainerState::Pulling {
            since_micros: *since_micros,
            until_micros: *until_micros,
        }
    } else if state.is_some_and(|state| state.running.is_some()) {
        ContainerState::Running
    } else if let Some(ended) = state.and_then(|state| state.terminated.as_ref()) {
        ContainerState::Terminated {
            reason: ended.reason.clone().unwrap_or_default(),
            exit_code: ended.exit_code,
        }
    } else {
        let waiting = state.and_then(|state| state.waiting.as_ref());
        ContainerState::Waiting {
            reason: waiting
                .and_then(|waiting| waiting.reason.clone())
                .unwrap_or_default(),
        }
    };
    ContainerRecord {
        name: spec.name.clone(),
        image: spec.image.clone().unwrap_or_default(),
        init,
        state,
        ready: status.is_some_and(|status| status.ready),
        restarts: status.map_or(0, |status| u32::try_from(status.restart_count).unwrap_or(0)),
    }
}

fn service(service: &Service) -> ServiceRecord {
    let spec = &service.spec;
    let ports = spec.ports.iter().flatten().map(|port| {
        let protocol = port.protocol.as_deref().unwrap_or("TCP");
        match port.node_port.filter(|number| *number > 0) {
            Some(node_port) => format!("{}:{node_port}/{protocol}", port.port),
            None => format!("{}/{protocol}", port.port),
        }
    });
    ServiceRecord {
        meta: meta!(service),
        service_type: spec.type_.clone().unwrap_or_else(|| "ClusterIP".to_owned()),
        cluster_ip: spec.cluster_ip.clone().unwrap_or_default(),
        ports: ports.collect(),
        selector: spec
            .selector
            .iter()
            .flatten()
            .map(|(key, value)| format!("{key}={value}"))
            .collect(),
    }
}

fn endpoint_slice(slice: &EndpointSlice) -> EndpointSliceRecord {
    let endpoints = slice.spec.endpoints.iter().flatten().map(|endpoint| {
        let pod = endpoint
            .target_ref
            .as_ref()
            .filter(|target| target.kind.as_deref() == Some("Pod"));
        EndpointRecord {
            pod: pod.and_then(|pod| pod.uid.as_deref()).map(Id::from_uid),
            ready: endpoint
                .conditions
                .as_ref()
                .and_then(|conditions| conditions.ready)
                .unwrap_or(true),
        }
    });
    EndpointSliceRecord {
        service: slice
            .metadata
            .labels_or_empty()
            .get(SERVICE_NAME)
            .cloned()
            .unwrap_or_default(),
        meta: meta!(slice),
        endpoints: endpoints.collect(),
    }
}

fn entry(event: &Event) -> Entry {
    let about = &event.spec.involved_object;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let at = event
        .spec
        .last_timestamp
        .as_ref()
        .map(|time| Time::from_timestamp(time.0));
    Entry {
        id: Id::from_uid(event.uid()),
        at_micros: at.unwrap_or_else(|| event.metadata.created_at()).as_micros(),
        object: Id::from_uid(about.uid.as_deref().unwrap_or_default()),
        kind: text(&about.kind),
        namespace: text(&about.namespace),
        name: text(&about.name),
        warning: event.spec.type_.as_deref() == Some("Warning"),
        reason: text(&event.spec.reason),
        message: text(&event.spec.message),
        count: count(event.spec.count.or(Some(1))),
    }
}
