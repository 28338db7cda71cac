//! wasm-bindgen's command line and test runner: they must be of the very version that Cargo.lock has of the library.

use std::fs;

use anyhow::{Context, Result};

use super::cargo_tool::CargoTool;
use super::{Outcome, Tools};
use crate::place;

pub(super) fn ensure(tools: &mut Tools) -> Result<Outcome> {
    let lock = fs::read_to_string(place::root().join("Cargo.lock")).context("Cargo.lock cannot be read")?;
    let cli = CargoTool {
        package: "wasm-bindgen-cli",
        version: locked_version(&lock, "wasm-bindgen").context("Cargo.lock has no wasm-bindgen")?,
        programs: &["wasm-bindgen", "wasm-bindgen-test-runner"],
        install_args: &["--no-default-features"],
        patience: "about 2 minutes on two cores, once per user",
    };
    cli.ensure(&mut tools.path)
}

/// The version of a package in the text of a Cargo.lock.
fn locked_version(lock: &str, package: &str) -> Option<String> {
    let lock: toml::Table = lock.parse().ok()?;
    let packages = lock.get("package")?.as_array()?;
    let found = packages
        .iter()
        .find(|entry| entry.get("name").and_then(|name| name.as_str()) == Some(package))?;
    Some(found.get("version")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_file_names_the_version() {
        let lock = "version = 4\n[[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.1\"\n\n[[package]]\nname = \
                    \"wasm-bindgen\"\nversion = \"0.2.129\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen").as_deref(), Some("0.2.129"));
        assert_eq!(locked_version(lock, "trunk"), None);
    }
}
