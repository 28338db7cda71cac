//! Components and targets of the pinned toolchain, through rustup. (rustup itself reads rust-toolchain.toml and
//! usually has installed both before this program was compiled.)

use anyhow::{Context, Result};

use super::Outcome;
use crate::exec;

const TARGET: &str = "wasm32-unknown-unknown";

/// rustfmt and clippy.
pub(super) fn checkers() -> Result<Outcome> {
    let has = |name: &str| exec::output(exec::cargo().args([name, "--version"]));
    if let (Some(clippy), Some(_)) = (has("clippy"), has("fmt")) {
        return Ok(Outcome::Present(clippy));
    }
    exec::run(exec::named("rustup").args(["component", "add", "clippy", "rustfmt"]))
        .context("clippy and rustfmt are needed: with rustup, `rustup component add clippy rustfmt`")?;
    Ok(Outcome::Installed(
        "clippy and rustfmt added to the toolchain".into(),
    ))
}

/// The standard library for wasm.
pub(super) fn wasm_target() -> Result<Outcome> {
    let libs = exec::output(exec::named("rustc").args(["--print", "target-libdir", "--target", TARGET]));
    if libs.is_some_and(|dir| std::path::Path::new(&dir).is_dir()) {
        return Ok(Outcome::Present(TARGET.into()));
    }
    exec::run(exec::named("rustup").args(["target", "add", TARGET])).with_context(|| {
        format!("Rust's {TARGET} target is needed: install rustup (https://rustup.rs), then `rustup target add {TARGET}`")
    })?;
    Ok(Outcome::Installed(format!("Rust target {TARGET} added")))
}
