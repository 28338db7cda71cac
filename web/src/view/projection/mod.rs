//! The view projection: what the cluster view knows of the cluster, and nothing more.
//!
//! Small fixed records, one per API object that the view shows, and the latest Events. The worker derives them from the
//! cluster's store (`engine::view`) and sends a [`Delta`] at most ten times a second; the page keeps a read-only copy ([`Projection`]).
//! Whole objects never travel here: the inspector fetches them through the REST function when somebody looks.
//!
//! Every type is plain serde data for a non-self-describing format (postcard): no untagged enums, no skipped fields.

mod model;

pub use model::{Change, Changes, Projection};

use serde::{Deserialize, Serialize};

/// Identifies one object for its whole life: its `metadata.uid`, as a number.
///
/// Two objects that bear the same name one after the other have different ids, so that a replacement shows as one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Id(pub u128);

impl Id {
    /// Reads a uid: the digits of a UUID, or, for any other text, a 128-bit FNV-1a hash of its bytes.
    #[must_use]
    pub fn from_uid(uid: &str) -> Self {
        let digits: String = uid.chars().filter(|c| *c != '-').collect();
        if digits.len() == 32
            && let Ok(number) = u128::from_str_radix(&digits, 16)
        {
            return Self(number);
        }
        let mut hash = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128;
        for byte in uid.bytes() {
            hash ^= u128::from(byte);
            hash = hash.wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
        Self(hash)
    }
}

/// What every record bears.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// From `metadata.uid`.
    pub id: Id,
    /// `metadata.namespace`; empty for cluster-scoped kinds.
    pub namespace: String,
    /// `metadata.name`
    pub name: String,
    /// The controlling owner reference, if any.
    pub owner: Option<Id>,
    /// Creation, in microseconds of virtual time since the cluster's epoch.
    pub created_micros: u64,
    /// Whether `metadata.deletionTimestamp` is set.
    pub deleting: bool,
}

/// A namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamespaceRecord {
    /// Identity.
    pub meta: Meta,
}

/// A node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeRecord {
    /// Identity.
    pub meta: Meta,
    /// The `Ready` condition is `True`.
    pub ready: bool,
    /// `spec.unschedulable`: the node is cordoned.
    pub unschedulable: bool,
    /// Has the label `node-role.kubernetes.io/control-plane`.
    pub control_plane: bool,
    /// Taints as kubectl writes them (`key=value:Effect`), without the one that cordoning adds.
    pub taints: Vec<String>,
    /// `status.allocatable.cpu`, in thousandths of a core.
    pub cpu_millis: u64,
    /// `status.allocatable.memory`
    pub memory_bytes: u64,
    /// `status.allocatable.pods`
    pub pods: u32,
}

/// A Deployment; or a CronJob, which makes Jobs as a Deployment makes ReplicaSets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeploymentRecord {
    /// Identity.
    pub meta: Meta,
    /// Its kind.
    pub kind: String,
    /// `spec.schedule` of a CronJob.
    pub schedule: String,
    /// `spec.replicas`
    pub replicas: u32,
    /// `status.updatedReplicas`
    pub updated: u32,
    /// `status.readyReplicas`
    pub ready: u32,
    /// `status.availableReplicas`
    pub available: u32,
    /// `spec.paused`, `spec.suspend`
    pub paused: bool,
    /// The strategy is `Recreate`.
    pub recreate: bool,
    /// The `Progressing` condition says `ProgressDeadlineExceeded`.
    pub stuck: bool,
    /// The annotation `deployment.kubernetes.io/revision`; 0 if absent.
    pub revision: u64,
}

/// What makes Pods itself: a ReplicaSet, a ReplicationController, a StatefulSet, a DaemonSet or a Job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplicaSetRecord {
    /// Identity.
    pub meta: Meta,
    /// Its kind.
    pub kind: String,
    /// How many Pods it wants; of a Job, how many that end well.
    pub replicas: u32,
    /// How many it has.
    pub current: u32,
    /// How many of them are ready; of a Job, how many ended well.
    pub ready: u32,
    /// How a Job ended: well or not.
    pub ended: Option<bool>,
    /// The annotation `deployment.kubernetes.io/revision`; 0 if absent.
    pub revision: u64,
    /// The images of the template's containers, in order.
    pub images: Vec<String>,
}

/// `status.phase` of a Pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PodPhase {
    /// Not all containers have been started once.
    #[default]
    Pending,
    /// Bound to a node, at least one container runs or restarts.
    Running,
    /// All containers ended with exit code 0.
    Succeeded,
    /// All containers ended, one of them badly.
    Failed,
    /// The node does not answer.
    Unknown,
}

/// What a container does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContainerState {
    /// Waiting; the reason is Kubernetes' (`ContainerCreating`, `CrashLoopBackOff`...), empty when there is none.
    Waiting {
        /// `state.waiting.reason`
        reason: String,
    },
    /// Its image is being pulled.
    Pulling {
        /// When the pull began, in microseconds of virtual time.
        since_micros: u64,
        /// When it will end, or 0 when that is not known.
        until_micros: u64,
    },
    /// Running.
    Running,
    /// Ended.
    Terminated {
        /// `state.terminated.reason`
        reason: String,
        /// `state.terminated.exitCode`
        exit_code: i32,
    },
}

