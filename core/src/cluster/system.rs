//! What a kubeadm cluster runs for itself: the control plane's static Pods, kube-proxy and the DNS, in `kube-system`.

use super::{Cluster, Topology};
use crate::api::{Key, Kind};
use crate::apiserver::{Body, Method, Request, User, collection_path, object_path};
use crate::kubelet::NodeSpec;
use crate::manifest;

const CONTROL_PLANE: &str = include_str!("../../assets/system/control-plane.yaml");
const KUBE_PROXY: &str = include_str!("../../assets/system/kube-proxy.yaml");
const KUBE_PROXY_ACCOUNT: &str =
    "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: kube-proxy, namespace: kube-system}\n";
const STORAGE: &str = include_str!("../../assets/system/storage.yaml");
const KUBEADM_RBAC: &str = include_str!("../../assets/rbac/kubeadm.yaml");
const COREDNS: &str = include_str!("../../assets/system/coredns.yaml");

impl Cluster {
    /// Creates the system's own objects.
    pub(super) fn install_system(&mut self, topology: &Topology) {
        self.install(KUBEADM_RBAC);
        self.install(KUBE_PROXY_ACCOUNT);
        for node in &topology.nodes {
            if node.control_plane {
                self.install(&for_node(CONTROL_PLANE, node, ""));
            }
            self.install_on(node);
        }
        self.install(COREDNS);
        self.install(STORAGE);
    }

    /// Creates what runs on every node.
    pub(super) fn install_on(&mut self, node: &NodeSpec) {
        let suffix = self.sim.rng.suffix("kube-proxy", &node.name, 0, 5);
        self.install(&for_node(KUBE_PROXY, node, &suffix));
    }

    /// The mirror of a static Pod appears, or goes, as its kubelet does it.
    pub(super) fn mirror(&mut self, component: &str, there: bool) {
        let specs: Vec<NodeSpec> = self
            .kubelets
            .iter()
            .map(|kubelet| kubelet.spec().clone())
            .collect();
        for node in specs.iter().filter(|node| node.control_plane) {
            let name = format!("{component}-{}", node.name);
            let key = Key::new(Kind::Pod, "kube-system", &name);
            if self.api.store().get(&key).is_some() == there {
                continue;
            }
            if !there {
                let path = object_path(Kind::Pod, "kube-system", &name);
                let request = Request::new(Method::Delete, path, User::admin());
                self.request(&request.with_query("gracePeriodSeconds", "0"));
                continue;
            }
            let text = for_node(CONTROL_PLANE, node, "");
            for part in text
                .split("\n---\n")
                .filter(|part| part.contains(&format!("name: {name}\n")))
            {
                self.install(part);
            }
        }
    }

    fn install(&mut self, text: &str) {
        for document in manifest::parse(text) {
            debug_assert!(document.is_ok(), "{document:?}");
            let Ok(document) = document else { continue };
            let field = |pointer: &str| {
                document
                    .value
                    .pointer(pointer)
                    .and_then(serde_json::Value::as_str)
                    .unwrap_or_default()
                    .to_owned()
            };
            let kind = Kind::from_manifest(&field("/apiVersion"), &field("/kind"));
            debug_assert!(kind.is_some(), "{}", field("/kind"));
            let Some(kind) = kind else { continue };
            let path = collection_path(kind, &field("/metadata/namespace"));
            let user = User::admin();
            let response =
                self.request(&Request::new(Method::Post, path, user).with_body(Body::Json(document.value)));
            debug_assert!(response.status < 300, "{:?}", response.body);
        }
    }
}

fn for_node(text: &str, node: &NodeSpec, suffix: &str) -> String {
    text.replace("SUFFIX", suffix)
        .replace("ADDRESS", &node.address.to_string())
        .replace("NODE", &node.name)
}
