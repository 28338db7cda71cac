//! Building the lab into `dist/`: front-end parts bundled, lessons bundled, page and engine compiled by Trunk, and
//! every text file compressed beside itself, for hosts that serve `.br` and `.gz` files as they are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::setup::{self, Part, Tools};
use crate::{exec, hash, place, split};

/// How much the build is optimised.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mode {
    /// For visitors: small and fast, minutes to build.
    Release,
    /// For developers: quick to build.
    Dev,
}

/// Builds `dist/`, after setting up what that takes.
pub(crate) fn build(mode: Mode) -> Result<()> {
    build_with(&setup::prepare(&Part::BUILD)?, mode)
}

/// Builds `dist/` with tools that are there.
pub(crate) fn build_with(tools: &Tools, mode: Mode) -> Result<()> {
    let begin = Instant::now();
    bundle(tools)?;
    let mut trunk = trunk(tools, "build")?;
    if mode == Mode::Release {
        trunk.args(["--release", "--cargo-profile", "site"]);
    }
    exec::run(&mut trunk)?;
    exec::run(node(tools, "scripts/home.mjs")?.arg(place::dist()))?;
    finish(tools, mode)?;
    println!(
        "build: {} in {}",
        place::dist().display(),
        exec::human(begin.elapsed())
    );
    Ok(())
}

/// What is done to a site that is all there: the engine taken apart, scripts shortened, files listed and compressed.
fn finish(tools: &Tools, mode: Mode) -> Result<()> {
    if mode == Mode::Release {
        split::split(&place::dist())?;
        exec::run(node(tools, "scripts/minify.mjs")?.arg(place::dist()))?;
    }
    let mut offline = node(tools, "scripts/offline.mjs")?;
    offline.arg(place::dist());
    if mode == Mode::Dev {
        // Browsers would go on showing what they kept.
        offline.arg("--none");
    }
    exec::run(&mut offline)?;
    if mode == Mode::Release {
        exec::run(node(tools, "scripts/compress.mjs")?.arg(place::dist()))?;
    }
    Ok(())
}

/// What Trunk only copies: third-party front-end parts, and the lessons as the lab reads them.
pub(crate) fn bundle(tools: &Tools) -> Result<()> {
    let mut npm = exec::named("npm");
    exec::run(
        npm.args(["run", "--silent", "vendor"])
            .env("PATH", tools.path()?)
            .current_dir(place::web()),
    )?;
    let lessons = place::web().join("generated").join("cours");
    fs::create_dir_all(&lessons).with_context(|| format!("{} cannot be written", lessons.display()))?;
    exec::run(timonier().args(["lessons", "bundle", "--out"]).arg(&lessons))
}

/// The lab's own command line.
pub(crate) fn timonier() -> Command {
    let mut command = exec::cargo();
    command.args(["run", "--quiet", "--locked", "--package", "timonier", "--"]);
    command
}

/// Trunk, with the project's tools first on PATH.
pub(crate) fn trunk(tools: &Tools, verb: &str) -> Result<Command> {
    let mut command = match tools.path.iter().find_map(|dir| program_in(dir, "trunk")) {
        Some(program) => exec::command(program),
        None => exec::named("trunk"),
    };
    // Trunk takes this variable for one of its own arguments, and refuses its usual values.
    command
        .arg(verb)
        .env("PATH", tools.path()?)
        .env_remove("NO_COLOR")
        .env("TIMONIER_BUILD", build_name()?)
        .env("CARGO_ENCODED_RUSTFLAGS", remapped());
    Ok(command)
}

/// What the engine calls itself: the version, and a hash (FNV-1a) of the sources that a run depends on. A save is replayed only by the
/// build that wrote it, for any change of the simulator may make another run of the same inputs.
fn build_name() -> Result<String> {
    let mut files = vec![place::root().join("Cargo.lock")];
    for dir in ["core/src", "lessons/src", "web/src/engine"] {
        walk(&place::root().join(dir), &mut files)?;
    }
    files.sort();
    let mut hash = hash::FNV_START;
    for file in files {
        let bytes = fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        // A checkout on Windows may end its lines otherwise.
        hash = hash::fnv1a(hash, bytes.into_iter().filter(|byte| *byte != b'\r'));
    }
    Ok(format!("{}+{hash:016x}", env!("CARGO_PKG_VERSION")))
}

fn walk(dir: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(dir).with_context(|| format!("{} cannot be read", dir.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// Compiler flags that keep this machine's folders out of the panic messages that ship, whoever builds.
fn remapped() -> String {
    let home = |variable: &str| std::env::var_os(variable).map(PathBuf::from);
    let cargo_home =
        home("CARGO_HOME").or_else(|| Some(home("HOME").or_else(|| home("USERPROFILE"))?.join(".cargo")));
    let registry = cargo_home.map(|home| home.join("registry").join("src"));
    let indexes = registry
        .and_then(|dir| fs::read_dir(dir).ok())
        .into_iter()
        .flatten();
    let crates = indexes.filter_map(|index| Some((index.ok()?.path(), "crates")));
    let flags = crates
        .chain([(place::root(), ".")])
        .map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display()));
    flags.collect::<Vec<_>>().join("\u{1f}")
}

/// A script of the front end, run by Node in its folder.
pub(crate) fn node(tools: &Tools, script: &str) -> Result<Command> {
    let mut command = exec::named("node");
    command
        .arg(script)
        .env("PATH", tools.path()?)
        .current_dir(place::web());
    Ok(command)
}

/// Tells a browser script where the browsers and the site are.
pub(crate) fn with_browsers(command: &mut Command, tools: &Tools) {
    let named = [
        ("TIMONIER_CHROMIUM", &tools.chromium),
        ("TIMONIER_FIREFOX", &tools.firefox),
    ];
    for (variable, browser) in named {
        if let Some(browser) = browser {
            command.env(variable, browser);
        }
    }
    command.env("TIMONIER_DIST", place::dist());
}

/// Builds the lab and runs a script of `web/` against it in Chromium.
pub(crate) fn with_browser(script: &str, args: &[&str]) -> Result<()> {
    let parts: Vec<Part> = Part::BUILD.into_iter().chain([Part::Chromium]).collect();
    let tools = setup::prepare(&parts)?;
    build_with(&tools, Mode::Release)?;
    let mut command = node(&tools, script)?;
    command.args(args);
    with_browsers(&mut command, &tools);
    exec::run(&mut command)
}

/// Drives the site that is built through a usual session, to find what of the engine that never calls, and takes the engine apart by it.
pub(crate) fn profile() -> Result<()> {
    let tools = setup::prepare(&[Part::Packages, Part::Chromium])?;
    let whole = split::profile(|engine, entered| {
        let mut command = node(&tools, "scripts/profile.mjs")?;
        command.arg(engine).arg(entered);
        with_browsers(&mut command, &tools);
        exec::run(&mut command)
    })?;
    fs::copy(whole, place::dist().join("engine_bg.wasm"))?;
    finish(&tools, Mode::Release)
}

fn program_in(dir: &Path, name: &str) -> Option<PathBuf> {
    let program = dir.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    program.is_file().then_some(program)
}
