//! kubectl as a program of the laptop: its terminal and files are the laptop's, its API server the cluster's.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::editing::{self, Stand};
use super::host::Connected;
use super::laptop::Laptop;
use super::loopback::{Forwards, Proxies};
use super::session::Session;
use crate::api::CustomKind;
use crate::kubectl::{self, Connections, DirEntry, Edited, FileError, Kubeconfig, Stdin};
use crate::sh::{self, Files, Io, Poll, Read, Until};
use crate::userland::{Folder, Start};

/// A running kubectl.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Kubectl {
    process: kubectl::Process,
    cwd: String,
    /// What texts are edited with.
    editor: String,
    /// The editor's program, while it runs.
    editing: Option<Box<Session>>,
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
            editor: editing::editor(&start),
            editing: None,
            process: kubectl::start(start.argv, &config),
            cwd: start.cwd,
        }
    }

    /// It has ended, or was ended: it listens no more.
    pub(super) fn leave(&self, laptop: &mut Laptop) {
        if let Some((port, _)) = self.process.proxy() {
            laptop.proxies.remove(&port);
        }
        for (port, _) in self.process.forwards() {
            laptop.forwards.remove(port);
        }
    }

    pub(super) fn step(&mut self, id: u64, io: &mut Io<'_>, host: &mut Connected<'_>) -> Poll {
        let mut answer = None;
        loop {
            let (poll, wanted) = self.poll(answer, io, host);
            let Some((path, text)) = wanted else {
                return poll;
            };
            let whose = (id, self.editor.as_str());
            answer = Some(
                match editing::step(whose, (&path, &text), &mut self.editing, (io, host)) {
                    Stand::Open(until) => return Poll::Blocked(until),
                    Stand::Closed(text) => Edited::Saved(text),
                    Stand::Failed(why) => Edited::Failed(why),
                },
            );
        }
    }

    /// Goes on; answers the text that is to be edited before it can go on further.
    fn poll(
        &mut self,
        answer: Option<Edited>,
        io: &mut Io<'_>,
        host: &mut Connected<'_>,
    ) -> (Poll, Option<(String, String)>) {
        let mut wanted = None;
        let published = host
            .api
            .docker()
            .map(|parts| parts.engine.published_ports())
            .unwrap_or_default();
        let width = io.is_terminal(1).then_some(usize::from(host.columns));
        let mut saved = None;
        let mut discovered = None;
        let mut terminal = Terminal {
            io,
            folder: &mut host.laptop.folder,
            cwd: &self.cwd,
            width,
            proxies: &host.laptop.proxies,
            forwards: &mut host.laptop.forwards,
            published: &published,
            saved: &mut saved,
            discovered: &mut discovered,
            answer,
            wanted: &mut wanted,
        };
        let held: Vec<u16> = self.process.forwards().iter().map(|(port, _)| *port).collect();
        let poll = self.process.poll(&mut terminal, host.api);
        for (port, forward) in self.process.forwards() {
            let entry = || (forward.clone(), Connections::default());
            host.laptop.forwards.entry(*port).or_insert_with(entry);
        }
        if self.process.forwards().is_empty() {
            for port in held {
                host.laptop.forwards.remove(&port);
            }
        }
        if let Some((port, env)) = self.process.proxy() {
            host.laptop.proxies.entry(port).or_insert_with(|| env.clone());
        }
        if let Some(kubeconfig) = saved {
            host.laptop.kubectl.kubeconfig = kubeconfig;
        }
        if let Some(discovered) = discovered {
            host.laptop.kubectl.discovered = discovered;
        }
        let poll = match poll {
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
        };
        (poll, wanted)
    }
}

struct Terminal<'a, 'b> {
    io: &'a mut Io<'b>,
    folder: &'a mut Folder,
    cwd: &'a str,
    width: Option<usize>,
    /// Where something listens.
    proxies: &'a Proxies,
    forwards: &'a mut Forwards,
    /// The ports that docker holds.
    published: &'a [u16],
    saved: &'a mut Option<Kubeconfig>,
    discovered: &'a mut Option<Vec<Arc<CustomKind>>>,
    /// What became of the text that was to be edited.
    answer: Option<Edited>,
    /// A text to be edited.
    wanted: &'a mut Option<(String, String)>,
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
        let bytes = self.read_bytes(path)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn read_bytes(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let path = sh::resolve(self.cwd, path);
        self.folder.read(&path, 0, usize::MAX).map_err(file_error)
    }

    fn write_bytes(&mut self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        let path = sh::resolve(self.cwd, path);
        self.folder.create(&path, true).map_err(file_error)?;
        self.folder.write(&path, Some(0), bytes).map_err(file_error)
    }

    fn make_dirs(&mut self, path: &str) -> Result<(), FileError> {
        let whole = sh::resolve(self.cwd, path);
        let mut ends = whole
            .match_indices('/')
            .map(|(at, _)| at)
            .skip(1)
            .collect::<Vec<_>>();
        ends.push(whole.len());
        for end in ends {
            match whole.get(..end) {
                Some(part) if part.len() > 1 && self.folder.stat(part).is_none() => {
                    self.folder.make_directory(part).map_err(file_error)?;
                }
                _ => {}
            }
        }
        Ok(())
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
        self.write_bytes(path, text.as_bytes())
    }

    fn edit(&mut self, path: &str, text: &str) -> Edited {
        self.answer.take().unwrap_or_else(|| {
            *self.wanted = Some((path.to_owned(), text.to_owned()));
            Edited::Pending
        })
    }

    fn absolute(&self, path: &str) -> String {
        sh::resolve(self.cwd, path)
    }

    fn terminal_width(&self) -> Option<usize> {
        self.width
    }

    fn is_listening(&self, port: u16) -> bool {
        self.proxies.contains_key(&port)
            || self.forwards.contains_key(&port)
            || self.published.contains(&port)
    }

    fn connections(&mut self, port: u16) -> Connections {
        let found = self.forwards.get_mut(&port);
        found.map_or_else(Connections::default, |(_, connections)| {
            std::mem::take(connections)
        })
    }

    fn save_kubeconfig(&mut self, kubeconfig: &Kubeconfig) {
        *self.saved = Some(kubeconfig.clone());
    }

    fn save_discovery(&mut self, discovered: &[Arc<CustomKind>]) {
        *self.discovered = Some(discovered.to_vec());
    }
}
