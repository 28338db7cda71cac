//! A container as its runtime knows it: what it wrote, what runs in it, what it uses. The kubelet's containers and those of the laptop's docker
//! are such instances.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::cpu::Cpu;
use super::facts::ImageFacts;
use super::inside::{Generated, Inside};
use super::log::Log;
use super::mount::{Mount, Volumes};
use super::processes::{Command, Processes, Ran};
use crate::sim::Time;
use crate::userland::socket::Sockets;
use crate::userland::{Folder, Identity, Server, ServerSpec};

/// What a shell and what it runs use of memory, in bytes.
const SHELL_MEMORY: u64 = 1 << 20;

/// The CPU time that starting a process takes.
const START_COST: Duration = Duration::from_millis(1);

/// What a container may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// CPU, in thousandths.
    pub cpu_millis: Option<u64>,
    /// Memory, in bytes.
    pub memory_bytes: Option<u64>,
    /// How many CPUs the machine has.
    pub cpus: u64,
}

/// Where a container is while its processes run.
pub struct Surroundings<'a> {
    /// The present moment.
    pub now: Time,
    /// What its image brings.
    pub image: Arc<ImageFacts>,
    /// Whether its own layer may not be written.
    pub read_only: bool,
    /// Its mounts.
    pub mounts: &'a [Mount],
    /// Where they lead.
    pub volumes: Volumes<'a>,
    /// The files that are made for it.
    pub generated: Arc<Generated>,
    /// Who it runs as.
    pub identity: Identity,
}

/// A container, from its start to its end.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Instance {
    /// Its environment.
    pub env: Arc<BTreeMap<String, String>>,
    /// What it wrote over its image's files.
    pub layer: Option<Box<Folder>>,
    /// Its processes, where they are more than a server of the image.
    pub processes: Option<Processes>,
    /// A server of the image that is its first process.
    pub server: Option<Server>,
    /// The command line of its first process.
    pub line: String,
    /// What it has written.
    pub log: Log,
    /// The CPU time that it uses.
    pub cpu: Cpu,
    /// How many requests have been answered.
    pub requests: u64,
    /// What its programs have sent, and what has come back.
    pub sockets: Sockets,
    /// What it had used of the CPU at the last look, in microseconds, and when that was.
    seen: (u64, Time),
    /// It was killed for its memory.
    pub out_of_memory: bool,
    /// Its first process has ended.
    finished: Option<(Time, i32)>,
    /// It is told to stop: until when it does.
    pub stops_at: Option<(Time, i32)>,
}

impl Instance {
    /// A container with this environment; nothing runs in it yet.
    #[must_use]
    pub fn new(env: Arc<BTreeMap<String, String>>) -> Self {
        Self {
            env,
            ..Self::default()
        }
    }

