//! What a program runs on: files that it may change, who it runs as, what else runs there.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use super::program::{Program, Start};
use super::server::ServerSpec;
use super::socket::{Arrival, Packet};
use crate::sh::{FileError, Host, Io, Launch, Launched, Poll, ShellHost, resolve};
use crate::sim::Time;

/// How long a small program takes to start.
const START: Duration = Duration::from_micros(900);

/// Whose words the programs speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// GNU coreutils and their like.
    #[default]
    Gnu,
    /// busybox 1.36.
    Busybox,
}

/// Who a program runs as, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The machine's name.
    pub host: Arc<str>,
    /// The user's name.
    pub user: Cow<'static, str>,
    /// The user's number.
    pub uid: i64,
    /// The group's number.
    pub gid: i64,
}

/// A machine with programs: the laptop, a container.
pub trait System: ShellHost {
    /// Makes a folder in an existing one.
    ///
    /// # Errors
    ///
    /// When it exists, or its parent does not.
    fn make_directory(&mut self, path: &str) -> Result<(), FileError>;
    /// Removes a file, or a folder that is empty.
    ///
    /// # Errors
    ///
    /// When there is none, or a folder is not empty.
    fn remove(&mut self, path: &str) -> Result<(), FileError>;
    /// Moves a file or a whole folder.
    ///
    /// # Errors
    ///
    /// When there is no such file, or no place for it.
    fn rename(&mut self, from: &str, to: &str) -> Result<(), FileError>;
    /// Sets the moment of last change.
    ///
    /// # Errors
    ///
    /// When there is no such file.
    fn touch(&mut self, path: &str) -> Result<(), FileError>;
    /// Allows or forbids running a file.
    ///
    /// # Errors
    ///
    /// When there is no such file.
    fn set_executable(&mut self, path: &str, on: bool) -> Result<(), FileError>;
    /// Makes a file so long, with zeros where nothing was written.
    ///
    /// # Errors
    ///
    /// When there is no such file.
    fn set_size(&mut self, path: &str, size: u64) -> Result<(), FileError>;
    /// Who runs here.
    fn identity(&self) -> Identity;
    /// Whose words the programs speak.
    fn dialect(&self) -> Dialect {
        Dialect::Gnu
    }
    /// The window's columns and rows.
    fn window(&self) -> (usize, usize) {
        (80, 24)
    }
    /// Opens a file in the page's editor.
    fn open_editor(&mut self, _path: String) {}
    /// The lines typed so far, where they are kept.
    fn history(&mut self) -> Option<&mut Vec<String>> {
        None
    }
    /// Whether a folder is the system's own and stays.
    fn keeps(&self, _path: &str) -> bool {
        false
    }
    /// A command was started.
    fn note_use(&mut self, _at: Time, _argv: &[String]) {}
    /// Starts a program that the userland does not know; answers its number there.
    fn start_foreign(&mut self, _name: &str, _start: &Start) -> Option<u64> {
        None
    }
    /// Goes on with such a program.
    fn step_foreign(&mut self, _id: u64, _io: &mut Io<'_>) -> Poll {
        Poll::Exited(127)
    }
    /// The number and the command line of the processes that run here.
    fn processes(&self) -> Vec<(u64, String)> {
        Vec::new()
    }
    /// What is mounted where, and whether it may only be read.
    fn mounts(&self) -> Vec<(String, bool)> {
        Vec::new()
    }
    /// Sends something over the network; answers the number under which [`System::receive`] says what became of it.
    fn send(&mut self, _packet: Packet) -> u64 {
        0
    }
    /// What became of what was sent, once that is known.
    fn receive(&mut self, _id: u64) -> Option<Arrival> {
        None
    }
    /// Whether a connection stands whose answer is waited for.
    fn is_connected(&self, _id: u64, _now: Time) -> bool {
        false
    }
    /// Nobody waits for what was sent any more.
    fn abandon(&mut self, _id: u64) {}
    /// The network's interfaces: name, address, length of the network's prefix.
    fn interfaces(&self) -> Vec<(String, std::net::Ipv4Addr, u8)> {
        Vec::new()
    }
    /// The ports that somebody listens on.
    fn listening(&self) -> Vec<u16> {
        Vec::new()
    }
    /// What a command serves, if it is a server of the image.
    fn server(&self, _start: &Start) -> Option<Arc<ServerSpec>> {
        None
    }
}

impl Host<Program> for dyn System + '_ {
    fn launch(&mut self, launch: &Launch<'_>) -> Launched<Program> {
        let given = launch.argv.first().map_or("", String::as_str);
        // `/usr/bin/ls` and `ls` are the same program.
        let name = if given.starts_with('/') {
            given.rsplit('/').next().unwrap_or(given)
        } else {
            given
        };
        if self.locate(name).is_none() {
            return Launched::NotFound;
        }
        if matches!(name, "sh" | "ash" | "bash" | "dash") {
            return script(self, launch, name);
        }
        let Some(program) = Program::start(name, launch, self) else {
            return Launched::NotFound;
        };
        self.note_use(launch.now, launch.argv);
        // What is not of the userland counts its own start.
        let latency = if program.is_foreign() {
            Duration::ZERO
        } else {
            START
        };
        Launched::Process(program, latency)
    }

    fn which(&self, name: &str) -> Option<String> {
        match name.rsplit_once('/') {
            Some(("/usr/bin" | "/bin" | "/usr/local/bin" | "/usr/sbin" | "/sbin", base)) => self.locate(base),
            Some(_) => None,
            None => self.locate(name),
        }
    }

    fn as_shell_host(&mut self) -> &mut dyn ShellHost {
        self
    }
}

/// `sh -c text`, `sh file`, `sh` alone.
fn script(files: &dyn System, launch: &Launch<'_>, name: &str) -> Launched<Program> {
    let mut options = String::new();
    let mut words = launch.argv.iter().skip(1);
    while let Some(word) = words.next() {
        // `sh -ec text`, `bash -x script`
        if let Some(flags) = word.strip_prefix('-')
            && !flags.is_empty()
            && flags.chars().all(|flag| "ceuxlif".contains(flag))
        {
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
            continue;
        }
        let path = resolve(launch.cwd, word);
        let text = match files.read(&path, 0, usize::MAX) {
            Ok(bytes) => format!("{options}{}", String::from_utf8_lossy(&bytes)),
            Err(error) if files.dialect() == Dialect::Busybox => {
                format!(
                    "printf '%s\\n' '{name}: can'\"'\"'t open '\"'\"'{word}'\"'\"': {}' >&2; exit 2",
                    error.text()
                )
            }
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
    Launched::Script {
        text: "eval \"$(cat)\"".to_owned(),
        name: name.to_owned(),
        args: Vec::new(),
    }
}
