//! The table of kinds. A new kind is one row here, one type alias in `object.rs` and one strategy file in the API server.
//!
//! Models what discovery serves (`kubectl api-resources`) and the RESTMapper of `k8s.io/apimachinery`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Whether objects of a kind live in a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One set for the whole cluster.
    Cluster,
    /// One set in each namespace.
    Namespaced,
}

/// What discovery says of a kind.
#[derive(Clone, Copy, Debug)]
pub struct KindInfo {
    /// The kind.
    pub kind: Kind,
    /// Its name in manifests (`Deployment`).
    pub name: &'static str,
    /// Its API group, empty for the core group.
    pub group: &'static str,
    /// Its version (`v1`).
    pub version: &'static str,
    /// The resource's name in paths (`deployments`).
    pub plural: &'static str,
    /// The resource's singular name.
    pub singular: &'static str,
    /// Its short names (`deploy`).
    pub short_names: &'static [&'static str],
    /// The categories it belongs to (`all`).
    pub categories: &'static [&'static str],
    /// Whether its objects live in a namespace.
    pub scope: Scope,
    /// Its subresources besides the object itself.
    pub subresources: &'static [&'static str],
}

impl KindInfo {
    /// `group/version` as in `apiVersion`.
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// `plural.group`, or `plural` in the core group: how errors name a resource.
    #[must_use]
    pub fn group_resource(&self) -> String {
        if self.group.is_empty() {
            self.plural.to_owned()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }

    /// Whether its objects live in a namespace.
    #[must_use]
    pub fn namespaced(&self) -> bool {
        self.scope == Scope::Namespaced
    }
}

macro_rules! kinds {
    ($($kind:ident, $group:literal, $version:literal, $plural:literal, $singular:literal, $short:expr, $categories:expr,
       $scope:ident, $subresources:expr;)+) => {
        /// A kind of object that the API server serves.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Kind {
            $(
                #[doc = concat!("`", stringify!($kind), "`")]
                $kind,
            )+
        }

        const TABLE: &[KindInfo] = &[
            $(KindInfo {
                kind: Kind::$kind,
                name: stringify!($kind),
                group: $group,
                version: $version,
                plural: $plural,
                singular: $singular,
                short_names: $short,
                categories: $categories,
                scope: Scope::$scope,
                subresources: $subresources,
            },)+
        ];
    };
}