    /// Does something with its processes, which are made for it if there are none.
    pub fn with(&mut self, around: Surroundings<'_>, act: &mut dyn FnMut(&mut Processes, &mut Inside<'_>)) {
        let mut processes = self.processes.take().unwrap_or_default();
        let served = (!processes.has_main()).then(|| (1, self.line.clone()));
        let mut inside = Inside {
            now: around.now,
            image: around.image,
            layer: &mut self.layer,
            read_only: around.read_only,
            mounts: around.mounts,
            volumes: around.volumes,
            generated: around.generated,
            identity: around.identity,
            processes: Vec::new(),
            served,
            signals: Vec::new(),
            sockets: &mut self.sockets,
        };
        act(&mut processes, &mut inside);
        self.processes = (!processes.is_idle()).then_some(processes);
    }

    /// A server of the image is its first process.
    pub fn start_server(&mut self, spec: Arc<ServerSpec>, around: Surroundings<'_>) {
        let now = around.now;
        let mut server = None;
        let mut lines = Vec::new();
        self.with(around, &mut |_, inside| {
            let started = Server::start(Arc::clone(&spec), inside, now);
            lines = started.announcements(inside);
            server = Some(started);
        });
        for (at, line) in lines {
            self.log.push(at, line, false);
        }
        if !spec.process.is_empty() {
            self.line.clone_from(&spec.process);
        }
        self.server = server;
    }

    /// A command is its first process.
    ///
    /// # Errors
    ///
    /// When there is no such program, in runc's words.
    pub fn start_command(&mut self, mut command: Command, around: Surroundings<'_>) -> Result<(), String> {
        let mut result = Ok(());
        self.line = command.argv.join(" ");
        self.with(around, &mut |processes, inside| {
            if command.cwd.is_empty() {
                command.cwd.clone_from(&inside.image.work_dir);
            }
            let name = command.argv.first().map_or("", String::as_str);
            match inside.refusal(name, &command.cwd) {
                Some(why) => result = Err(why),
                None => processes.start(&command, inside),
            }
        });
        result
    }

    /// Starts another command in it; its session.
    ///
    /// # Errors
    ///
    /// When there is no such program, in runc's words.
    pub fn exec(&mut self, mut command: Command, around: Surroundings<'_>) -> Result<u64, String> {
        let mut result = Err(String::new());
        self.with(around, &mut |processes, inside| {
            if command.cwd.is_empty() {
                command.cwd.clone_from(&inside.image.work_dir);
            }
            let name = command.argv.first().map_or("", String::as_str);
            result = match inside.refusal(name, &command.cwd) {
                Some(why) => Err(why),
                None => Ok(processes.exec(&command, inside)),
            };
        });
        result
    }

    /// Runs its processes that are due; what the first printed is in its log then.
    pub fn run(&mut self, around: Surroundings<'_>, limits: Limits) -> Ran {
        let now = around.now;
        let started = self.processes.as_ref().map_or(0, Processes::started);
        let mut ran = Ran::default();
        let mut server = self.server.take();
        self.with(around, &mut |processes, inside| {
            ran = processes.run(inside);
            if let Some(server) = server.as_mut().filter(|_| ran.signals.contains(&1)) {
                server.reload(inside);
            }
        });
        self.server = server;
        for chunk in &ran.output {
            self.log.print(now, chunk);
        }
        if let Some(code) = ran.ended {
            self.finish(now, code);
        }
        for signal in &ran.signals {
            self.signal_server(*signal, now);
        }
        self.charge(now, started, limits);
        if limits
            .memory_bytes
            .is_some_and(|limit| self.memory_bytes(now) > limit)
        {
            self.run_out_of_memory(now);
        }
        ran
    }

    /// The CPU time of what runs: so much for each process that was started, and all the time until its next turn for who computes without
    /// pause; that turn comes when the work is done.
    fn charge(&mut self, now: Time, started: u64, limits: Limits) {
        let Some(processes) = &mut self.processes else {
            return;
        };
        let mut cost = START_COST * u32::try_from(processes.started().saturating_sub(started)).unwrap_or(0);
        if processes.computes()
            && let Some(wake) = processes.wake_at()
        {
            cost = cost.max(wake.since(now));
        }
        if !cost.is_zero() {
            let latency = self.cpu.take(now, cost, limits);
            if latency > cost {
                processes.hold_until(now + latency);
            }
        }
    }

    /// A signal for a first process that is a server of the image.
    fn signal_server(&mut self, signal: i32, now: Time) {
        let Some(server) = &mut self.server else { return };
        if server.signal(signal)
            && let Some(takes) = server.stops_in()
        {
            self.stops_at.get_or_insert((now + takes, 0));
        }
    }

    /// It is asked to stop from outside, and killed at a moment if it does not; `extra` is what the runtime takes.
    pub fn terminate(&mut self, signal: i32, now: Time, (kill_at, extra): (Time, Duration)) {
        let killed = (kill_at, 128 + 9);
        if let Some(processes) = self.processes.as_mut().filter(|processes| processes.has_main()) {
            processes.terminate(signal, now);
            self.stops_at = Some(killed);
            return;
        }
        let takes = self
            .server
            .as_mut()
            .and_then(|server| server.signal(signal).then(|| server.stops_in())?);
        self.stops_at = Some(match takes {
            Some(takes) if now + takes + extra <= kill_at => (now + takes + extra, 0),
            _ => killed,
        });
    }

    /// Its first process has ended, or will have.
    pub fn finish(&mut self, at: Time, code: i32) {
        self.finished.get_or_insert((at, code));
    }

    /// When it ends, by itself or by being told to, with which code.
    #[must_use]
    pub fn ends_at(&self) -> Option<(Time, i32)> {
        let by_itself = self.server.as_ref().and_then(Server::ends_at);
        [by_itself, self.finished, self.stops_at]
            .into_iter()
            .flatten()
            .min_by_key(|(at, _)| *at)
    }

    /// Whether it has ended, though nobody has noticed yet.
    #[must_use]
    pub fn has_ended(&self, now: Time) -> bool {
        self.ends_at().is_some_and(|(at, _)| at <= now)
    }

    /// It ends in good order: its server writes what it keeps only in memory.
    pub fn save(&mut self, around: Surroundings<'_>) {
        if let Some(server) = self.server.take() {
            self.with(around, &mut |_, inside| server.save(inside));
            self.server = Some(server);
        }
    }

    /// Nothing runs in it any more.
    pub fn end(&mut self, now: Time) {
        self.stops_at = None;
        self.finished = None;
        self.server = None;
        self.sockets = Sockets::default();
        if let Some(processes) = &mut self.processes {
            processes.end_all();
        }
        self.log.end(now);
    }

    /// The memory that it uses, in bytes.
    #[must_use]
    pub fn memory_bytes(&self, now: Time) -> u64 {
        let servers = self.servers().map(|server| server.memory_bytes(now));
        let served: u64 = servers.sum();
        let shells = self
            .processes
            .as_ref()
            .map_or(0, |processes| SHELL_MEMORY + processes.load().1);
        (served + shells).max(SHELL_MEMORY)
    }

    /// When it will use more memory than this, if nobody does anything.
    #[must_use]
    pub fn outgrows(&self, limit_bytes: u64) -> Option<Time> {
        self.servers()
            .filter_map(|server| server.outgrows(limit_bytes))
            .min()
    }

    fn servers(&self) -> impl Iterator<Item = &Server> {
        let processes = self.processes.iter().flat_map(Processes::servers);
        self.server.iter().chain(processes)
    }

    /// What it used of the CPU since the last look, in billionths of a core.
    pub fn take_cpu_nanos(&mut self, now: Time, limits: Limits) -> u64 {
        let nanos = self.cpu_nanos(now, limits);
        self.seen = (self.cpu.used_micros(now, limits), now);
        nanos
    }

    /// The same, for somebody whose looks do not count.
    #[must_use]
    pub fn cpu_nanos(&self, now: Time, limits: Limits) -> u64 {
        let used = self.cpu.used_micros(now, limits);
        let (before, then) = self.seen;
        let passed = u64::try_from(now.since(then).as_micros()).unwrap_or(u64::MAX);
        let served = used.saturating_sub(before).saturating_mul(1_000_000_000) / passed.max(1);
        let idle: u64 = self.servers().map(|server| server.spec().idle_cpu_millis).sum();
        let (load, _) = self.processes.as_ref().map_or((0, 0), Processes::load);
        let own = load.max(idle).max(1).saturating_mul(1_000_000);
        let most = limits
            .cpu_millis
            .unwrap_or(limits.cpus.max(1) * 1_000)
            .saturating_mul(1_000_000);
        served.saturating_add(own).min(most)
    }
}
