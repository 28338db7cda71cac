//! The rules of each kind, one file a kind.

pub(super) mod configmap;
pub(super) mod deployment;
pub(super) mod endpointslice;
pub(super) mod event;
pub(super) mod namespace;
pub(super) mod node;
pub(super) mod pod;
pub(super) mod replicaset;
pub(super) mod service;
pub(super) mod serviceaccount;
