//! Kubernetes' API objects: the kinds and their table, the stored envelope, metadata, labels, quantities and `Status`
//! errors. The types themselves are `k8s-openapi`'s.

pub mod error;
mod go_json;
mod kind;
mod label_parser;
pub mod labels;
pub mod meta;
mod object;
pub mod quantity;
pub mod schema;

pub use error::{Cause, StatusError};
pub use kind::{Kind, KindInfo, Scope};
pub use object::{
    AnyObject, ConfigMap, Deployment, EndpointSlice, Event, Key, Namespace, NoStatus, Node, Object, Pod,
    ReplicaSet, Service, ServiceAccount, Typed,
};

/// `k8s-openapi`'s types, under the short names used throughout the code.
pub mod types {
    pub use k8s_openapi::ByteString;
    pub use k8s_openapi::api::apps::v1 as apps;
    pub use k8s_openapi::api::core::v1 as core;
    pub use k8s_openapi::api::discovery::v1 as discovery;
    pub use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
    pub use k8s_openapi::apimachinery::pkg::apis::meta::v1 as meta;
    pub use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
}
