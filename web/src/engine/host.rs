//! The cluster as the engine drives it: one learner, one shell session, one work folder. The only place of the web crate
//! that drives the simulator.

use timonier_core::{
    api::Kind,
    cluster::{Cluster, Topology},
    sim::Time,
};

use timonier_lessons::{
    evidence::Evidence,
    format::Start,
    grade::Used,
    lab::{self, Ran},
};

use crate::{
    protocol::{Input, Shell, save::Snapshot},
    view::projection::Delta,
};

use super::view::ViewBuilder;
/// Events computed between two looks at the wall clock.
const EVENTS_PER_LOOK: u32 = 8;

/// A cluster with the learner's session on it.
pub(super) struct Host {
    cluster: Cluster,
    view: ViewBuilder,
    /// When a fault made on purpose is due; debug builds only.
    trap_at: Option<Time>,
    output: String,
}

impl Host {
    /// A new cluster.
    pub(super) fn new(seed: u64, start: &Start) -> Self {
        let workers = start.topology.as_ref().map(|topology| topology.workers);
        let topology = workers.map_or_else(Topology::default, Topology::with_workers);
        let mut host = Self::of(Cluster::new(seed, &topology));
        if let Err(reason) = lab::begin(&mut host, start) {
            web_sys::console::error_1(&reason.into());
        }
        host.output.clear();
        host
    }

    /// The cluster of a snapshot: as it was, when this version can read it, or a new one.
    pub(super) fn from_snapshot(seed: u64, start: &Start, snapshot: &Snapshot) -> Self {
        match Cluster::load(&snapshot.cluster) {
            Ok(cluster) => Self::of(cluster),
            Err(_) => Self::new(seed, start),
        }
    }

    fn of(cluster: Cluster) -> Self {
        Self {
            cluster,
            view: ViewBuilder::default(),
            trap_at: None,
            output: String::new(),
        }
    }

    /// Virtual time, in microseconds.
    pub(super) fn now_us(&self) -> u64 {
        self.cluster.now().as_micros()
    }

    /// When the next thing happens, in microseconds; `None` when nothing is due.
    pub(super) fn next_event_us(&self) -> Option<u64> {
        self.cluster.next_event_at().map(Time::as_micros)
    }

    /// Computes until this moment or until `enough` says so; true when the moment was reached.
    pub(super) fn run_until(&mut self, until_us: u64, mut enough: impl FnMut() -> bool) -> bool {
        let until = Time(until_us);
        let trap = self.trap_at.filter(|at| *at <= until);
        let reached = loop {
            if self.cluster.run_slice(trap.unwrap_or(until), EVENTS_PER_LOOK) {
                break true;
            }
            if enough() {
                break false;
            }
        };
        if trap.is_some() && reached {
            self.fault();
        }
        reached
    }

    /// `timonier-trap [SECONDS]`, in debug builds: a fault at once, or from a timer of virtual time.
    fn arm(&mut self, line: &str) {
        if !cfg!(any(debug_assertions, feature = "faults")) {
            return;
        }
        let Some(rest) = line.trim().strip_prefix("timonier-trap") else {
            return;
        };
        match rest.trim().parse::<u64>() {
            Ok(seconds) => self.trap_at = Some(self.cluster.now() + std::time::Duration::from_secs(seconds)),
            Err(_) => self.fault(),
        }
    }

    /// A fault made on purpose.
    #[expect(clippy::panic, reason = "to prove that the page survives a trap")]
    fn fault(&self) {
        panic!("a fault made on purpose at {:?}", self.cluster.now());
    }

    /// The learner's input reaches the session.
    pub(super) fn input(&mut self, input: &Input) {
        if let Input::Line(line) = input {
            self.arm(line);
            self.output.push_str(line);
            self.output.push('\n');
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
        Vec::new()
    }

    /// Files that commands changed since the last call.
    pub(super) fn take_changed_files(&mut self) -> Vec<(String, Option<String>)> {
        Vec::new()
    }

    /// The store's revision.
    pub(super) fn revision(&self) -> u64 {
        self.cluster.store().revision()
    }

    /// What changed in the view since the last call.
    pub(super) fn view_delta(&mut self) -> Delta {
        self.view.delta(&self.cluster)
    }

    /// The whole cluster, for this version.
    pub(super) fn save(&self) -> Vec<u8> {
        self.cluster.save()
    }

    /// The objects as JSON, for every version; Events and what the cluster makes by itself are left out.
    pub(super) fn objects(&self) -> Vec<String> {
        let kept = self
            .cluster
            .store()
            .all()
            .filter(|object| !matches!(object.kind(), Kind::Event | Kind::Node));
        kept.map(|object| object.to_value().to_string()).collect()
    }

    /// The cluster, to look at.
    pub(super) fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The cluster, for the grader.
    pub(super) fn evidence(&self) -> &dyn Evidence {
        &self.cluster
    }

    /// The learner's commands that ended since the last call.
    pub(super) fn take_used(&mut self) -> Vec<Used> {
        Vec::new()
    }
}

/// How a lesson's start script plays on the host: as if typed, each line to its end.
impl lab::Lab for Host {
    fn run(&mut self, line: &str) -> Ran {
        self.input(&Input::Line(line.to_owned()));
        Ran {
            output: self.take_output(),
            exit: Some(0),
        }
    }

    fn write(&mut self, file: &str, text: &str) {
        self.input(&Input::SaveFile {
            path: file.to_owned(),
            text: text.to_owned(),
        });
    }

    fn wait(&mut self, micros: u64) {
        self.run_until(self.now_us().saturating_add(micros), || false);
    }

    fn evidence(&self) -> &dyn Evidence {
        &self.cluster
    }
}
