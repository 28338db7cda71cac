//! `kubectl`: a client of the REST boundary. Arguments -> requests -> output, one file per command.
//!
//! A command runs as a [`Process`]: plain data that is polled, and answers that it is done or what it waits for, so that a
//! `kubectl wait` can be saved, forked and continued in the middle. It sees the world through two narrow traits: [`Io`]
//! (its terminal, standard input and the work folder) and [`Client`] (the API server).
//!
//! Models `k8s.io/kubectl` 1.36. Differs on purpose: the built-in kinds are the table's, only custom ones are
//! discovered and remembered.

mod apply;
mod attach;
mod auth;
mod autoscale;
mod command;
mod common;
mod complete;
mod config;
mod context;
mod cordon;
mod cp;
mod create;
mod credentials;
mod debug;
mod delete;
mod delete_flags;
mod describe;
mod diff;
mod drain;
mod drain_filters;
mod edit;
mod events;
mod exec;
mod explain;
mod expose;
mod failure;
mod flags;
mod get;
mod hash;
mod help;
mod io;
mod kubeconfig;
mod kustomize;
mod logs;
mod machine;
mod output;
mod pairs;
mod patch;
mod port_forward;
mod process;
mod proxy;
mod rawhttp;
mod replace;
mod resources;
mod rest;
mod rollout;
mod root;
mod run;
mod scale;
mod set;
mod taint;
mod top;
mod value;
mod verbose;
mod version;
mod wait;

pub use complete::complete;
pub use context::Client;
pub use failure::Failure;
pub use io::{DirEntry, Edited, FileError, Io, Stdin};
pub use kubeconfig::{Env, Kubeconfig};
pub use port_forward::{Connections, Forward, Met};
pub use process::{Poll, Process, start};

/// The kind that a word of the command line names (`po`, `deployments.apps`), if there is one.
#[must_use]
pub fn kind_of(word: &str) -> Option<crate::api::Kind> {
    resources::kind_named(word).ok().map(crate::api::Kind::storage)
}

/// The hash that names of generated objects end with, for tests elsewhere.
#[cfg(test)]
pub(crate) fn hash_of_tests(object: &serde_json::Value) -> String {
    hash::of(object)
}
