//! Trunk, which builds the page. 0.21.14 is the last that the pinned Rust compiles.

use anyhow::Result;

use super::cargo_tool::CargoTool;
use super::{Outcome, Tools};

pub(super) fn ensure(tools: &mut Tools) -> Result<Outcome> {
    let trunk = CargoTool {
        package: "trunk",
        version: "0.21.14".into(),
        programs: &["trunk"],
        install_args: &[],
        patience: "about 6 minutes on two cores, once per user",
    };
    trunk.ensure(&mut tools.path)
}
