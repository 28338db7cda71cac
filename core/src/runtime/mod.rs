//! The simulated container runtime: which images there are, and what runs in their containers.

mod catalog;
mod facts;
mod image;
mod inside;
mod mount;
mod processes;
mod program;

pub use catalog::{Catalog, CatalogError, Entry};
pub use facts::ImageFacts;
pub use image::{ImageReference, PullError, ResolvedImage};
pub use inside::{Generated, Inside};
pub use mount::{Mount, Place, Volumes};
pub use processes::{Command, Processes, Ran};
pub use program::{Ending, Program};

/// What travels between programs: below the runtime, since the clients are programs too.
pub use crate::userland::traffic;
