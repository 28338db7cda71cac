//! The simulated container runtime: which images there are, and what runs in their containers.

mod blueprint;
mod catalog;
mod cpu;
mod facts;
mod image;
mod inside;
mod instance;
mod log;
mod mount;
mod processes;
pub mod traffic;

pub use blueprint::{Blueprint, Built, Entry};
pub use catalog::{Catalog, CatalogError};
pub use facts::ImageFacts;
pub use image::{Credential, ImageReference, PullError, ResolvedImage};
pub use inside::{Generated, Inside};
pub use instance::{Instance, Limits, Surroundings};
pub use log::Log;
pub use mount::{Mount, Place, Volumes};
pub use processes::{Command, Processes, Ran};
