//! What the page and the engine say to each other. Our own structs travel as postcard in transferred buffers; whole
//! Kubernetes objects travel as the text that somebody wants to read (YAML, a description, a table).

pub mod codec;
pub mod course;
pub mod input;
pub mod message;
pub mod save;

pub use course::*;
pub use input::*;
pub use message::*;
