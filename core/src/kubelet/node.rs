//! The node itself: its registration and its status (`pkg/kubelet/kubelet_node_status.go`).

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::images::ImageStore;
use crate::api::meta::meta_time;
use crate::api::types::Quantity;
use crate::api::types::coordination::LeaseSpec;
use crate::api::types::core::{
    ContainerImage, DaemonEndpoint, NodeAddress, NodeCondition, NodeDaemonEndpoints,
    NodeSpec as FullNodeSpec, NodeStatus, NodeSystemInfo, Taint,
};
use crate::api::types::meta::{MicroTime, ObjectMeta, OwnerReference};
use crate::api::{AnyObject, Key, Kind, Lease, NoStatus, Node};
use crate::apiserver::User;
use crate::client::{Client, Env, EventRecorder, EventType};
use crate::runtime::ResolvedImage;
use crate::sim::Sim;
use crate::sorted::SortedMap;

/// The kubelet's port.
const KUBELET_PORT: i32 = 10_250;
/// What marks a control plane, as a label and as a taint.
const CONTROL_PLANE: &str = "node-role.kubernetes.io/control-plane";
/// Where the nodes' leases are.
const LEASE_NAMESPACE: &str = "kube-node-lease";
/// How long a lease holds (`nodeLeaseDurationSeconds`).
const LEASE_SECS: i32 = 40;
/// What a node says before its network is set up.
pub(super) const NO_NETWORK: &str = "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized";

/// A machine of the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeSpec {
    /// Its name.
    pub name: String,
    /// Its own address.
    pub address: Ipv4Addr,
    /// The first address of its Pods' range, a /24.
    pub pod_network: Ipv4Addr,
    /// CPUs, in thousandths.
    pub cpu_millis: i64,
    /// Memory, in bytes.
    pub memory_bytes: i64,
    /// How many Pods it takes.
    pub max_pods: i64,
    /// Whether it is the control plane: labelled and tainted so.
    pub control_plane: bool,
    /// How fast it pulls images, in MiB per second.
    pub pull_mib_per_sec: u64,
    /// Further labels.
    pub labels: BTreeMap<String, String>,
}

impl NodeSpec {
    fn capacity(&self) -> BTreeMap<String, Quantity> {
        let cpu = if self.cpu_millis % 1_000 == 0 {
            (self.cpu_millis / 1_000).to_string()
        } else {
            format!("{}m", self.cpu_millis)
        };
        let pairs = [
            ("cpu", cpu),
            ("ephemeral-storage", "100Gi".to_owned()),
            ("memory", binary(self.memory_bytes)),
            ("pods", self.max_pods.to_string()),
        ];
        let pairs = pairs
            .into_iter()
            .map(|(name, value)| (name.to_owned(), Quantity(value)));
        crate::sorted::btree_map(pairs)
    }
}

/// Bytes in the largest binary unit that divides them (`resource.BinarySI`).
fn binary(bytes: i64) -> String {
    let units = [("Ti", 40), ("Gi", 30), ("Mi", 20), ("Ki", 10)];
    let found = units
        .into_iter()
        .find(|(_, shift)| bytes != 0 && bytes % (1 << shift) == 0);
    match found {
        Some((unit, shift)) => format!("{}{unit}", bytes >> shift),
        None => bytes.to_string(),
    }
}

