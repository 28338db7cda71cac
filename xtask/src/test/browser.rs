//! Tests of the built site in real browsers, written for Node's own test runner under web/e2e/.

use std::fs;
use std::io::IsTerminal;

use anyhow::{Context, Result, bail};

use super::{Ending, all_tests};
use crate::setup::Tools;
use crate::{build, exec, place};

/// Whole lessons done in headless Chromium.
pub(super) fn end_to_end(tools: &Tools) -> Ending {
    run(tools, |name| !name.starts_with("firefox"))
}

/// The lab starts and runs a command in Firefox.
pub(super) fn firefox(tools: &Tools) -> Ending {
    run(tools, |name| name.starts_with("firefox"))
}

fn run(tools: &Tools, chosen: impl Fn(&str) -> bool) -> Ending {
    match command(tools, chosen) {
        Ok(command) => all_tests([command]),
        Err(error) => (Vec::new(), Err(error)),
    }
}

fn command(tools: &Tools, chosen: impl Fn(&str) -> bool) -> Result<std::process::Command> {
    if !place::dist().join("index.html").is_file() {
        bail!("dist/ holds no built site: `cargo xtask build` first");
    }
    let folder = place::web().join("e2e");
    let entries = fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut files: Vec<String> = names
        .filter(|name| name.ends_with(".test.mjs") && chosen(name))
        .collect();
    files.sort_unstable();
    if files.is_empty() {
        bail!("{} holds no test for this browser", folder.display());
    }
    let mut node = exec::named("node");
    // One file at a time: each drives a browser, and the machine may have two cores.
    node.args(["--test", "--test-concurrency=1"]);
    if std::io::stdout().is_terminal() {
        node.arg("--test-reporter=spec");
    }
    node.args(files.iter().map(|name| format!("e2e/{name}")))
        .current_dir(place::web());
    build::with_browsers(&mut node, tools);
    Ok(node)
}
