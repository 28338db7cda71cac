//! The learner's laptop: a work folder, a shell session, the commands around kubectl, and kubectl itself.
//!
//! A [`Laptop`] holds what outlives a command: files, history, kubectl's configuration. A [`Session`] is one terminal window on
//! it, or one script: a [`crate::sh::Machine`] whose processes are [`crate::userland`] programs. Both are plain data, polled at
//! virtual times.
//!
//! Commands behave like GNU's, with their error texts and exit codes. Differs on purpose: the folder is small and virtual, there
//! is one user, and `nano`, `vi` and `code` open the page's own editor.

mod api;
mod complete;
mod docker;
mod editing;
mod host;
mod kubectl;
mod lab;
mod laptop;
mod load;
mod loopback;
mod session;

#[cfg(test)]
mod tests;

pub use crate::userland::{Folder, WorkFile};
pub use api::api_call;
pub use complete::{Candidate, Completion};
pub use docker::Engine as DockerEngine;
pub use docker::Host as DockerHost;
pub use editing::Edit;
pub use lab::{Component, DockerParts, Order, Outcome, Site, Status, name as component_name};
pub use laptop::{HOME, Laptop, Used};
pub use loopback::answer_load;
pub use session::{Input, Output, Session, State};
