//! The programs that tests drive and that are not built here: Chromium with its driver, Firefox, kubectl.
//!
//! `CHROMIUM`, `CHROMEDRIVER`, `FIREFOX` and `KUBECTL` name others. Missing ones come from the system's package manager.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::{Outcome, Tools};
use crate::exec;

/// Where a program may be, and how each package manager names what brings it.
struct Program {
    name: &'static str,
    variable: &'static str,
    names: &'static [&'static str],
    elsewhere: &'static [&'static str],
}

const CHROMIUM: Program = Program {
    name: "Chromium",
    variable: "CHROMIUM",
    names: &[
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
        "chrome",
    ],
    elsewhere: &[
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
        "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
    ],
};

const CHROMEDRIVER: Program = Program {
    name: "chromedriver",
    variable: "CHROMEDRIVER",
    names: &["chromedriver"],
    elsewhere: &[],
};

const FIREFOX: Program = Program {
    name: "Firefox",
    variable: "FIREFOX",
    names: &["firefox-esr", "firefox"],
    elsewhere: &[
        "/Applications/Firefox.app/Contents/MacOS/firefox",
        "C:\\Program Files\\Mozilla Firefox\\firefox.exe",
    ],
};

const KUBECTL: Program = Program {
    name: "kubectl",
    variable: "KUBECTL",
    names: &["kubectl"],
    elsewhere: &[],
};

/// A package manager: its program, its arguments before the packages, the packages of each program, and
/// what refreshes its lists when an installation fails on a machine that has none yet.
struct Manager {
    program: &'static str,
    as_root: bool,
    install: &'static [&'static str],
    refresh: &'static [&'static str],
    chromium: &'static [&'static str],
    firefox: &'static [&'static str],
    kubectl: &'static [&'static str],
}

const MANAGERS: &[Manager] = &[
    Manager {
        program: "apt-get",
        as_root: true,
        install: &["install", "-y", "--no-install-recommends"],
        refresh: &["update"],
        chromium: &["chromium", "chromium-driver"],
        firefox: &["firefox-esr"],
        kubectl: &["kubernetes-client"],
    },
    Manager {
        program: "dnf",
        as_root: true,
        install: &["install", "-y"],
        refresh: &["makecache"],
        chromium: &["chromium", "chromedriver"],
        firefox: &["firefox"],
        kubectl: &["kubernetes-client"],
    },
    Manager {
        program: "pacman",
        as_root: true,
        install: &["-S", "--noconfirm", "--needed"],
        refresh: &["-Sy"],
        chromium: &["chromium"],
        firefox: &["firefox"],
        kubectl: &["kubectl"],
    },
    Manager {
        program: "brew",
        as_root: false,
        install: &["install"],
        refresh: &["update"],
        chromium: &["google-chrome", "chromedriver"],
        firefox: &["firefox"],
        kubectl: &["kubernetes-cli"],
    },
    Manager {
        program: "winget",
        as_root: false,
        install: &[
            "install",
            "--accept-package-agreements",
            "--accept-source-agreements",
        ],
        refresh: &["source", "update"],
        chromium: &["Google.Chrome", "Chromium.ChromeDriver"],
        firefox: &["Mozilla.Firefox"],
        kubectl: &["Kubernetes.kubectl"],
    },
];

/// Chromium and the driver that wasm tests speak to.
pub(super) fn chromium(tools: &mut Tools) -> Result<Outcome> {
    let outcome = ensure(&[&CHROMIUM, &CHROMEDRIVER], |manager| manager.chromium)?;
    tools.chromium = CHROMIUM.find();
    tools.chromedriver = CHROMEDRIVER.find();
    Ok(outcome)
}

/// Firefox.
pub(super) fn firefox(tools: &mut Tools) -> Result<Outcome> {
    let outcome = ensure(&[&FIREFOX], |manager| manager.firefox)?;
    tools.firefox = FIREFOX.find();
    Ok(outcome)
}

/// kubectl, of any version: the test of `serve-api` asks what an ordinary one makes of the lab.
pub(super) fn kubectl() -> Result<Outcome> {
    ensure(&[&KUBECTL], |manager| manager.kubectl)
}

fn ensure(wanted: &[&Program], packages: impl Fn(&Manager) -> &'static [&'static str]) -> Result<Outcome> {
    let names = wanted
        .iter()
        .map(|program| program.name)
        .collect::<Vec<_>>()
        .join(" and ");
    let missing = || {
        wanted
            .iter()
            .filter(|program| program.find().is_none())
            .map(|b| b.advice())
            .collect::<Vec<_>>()
    };
    if missing().is_empty() {
        return Ok(Outcome::Present(names));
    }
    let Some(manager) = MANAGERS
        .iter()
        .find(|manager| exec::on_path(manager.program).is_some())
    else {
        bail!("{}", missing().join("; "));
    };
    println!("setup: {names} not found: asking {}", manager.program);
    manager
        .install(packages(manager))
        .with_context(|| missing().join("; "))?;
    let missing = missing();
    if !missing.is_empty() {
        bail!(
            "{} installed what it calls {names}, and still: {}",
            manager.program,
            missing.join("; ")
        );
    }
    Ok(Outcome::Installed(format!(
        "{names} installed through {}",
        manager.program
    )))
}

impl Program {
    fn find(&self) -> Option<PathBuf> {
        let named = env::var_os(self.variable)
            .map(PathBuf::from)
            .filter(|path| path.is_file());
        let installed = || self.names.iter().find_map(|name| exec::on_path(name));
        let elsewhere = || {
            self.elsewhere
                .iter()
                .map(PathBuf::from)
                .find(|path| path.is_file())
        };
        named.or_else(installed).or_else(elsewhere)
    }

    fn advice(&self) -> String {
        format!(
            "{} is needed for the tests: install it, or set {} to its path",
            self.name, self.variable
        )
    }
}

impl Manager {
    fn install(&self, packages: &[&str]) -> Result<()> {
        let install = || exec::run(self.command()?.args(self.install).args(packages));
        if install().is_ok() {
            return Ok(());
        }
        // A fresh machine or container often has no package lists yet.
        exec::run(self.command()?.args(self.refresh))?;
        install()
    }

    fn command(&self) -> Result<std::process::Command> {
        if !self.as_root || is_root() {
            let mut command = exec::named(self.program);
            command.env("DEBIAN_FRONTEND", "noninteractive");
            return Ok(command);
        }
        if exec::on_path("sudo").is_none() {
            bail!(
                "{} needs root, and there is no sudo: run as root, or install by hand",
                self.program
            );
        }
        let mut command = exec::named("sudo");
        if env::var_os("CI").is_some() {
            command.arg("--non-interactive");
        }
        command.arg(self.program);
        Ok(command)
    }
}

/// Whether this process is root, for whom Chromium refuses its sandbox.
pub(crate) fn is_root() -> bool {
    cfg!(unix) && exec::output(exec::named("id").arg("-u")).as_deref() == Some("0")
}
