//! `kubectl`: a client of the REST boundary. Arguments -> requests -> output, one file per command.
//!
//! A command runs as a [`Process`]: plain data that is polled, and answers that it is done or what it waits for, so that a
//! `kubectl wait` can be saved, forked and continued in the middle. It sees the world through two narrow traits: [`Io`]
//! (its terminal, standard input and the work folder) and [`Client`] (the API server).
//!
//! Models `k8s.io/kubectl` 1.36. Differs on purpose: discovery is the table of kinds itself, and nothing is cached.

mod context;
mod failure;
mod io;
mod kubeconfig;
mod process;

pub use context::Client;
pub use failure::Failure;
pub use io::{DirEntry, FileError, Io, Stdin};
pub use kubeconfig::{Context, Env, Kubeconfig};
pub use process::{Poll, Process, start};
