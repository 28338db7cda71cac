//! The table of kinds. A new kind is one row here, one type alias in `object.rs` and one strategy file in the API server;
//! a kind that nobody in the cluster acts on is a row and a word in `object.rs`. Kinds that CustomResourceDefinitions
//! bring stand beside the table, see `custom.rs`.
//!
//! Models what discovery serves (`kubectl api-resources`) and the RESTMapper of `k8s.io/apimachinery`.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::custom::CustomId;
use super::names::Names;

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

/// The verbs of most resources.
const VERBS: &[&str] = &[
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
];

impl KindInfo {
    /// How it is called.
    #[must_use]
    pub fn names(&self) -> Names<'static> {
        Names {
            kind: self.name,
            group: self.group,
            version: self.version,
            plural: self.plural,
            singular: self.singular,
            namespaced: self.namespaced(),
        }
    }

    /// `group/version` as in `apiVersion`.
    #[must_use]
    pub fn api_version(&self) -> String {
        self.names().api_version()
    }

    /// `plural.group`, or `plural` in the core group: how errors name a resource.
    #[must_use]
    pub fn group_resource(&self) -> String {
        self.names().group_resource()
    }

    /// What can be done with it, in discovery's order.
    #[must_use]
    pub fn verbs(&self) -> &'static [&'static str] {
        match self.kind {
            Kind::ComponentStatus => &["get", "list"],
            Kind::Namespace => &["create", "delete", "get", "list", "patch", "update", "watch"],
            kind if kind.is_question() => &["create"],
            _ => VERBS,
        }
    }

    /// Whether its objects live in a namespace.
    #[must_use]
    pub fn namespaced(&self) -> bool {
        self.scope == Scope::Namespaced
    }
}

