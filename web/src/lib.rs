//! The lab in a browser, in reading order. Two WebAssembly programs share this library: the page (`page`, small, no
//! Kubernetes in it) and the engine (`engine`, a Web Worker that hosts a simulated cluster). They meet only in `protocol`.

pub mod protocol;
pub mod texts;

pub mod engine;
pub mod page;
pub mod view;
