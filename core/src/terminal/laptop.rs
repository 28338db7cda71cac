//! What a laptop keeps between commands and between terminals.

use serde::{Deserialize, Serialize};

use super::loopback::{Forwards, Proxies};
use crate::explain::World;
use crate::kubectl;
use crate::sh::Files;
use crate::sim::Time;
use crate::userland::Folder;

/// The learner's home, and work folder.
pub const HOME: &str = "/home/eleve";
/// The learner's name.
pub(super) const USER: &str = "eleve";
/// The laptop's name.
pub(super) const HOST: &str = "timonier";
/// How many lines the history keeps.
const HISTORY_MAX: usize = 1_000;
/// How many commands the log of used commands keeps.
const USED_MAX: usize = 5_000;

/// A command that was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// When.
    pub at: Time,
    /// Its name and arguments, expanded.
    pub argv: Vec<String>,
}

/// The learner's laptop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Laptop {
    /// Its files.
    pub folder: Folder,
    /// Lines typed so far.
    pub history: Vec<String>,
    /// Who kubectl speaks for, and its contexts.
    pub kubectl: kubectl::Env,
    /// The proxies that kubectl runs, by their port.
    pub(super) proxies: Proxies,
    /// The ports that kubectl holds and that lead to Pods, and who connected to them.
    pub(super) forwards: Forwards,
    /// Commands started so far, in order.
    pub used: Vec<Used>,
    /// What the last command that failed printed to its standard error.
    #[serde(default)]
    pub last_error: String,
}

impl Default for Laptop {
    fn default() -> Self {
        Self::new()
    }
}

impl Laptop {
    /// A fresh laptop with an empty work folder.
    #[must_use]
    pub fn new() -> Self {
        let kubectl = kubectl::Env::admin(HOME);
        let mut folder = Folder::new(HOME);
        for (path, text) in [
            ("/etc/hosts", "127.0.0.1\tlocalhost\n127.0.1.1\ttimonier\n"),
            ("/etc/resolv.conf", "nameserver 172.18.0.1\n"),
        ] {
            let _no_room = folder.save(path, text.as_bytes());
        }
        Self {
            folder,
            history: Vec::new(),
            kubectl,
            proxies: Proxies::new(),
            forwards: Forwards::new(),
            used: Vec::new(),
            last_error: String::new(),
        }
    }

    /// Writes a file of the work folder; the path is relative to it.
    ///
    /// # Errors
    ///
    /// When there is a folder of that name, or no room.
    pub fn save_file(&mut self, path: &str, text: &str) -> Result<(), crate::sh::FileError> {
        self.folder.save(&crate::sh::resolve(HOME, path), text.as_bytes())
    }

    /// The text of a file of the work folder.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<String> {
        let bytes = self
            .folder
            .read(&crate::sh::resolve(HOME, path), 0, usize::MAX)
            .ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// A world with this laptop's files and commands in it.
    #[must_use]
    pub fn see<'a>(&self, world: World<'a>) -> World<'a> {
        World {
            files: self.folder.files_under(HOME),
            commands: self
                .used
                .iter()
                .map(|used| (used.at, used.argv.join(" ")))
                .collect(),
            ..world
        }
    }

    /// Whether somebody connected to a port that a command holds, which has not told of it yet.
    pub(crate) fn is_connected_to(&self) -> bool {
        self.forwards
            .values()
            .any(|(_, connections)| connections.count > 0)
    }

    pub(super) fn remember(&mut self, line: &str) {
        let line = line.trim_end_matches('\n');
        if line.trim().is_empty() || self.history.last().is_some_and(|last| last == line) {
            return;
        }
        self.history.push(line.to_owned());
        if self.history.len() > HISTORY_MAX {
            self.history.remove(0);
        }
    }

    /// Keeps what an error says, to be explained: the last one, and not too long.
    pub(super) fn note_error(&mut self, bytes: &[u8]) {
        const LONGEST: usize = 2_000;
        let text = String::from_utf8_lossy(bytes);
        if text.starts_with("lab\u{a0}:") {
            return;
        }
        self.last_error = text.chars().take(LONGEST).collect();
    }

    pub(super) fn note_use(&mut self, at: Time, argv: &[String]) {
        if self.used.len() < USED_MAX {
            self.used.push(Used {
                at,
                argv: argv.to_vec(),
            });
        }
    }
}
