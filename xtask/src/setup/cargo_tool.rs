//! A tool that cargo builds from crates.io, kept in the per-user cache under its name and version.

use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::Outcome;
use crate::{exec, place};

/// A crate whose programs the project runs.
pub(super) struct CargoTool {
    /// Its name on crates.io.
    pub(super) package: &'static str,
    /// The one version that is known to work.
    pub(super) version: String,
    /// The programs it installs; the first is asked for its version.
    pub(super) programs: &'static [&'static str],
    /// More arguments for `cargo install`.
    pub(super) install_args: &'static [&'static str],
    /// How long it takes to build, for people.
    pub(super) patience: &'static str,
}

impl CargoTool {
    /// Finds the tool or builds it; its folder goes on the project's PATH unless it is on PATH already.
    pub(super) fn ensure(&self, path: &mut Vec<PathBuf>) -> Result<Outcome> {
        let name = format!("{} {}", self.package, self.version);
        let mut on_path = self.programs.iter().map(|program| exec::on_path(program));
        if on_path.all(|found| found.is_some_and(|program| self.fits(&program))) {
            return Ok(Outcome::Present(name));
        }
        let home = place::tool(self.package, &self.version)?;
        path.push(home.join("bin"));
        if self
            .programs
            .iter()
            .all(|program| self.fits(&in_bin(&home, program)))
        {
            return Ok(Outcome::Present(name));
        }
        println!("setup: {name} is not here: building it, {}", self.patience);
        self.build(&home)?;
        Ok(Outcome::Installed(format!(
            "{name} built into {}",
            home.display()
        )))
    }

    /// Builds beside the final folder and renames, so that a build that was cut short or raced is never taken for a tool.
    fn build(&self, home: &Path) -> Result<()> {
        let partial = home.with_file_name(format!(
            "{}-{}.partial-{}",
            self.package,
            self.version,
            std::process::id()
        ));
        let mut install = exec::cargo();
        install
            .args([
                "install",
                "--locked",
                self.package,
                "--version",
                &self.version,
                "--root",
            ])
            .arg(&partial)
            .args(self.install_args)
            // Its build must touch neither this workspace's target folder nor follow its flags.
            .env_remove("CARGO_TARGET_DIR")
            .env_remove("RUSTFLAGS")
            .current_dir(std::env::temp_dir());
        if !std::io::stdout().is_terminal() {
            install.arg("--quiet");
        }
        let built = exec::run(&mut install).with_context(|| self.advice());
        if built.is_ok() {
            // A folder that is there by now was made by another clone, or is a broken one.
            if !self.fits(&in_bin(home, self.programs.first().unwrap_or(&self.package))) {
                let _ = fs::remove_dir_all(home);
                fs::rename(&partial, home)
                    .with_context(|| format!("{} cannot be written", home.display()))?;
            }
        }
        let _ = fs::remove_dir_all(&partial);
        built
    }

    fn advice(&self) -> String {
        format!(
            "{0} {1} could not be built. It needs crates.io and a C compiler; by hand: `cargo install --locked {0} \
             --version {1}`, or put a ready-made {0} {1} on PATH",
            self.package, self.version
        )
    }

    /// Whether a program is there and of the right version.
    fn fits(&self, program: &Path) -> bool {
        program.is_file()
            && exec::output(exec::command(program).arg("--version"))
                .is_some_and(|text| says_version(&text, &self.version))
    }
}

fn in_bin(home: &Path, program: &str) -> PathBuf {
    home.join("bin")
        .join(format!("{program}{}", std::env::consts::EXE_SUFFIX))
}

/// Whether a `--version` text names exactly this version.
fn says_version(text: &str, version: &str) -> bool {
    text.split_whitespace()
        .any(|word| word.trim_start_matches('v') == version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_whole() {
        let check = |text, expected| assert_eq!(says_version(text, "0.2.12"), expected, "{text}");
        check("wasm-bindgen 0.2.12", true);
        check("tool v0.2.12 (abc 2026)", true);
        check("wasm-bindgen 0.2.129", false);
        check("", false);
    }
}
