//! Checks that need no browser.

use super::{Ending, all, all_tests};
use crate::build;
use crate::exec;
use crate::setup::Tools;

/// The same formatting everywhere.
pub(super) fn formatting(_: &Tools) -> Ending {
    let mut fmt = exec::cargo();
    fmt.args(["fmt", "--all", "--", "--check"]);
    all([fmt])
}

/// No warning, neither natively (tests and benchmarks too) nor in what the browser runs.
pub(super) fn lint(_: &Tools) -> Ending {
    let clippy = |selection: &[&str]| {
        let mut clippy = exec::cargo();
        clippy
            .args(["clippy", "--quiet", "--locked"])
            .args(selection)
            .args(["--", "--deny", "warnings"]);
        clippy
    };
    all([
        clippy(&["--workspace", "--all-targets"]),
        clippy(&[
            "--package",
            "timonier-web",
            "--all-targets",
            "--target",
            "wasm32-unknown-unknown",
        ]),
    ])
}

/// All tests of all crates, through cargo-nextest where it is installed; doc tests, which nextest does not run.
pub(super) fn tests(_: &Tools) -> Ending {
    let mut tests = exec::cargo();
    if exec::on_path("cargo-nextest").is_some() {
        tests.args([
            "nextest",
            "run",
            "--workspace",
            "--locked",
            "--no-fail-fast",
            "--status-level",
            "slow",
        ]);
    } else {
        tests.args([
            "test",
            "--quiet",
            "--workspace",
            "--locked",
            "--no-fail-fast",
            "--lib",
            "--bins",
            "--tests",
        ]);
    }
    let mut docs = exec::cargo();
    docs.args([
        "test",
        "--quiet",
        "--workspace",
        "--locked",
        "--no-fail-fast",
        "--doc",
    ]);
    all_tests([tests, docs])
}

/// The generator of the schema assets writes the bytes that are committed.
pub(super) fn schema(_: &Tools) -> Ending {
    let mut check = exec::cargo();
    check.args([
        "run",
        "--quiet",
        "--locked",
        "--manifest-path",
        "core/schema-gen/Cargo.toml",
        "--",
        "--check",
    ]);
    all([check])
}

/// Each exercise fails untouched, passes with its solution, has hints; no dead link.
pub(super) fn lessons(_: &Tools) -> Ending {
    let mut check = build::timonier();
    check.args(["lessons", "check"]);
    all_tests([check])
}
