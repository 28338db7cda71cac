//! kubectl as a program of the laptop: its terminal and files are the laptop's, its API server the cluster's.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::host::Connected;
use crate::api::CustomKind;
use crate::kubectl::{self, DirEntry, FileError, Kubeconfig, Stdin};
use crate::sh::{self, Files, Io, Poll, Read, Until};
use crate::userland::{Folder, Start};

/// A running kubectl.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Kubectl {
    process: kubectl::Process,
    cwd: String,
}

impl Kubectl {
    pub(super) fn start(start: Start, config: &kubectl::Env) -> Self {
        let mut config = config.clone();
        config.file = start
            .env
            .get("KUBECONFIG")
            .filter(|path| !path.is_empty())
            .cloned();
        Self {
            process: kubectl::start(start.argv, &config),
            cwd: start.cwd,
        }
    }

    /// The port at which it listens.
    pub(super) fn port(&self) -> Option<u16> {
        self.process.proxy().map(|(port, _)| port)
    }

    pub(super) fn step(&mut self, io: &mut Io<'_>, host: &mut Connected<'_>) -> Poll {
        let width = io.is_terminal(1).then_some(usize::from(host.columns));
        let mut saved = None;
        let mut discovered = None;
        let mut terminal = Terminal {
            io,
            folder: &mut host.laptop.folder,
            cwd: &self.cwd,
            width,
            ports: host.laptop.proxies.keys().copied().collect(),
            saved: &mut saved,
            discovered: &mut discovered,
        };
        let poll = self.process.poll(&mut terminal, host.api);
        if let Some((port, env)) = self.process.proxy() {
            host.laptop.proxies.entry(port).or_insert_with(|| env.clone());
        }
        if let Some(kubeconfig) = saved {
            host.laptop.kubectl.kubeconfig = kubeconfig;
        }
        if let Some(discovered) = discovered {
            host.laptop.kubectl.discovered = discovered;
        }
        match poll {
            kubectl::Poll::Done(status) => Poll::Exited(status),
            kubectl::Poll::Blocked {
                wake_at,
                on_change,
                on_stdin,
            } => Poll::Blocked(Until {
                at: wake_at,
                input: on_stdin,
                change: on_change,
                child: false,
            }),
        }
    }
}

struct Terminal<'a, 'b> {
    io: &'a mut Io<'b>,
    folder: &'a mut Folder,
    cwd: &'a str,
    width: Option<usize>,
    /// Where something listens.
    ports: Vec<u16>,
    saved: &'a mut Option<Kubeconfig>,
    discovered: &'a mut Option<Vec<Arc<CustomKind>>>,
}

fn file_error(error: sh::FileError) -> FileError {
    match error {
        sh::FileError::NotFound => FileError::NotFound,
        sh::FileError::IsDirectory => FileError::IsDirectory,
        sh::FileError::NotDirectory => FileError::NotDirectory,
        other => FileError::Other(other.text().to_lowercase()),
    }
}

impl kubectl::Io for Terminal<'_, '_> {
    fn stdout(&mut self, text: &str) {
        self.io.print(text);
    }

    fn stderr(&mut self, text: &str) {
        self.io.error(text);
    }

    fn read_stdin(&mut self) -> Stdin {
        let mut bytes = Vec::new();
        loop {
            match self.io.read(self.folder, 65_536) {
                Read::Data(data) => bytes.extend(data),
                Read::Pending => {
                    return Stdin {
                        text: String::from_utf8_lossy(&bytes).into_owned(),
                        ended: false,
                    };
                }
                Read::End | Read::Failed(_) => {
                    return Stdin {
                        text: String::from_utf8_lossy(&bytes).into_owned(),
                        ended: true,
                    };
                }
            }
        }
    }

    fn read_file(&self, path: &str) -> Result<String, FileError> {
        let bytes = self
            .folder
            .read(&sh::resolve(self.cwd, path), 0, usize::MAX)
            .map_err(file_error)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn list_dir(&self, path: &str) -> Result<Vec<DirEntry>, FileError> {
        let path = sh::resolve(self.cwd, path);
        let names = self.folder.list(&path).map_err(file_error)?;
        let entry = |name: String| {
            let is_directory = self
                .folder
                .stat(&sh::resolve(&path, &name))
                .is_some_and(|stat| stat.directory);
            DirEntry { name, is_directory }
        };
        Ok(names.into_iter().map(entry).collect())
    }

    fn write_file(&mut self, path: &str, text: &str) -> Result<(), FileError> {
        let path = sh::resolve(self.cwd, path);
        self.folder.create(&path, true).map_err(file_error)?;
        self.folder
            .write(&path, Some(0), text.as_bytes())
            .map_err(file_error)
    }

    fn terminal_width(&self) -> Option<usize> {
        self.width
    }

    fn is_listening(&self, port: u16) -> bool {
        self.ports.contains(&port)
    }

    fn save_kubeconfig(&mut self, kubeconfig: &Kubeconfig) {
        *self.saved = Some(kubeconfig.clone());
    }

    fn save_discovery(&mut self, discovered: &[Arc<CustomKind>]) {
        *self.discovered = Some(discovered.to_vec());
    }
}