/// Registers the node, unless it is known already; answers whether the API server could be asked.
pub(super) fn register(spec: &NodeSpec, env: &mut Env<'_>, user: &User) -> bool {
    let mut labels: BTreeMap<String, String> = [
        ("beta.kubernetes.io/arch", "amd64"),
        ("beta.kubernetes.io/os", "linux"),
        ("kubernetes.io/arch", "amd64"),
        ("kubernetes.io/hostname", spec.name.as_str()),
        ("kubernetes.io/os", "linux"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    labels.extend(spec.labels.clone());
    let mut taints = None;
    if spec.control_plane {
        for label in [
            CONTROL_PLANE,
            "node.kubernetes.io/exclude-from-external-load-balancers",
        ] {
            labels.insert(label.to_owned(), String::new());
        }
        taints = Some(vec![Taint {
            key: CONTROL_PLANE.to_owned(),
            effect: "NoSchedule".to_owned(),
            ..Taint::default()
        }]);
    }
    let annotations = [
        ("node.alpha.kubernetes.io/ttl", "0"),
        ("volumes.kubernetes.io/controller-managed-attach-detach", "true"),
    ];
    let metadata = ObjectMeta {
        name: Some(spec.name.clone()),
        labels: Some(labels),
        annotations: Some(
            annotations
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
        ),
        ..ObjectMeta::default()
    };
    let cidr = format!("{}/24", spec.pod_network);
    let node_spec = FullNodeSpec {
        pod_cidr: Some(cidr.clone()),
        pod_cidrs: Some(vec![cidr]),
        taints,
        ..FullNodeSpec::default()
    };
    let node = Node::new(metadata, node_spec, NodeStatus::default());
    match Client::new(env, user).create(AnyObject::Node(node)) {
        Ok(_) => true,
        Err(error) => error.reason == "AlreadyExists",
    }
}

/// Writes the node's status if it says something new, or if `anyway`; answers the node.
pub(super) fn report(
    spec: &NodeSpec,
    env: &mut Env<'_>,
    user: &User,
    images: &ImageStore,
    (ready, anyway, pressure): (bool, bool, (bool, bool)),
) -> Option<AnyObject> {
    let key = Key::new(Kind::Node, "", &spec.name);
    if !anyway
        && let Some(found) = env.api.store().get(&key)
        && let Some(node) = found.get::<Node>()
        && says(node, (ready, pressure), images)
    {
        return Some(found.clone());
    }
    let status = status(spec, env.sim, images, (ready, pressure));
    let written = Client::new(env, user).modify(&key, Some("status"), |node| {
        if let Some(node) = node.get_mut::<Node>() {
            let known: SortedMap<&str, &NodeCondition> = node
                .status
                .conditions
                .iter()
                .flatten()
                .map(|condition| (condition.type_.as_str(), condition))
                .collect();
            let mut status = status;
            for condition in status.conditions.iter_mut().flatten() {
                let before = known.get(condition.type_.as_str());
                if let Some(before) = before.filter(|before| before.status == condition.status) {
                    condition
                        .last_transition_time
                        .clone_from(&before.last_transition_time);
                }
            }
            *node.status_mut() = status;
        }
    });
    // A node that was deleted stays deleted until the kubelet is started again.
    written.ok()
}

/// Whether a node's status says already what its kubelet has to say.
fn says(node: &Node, (ready, (memory, disk)): (bool, (bool, bool)), images: &ImageStore) -> bool {
    let conditions = node.status.conditions.as_deref().unwrap_or_default();
    let wanted = [
        ("MemoryPressure", memory),
        ("DiskPressure", disk),
        ("PIDPressure", false),
        ("Ready", ready),
    ];
    let is = |condition: &NodeCondition, (type_, holds): (&str, bool)| {
        condition.type_ == type_ && condition.status == if holds { "True" } else { "False" }
    };
    let same = |known: &ContainerImage, image: &ResolvedImage| {
        let names = known.names.iter().flatten();
        let known = names.map(|name| name.rsplit_once('@').map_or("", |(_, digest)| digest));
        known.eq([image.digest.as_str(), ""])
    };
    let mut known = node.status.images.iter().flatten();
    wanted
        .into_iter()
        .all(|wanted| conditions.iter().any(|condition| is(condition, wanted)))
        && images
            .iter()
            .all(|image| known.next().is_some_and(|known| same(known, image)))
        && known.next().is_none()
}

/// Renews the lease that says that the kubelet lives (`k8s.io/component-helpers/apimachinery/lease`).
pub(super) fn renew_lease(spec: &NodeSpec, env: &mut Env<'_>, user: &User) {
    let now = MicroTime(env.sim.now.timestamp_micros());
    let key = Key::new(Kind::Lease, LEASE_NAMESPACE, &spec.name);
    let renewed = Client::new(env, user).modify(&key, None, |lease| {
        if let Some(lease) = lease.get_mut::<Lease>() {
            lease.spec_mut().renew_time = Some(now.clone());
        }
    });
    if !renewed.is_err_and(|error| error.is_not_found()) {
        return;
    }
    let owner = Client::new(env, user).get::<Node>("", &spec.name).ok();
    let owners = owner.map(|node| {
        vec![OwnerReference {
            api_version: "v1".to_owned(),
            kind: "Node".to_owned(),
            name: spec.name.clone(),
            uid: node.uid().to_owned(),
            ..OwnerReference::default()
        }]
    });
    let metadata = ObjectMeta {
        name: Some(spec.name.clone()),
        namespace: Some(LEASE_NAMESPACE.to_owned()),
        owner_references: owners,
        ..ObjectMeta::default()
    };
    let lease = LeaseSpec {
        holder_identity: Some(spec.name.clone()),
        lease_duration_seconds: Some(LEASE_SECS),
        renew_time: Some(now),
        ..LeaseSpec::default()
    };
    let lease = Lease::new(metadata, lease, NoStatus::default());
    // Without it the next renewal tries again.
    drop(Client::new(env, user).create(AnyObject::Lease(lease)));
}

/// Says that the kubelet has started, and how its node is.
pub(super) fn announce(env: &mut Env<'_>, user: &User, recorder: &mut EventRecorder, node: &AnyObject) {
    let mut say = |reason: &str, message: String| {
        recorder.record(env, user, node, None, (EventType::Normal, reason), message);
    };
    say("Starting", "Starting kubelet.".to_owned());
    for state in [
        "NodeHasSufficientMemory",
        "NodeHasNoDiskPressure",
        "NodeHasSufficientPID",
    ] {
        say(state, format!("Node {} status is now: {state}", node.name()));
    }
    say(
        "NodeAllocatableEnforced",
        "Updated Node Allocatable limit across pods".to_owned(),
    );
}

#[expect(clippy::too_many_lines, reason = "one case after another")]
fn status(
    spec: &NodeSpec,
    sim: &Sim,
    images: &ImageStore,
    (ready, (memory, disk)): (bool, (bool, bool)),
) -> NodeStatus {
    let now = meta_time(sim.now);
    let condition = |type_: &str, status: &str, reason: &str, message: &str| NodeCondition {
        type_: type_.to_owned(),
        status: status.to_owned(),
        reason: Some(reason.to_owned()),
        message: Some(message.to_owned()),
        last_heartbeat_time: Some(now.clone()),
        last_transition_time: Some(now.clone()),
    };
    let address = |type_: &str, address: String| NodeAddress {
        type_: type_.to_owned(),
        address,
    };
    NodeStatus {
        addresses: Some(vec![
            address("InternalIP", spec.address.to_string()),
            address("Hostname", spec.name.clone()),
        ]),
        capacity: Some(spec.capacity()),
        allocatable: Some(spec.capacity()),
        conditions: Some(vec![
            if memory {
                condition(
                    "MemoryPressure",
                    "True",
                    "KubeletHasInsufficientMemory",
                    "kubelet has insufficient memory available",
                )
            } else {
                condition(
                    "MemoryPressure",
                    "False",
                    "KubeletHasSufficientMemory",
                    "kubelet has sufficient memory available",
                )
            },
            if disk {
                condition(
                    "DiskPressure",
                    "True",
                    "KubeletHasDiskPressure",
                    "kubelet has disk pressure",
                )
            } else {
                condition(
                    "DiskPressure",
                    "False",
                    "KubeletHasNoDiskPressure",
                    "kubelet has no disk pressure",
                )
            },
            condition(
                "PIDPressure",
                "False",
                "KubeletHasSufficientPID",
                "kubelet has sufficient PID available",
            ),
            if ready {
                condition("Ready", "True", "KubeletReady", "kubelet is posting ready status")
            } else {
                condition("Ready", "False", "KubeletNotReady", NO_NETWORK)
            },
        ]),
        daemon_endpoints: Some(NodeDaemonEndpoints {
            kubelet_endpoint: Some(DaemonEndpoint { port: KUBELET_PORT }),
        }),
        images: Some(
            images
                .iter()
                .map(|image| ContainerImage {
                    names: Some(vec![
                        format!("{}@{}", image.reference.name(), image.digest),
                        image.reference.to_string(),
                    ]),
                    size_bytes: i64::try_from(image.size_bytes).ok(),
                })
                .collect::<Vec<_>>(),
        )
        .filter(|images| !images.is_empty()),
        node_info: Some(NodeSystemInfo {
            architecture: "amd64".to_owned(),
            boot_id: sim.rng.uuid("boot-id", &spec.name, 0),
            container_runtime_version: "containerd://2.1.5".to_owned(),
            kernel_version: "6.1.0-38-amd64".to_owned(),
            kube_proxy_version: String::new(),
            kubelet_version: crate::apiserver::GIT_VERSION.to_owned(),
            machine_id: sim.rng.uuid("machine-id", &spec.name, 0).replace('-', ""),
            operating_system: "linux".to_owned(),
            os_image: "Debian GNU/Linux 12 (bookworm)".to_owned(),
            system_uuid: sim.rng.uuid("system-uuid", &spec.name, 0),
            ..NodeSystemInfo::default()
        }),
        ..NodeStatus::default()
    }
}
