//! A container as its programs see it: the image's files below a layer of its own, its mounts, its users and its processes.

use std::sync::Arc;

use super::facts::ImageFacts;
use super::mount::{Mount, Volumes};
use crate::sh::{FileError, Files, ShellHost, Stat, resolve};
use crate::sim::Time;
use crate::userland::socket::{Arrival, Packet, Sockets};
use crate::userland::{Dialect, Folder, Identity, ServerSpec, Start, System};

/// What is there without anybody having made it.
const VIRTUAL: &[&str] = &["/dev", "/proc", "/sys", "/bin", "/usr/bin"];
/// Where everybody may write.
const SHARED: &[&str] = &["/tmp/", "/var/tmp/", "/dev/"];
/// The devices that swallow or give nothing.
const DEVICES: &[&str] = &[
    "/dev/null",
    "/dev/stdin",
    "/dev/stdout",
    "/dev/stderr",
    "/dev/tty",
];
/// A directory that nobody made.
const DIRECTORY: Stat = Stat {
    directory: true,
    size: 4_096,
    executable: true,
    modified_micros: 0,
};

/// What the kubelet and the runtime write for each Pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Generated {
    /// The Pod's host name.
    pub hostname: Arc<str>,
    /// Its address.
    pub ip: String,
    /// Its namespace.
    pub namespace: String,
    /// Its `/etc/resolv.conf`, if it is not the usual one of its namespace.
    pub resolv_conf: Option<String>,
    /// Further lines of its `/etc/hosts`.
    pub aliases: String,
}

/// The files that are generated.
const GENERATED: &[&str] = &["/etc/hostname", "/etc/hosts", "/etc/resolv.conf"];

impl Generated {
    fn get(&self, path: &str) -> Option<String> {
        let Self {
            hostname,
            ip,
            namespace,
            resolv_conf,
            aliases,
        } = self;
        Some(match path {
            "/etc/hostname" => format!("{hostname}\n"),
            "/etc/hosts" => format!(
                "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\nfe00::\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n{ip}\t{hostname}\n{aliases}"
            ),
            "/etc/resolv.conf" => resolv_conf.clone().unwrap_or_else(|| format!(
                "search {namespace}.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n"
            )),
            _ => return None,
        })
    }
}

/// A container, while its processes run.
pub struct Inside<'a> {
    /// The present moment.
    pub now: Time,
    /// What its image brings.
    pub image: Arc<ImageFacts>,
    /// Its own layer; none as long as nothing was written.
    pub layer: &'a mut Option<Box<Folder>>,
    /// Whether that layer may not be written.
    pub read_only: bool,
    /// Its mounts.
    pub mounts: &'a [Mount],
    /// Where they lead.
    pub volumes: Volumes<'a>,
    /// Files that the kubelet writes: `/etc/hosts` and the like.
    pub generated: Arc<Generated>,
    /// Who it runs as.
    pub identity: Identity,
    /// A server of the image that no process of ours stands for: its number and command line.
    pub served: Option<(u64, String)>,
    /// Its processes, where they can be asked for.
    pub processes: Vec<(u64, String)>,
    /// Signals sent to processes of other machines of the container.
    pub signals: Vec<(u64, i32)>,
    /// Its end of the network.
    pub sockets: &'a mut Sockets,
}

