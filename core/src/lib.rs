//! Timonier's core: a small but real Kubernetes, simulated in virtual time.
//!
//! The modules below are listed in reading order, and each may use only what stands before its own layer:
//! `sort, sorted | sim | api, sh | manifest, etcd, userland | apiserver | client, runtime | controllers, scheduler, kubelet, network, metrics |
//! kubectl, explain | terminal | cluster`. A test (`tests/layers.rs`) holds the code to it.

pub mod sort;
pub mod sorted;

pub mod sim;

pub mod api;
pub mod sh;

pub mod etcd;
pub mod manifest;
pub mod userland;

pub mod apiserver;

pub mod client;
pub mod runtime;

pub mod controllers;
pub mod kubelet;
pub mod network;
pub mod scheduler;

pub mod explain;
pub mod kubectl;

pub mod terminal;

pub mod cluster;
