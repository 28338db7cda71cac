//! The node itself: its registration and its status (`pkg/kubelet/kubelet_node_status.go`).

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::images::ImageStore;
use crate::api::meta::meta_time;
use crate::api::types::Quantity;
use crate::api::types::core::{
    ContainerImage, DaemonEndpoint, NodeAddress, NodeCondition, NodeDaemonEndpoints,
    NodeSpec as FullNodeSpec, NodeStatus, NodeSystemInfo, Taint,
};
use crate::api::types::meta::ObjectMeta;
use crate::api::{AnyObject, Key, Kind, Node};
use crate::apiserver::User;
use crate::client::{Client, Env};
use crate::sim::Sim;

/// The kubelet's port.
const KUBELET_PORT: i32 = 10_250;

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
            ("hugepages-1Gi", "0".to_owned()),
            ("hugepages-2Mi", "0".to_owned()),
            ("memory", format!("{}Ki", self.memory_bytes / 1_024)),
            ("pods", self.max_pods.to_string()),
        ];
        pairs
            .into_iter()
            .map(|(name, value)| (name.to_owned(), Quantity(value)))
            .collect()
    }
}

/// Registers the node with its first status.
pub(super) fn register(spec: &NodeSpec, env: &mut Env<'_>, user: &User) {
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
        labels.insert("node-role.kubernetes.io/control-plane".to_owned(), String::new());
        let key = "node-role.kubernetes.io/control-plane".to_owned();
        taints = Some(vec![Taint {
            key,
            effect: "NoSchedule".to_owned(),
            ..Taint::default()
        }]);
    }
    let metadata = ObjectMeta {
        name: Some(spec.name.clone()),
        labels: Some(labels),
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
    let created = Client::new(env, user).create(AnyObject::Node(node));
    debug_assert!(created.is_ok(), "{created:?}");
    report(spec, env, user, &ImageStore::default());
}

/// Reports the node's status.
pub(super) fn report(spec: &NodeSpec, env: &mut Env<'_>, user: &User, images: &ImageStore) {
    let status = status(spec, env.sim, images);
    let key = Key::new(Kind::Node, "", &spec.name);
    let written = Client::new(env, user).modify(&key, Some("status"), |node| {
        if let Some(node) = node.get_mut::<Node>() {
            let transitions: BTreeMap<String, _> = node
                .status
                .conditions
                .iter()
                .flatten()
                .map(|condition| (condition.type_.clone(), condition.last_transition_time.clone()))
                .collect();
            let mut status = status;
            for condition in status.conditions.iter_mut().flatten() {
                if let Some(before) = transitions.get(&condition.type_) {
                    condition.last_transition_time.clone_from(before);
                }
            }
            *node.status_mut() = status;
        }
    });
    // A node that was deleted stays deleted until the kubelet is started again.
    drop(written);
}

fn status(spec: &NodeSpec, sim: &Sim, images: &ImageStore) -> NodeStatus {
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
            condition(
                "MemoryPressure",
                "False",
                "KubeletHasSufficientMemory",
                "kubelet has sufficient memory available",
            ),
            condition(
                "DiskPressure",
                "False",
                "KubeletHasNoDiskPressure",
                "kubelet has no disk pressure",
            ),
            condition(
                "PIDPressure",
                "False",
                "KubeletHasSufficientPID",
                "kubelet has sufficient PID available",
            ),
            condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
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
            container_runtime_version: "containerd://2.1.4".to_owned(),
            kernel_version: "6.12.0-timonier".to_owned(),
            kube_proxy_version: String::new(),
            kubelet_version: crate::apiserver::GIT_VERSION.to_owned(),
            machine_id: sim.rng.uuid("machine-id", &spec.name, 0).replace('-', ""),
            operating_system: "linux".to_owned(),
            os_image: "Timonier Linux 1".to_owned(),
            system_uuid: sim.rng.uuid("system-uuid", &spec.name, 0),
            ..NodeSystemInfo::default()
        }),
        ..NodeStatus::default()
    }
}
