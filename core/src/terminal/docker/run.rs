//! `docker run` and `docker create`: their options, and what is made of them.

#![expect(clippy::while_let_on_iterator, reason = "the letters are read on inside")]

use std::time::Duration;

use super::container::{Config, Container, Restart, mount};
use super::{Engine, Host, digest};
use crate::sh::Files;
use crate::userland::Folder;

/// What `docker run` was asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    pub(super) config: Config,
    pub(super) image: String,
    pub(super) name: Option<String>,
    pub(super) detached: bool,
    pub(super) auto_remove: bool,
    pub(super) pull: String,
    pub(super) mounts: Vec<String>,
    pub(super) env_files: Vec<String>,
}

/// Options that take a value and mean nothing here.
const IGNORED: &[&str] = &[
    "--network",
    "--net",
    "--label",
    "-l",
    "--log-driver",
    "--log-opt",
    "--add-host",
    "--dns",
    "--ulimit",
    "--shm-size",
    "--platform",
    "--stop-signal",
    "--cap-add",
    "--cap-drop",
    "--security-opt",
    "--health-cmd",
    "--ip",
    "--link",
];

/// Reads the words behind `docker run`; the error is docker's.
pub(super) fn parse(words: &[String], command: &str) -> Result<Wanted, String> {
    let mut wanted = Wanted::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if !word.starts_with('-') || word == "-" {
            wanted.image.clone_from(word);
            wanted.config.command = words.cloned().collect();
            break;
        }
        let (flag, value) = match word.split_once('=') {
            Some((flag, value)) if flag.starts_with("--") => (flag.to_owned(), Some(value.to_owned())),
            _ => (word.clone(), None),
        };
        if flag.starts_with("--") {
            let mut take = || value.clone().or_else(|| words.next().cloned());
            read_long(&mut wanted, &flag, &mut take)?;
            continue;
        }
        // `-dit`, `-p8080:80`
        let mut letters = flag.char_indices().skip(1);
        while let Some((at, letter)) = letters.next() {
            match letter {
                'd' => wanted.detached = true,
                'i' => wanted.config.stdin = true,
                't' => wanted.config.terminal = true,
                'P' | 'q' => {}
                _ => {
                    let rest = word.get(at + 1..).unwrap_or_default();
                    let rest = rest.strip_prefix('=').unwrap_or(rest);
                    let attached = Some(rest.to_owned()).filter(|rest| !rest.is_empty());
                    let mut take = || attached.clone().or_else(|| words.next().cloned());
                    read_long(&mut wanted, &format!("-{letter}"), &mut take)?;
                    break;
                }
            }
        }
    }
    if wanted.image.is_empty() {
        return Err(format!(
            "docker: 'docker {command}' requires at least 1 argument\n\nUsage:  docker {command} [OPTIONS] IMAGE [COMMAND] [ARG...]\n\nSee 'docker {command} --help' for more information\n"
        ));
    }
    Ok(wanted)
}

fn read_long(
    wanted: &mut Wanted,
    flag: &str,
    take: &mut dyn FnMut() -> Option<String>,
) -> Result<(), String> {
    match flag {
        "--detach" => wanted.detached = true,
        "--interactive" => wanted.config.stdin = true,
        "--tty" => wanted.config.terminal = true,
        "--rm" => wanted.auto_remove = true,
        "--init" | "--privileged" | "--read-only" | "--publish-all" | "--quiet" => {}
        _ => {
            let Some(value) = take() else {
                let name = flag.trim_start_matches('-');
                return Err(if flag.starts_with("--") {
                    format!(
                        "flag needs an argument: {flag}\n\nUsage:  docker run [OPTIONS] IMAGE [COMMAND] [ARG...]\n\nRun 'docker run --help' for more information\n"
                    )
                } else {
                    format!(
                        "flag needs an argument: '{name}' in {flag}\n\nUsage:  docker run [OPTIONS] IMAGE [COMMAND] [ARG...]\n\nRun 'docker run --help' for more information\n"
                    )
                });
            };
            return read_value(wanted, flag, &value);
        }
    }
    Ok(())
}