impl Default for ContainerState {
    fn default() -> Self {
        Self::Waiting {
            reason: String::new(),
        }
    }
}

/// A container of a Pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerRecord {
    /// Its name.
    pub name: String,
    /// Its image, as written.
    pub image: String,
    /// Whether it is an init container.
    pub init: bool,
    /// What it does now.
    pub state: ContainerState,
    /// Its readiness.
    pub ready: bool,
    /// `restartCount`
    pub restarts: u32,
}

/// A Pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodRecord {
    /// Identity.
    pub meta: Meta,
    /// `spec.nodeName`; empty until the scheduler has chosen.
    pub node: String,
    /// `status.phase`
    pub phase: PodPhase,
    /// The `Ready` condition is `True`.
    pub ready: bool,
    /// The STATUS column of `kubectl get pods`.
    pub status: String,
    /// Why the scheduler finds no node (message of the `PodScheduled` condition); empty otherwise.
    pub unschedulable: String,
    /// The containers, init containers first.
    pub containers: Vec<ContainerRecord>,
    /// Sum of CPU requests, in thousandths of a core.
    pub cpu_millis: u64,
    /// Sum of memory requests.
    pub memory_bytes: u64,
}

/// A Service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceRecord {
    /// Identity.
    pub meta: Meta,
    /// `spec.type`
    pub service_type: String,
    /// `spec.clusterIP`
    pub cluster_ip: String,
    /// Ports as `kubectl get services` writes them (`80/TCP`, `80:30080/TCP`).
    pub ports: Vec<String>,
    /// The selector as `key=value`, sorted.
    pub selector: Vec<String>,
}

/// An object that makes no Pods, runs none and is reached by nobody, but that somebody made: a ConfigMap, a claim, a policy...
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThingRecord {
    /// Identity.
    pub meta: Meta,
    /// Its kind.
    pub kind: String,
    /// The one thing worth knowing of it at a glance: a claim's phase, an Ingress's hosts...; may be empty.
    pub note: String,
    /// What it scales, if it does: kind and name.
    pub scales: Option<(String, String)>,
}

/// One address behind a Service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointRecord {
    /// The Pod it leads to, if it leads to one.
    pub pod: Option<Id>,
    /// `conditions.ready`
    pub ready: bool,
}

/// The addresses behind a Service, as the EndpointSlice controller wrote them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointSliceRecord {
    /// Identity.
    pub meta: Meta,
    /// The Service it belongs to, in the same namespace (label `kubernetes.io/service-name`).
    pub service: String,
    /// The addresses.
    pub endpoints: Vec<EndpointRecord>,
}

/// One object as the view sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record {
    /// A namespace.
    Namespace(NamespaceRecord),
    /// A node.
    Node(NodeRecord),
    /// A Deployment.
    Deployment(DeploymentRecord),
    /// A ReplicaSet.
    ReplicaSet(ReplicaSetRecord),
    /// A Pod.
    Pod(PodRecord),
    /// A Service.
    Service(ServiceRecord),
    /// The addresses behind a Service.
    EndpointSlice(EndpointSliceRecord),
    /// Anything else that somebody made.
    Thing(ThingRecord),
}

impl Record {
    /// What every record bears.
    #[must_use]
    pub fn meta(&self) -> &Meta {
        match self {
            Self::Namespace(record) => &record.meta,
            Self::Node(record) => &record.meta,
            Self::Deployment(record) => &record.meta,
            Self::ReplicaSet(record) => &record.meta,
            Self::Pod(record) => &record.meta,
            Self::Service(record) => &record.meta,
            Self::EndpointSlice(record) => &record.meta,
            Self::Thing(record) => &record.meta,
        }
    }
}

/// An Event of the cluster (`kubectl get events`), for narration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The Event's own id; the same Event counted again comes with the same id.
    pub id: Id,
    /// When it was last seen, in microseconds of virtual time.
    pub at_micros: u64,
    /// `involvedObject.uid`
    pub object: Id,
    /// `involvedObject.kind`
    pub kind: String,
    /// `involvedObject.namespace`
    pub namespace: String,
    /// `involvedObject.name`
    pub name: String,
    /// `type` is `Warning`.
    pub warning: bool,
    /// `reason`
    pub reason: String,
    /// `message`
    pub message: String,
    /// `count`
    pub count: u32,
}

/// What changed between two revisions of the store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delta {
    /// Everything known so far is to be forgotten first: another cluster, or another past, begins.
    pub reset: bool,
    /// The store's revision that this delta leads to.
    pub revision: u64,
    /// Virtual time, in microseconds since the cluster's epoch.
    pub now_micros: u64,
    /// Objects created or changed.
    pub changed: Vec<Record>,
    /// Objects that are gone.
    pub removed: Vec<Id>,
    /// Events written or counted again.
    pub entries: Vec<Entry>,
    /// What each node's containers and its system use now: thousandths of a core, bytes.
    pub usage: Vec<(String, u64, u64)>,
}
