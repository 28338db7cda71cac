//! The laptop as the shell sees it while it is polled: its files, its commands, and the way to the cluster.

use serde::{Deserialize, Serialize};

use super::docker::Docker;
use super::editing::Edit;
use super::kubectl::Kubectl;
use super::lab::{self, Site};
use super::laptop::{HOME, HOST, Laptop, USER};
use super::loopback;
use crate::network::is_own;
use crate::sh::{FileError, Files, Io, Poll, ShellHost, Stat};
use crate::sim::Time;
use crate::sorted::SortedMap;
use crate::userland::socket::{Arrival, Packet};
use crate::userland::{Identity, Start, System, locate};

/// The kubectls of a session by their number.
pub(super) type Kubectls = SortedMap<u64, Foreign>;

/// A program that speaks with the cluster.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Foreign {
    /// `kubectl`
    Kubectl(Box<Kubectl>),
    /// `docker`
    Docker(Box<Docker>),
    /// `lab`, with its words.
    Lab(Vec<String>),
}

/// A laptop that is connected to a cluster.
pub(super) struct Connected<'a> {
    pub(super) laptop: &'a mut Laptop,
    pub(super) api: &'a mut dyn Site,
    pub(super) columns: u16,
    pub(super) rows: u16,
    /// Files that a command asked the page to open.
    pub(super) opened: &'a mut Vec<String>,
    pub(super) kubectls: &'a mut Kubectls,
    /// The text that the page's editor is open with; `None` where there is no page.
    pub(super) edit: Option<&'a mut Option<Edit>>,
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
        if name == "docker" {
            return Some("/usr/bin/docker".to_owned());
        }
        // What shows a machine from inside is for containers.
        locate(name).filter(|_| {
            !matches!(
                name,
                "apk"
                    | "apt"
                    | "apt-get"
                    | "df"
                    | "mount"
                    | "npm"
                    | "pip"
                    | "pg_isready"
                    | "ps"
                    | "psql"
                    | "redis-cli"
                    | "stress"
            )
        })
    }

    fn files(&self) -> &dyn Files {
        &self.laptop.folder
    }

    fn files_mut(&mut self) -> &mut dyn Files {
        &mut self.laptop.folder
    }
}

impl System for Connected<'_> {
    fn make_directory(&mut self, path: &str) -> Result<(), FileError> {
        self.laptop.folder.make_directory(path)
    }

    fn remove(&mut self, path: &str) -> Result<(), FileError> {
        self.laptop.folder.remove(path)
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), FileError> {
        self.laptop.folder.rename(from, to)
    }

    fn touch(&mut self, path: &str) -> Result<(), FileError> {
        self.laptop.folder.touch(path)
    }

    fn set_executable(&mut self, path: &str, on: bool) -> Result<(), FileError> {
        self.laptop.folder.set_executable(path, on)
    }

    fn set_size(&mut self, path: &str, size: u64) -> Result<(), FileError> {
        self.laptop.folder.set_size(path, size)
    }

    fn identity(&self) -> Identity {
        Identity {
            host: HOST.into(),
            user: USER.into(),
            uid: 1000,
            gid: 1000,
        }
    }

    fn window(&self) -> (usize, usize) {
        (usize::from(self.columns), usize::from(self.rows))
    }

    fn open_editor(&mut self, path: String) {
        self.opened.push(path);
    }

    fn history(&mut self) -> Option<&mut Vec<String>> {
        Some(&mut self.laptop.history)
    }

    fn keeps(&self, path: &str) -> bool {
        HOME == path || HOME.starts_with(&format!("{}/", path.trim_end_matches('/')))
    }

    fn note_use(&mut self, at: Time, argv: &[String]) {
        self.laptop.note_use(at, argv);
    }

    fn send(&mut self, packet: Packet) -> u64 {
        let to = match &packet {
            Packet::Request { to, .. } | Packet::Echo { to, .. } => *to,
            Packet::Question { server, .. } => *server,
            Packet::Rules => return self.api.send(packet),
        };
        if is_own(to) {
            return loopback::send((self.laptop, self.api), packet);
        }
        self.api.send(packet)
    }

    fn receive(&mut self, id: u64) -> Option<Arrival> {
        self.api.receive(id)
    }

    fn is_connected(&self, id: u64, _now: Time) -> bool {
        self.api.is_connected(id)
    }

    fn abandon(&mut self, id: u64) {
        self.api.abandon(id);
    }

    fn interfaces(&self) -> Vec<(String, std::net::Ipv4Addr, u8)> {
        vec![
            ("lo".to_owned(), std::net::Ipv4Addr::LOCALHOST, 8),
            ("br0".to_owned(), std::net::Ipv4Addr::new(172, 18, 0, 1), 16),
        ]
    }

    fn start_foreign(&mut self, name: &str, start: &Start) -> Option<u64> {
        let program = match name {
            "kubectl" => Foreign::Kubectl(Box::new(Kubectl::start(start.clone(), &self.laptop.kubectl))),
            "docker" => Foreign::Docker(Box::new(Docker::start(start.clone()))),
            "lab" => Foreign::Lab(start.argv.clone()),
            _ => return None,
        };
        let id = self.kubectls.keys().next_back().map_or(1, |last| last + 1);
        self.kubectls.insert(id, program);
        Some(id)
    }

    fn step_foreign(&mut self, id: u64, io: &mut Io<'_>) -> Poll {
        match self.kubectls.remove(&id) {
            None => Poll::Exited(127),
            Some(Foreign::Lab(argv)) => {
                let desk = (&*self.laptop, usize::from(self.columns));
                Poll::Exited(lab::run(&argv, io, desk, self.api))
            }
            Some(Foreign::Docker(mut docker)) => {
                let poll = docker.step(io, self);
                if !matches!(poll, Poll::Exited(_)) {
                    self.kubectls.insert(id, Foreign::Docker(docker));
                }
                poll
            }
            Some(Foreign::Kubectl(mut kubectl)) => {
                let poll = kubectl.step(id, io, self);
                if !matches!(poll, Poll::Exited(_)) {
                    self.kubectls.insert(id, Foreign::Kubectl(kubectl));
                }
                poll
            }
        }
    }
}