fn read_value(wanted: &mut Wanted, flag: &str, value: &str) -> Result<(), String> {
    let config = &mut wanted.config;
    match flag {
        "-p" | "--publish" => {
            let port = ports(value).ok_or_else(|| {
                format!("docker: invalid publish opts format (should be name=value but got '{value}')\n")
            });
            config.ports.push(port?);
        }
        "-e" | "--env" => {
            if let Some((name, value)) = value.split_once('=') {
                config.env.insert(name.to_owned(), value.to_owned());
            }
        }
        "--env-file" => wanted.env_files.push(value.to_owned()),
        "--name" => wanted.name = Some(value.trim_start_matches('/').to_owned()),
        "-v" | "--volume" => wanted.mounts.push(value.to_owned()),
        "-w" | "--workdir" => value.clone_into(&mut config.work_dir),
        "-u" | "--user" => {
            let user = value.split(':').next().unwrap_or_default();
            config.user = Some(if user == "root" {
                0
            } else {
                user.parse().unwrap_or(1_000)
            });
        }
        "-h" | "--hostname" => value.clone_into(&mut config.hostname),
        "-m" | "--memory" => {
            let memory = memory(value).ok_or_else(|| {
                format!("invalid argument \"{value}\" for \"-m, --memory\" flag: invalid size: '{value}'\n")
            });
            config.memory_bytes = Some(memory?);
        }
        "--cpus" => config.cpu_millis = thousandths(value),
        "--entrypoint" => config.entrypoint = vec![value.to_owned()],
        "--restart" => {
            config.restart = Restart::parse(value)
                .ok_or_else(|| format!("docker: Error response from daemon: invalid restart policy: unknown policy '{value}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'\n"))?;
        }
        "--pull" => value.clone_into(&mut wanted.pull),
        _ if IGNORED.contains(&flag) => {}
        _ => {
            let name = flag.trim_start_matches('-');
            let what = if flag.starts_with("--") {
                format!("unknown flag: --{name}")
            } else {
                format!("unknown shorthand flag: '{name}' in {flag}")
            };
            return Err(format!(
                "{what}\n\nUsage:  docker run [OPTIONS] IMAGE [COMMAND] [ARG...]\n\nRun 'docker run --help' for more information\n"
            ));
        }
    }
    Ok(())
}

/// `8080:80`, `127.0.0.1:8080:80`, `8080:80/tcp`
fn ports(text: &str) -> Option<(u16, u16)> {
    let text = text.split('/').next()?;
    let mut parts = text.rsplit(':');
    let inner = parts.next()?.parse().ok()?;
    let outer = match parts.next() {
        Some(outer) => outer.parse().ok()?,
        // Any port that is free.
        None => 32_768 + inner % 1_000,
    };
    Some((outer, inner))
}

/// `64m`, `1g`, `512k`
pub(super) fn memory(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let digits = lower.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let number: u64 = digits.parse().ok()?;
    let shift = match lower.get(digits.len()..)? {
        "" | "b" => 0,
        "k" | "kb" => 10,
        "m" | "mb" => 20,
        "g" | "gb" => 30,
        _ => return None,
    };
    Some(number << shift)
}

/// `0.5`, `1.25`
fn thousandths(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part: String = part.chars().chain("000".chars()).take(3).collect();
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    Some(whole * 1_000 + part.parse::<u64>().ok()?)
}

