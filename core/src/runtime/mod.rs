//! The simulated container runtime: which images there are, and what a container made of one does. Containers, their
//! processes and files are one of the three things that are simulated; how they behave is data (`assets/images/`).

mod catalog;
mod image;
mod program;

pub use catalog::{Catalog, CatalogError};
pub use image::{ImageReference, PullError, ResolvedImage};
pub use program::{Ending, Program};