macro_rules! kinds {
    (@name $kind:ident) => { stringify!($kind) };
    (@name $kind:ident $name:literal) => { $name };
    ($($kind:ident $(as $name:literal)?, $group:literal, $version:literal, $plural:literal, $singular:literal, $short:expr,
       $categories:expr, $scope:ident, $subresources:expr;)+) => {
        /// A kind of object that the API server serves.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Kind {
            $(
                #[doc = concat!("`", stringify!($kind), "`")]
                $kind,
            )+
            /// A kind that a CustomResourceDefinition brought.
            Custom(CustomId),
        }

        /// The number of a kind's row.
        fn row(kind: Kind) -> usize {
            #[derive(Clone, Copy)]
            enum Row {
                $($kind,)+
            }
            match kind {
                $(Kind::$kind => Row::$kind as usize,)+
                Kind::Custom(_) => TABLE.len(),
            }
        }

        const TABLE: &[KindInfo] = &[
            $(KindInfo {
                kind: Kind::$kind,
                name: kinds!(@name $kind $($name)?),
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
    Binding, "", "v1", "bindings", "binding", &[], &[], Namespaced, &[];
    ComponentStatus, "", "v1", "componentstatuses", "componentstatus", &["cs"], &[], Cluster, &[];
    ConfigMap, "", "v1", "configmaps", "configmap", &["cm"], &[], Namespaced, &[];
    Endpoints, "", "v1", "endpoints", "endpoints", &["ep"], &[], Namespaced, &[];
    Event, "", "v1", "events", "event", &["ev"], &[], Namespaced, &[];
    LimitRange, "", "v1", "limitranges", "limitrange", &["limits"], &[], Namespaced, &[];
    Namespace, "", "v1", "namespaces", "namespace", &["ns"], &[], Cluster, &["finalize", "status"];
    Node, "", "v1", "nodes", "node", &["no"], &[], Cluster, &["status"];
    PersistentVolumeClaim, "", "v1", "persistentvolumeclaims", "persistentvolumeclaim", &["pvc"], &[], Namespaced, &["status"];
    PersistentVolume, "", "v1", "persistentvolumes", "persistentvolume", &["pv"], &[], Cluster, &["status"];
    Pod, "", "v1", "pods", "pod", &["po"], &["all"], Namespaced, &["attach", "binding", "ephemeralcontainers", "eviction", "exec", "log", "portforward", "status"];
    PodTemplate, "", "v1", "podtemplates", "podtemplate", &[], &[], Namespaced, &[];
    ReplicationController, "", "v1", "replicationcontrollers", "replicationcontroller", &["rc"], &["all"], Namespaced, &["scale", "status"];
    ResourceQuota, "", "v1", "resourcequotas", "resourcequota", &["quota"], &[], Namespaced, &["status"];
    Secret, "", "v1", "secrets", "secret", &[], &[], Namespaced, &[];
    ServiceAccount, "", "v1", "serviceaccounts", "serviceaccount", &["sa"], &[], Namespaced, &["token"];
    Service, "", "v1", "services", "service", &["svc"], &["all"], Namespaced, &["status"];
    MutatingAdmissionPolicy, "admissionregistration.k8s.io", "v1", "mutatingadmissionpolicies", "mutatingadmissionpolicy", &[], &["api-extensions"], Cluster, &[];
    MutatingAdmissionPolicyBinding, "admissionregistration.k8s.io", "v1", "mutatingadmissionpolicybindings", "mutatingadmissionpolicybinding", &[], &["api-extensions"], Cluster, &[];
    MutatingWebhookConfiguration, "admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations", "mutatingwebhookconfiguration", &[], &["api-extensions"], Cluster, &[];
    ValidatingAdmissionPolicy, "admissionregistration.k8s.io", "v1", "validatingadmissionpolicies", "validatingadmissionpolicy", &[], &["api-extensions"], Cluster, &["status"];
    ValidatingAdmissionPolicyBinding, "admissionregistration.k8s.io", "v1", "validatingadmissionpolicybindings", "validatingadmissionpolicybinding", &[], &["api-extensions"], Cluster, &[];
    ValidatingWebhookConfiguration, "admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", "validatingwebhookconfiguration", &[], &["api-extensions"], Cluster, &[];
    CustomResourceDefinition, "apiextensions.k8s.io", "v1", "customresourcedefinitions", "customresourcedefinition", &["crd", "crds"], &["api-extensions"], Cluster, &["status"];
    APIService, "apiregistration.k8s.io", "v1", "apiservices", "apiservice", &[], &["api-extensions"], Cluster, &["status"];
    ControllerRevision, "apps", "v1", "controllerrevisions", "controllerrevision", &[], &[], Namespaced, &[];
    DaemonSet, "apps", "v1", "daemonsets", "daemonset", &["ds"], &["all"], Namespaced, &["status"];
    Deployment, "apps", "v1", "deployments", "deployment", &["deploy"], &["all"], Namespaced, &["scale", "status"];
    ReplicaSet, "apps", "v1", "replicasets", "replicaset", &["rs"], &["all"], Namespaced, &["scale", "status"];
    StatefulSet, "apps", "v1", "statefulsets", "statefulset", &["sts"], &["all"], Namespaced, &["scale", "status"];
    SelfSubjectReview, "authentication.k8s.io", "v1", "selfsubjectreviews", "selfsubjectreview", &[], &[], Cluster, &[];
    TokenReview, "authentication.k8s.io", "v1", "tokenreviews", "tokenreview", &[], &[], Cluster, &[];
    LocalSubjectAccessReview, "authorization.k8s.io", "v1", "localsubjectaccessreviews", "localsubjectaccessreview", &[], &[], Namespaced, &[];
    SelfSubjectAccessReview, "authorization.k8s.io", "v1", "selfsubjectaccessreviews", "selfsubjectaccessreview", &[], &[], Cluster, &[];
    SelfSubjectRulesReview, "authorization.k8s.io", "v1", "selfsubjectrulesreviews", "selfsubjectrulesreview", &[], &[], Cluster, &[];
    SubjectAccessReview, "authorization.k8s.io", "v1", "subjectaccessreviews", "subjectaccessreview", &[], &[], Cluster, &[];
    HorizontalPodAutoscaler, "autoscaling", "v2", "horizontalpodautoscalers", "horizontalpodautoscaler", &["hpa"], &["all"], Namespaced, &["status"];
    HorizontalPodAutoscalerV1 as "HorizontalPodAutoscaler", "autoscaling", "v1", "horizontalpodautoscalers", "horizontalpodautoscaler", &["hpa"], &["all"], Namespaced, &["status"];
    CronJob, "batch", "v1", "cronjobs", "cronjob", &["cj"], &["all"], Namespaced, &["status"];
    Job, "batch", "v1", "jobs", "job", &[], &["all"], Namespaced, &["status"];
    CertificateSigningRequest, "certificates.k8s.io", "v1", "certificatesigningrequests", "certificatesigningrequest", &["csr"], &[], Cluster, &["approval", "status"];
    Lease, "coordination.k8s.io", "v1", "leases", "lease", &[], &[], Namespaced, &[];
    EndpointSlice, "discovery.k8s.io", "v1", "endpointslices", "endpointslice", &[], &[], Namespaced, &[];
    EventV1 as "Event", "events.k8s.io", "v1", "events", "event", &["ev"], &[], Namespaced, &[];
    FlowSchema, "flowcontrol.apiserver.k8s.io", "v1", "flowschemas", "flowschema", &[], &[], Cluster, &["status"];
    PriorityLevelConfiguration, "flowcontrol.apiserver.k8s.io", "v1", "prioritylevelconfigurations", "prioritylevelconfiguration", &[], &[], Cluster, &["status"];
    IngressClass, "networking.k8s.io", "v1", "ingressclasses", "ingressclass", &[], &[], Cluster, &[];
    Ingress, "networking.k8s.io", "v1", "ingresses", "ingress", &["ing"], &[], Namespaced, &["status"];
    IPAddress, "networking.k8s.io", "v1", "ipaddresses", "ipaddress", &["ip"], &[], Cluster, &[];
    NetworkPolicy, "networking.k8s.io", "v1", "networkpolicies", "networkpolicy", &["netpol"], &[], Namespaced, &[];
    ServiceCIDR, "networking.k8s.io", "v1", "servicecidrs", "servicecidr", &[], &[], Cluster, &["status"];
    RuntimeClass, "node.k8s.io", "v1", "runtimeclasses", "runtimeclass", &[], &[], Cluster, &[];
    PodDisruptionBudget, "policy", "v1", "poddisruptionbudgets", "poddisruptionbudget", &["pdb"], &[], Namespaced, &["status"];
    ClusterRoleBinding, "rbac.authorization.k8s.io", "v1", "clusterrolebindings", "clusterrolebinding", &[], &[], Cluster, &[];
    ClusterRole, "rbac.authorization.k8s.io", "v1", "clusterroles", "clusterrole", &[], &[], Cluster, &[];
    RoleBinding, "rbac.authorization.k8s.io", "v1", "rolebindings", "rolebinding", &[], &[], Namespaced, &[];
    Role, "rbac.authorization.k8s.io", "v1", "roles", "role", &[], &[], Namespaced, &[];
    DeviceClass, "resource.k8s.io", "v1", "deviceclasses", "deviceclass", &[], &[], Cluster, &[];
    ResourceClaim, "resource.k8s.io", "v1", "resourceclaims", "resourceclaim", &[], &[], Namespaced, &["status"];
    ResourceClaimTemplate, "resource.k8s.io", "v1", "resourceclaimtemplates", "resourceclaimtemplate", &[], &[], Namespaced, &[];
    ResourceSlice, "resource.k8s.io", "v1", "resourceslices", "resourceslice", &[], &[], Cluster, &[];
    PriorityClass, "scheduling.k8s.io", "v1", "priorityclasses", "priorityclass", &["pc"], &[], Cluster, &[];
    CSIDriver, "storage.k8s.io", "v1", "csidrivers", "csidriver", &[], &[], Cluster, &[];
    CSINode, "storage.k8s.io", "v1", "csinodes", "csinode", &[], &[], Cluster, &[];
    CSIStorageCapacity, "storage.k8s.io", "v1", "csistoragecapacities", "csistoragecapacity", &[], &[], Namespaced, &[];
    StorageClass, "storage.k8s.io", "v1", "storageclasses", "storageclass", &["sc"], &[], Cluster, &[];
    VolumeAttachment, "storage.k8s.io", "v1", "volumeattachments", "volumeattachment", &[], &[], Cluster, &["status"];
    VolumeAttributesClass, "storage.k8s.io", "v1", "volumeattributesclasses", "volumeattributesclass", &["vac"], &[], Cluster, &[];
}

/// What little can be said of a custom kind without its definition: the scope. [`super::AnyObject::names`] says the rest.
const CUSTOM: [KindInfo; 2] = [custom(Scope::Cluster), custom(Scope::Namespaced)];

const fn custom(scope: Scope) -> KindInfo {
    KindInfo {
        kind: Kind::ConfigMap,
        name: "CustomResource",
        group: "",
        version: "v1",
        plural: "customresources",
        singular: "customresource",
        short_names: &[],
        categories: &[],
        scope,
        subresources: &[],
    }
}

impl Kind {
    /// The kinds of the table, in discovery's order: by group, then by name.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|info| info.kind)
    }

    /// What discovery says of this kind.
    #[must_use]
    pub fn info(self) -> &'static KindInfo {
        let [cluster, namespaced] = &CUSTOM;
        TABLE.get(row(self)).unwrap_or(match self {
            Self::Custom(id) if id.namespaced() => namespaced,
            _ => cluster,
        })
    }

    /// The kind whose objects this one shows in another version or group; itself if none.
    #[must_use]
    pub fn storage(self) -> Self {
        match self {
            Self::EventV1 => Self::Event,
            Self::HorizontalPodAutoscalerV1 => Self::HorizontalPodAutoscaler,
            Self::Custom(id) => Self::Custom(id.hub()),
            kind => kind,
        }
    }

    /// Whether its objects are questions, answered and not kept.
    #[must_use]
    pub fn is_question(self) -> bool {
        matches!(
            self,
            Self::Binding
                | Self::LocalSubjectAccessReview
                | Self::SelfSubjectAccessReview
                | Self::SelfSubjectReview
                | Self::SelfSubjectRulesReview
                | Self::SubjectAccessReview
                | Self::TokenReview
        )
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