impl Engine {
    /// Makes a container; its place, or why not in the daemon's words.
    pub(super) fn create(
        &mut self,
        mut wanted: Wanted,
        cwd: &str,
        host: &mut Host<'_>,
    ) -> Result<usize, String> {
        let Some((_, local)) = self.image(&wanted.image) else {
            return Err(format!(
                "Error response from daemon: No such image: {}",
                wanted.image
            ));
        };
        let local = local.clone();
        let id = self.new_id(host.rng, "container");
        let name = match wanted.name.take() {
            Some(name) => {
                if let Some(other) = self.find(&name).and_then(|index| self.containers.get(index))
                    && other.name == name
                {
                    return Err(format!(
                        "Error response from daemon: Conflict. The container name \"/{name}\" is already in use by container \"{}\". You have to remove (or rename) that container to be able to reuse that name.",
                        other.id
                    ));
                }
                let fine = |letter: char| letter.is_ascii_alphanumeric() || "_.-".contains(letter);
                if !name.chars().all(fine)
                    || !name.starts_with(|letter: char| letter.is_ascii_alphanumeric())
                    || name.len() < 2
                {
                    return Err(format!(
                        "Error response from daemon: Invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"
                    ));
                }
                name
            }
            None => self.free_name(host.rng),
        };
        for path in &wanted.env_files {
            read_env_file(&mut wanted.config, path, cwd, host.files)?;
        }
        for (index, text) in wanted.mounts.iter().enumerate() {
            let anonymous = digest(host.rng, "docker-volume", &id, index as u64);
            let found = mount(text, cwd, &anonymous).ok_or_else(|| {
                format!("Error response from daemon: invalid volume specification: '{text}'")
            })?;
            // A folder that is not there is made.
            if found.place == crate::runtime::Place::Node && host.files.stat(&found.inner).is_none() {
                let mut so_far = String::new();
                for part in found.inner.split('/').filter(|part| !part.is_empty()) {
                    so_far = format!("{so_far}/{part}");
                    let _exists = host.files.make_directory(&so_far);
                }
            }
            wanted.config.mounts.push(found);
        }
        if wanted.config.hostname.is_empty() {
            wanted.config.hostname = id.get(..12).unwrap_or(&id).to_owned();
        }
        let address = format!("172.17.0.{}", 2 + self.containers.len() % 250);
        let about = (id, name, wanted.image.clone());
        let container = Container::new(
            about,
            local,
            wanted.config,
            (host.now, address, wanted.auto_remove),
        );
        self.containers.push(container);
        Ok(self.containers.len() - 1)
    }

    /// Starts a container; why not in the daemon's words.
    pub(super) fn start_container(&mut self, index: usize, host: &mut Host<'_>) -> Result<(), String> {
        let Some(container) = self.containers.get(index) else {
            return Ok(());
        };
        let (id, name) = (container.id.clone(), container.name.clone());
        for (port, _) in &container.config.ports {
            let taken = self
                .containers
                .iter()
                .any(|other| other.published(*port).is_some());
            if taken {
                return Err(format!(
                    "Error response from daemon: failed to set up container networking: driver failed programming external connectivity on endpoint {name} ({}): Bind for 0.0.0.0:{port} failed: port is already allocated",
                    digest(host.rng, "docker-endpoint", &id, 0)
                ));
            }
        }
        let mut volumes = std::mem::take(&mut self.volumes);
        let result = match self.containers.get_mut(index) {
            Some(container) => container.start(host, &mut volumes),
            None => Ok(()),
        };
        self.volumes = volumes;
        self.spoke = true;
        result.map_err(|why| {
            format!(
                "Error response from daemon: failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: {why}: unknown"
            )
        })
    }

    /// Asks a container to stop.
    pub(super) fn stop_container(&mut self, index: usize, host: &Host<'_>, grace: Duration) {
        if let Some(container) = self.containers.get_mut(index) {
            container.stop(host.now, grace);
        }
    }
}

fn read_env_file(config: &mut Config, path: &str, cwd: &str, files: &Folder) -> Result<(), String> {
    let full = crate::sh::resolve(cwd, path);
    let bytes = files
        .read(&full, 0, usize::MAX)
        .map_err(|_| format!("docker: open {path}: no such file or directory"))?;
    for line in String::from_utf8_lossy(&bytes).lines() {
        if let Some((name, value)) = line
            .split_once('=')
            .filter(|_| !line.trim_start().starts_with('#'))
        {
            config.env.insert(name.trim().to_owned(), value.to_owned());
        }
    }
    Ok(())
}
