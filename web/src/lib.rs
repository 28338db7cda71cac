//! The Yew app and the worker that hosts a cluster.

pub mod view;
