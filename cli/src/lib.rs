//! The lab without a browser, as a library: what `timonier` does, for its tests.

pub mod run;
pub mod serve_api;
