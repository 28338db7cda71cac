//! Where things are: the repository, its built site, the per-user cache of tools.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The top of the repository.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

/// The folder of the front end, where npm's packages live.
pub(crate) fn web() -> PathBuf {
    root().join("web")
}

/// The built site.
pub(crate) fn dist() -> PathBuf {
    root().join("dist")
}

/// Cargo's target folder, for files that a check writes in passing.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// The folder that keeps built tools, one per name and version, shared by all clones of one user.
pub(crate) fn tool(name: &str, version: &str) -> Result<PathBuf> {
    Ok(user_cache()?
        .join("timonier")
        .join("tools")
        .join(format!("{name}-{version}")))
}

fn user_cache() -> Result<PathBuf> {
    let folder = |name: &str| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let found = if cfg!(windows) {
        folder("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        folder("HOME").map(|home| home.join("Library").join("Caches"))
    } else {
        folder("XDG_CACHE_HOME").or_else(|| folder("HOME").map(|home| home.join(".cache")))
    };
    found.context("no folder to keep built tools in: set HOME (LOCALAPPDATA on Windows)")
}
