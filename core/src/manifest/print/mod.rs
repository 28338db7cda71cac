//! Values -> text, as `kubectl -o yaml` and `-o json` print them.

mod json;
mod number;
mod order;
mod scalar;
mod yaml;

pub use json::{to_json, to_json_compact, write_json_string};
pub use yaml::to_yaml;

#[cfg(test)]
mod tests;
