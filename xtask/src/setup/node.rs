//! Node and npm, which are expected to be on the machine: they bundle the front-end parts and run the browser tests.

use anyhow::{Result, bail};

use super::Outcome;
use crate::exec;

const OLDEST: u32 = 20;

pub(super) fn ensure() -> Result<Outcome> {
    let advice = format!(
        "Node {OLDEST} or newer with npm is needed: from https://nodejs.org, or through a package manager (on \
         Debian `apt-get install nodejs npm`, on macOS `brew install node`, on Windows `winget install OpenJS.NodeJS.LTS`)"
    );
    let Some(version) = exec::output(exec::named("node").arg("--version")) else {
        bail!("{advice}")
    };
    let number = version.trim_start_matches('v');
    let major = number
        .split('.')
        .next()
        .and_then(|major| major.parse::<u32>().ok())
        .unwrap_or(0);
    if major < OLDEST {
        bail!("this machine has Node {number}. {advice}");
    }
    if exec::output(exec::named("npm").arg("--version")).is_none() {
        bail!("Node is here, npm is not. {advice}");
    }
    Ok(Outcome::Present(format!("Node {number}")))
}
