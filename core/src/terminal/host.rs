//! The laptop as the shell sees it while it is polled: its files, its commands, and the way to the cluster.

use std::time::Duration;

use super::commands;
use super::laptop::{HOST, Laptop};
use super::program::Program;
use crate::kubectl::Client;
use crate::sh::{FileError, Files, Host, Launch, Launched, ShellHost, Stat};

/// How long a small program takes to start.
const START: Duration = Duration::from_micros(900);

/// A laptop that is connected to a cluster.
pub(super) struct Connected<'a> {
    pub(super) laptop: &'a mut Laptop,
    pub(super) api: &'a mut dyn Client,
    pub(super) columns: u16,
    pub(super) rows: u16,
    /// Files that a command asked the page to open.
    pub(super) opened: &'a mut Vec<String>,
}

impl Connected<'_> {
    pub(super) const fn name() -> &'static str {
        HOST
    }
}

impl Files for Connected<'_> {
    fn stat(&self, path: &str) -> Option<Stat> {
        self.laptop.folder.stat(path)
    }

    fn read(&self, path: &str, offset: u64, length: usize) -> Result<Vec<u8>, FileError> {
        self.laptop.folder.read(path, offset, length)
    }

    fn write(&mut self, path: &str, offset: Option<u64>, bytes: &[u8]) -> Result<(), FileError> {
        self.laptop.folder.write(path, offset, bytes)
    }

    fn create(&mut self, path: &str, truncate: bool) -> Result<(), FileError> {
        self.laptop.folder.create(path, truncate)
    }

    fn list(&self, path: &str) -> Result<Vec<String>, FileError> {
        self.laptop.folder.list(path)
    }
}

impl ShellHost for Connected<'_> {
    fn locate(&self, name: &str) -> Option<String> {
        commands::locate(name)
    }

    fn files(&self) -> &dyn Files {
        &self.laptop.folder
    }

    fn files_mut(&mut self) -> &mut dyn Files {
        &mut self.laptop.folder
    }
}

impl Host<Program> for Connected<'_> {
    fn launch(&mut self, launch: &Launch<'_>) -> Launched<Program> {
        let given = launch.argv.first().map_or("", String::as_str);
        // `/usr/bin/ls` and `ls` are the same program.
        let name = if given.starts_with('/') {
            given.rsplit('/').next().unwrap_or(given)
        } else {
            given
        };
        if matches!(name, "sh" | "bash") {
            return self.script(launch, name);
        }
        let Some(program) = Program::start(name, launch, &self.laptop.kubectl) else {
            return Launched::NotFound;
        };
        self.laptop.note_use(launch.now, launch.argv);
        // kubectl counts its own start.
        let latency = if name == "kubectl" { Duration::ZERO } else { START };
        Launched::Process(program, latency)
    }

    fn which(&self, name: &str) -> Option<String> {
        match name.rsplit_once('/') {
            Some(("/usr/bin" | "/bin" | "/usr/local/bin", base)) => commands::locate(base),
            Some(_) => None,
            None => commands::locate(name),
        }
    }

    fn as_shell_host(&mut self) -> &mut dyn ShellHost {
        self
    }
}

impl Connected<'_> {
    /// `sh -c text`, `sh file`.
    fn script(&self, launch: &Launch<'_>, name: &str) -> Launched<Program> {
        let mut options = String::new();
        let mut words = launch.argv.iter().skip(1);
        while let Some(word) = words.next() {
            match word.strip_prefix('-') {
                Some("c") => {
                    let text = format!("{options}{}", words.next().cloned().unwrap_or_default());
                    let name = words.next().cloned().unwrap_or_else(|| name.to_owned());
                    return Launched::Script {
                        text,
                        name,
                        args: words.cloned().collect(),
                    };
                }
                // `sh -ec text`, `bash -x script`
                Some(flags) if !flags.is_empty() && flags.chars().all(|flag| "ceuxlif".contains(flag)) => {
                    let kept: String = flags.chars().filter(|flag| "eux".contains(*flag)).collect();
                    if !kept.is_empty() {
                        options = format!("set -{kept}; ");
                    }
                    if flags.contains('c') {
                        let text = format!("{options}{}", words.next().cloned().unwrap_or_default());
                        let name = words.next().cloned().unwrap_or_else(|| name.to_owned());
                        return Launched::Script {
                            text,
                            name,
                            args: words.cloned().collect(),
                        };
                    }
                }
                _ => {
                    let path = crate::sh::resolve(launch.cwd, word);
                    let text = match self.read(&path, 0, usize::MAX) {
                        Ok(bytes) => format!("{options}{}", String::from_utf8_lossy(&bytes)),
                        Err(error) => {
                            format!("printf '%s\\n' '{name}: {word}: {}' >&2; exit 127", error.text())
                        }
                    };
                    return Launched::Script {
                        text,
                        name: word.clone(),
                        args: words.cloned().collect(),
                    };
                }
            }
        }
        Launched::Script {
            text: "eval \"$(cat)\"".to_owned(),
            name: name.to_owned(),
            args: Vec::new(),
        }
    }
}