impl Inside<'_> {
    fn mount(&self, path: &str) -> Option<(&Mount, String)> {
        let fitting = self
            .mounts
            .iter()
            .filter_map(|mount| Some((mount, mount.inner_path(path)?)));
        fitting.max_by_key(|(mount, _)| mount.path.len())
    }

    fn root(&self) -> &Folder {
        self.layer.as_deref().unwrap_or(&self.image.files)
    }

    /// Why a command cannot be started, in runc's words; `None` if it can.
    #[must_use]
    pub fn refusal(&self, name: &str, cwd: &str) -> Option<String> {
        if !name.contains('/') {
            return self
                .locate(name)
                .is_none()
                .then(|| format!("exec: \"{name}\": executable file not found in $PATH"));
        }
        let path = resolve(cwd, name);
        match self.stat(&path) {
            None => Some(format!(
                "exec: \"{name}\": stat {name}: no such file or directory"
            )),
            Some(stat) if stat.directory => {
                Some(format!("exec: \"{name}\": is a directory: permission denied"))
            }
            Some(stat) if !stat.executable => Some(format!("exec: \"{name}\": permission denied")),
            Some(_) => None,
        }
    }

    /// Does something to a path that changes it.
    fn change<T>(
        &mut self,
        path: &str,
        change: impl FnOnce(&mut Folder, &str) -> Result<T, FileError>,
    ) -> Result<T, FileError> {
        let now = self.now;
        if let Some((mount, inner)) = self.mount(path) {
            if mount.read_only {
                return Err(FileError::ReadOnly);
            }
            let place = mount.place.clone();
            let folder = self.volumes.get_mut(&place, now);
            return change(folder, &inner);
        }
        if path.starts_with("/proc/") || path.starts_with("/sys/") {
            return Err(FileError::ReadOnly);
        }
        let shared = SHARED.iter().any(|folder| path.starts_with(folder));
        if self.read_only && !path.starts_with("/dev/") {
            return Err(FileError::ReadOnly);
        }
        if self.identity.uid != 0 && !shared {
            return Err(FileError::Denied);
        }
        let folder = self
            .layer
            .get_or_insert_with(|| Box::new((*self.image.files).clone()));
        folder.now = now;
        change(folder, path)
    }

    /// Whether a mount lies below a folder: it exists then.
    fn holds_mount(&self, path: &str) -> bool {
        let inside = format!("{}/", path.trim_end_matches('/'));
        self.mounts.iter().any(|mount| mount.path.starts_with(&inside))
    }

    /// The program that a path names, if it does.
    fn program<'p>(&self, path: &'p str) -> Option<&'p str> {
        let (folder, name) = path.rsplit_once('/')?;
        let known = matches!(
            folder,
            "/bin" | "/usr/bin" | "/usr/local/bin" | "/sbin" | "/usr/sbin"
        );
        (known && self.locate(name).is_some()).then_some(name)
    }
}

impl Files for Inside<'_> {
    fn stat(&self, path: &str) -> Option<Stat> {
        if let Some((mount, inner)) = self.mount(path) {
            let found = self
                .volumes
                .get(&mount.place)
                .and_then(|folder| folder.stat(&inner));
            return found.or_else(|| (inner == "/").then_some(DIRECTORY));
        }
        if VIRTUAL.contains(&path) || self.holds_mount(path) {
            return Some(DIRECTORY);
        }
        if let Some(stat) = self.root().stat(path) {
            return Some(stat);
        }
        if let Some(text) = self.generated.get(path) {
            return Some(Stat {
                directory: false,
                size: text.len() as u64,
                executable: false,
                modified_micros: 0,
            });
        }
        let program = self.program(path).is_some();
        (program || DEVICES.contains(&path)).then_some(Stat {
            directory: false,
            size: 0,
            executable: program,
            modified_micros: 0,
        })
    }

    fn read(&self, path: &str, offset: u64, length: usize) -> Result<Vec<u8>, FileError> {
        if let Some((mount, inner)) = self.mount(path) {
            return match self.volumes.get(&mount.place) {
                Some(folder) => folder.read(&inner, offset, length),
                None if inner == "/" => Err(FileError::IsDirectory),
                None => Err(FileError::NotFound),
            };
        }
        match self.root().read(path, offset, length) {
            Err(FileError::NotFound) => {}
            result => return result,
        }
        if let Some(text) = self.generated.get(path) {
            let start = usize::try_from(offset).unwrap_or(usize::MAX).min(text.len());
            let end = start.saturating_add(length).min(text.len());
            return Ok(text.as_bytes().get(start..end).unwrap_or_default().to_vec());
        }
        match self.stat(path) {
            Some(stat) if stat.directory => Err(FileError::IsDirectory),
            Some(_) => Ok(Vec::new()),
            None => Err(FileError::NotFound),
        }
    }

    fn write(&mut self, path: &str, offset: Option<u64>, bytes: &[u8]) -> Result<(), FileError> {
        if DEVICES.contains(&path) {
            return Ok(());
        }
        self.change(path, |folder, path| folder.write(path, offset, bytes))
    }

    fn create(&mut self, path: &str, truncate: bool) -> Result<(), FileError> {
        if DEVICES.contains(&path) {
            return Ok(());
        }
        self.change(path, |folder, path| folder.create(path, truncate))
    }

    fn list(&self, path: &str) -> Result<Vec<String>, FileError> {
        let mut names = match self.mount(path) {
            Some((mount, inner)) => match self.volumes.get(&mount.place) {
                Some(folder) => folder.list(&inner)?,
                None if inner == "/" => Vec::new(),
                None => return Err(FileError::NotFound),
            },
            None => match self.root().list(path) {
                Ok(names) => names,
                Err(FileError::NotFound) if self.stat(path).is_some_and(|stat| stat.directory) => Vec::new(),
                Err(error) => return Err(error),
            },
        };
        let prefix = format!("{}/", path.trim_end_matches('/'));
        let mounted = self.mounts.iter().map(|mount| mount.path.as_str());
        let generated = GENERATED.iter().copied();
        for other in mounted.chain(generated).chain(VIRTUAL.iter().copied()) {
            if let Some(name) = other
                .strip_prefix(&prefix)
                .and_then(|rest| rest.split('/').next())
                .filter(|name| !name.is_empty())
            {
                names.push(name.to_owned());
            }
        }
        if matches!(path, "/bin" | "/usr/bin") {
            names.extend(
                self.image
                    .programs()
                    .filter(|name| {
                        self.locate(name)
                            .is_some_and(|at| at.strip_prefix(&prefix) == Some(*name))
                    })
                    .map(str::to_owned),
            );
        }
        crate::sort::sort(&mut names);
        names.dedup();
        Ok(names)
    }
}

