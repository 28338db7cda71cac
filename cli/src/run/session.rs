//! A learner's session on a cluster: one command line after the other, in virtual time.

use std::collections::BTreeMap;
use std::time::Duration;

use timonier_core::cluster::{Cluster, Topology};
use timonier_core::kubectl::{self, Env, Poll};
use timonier_core::sim::Time;

use super::files::Console;

/// A command that has not ended after so long is given up.
const PATIENCE: Duration = Duration::from_secs(600);

/// A session.
#[derive(Debug)]
pub struct Session {
    cluster: Cluster,
    env: Env,
    files: BTreeMap<String, String>,
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
    #[must_use]
    pub fn new(seed: u64, topology: &Topology, files: BTreeMap<String, String>) -> Self {
        Self {
            cluster: Cluster::new(seed, topology),
            env: Env::admin("/home/eleve"),
            files,
        }
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
        let mut output = Output::default();
        for command in line.split(';') {
            let words = words(command);
            match words.first().map(String::as_str) {
                Some("kubectl" | "k") => self.kubectl(words, &mut output),
                Some("sleep") => {
                    let secs = words.get(1).and_then(|text| text.parse().ok()).unwrap_or(0.0);
                    let until = self.now() + Duration::from_secs_f64(secs);
                    self.wait_until(until);
                }
                Some(other) => {
                    output.exit = 127;
                    output.stderr.push_str(&format!("{other}: command not found\n"));
                }
                None => {}
            }
        }
        output
    }

    fn kubectl(&mut self, argv: Vec<String>, output: &mut Output) {
        let mut process = kubectl::start(argv, &self.env);
        let mut console = Console {
            files: std::mem::take(&mut self.files),
            ..Console::default()
        };
        let limit = self.now() + PATIENCE;
        let exit = loop {
            match process.poll(&mut console, &mut self.cluster) {
                Poll::Done(code) => break code,
                Poll::Blocked {
                    wake_at, on_change, ..
                } => {
                    let until = wake_at.unwrap_or(limit).min(limit);
                    if !self.advance(until, on_change) {
                        break 124;
                    }
                }
            }
        };
        self.files = console.files;
        if let Some(kubeconfig) = console.kubeconfig {
            self.env.kubeconfig = kubeconfig;
        }
        output.exit = i64::from(exit);
        output.stdout.push_str(&console.stdout);
        output.stderr.push_str(&console.stderr);
        if self.now() >= limit {
            output.exit = 124;
        }
    }

    /// Runs the cluster until something changed, or a moment; answers whether there is more to come.
    fn advance(&mut self, until: Time, on_change: bool) -> bool {
        let revision = self.cluster.store().revision();
        if self.now() >= until && !on_change {
            return false;
        }
        while self.cluster.next_event_at().is_some_and(|at| at <= until) {
            self.cluster.step();
            if on_change && self.cluster.store().revision() != revision {
                return true;
            }
        }
        let moved = self.now() < until;
        self.cluster.run_until(until);
        moved
    }
}

/// The words of a simple command, quotes taken off.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(q), c) if q == c => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(chars.next()),
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}
