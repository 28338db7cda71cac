//! The programs around the shell (`ls`, `grep`, `sleep` ...): one home for those of the learner's laptop and of containers.
//!
//! A [`Program`] is a running one, plain data that [`crate::sh::Machine`] steps. What it runs on is a [`System`]: the laptop, or
//! a container with its files. The words of errors are GNU's or busybox's, as the system says.

pub mod archive;
mod busybox;
mod commands;
mod folder;
mod options;
mod program;
mod server;
pub mod socket;
mod system;
pub mod traffic;

pub use commands::{in_hosts, names};
pub use folder::{Folder, WorkFile};
pub use program::{Program, Start};
pub use server::{Outcome, Server, ServerSpec, Serving, expand};
pub use system::{Dialect, Identity, System};

/// Where the laptop has a program.
pub fn locate(name: &str) -> Option<String> {
    commands::locate(name)
}
