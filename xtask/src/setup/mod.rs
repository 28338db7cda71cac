//! What the commands need on the machine: found when it is there, installed through the ordinary clients when not.
//!
//! One file per tool. Each looks first (a fitting tool on PATH, then the per-user cache), installs only what is
//! missing, and says what it did and how long it took. When everything is there, one line says so.

mod cargo_tool;
mod deny;
mod node;
mod packages;
pub(crate) mod programs;
mod rust;
mod trunk;
mod wasm_bindgen;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;

use crate::exec;

/// One thing that a command may need.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    /// rustfmt and clippy of the pinned toolchain.
    Checkers,
    /// The standard library for `wasm32-unknown-unknown`.
    Wasm,
    /// Node and npm themselves.
    Node,
    /// The front-end packages of web/package.json, wasm-opt among them.
    Packages,
    /// The bundler.
    Trunk,
    /// wasm-bindgen's command line, of the version in Cargo.lock.
    WasmBindgen,
    /// Chromium with its driver.
    Chromium,
    /// Firefox.
    Firefox,
    /// kubectl.
    Kubectl,
    /// cargo-deny.
    Deny,
}

impl Part {
    /// Everything, in an order that works.
    pub(crate) const ALL: [Part; 10] = [
        Part::Checkers,
        Part::Wasm,
        Part::Node,
        Part::Packages,
        Part::Chromium,
        Part::Firefox,
        Part::Kubectl,
        Part::WasmBindgen,
        Part::Trunk,
        Part::Deny,
    ];

    /// What it takes to build the site.
    pub(crate) const BUILD: [Part; 5] = [
        Part::Wasm,
        Part::Node,
        Part::Packages,
        Part::WasmBindgen,
        Part::Trunk,
    ];

    fn ensure(self, tools: &mut Tools) -> Result<Outcome> {
        match self {
            Part::Checkers => rust::checkers(),
            Part::Wasm => rust::wasm_target(),
            Part::Node => node::ensure(),
            Part::Packages => packages::ensure(tools),
            Part::Trunk => trunk::ensure(tools),
            Part::WasmBindgen => wasm_bindgen::ensure(tools),
            Part::Chromium => programs::chromium(tools),
            Part::Firefox => programs::firefox(tools),
            Part::Kubectl => programs::kubectl(),
            Part::Deny => deny::ensure(tools),
        }
    }
}

/// How one part was found.
enum Outcome {
    /// It was there: its name and version.
    Present(String),
    /// It had to be installed: what was done.
    Installed(String),
}

/// The tools found, for the commands that run them.
#[derive(Default)]
pub(crate) struct Tools {
    /// Folders to put first on PATH.
    pub(crate) path: Vec<PathBuf>,
    /// The browser to test in.
    pub(crate) chromium: Option<PathBuf>,
    /// The driver that fits it.
    pub(crate) chromedriver: Option<PathBuf>,
    /// The other browser.
    pub(crate) firefox: Option<PathBuf>,
}

impl Tools {
    /// PATH with the project's tools first.
    pub(crate) fn path(&self) -> Result<OsString> {
        exec::path_with(&self.path)
    }
}

/// Finds or installs the parts, in order.
///
/// # Errors
/// The first part that can be neither found nor installed, with what a person can do about it.
pub(crate) fn prepare(parts: &[Part]) -> Result<Tools> {
    let begin = Instant::now();
    let mut tools = Tools::default();
    let mut present = Vec::new();
    let mut installed = 0;
    for part in parts {
        let since = Instant::now();
        match part.ensure(&mut tools)? {
            Outcome::Present(what) => present.push(what),
            Outcome::Installed(what) => {
                println!("setup: {what} ({})", exec::human(since.elapsed()));
                installed += 1;
            }
        }
    }
    if installed == 0 {
        println!("setup: nothing to do, all here: {}", present.join(", "));
    } else {
        println!("setup: done in {}", exec::human(begin.elapsed()));
    }
    Ok(tools)
}
