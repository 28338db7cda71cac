//! A session at the learner's laptop: one command line after the other, as `bash -c` would run it, in virtual time.

use std::collections::BTreeMap;
use std::time::Duration;

use timonier_core::cluster::{Cluster, Topology};
use timonier_core::sim::Time;
use timonier_core::terminal::State;

/// A command line that has not ended after so long is given up.
const PATIENCE: Duration = Duration::from_secs(600);
/// The exit status of a line that was given up, as `timeout` has it.
const GIVEN_UP: i64 = 124;

/// A session.
#[derive(Debug)]
pub struct Session {
    cluster: Cluster,
}

/// What a command line did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// The exit status.
    pub exit: i64,
    /// What it printed.
    pub stdout: String,
    /// What it complained about.
    pub stderr: String,
}

impl Session {
    /// A session on a new cluster, in a work folder with these files.
    ///
    /// # Errors
    ///
    /// When a file cannot be written.
    pub fn new(seed: u64, topology: &Topology, files: &BTreeMap<String, String>) -> Result<Self, String> {
        let mut cluster = Cluster::new(seed, topology);
        for (name, text) in files {
            cluster
                .laptop_mut()
                .save_file(name, text)
                .map_err(|error| format!("{name}: {}", error.text()))?;
        }
        Ok(Self { cluster })
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Time {
        self.cluster.now()
    }

    /// Lets the cluster run until a moment.
    pub fn wait_until(&mut self, until: Time) {
        if until > self.now() {
            self.cluster.run_until(until);
        }
    }

    /// Runs a command line to its end.
    pub fn run(&mut self, line: &str) -> Output {
        let id = self.cluster.run_script(line);
        let state = self.cluster.run_until_idle(id, self.now() + PATIENCE);
        let (stdout, stderr) = self.cluster.take_text(id);
        self.cluster.close_session(id);
        let exit = match state {
            Some(State::Ended { exit, .. }) => i64::from(exit),
            _ => GIVEN_UP,
        };
        Output { exit, stdout, stderr }
    }
}
