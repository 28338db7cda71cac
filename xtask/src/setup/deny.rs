//! cargo-deny, which checks the licences, bans and sources of dependencies.

use anyhow::Result;

use super::cargo_tool::CargoTool;
use super::{Outcome, Tools};

pub(super) fn ensure(tools: &mut Tools) -> Result<Outcome> {
    let deny = CargoTool {
        package: "cargo-deny",
        version: "0.20.2".into(),
        programs: &["cargo-deny"],
        install_args: &[],
        patience: "about 5 minutes on two cores, once per user",
    };
    deny.ensure(&mut tools.path)
}
