//! Kubernetes' API objects: the kinds and their table, the stored envelope, metadata, labels, quantities and `Status`
//! errors. The types themselves are `k8s-openapi`'s.

pub(crate) mod base64;
mod convert;
pub mod cron;
mod custom;
pub mod disruption;
mod ephemeral;
pub mod error;
mod go_json;
mod kind;
mod label_parser;
pub mod labels;
pub mod meta;
mod names;
mod object;
pub mod quantity;
pub mod scheduling;
pub mod schema;
pub mod taints;
pub mod volumes;

pub use convert::Mismatch;
pub(crate) use convert::{from_json, to_json};
pub use custom::{CustomId, CustomKind, Definition, PrinterColumn, ScalePaths, version_priority};
pub use ephemeral::as_container;
pub use error::{Cause, StatusError};
pub use kind::{Kind, KindInfo, Scope};
pub use names::Names;
pub use object::{
    AnyObject, ClusterRole, ClusterRoleBinding, ConfigMap, ControllerRevision, CronJob,
    CustomResourceDefinition, DaemonSet, Deployment, Dynamic, EndpointSlice, Endpoints, Event,
    HorizontalPodAutoscaler, Ingress, IngressClass, Job, Key, Lease, LimitRange, Namespace, NetworkPolicy,
    NoStatus, Node, Object, PersistentVolume, PersistentVolumeClaim, Pod, PodDisruptionBudget, PriorityClass,
    ReplicaSet, ReplicationController, ResourceQuota, Role, RoleBinding, Secret, Service, ServiceAccount,
    StatefulSet, StorageClass, Typed,
};

/// `k8s-openapi`'s types, under the short names used throughout the code.
pub mod types {
    pub use k8s_openapi::ByteString;
    pub use k8s_openapi::api::apps::v1 as apps;
    pub use k8s_openapi::api::autoscaling::v2 as autoscaling;
    pub use k8s_openapi::api::batch::v1 as batch;
    pub use k8s_openapi::api::coordination::v1 as coordination;
    pub use k8s_openapi::api::core::v1 as core;
    pub use k8s_openapi::api::discovery::v1 as discovery;
    pub use k8s_openapi::api::networking::v1 as networking;
    pub use k8s_openapi::api::policy::v1 as policy;
    pub use k8s_openapi::api::rbac::v1 as rbac;
    pub use k8s_openapi::api::scheduling::v1 as scheduling;
    pub use k8s_openapi::api::storage::v1 as storage;
    pub use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1 as apiextensions;
    pub use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
    pub use k8s_openapi::apimachinery::pkg::apis::meta::v1 as meta;
    pub use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
}