kinds! {
    ConfigMap, "", "v1", "configmaps", "configmap", &["cm"], &[], Namespaced, &[];
    Endpoints, "", "v1", "endpoints", "endpoints", &["ep"], &[], Namespaced, &[];
    Event, "", "v1", "events", "event", &["ev"], &[], Namespaced, &[];
    LimitRange, "", "v1", "limitranges", "limitrange", &["limits"], &[], Namespaced, &[];
    Namespace, "", "v1", "namespaces", "namespace", &["ns"], &[], Cluster, &["finalize", "status"];
    Node, "", "v1", "nodes", "node", &["no"], &[], Cluster, &["status"];
    PersistentVolumeClaim, "", "v1", "persistentvolumeclaims", "persistentvolumeclaim", &["pvc"], &[], Namespaced, &["status"];
    PersistentVolume, "", "v1", "persistentvolumes", "persistentvolume", &["pv"], &[], Cluster, &["status"];
    Pod, "", "v1", "pods", "pod", &["po"], &["all"], Namespaced, &["binding", "eviction", "log", "status"];
    ReplicationController, "", "v1", "replicationcontrollers", "replicationcontroller", &["rc"], &["all"], Namespaced, &["scale", "status"];
    ResourceQuota, "", "v1", "resourcequotas", "resourcequota", &["quota"], &[], Namespaced, &["status"];
    Secret, "", "v1", "secrets", "secret", &[], &[], Namespaced, &[];
    ServiceAccount, "", "v1", "serviceaccounts", "serviceaccount", &["sa"], &[], Namespaced, &[];
    Service, "", "v1", "services", "service", &["svc"], &["all"], Namespaced, &["status"];
    CustomResourceDefinition, "apiextensions.k8s.io", "v1", "customresourcedefinitions", "customresourcedefinition", &["crd", "crds"], &["api-extensions"], Cluster, &["status"];
    ControllerRevision, "apps", "v1", "controllerrevisions", "controllerrevision", &[], &[], Namespaced, &[];
    DaemonSet, "apps", "v1", "daemonsets", "daemonset", &["ds"], &["all"], Namespaced, &["status"];
    Deployment, "apps", "v1", "deployments", "deployment", &["deploy"], &["all"], Namespaced, &["scale", "status"];
    ReplicaSet, "apps", "v1", "replicasets", "replicaset", &["rs"], &["all"], Namespaced, &["scale", "status"];
    StatefulSet, "apps", "v1", "statefulsets", "statefulset", &["sts"], &["all"], Namespaced, &["scale", "status"];
    HorizontalPodAutoscaler, "autoscaling", "v2", "horizontalpodautoscalers", "horizontalpodautoscaler", &["hpa"], &["all"], Namespaced, &["status"];
    CronJob, "batch", "v1", "cronjobs", "cronjob", &["cj"], &["all"], Namespaced, &["status"];
    Job, "batch", "v1", "jobs", "job", &[], &["all"], Namespaced, &["status"];
    Lease, "coordination.k8s.io", "v1", "leases", "lease", &[], &[], Namespaced, &[];
    EndpointSlice, "discovery.k8s.io", "v1", "endpointslices", "endpointslice", &[], &[], Namespaced, &[];
    IngressClass, "networking.k8s.io", "v1", "ingressclasses", "ingressclass", &[], &[], Cluster, &[];
    Ingress, "networking.k8s.io", "v1", "ingresses", "ingress", &["ing"], &[], Namespaced, &["status"];
    NetworkPolicy, "networking.k8s.io", "v1", "networkpolicies", "networkpolicy", &["netpol"], &[], Namespaced, &[];
    PodDisruptionBudget, "policy", "v1", "poddisruptionbudgets", "poddisruptionbudget", &["pdb"], &[], Namespaced, &["status"];
    ClusterRoleBinding, "rbac.authorization.k8s.io", "v1", "clusterrolebindings", "clusterrolebinding", &[], &[], Cluster, &[];
    ClusterRole, "rbac.authorization.k8s.io", "v1", "clusterroles", "clusterrole", &[], &[], Cluster, &[];
    RoleBinding, "rbac.authorization.k8s.io", "v1", "rolebindings", "rolebinding", &[], &[], Namespaced, &[];
    Role, "rbac.authorization.k8s.io", "v1", "roles", "role", &[], &[], Namespaced, &[];
    PriorityClass, "scheduling.k8s.io", "v1", "priorityclasses", "priorityclass", &["pc"], &[], Cluster, &[];
    StorageClass, "storage.k8s.io", "v1", "storageclasses", "storageclass", &["sc"], &[], Cluster, &[];
}

impl Kind {
    /// All kinds, in discovery's order: by group, then by name.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|info| info.kind)
    }

    /// What discovery says of this kind.
    #[must_use]
    #[expect(
        clippy::indexing_slicing,
        reason = "a kind is its row's number: a test holds the table to it"
    )]
    pub fn info(self) -> &'static KindInfo {
        &TABLE[self as usize]
    }

    /// Its name in manifests (`Deployment`).
    #[must_use]
    pub fn name(self) -> &'static str {
        self.info().name
    }

    /// Whether its objects live in a namespace.
    #[must_use]
    pub fn namespaced(self) -> bool {
        self.info().namespaced()
    }

    /// The kind named so in this group and version.
    #[must_use]
    pub fn from_manifest(api_version: &str, name: &str) -> Option<Self> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        TABLE
            .iter()
            .find(|info| info.name == name && info.group == group && info.version == version)
            .map(|i| i.kind)
    }

    /// The kind whose resource has this plural name in this group and version.
    #[must_use]
    pub fn from_resource(group: &str, version: &str, plural: &str) -> Option<Self> {
        let served =
            |info: &&KindInfo| info.plural == plural && info.group == group && info.version == version;
        TABLE.iter().find(served).map(|info| info.kind)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_stands_at_its_kinds_place() {
        for kind in Kind::all() {
            assert_eq!(kind.info().kind, kind);
            assert_eq!(
                Kind::from_manifest(&kind.info().api_version(), kind.name()),
                Some(kind)
            );
        }
    }
}
