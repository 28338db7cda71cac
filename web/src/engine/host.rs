//! The cluster as the engine drives it: one learner, one shell session, one work folder. The only place of the web crate
//! that calls the simulator's own interface.

use std::collections::BTreeMap;

use crate::protocol::{Input, Shell, save::Snapshot};

use super::start::Start;

/// A cluster with the learner's session on it.
pub(super) struct Host {
    now_us: u64,
    files: BTreeMap<String, String>,
    output: String,
}

impl Host {
    /// A new cluster.
    pub(super) fn new(_seed: u64, _start: &Start) -> Self {
        Self {
            now_us: 0,
            files: BTreeMap::new(),
            output: String::new(),
        }
    }

    /// Virtual time, in microseconds.
    pub(super) fn now_us(&self) -> u64 {
        self.now_us
    }

    /// When the next thing happens, in microseconds; `None` when nothing is due.
    pub(super) fn next_event_us(&self) -> Option<u64> {
        None
    }

    /// Computes until this moment or until `enough` says so after an event; true when the moment was reached.
    pub(super) fn run_until(&mut self, until_us: u64, _enough: impl FnMut() -> bool) -> bool {
        self.now_us = self.now_us.max(until_us);
        true
    }

    /// The learner's input reaches the session.
    pub(super) fn input(&mut self, input: &Input) {
        match input {
            Input::Line(line) => {
                self.output.push_str(line);
                self.output.push('\n');
            }
            Input::SaveFile { path, text } => {
                self.files.insert(path.clone(), text.clone());
            }
            Input::RemoveFile { path } => {
                self.files.remove(path);
            }
            _ => {}
        }
    }

    /// What the terminal has printed since the last call.
    pub(super) fn take_output(&mut self) -> String {
        std::mem::take(&mut self.output)
    }

    /// The shell's state.
    pub(super) fn shell(&self) -> Shell {
        Shell {
            prompt: "eleve@timonier:~$ ".to_owned(),
            running: false,
            reading: false,
        }
    }

    /// Files of the work folder.
    pub(super) fn files(&self) -> Vec<(String, String)> {
        self.files
            .iter()
            .map(|(path, text)| (path.clone(), text.clone()))
            .collect()
    }

    /// The store's revision.
    pub(super) fn revision(&self) -> u64 {
        0
    }

    pub(super) fn from_snapshot(seed: u64, start: &Start, snapshot: &Snapshot) -> Self {
        let mut host = Self::new(seed, start);
        host.now_us = snapshot.now_us;
        host
    }

    pub(super) fn save(&self) -> Vec<u8> {
        Vec::new()
    }

    pub(super) fn objects(&self) -> Vec<String> {
        Vec::new()
    }

    pub(super) fn take_changed_files(&mut self) -> Vec<(String, Option<String>)> {
        Vec::new()
    }
}
