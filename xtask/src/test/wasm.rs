//! Tests compiled to wasm and run in headless Chromium, through wasm-bindgen's own test runner.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{Ending, all_tests};
use crate::setup::Tools;
use crate::setup::programs::is_root;
use crate::{exec, place};

/// The wasm tests of the web crate.
pub(super) fn tests(tools: &Tools) -> Ending {
    match command(tools) {
        Ok(command) => all_tests([command]),
        Err(error) => (Vec::new(), Err(error)),
    }
}

fn command(tools: &Tools) -> Result<std::process::Command> {
    let mut natively = exec::cargo();
    natively.args([
        "run",
        "--quiet",
        "--locked",
        "--package",
        "timonier-core",
        "--example",
        "same_run",
    ]);
    let natively = exec::output(&mut natively).context("core/examples/same_run.rs does not run natively")?;
    let mut test = exec::cargo();
    test.args([
        "test",
        "--locked",
        "--no-fail-fast",
        "--package",
        "timonier-web",
        "--target",
        "wasm32-unknown-unknown",
    ])
    .env("PATH", tools.path()?)
    .env(
        "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER",
        "wasm-bindgen-test-runner",
    )
    .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", capabilities(tools)?)
    .env("WASM_BINDGEN_TEST_TIMEOUT", "300")
    .env(
        "TIMONIER_SAME_RUN",
        natively.lines().collect::<Vec<_>>().join(";"),
    );
    if let Some(driver) = &tools.chromedriver {
        test.env("CHROMEDRIVER", driver);
    }
    Ok(test)
}

/// Writes what the driver is to start: this machine's browser, without a window, with no traffic of its own.
fn capabilities(tools: &Tools) -> Result<PathBuf> {
    let file = place::target().join("webdriver.json");
    fs::create_dir_all(place::target())
        .and_then(|()| fs::write(&file, options(tools.chromium.as_deref(), is_root())))
        .with_context(|| format!("{} cannot be written", file.display()))?;
    Ok(file)
}

fn options(chromium: Option<&Path>, root: bool) -> String {
    let mut args = vec![
        "--headless",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    ];
    if root {
        args.push("--no-sandbox");
    }
    let binary = chromium
        .map(|path| format!("\"binary\": {:?}, ", path.to_string_lossy()))
        .unwrap_or_default();
    format!("{{ \"goog:chromeOptions\": {{ {binary}\"args\": {args:?} }} }}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_driver_gets_json() {
        let text = options(Some(Path::new("C:\\Chrome\\chrome.exe")), true);
        assert!(text.starts_with("{ \"goog:chromeOptions\": { \"binary\": \"C:\\\\Chrome\\\\chrome.exe\", \"args\": [\"--headless\", "));
        assert!(text.contains("\"--no-sandbox\"") && !options(None, false).contains("--no-sandbox"));
    }
}