impl ShellHost for Inside<'_> {
    fn locate(&self, name: &str) -> Option<String> {
        let added = || {
            let path = format!("/usr/bin/{name}");
            let there = ImageFacts::can_be_added(name) && self.root().stat(&path).is_some();
            there.then_some(path)
        };
        self.image.locate(name).or_else(added)
    }

    fn signal(&mut self, pid: u64, signal: i32) -> bool {
        let known = self.processes.iter().any(|(known, _)| *known == pid);
        if known && signal != 0 {
            self.signals.push((pid, signal));
        }
        known
    }

    fn files(&self) -> &dyn Files {
        self
    }

    fn files_mut(&mut self) -> &mut dyn Files {
        self
    }
}

impl System for Inside<'_> {
    fn make_directory(&mut self, path: &str) -> Result<(), FileError> {
        if self.stat(path).is_some() {
            return Err(FileError::Exists);
        }
        self.change(path, Folder::make_directory)
    }

    fn remove(&mut self, path: &str) -> Result<(), FileError> {
        if self.stat(path).is_none() {
            return Err(FileError::NotFound);
        }
        if self.mounts.iter().any(|mount| mount.path == path) {
            return Err(FileError::Busy);
        }
        self.change(path, Folder::remove)
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), FileError> {
        let place = |inside: &Self, path: &str| inside.mount(path).map(|(mount, _)| mount.place.clone());
        if place(self, from) == place(self, to) {
            let target = self.mount(to).map_or_else(|| to.to_owned(), |(_, inner)| inner);
            return self.change(from, |folder, from| folder.rename(from, &target));
        }
        // Between two file systems: a copy, then the original goes.
        let bytes = self.read(from, 0, usize::MAX)?;
        self.create(to, true)?;
        self.write(to, Some(0), &bytes)?;
        self.remove(from)
    }

    fn touch(&mut self, path: &str) -> Result<(), FileError> {
        self.change(path, Folder::touch)
    }

    fn set_executable(&mut self, path: &str, on: bool) -> Result<(), FileError> {
        self.change(path, |folder, path| folder.set_executable(path, on))
    }

    fn set_size(&mut self, path: &str, size: u64) -> Result<(), FileError> {
        if DEVICES.contains(&path) {
            return Ok(());
        }
        self.change(path, |folder, path| folder.set_size(path, size))
    }

    fn identity(&self) -> Identity {
        self.identity.clone()
    }

    fn dialect(&self) -> Dialect {
        self.image.dialect
    }

    fn processes(&self) -> Vec<(u64, String)> {
        self.processes.clone()
    }

    fn send(&mut self, packet: Packet) -> u64 {
        self.sockets.send(packet)
    }

    fn receive(&mut self, id: u64) -> Option<Arrival> {
        self.sockets.receive(id)
    }

    fn is_connected(&self, id: u64, now: Time) -> bool {
        self.sockets.is_connected(id, now)
    }

    fn abandon(&mut self, id: u64) {
        self.sockets.abandon(id);
    }

    fn interfaces(&self) -> Vec<(String, std::net::Ipv4Addr, u8)> {
        let own = self.generated.ip.parse().ok();
        let local = ("lo".to_owned(), std::net::Ipv4Addr::LOCALHOST, 8);
        let own = own.map(|address| ("eth0".to_owned(), address, 24));
        std::iter::once(local).chain(own).collect()
    }

    fn mounts(&self) -> Vec<(String, bool)> {
        let mounts = self.mounts.iter();
        mounts
            .map(|mount| (mount.path.clone(), mount.read_only))
            .collect()
    }

    fn server(&self, start: &Start) -> Option<Arc<ServerSpec>> {
        self.image.server(&start.argv, &start.env)
    }
}
