//! `apk`, `apt-get`, `pip`, `npm`: package managers, as far as they say that it went well. A client that the lab knows (`curl`, `psql`) is there afterwards;
//! other packages bring nothing.

use super::{Start, System, locate};
use crate::sh::Io;

/// Packages whose program has another name.
const PROGRAMS: &[(&str, &str)] = &[
    ("bind-tools", "dig"),
    ("dnsutils", "dig"),
    ("iputils", "ping"),
    ("iputils-ping", "ping"),
    ("netcat-openbsd", "nc"),
    ("postgresql-client", "psql"),
    ("redis", "redis-cli"),
    ("redis-tools", "redis-cli"),
];

pub(super) fn install(start: &Start, io: &mut Io<'_>, host: &mut dyn System) -> i32 {
    let manager = start.argv.first().map_or("", String::as_str);
    let words = || start.argv.iter().skip(1).filter(|word| !word.starts_with('-'));
    let action = words().next().map_or("", String::as_str);
    let adds = matches!(action, "add" | "install" | "i" | "ci");
    if host.identity().uid != 0 && matches!(manager, "apk" | "apt" | "apt-get") {
        io.error(if manager == "apk" {
            "ERROR: Unable to lock database: Permission denied\nERROR: Failed to open apk database: Permission denied\n"
        } else {
            "E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)\nE: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?\n"
        });
        return if manager == "apk" { 99 } else { 100 };
    }
    let packages: Vec<&String> = words().skip(1).filter(|_| adds).collect();
    for package in &packages {
        add(package, host);
    }
    let count = packages.len();
    let names = packages.iter().map(|name| name.as_str()).collect::<Vec<_>>();
    io.print(match (manager, action) {
        ("apk", "add") => {
            let lines = names.iter().enumerate();
            let lines: String = lines
                .map(|(index, name)| format!("({}/{count}) Installing {name}\n", index + 1))
                .collect();
            format!("{lines}OK: {} MiB in {} packages\n", 8 + count * 3, 16 + count)
        }
        ("apk", _) => "OK: 25404 distinct packages available\n".to_owned(),
        ("apt" | "apt-get", "install") => format!(
            "Reading package lists...\nBuilding dependency tree...\nThe following NEW packages will be installed:\n  {}\nSetting up {} ...\n",
            names.join(" "),
            names.join(" ")
        ),
        ("apt" | "apt-get", _) => "Reading package lists...\n".to_owned(),
        ("pip", "install") if count > 0 => format!("Successfully installed {}\n", names.join(" ")),
        ("npm", _) if adds => format!("\nadded {} packages in 2s\n", 57 + count),
        _ => String::new(),
    });
    0
}

/// Puts the program of a package where the machine finds it.
fn add(package: &str, host: &mut dyn System) {
    let package = package.split(['=', '@']).next().unwrap_or(package);
    let renamed = PROGRAMS.iter().find(|(name, _)| *name == package);
    let program = renamed.map_or(package, |(_, program)| program);
    if locate(program).is_some() {
        let path = format!("/usr/bin/{program}");
        let files = host.files_mut();
        if files.create(&path, true).is_ok() {
            let _there = host.set_executable(&path, true);
        }
    }
}
