//! The front-end packages pinned in web/package-lock.json (editor, terminal, fonts, esbuild, wasm-opt, test clients).

use std::fs;

use anyhow::{Context, Result};

use super::{Outcome, Tools};
use crate::{exec, place};

pub(super) fn ensure(tools: &mut Tools) -> Result<Outcome> {
    let web = place::web();
    let modules = web.join("node_modules");
    tools.path.push(modules.join(".bin"));
    let lock = fs::read(web.join("package-lock.json")).context("web/package-lock.json cannot be read")?;
    // npm leaves no sign of the lock file it installed from: this copy is that sign.
    let stamp = modules.join(".installed-from.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(Outcome::Present("npm packages".into()));
    }
    // No package runs a script of its own at installation.
    exec::run(
        exec::named("npm")
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(&web),
    )
    .context(
        "the packages of web/package-lock.json could not be installed: is the npm registry within reach?",
    )?;
    fs::write(&stamp, &lock).context("web/node_modules cannot be written")?;
    Ok(Outcome::Installed(
        "npm packages installed in web/node_modules".into(),
    ))
}
