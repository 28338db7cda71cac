//! The processes of one container: what its command started, and what `kubectl exec`, probes and hooks run beside it.
//!
//! Plain data that is run at virtual times. A container that computes without pause gets ever smaller shares of the processor, so
//! that it moves the clock but never holds it up.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::inside::Inside;
use crate::sh::{Chunk, Flavour, Launch, Machine, Shell, SyntaxError, syntax};
use crate::sim::Time;
use crate::sorted::SortedMap;
use crate::userland::{Dialect, Identity, Program, Server, System};

/// A pause shorter than this is none: the container computes.
const PAUSE: Duration = Duration::from_millis(5);
/// After so many wakes without a pause the container is slowed down.
const FREE_WAKES: u32 = 200;
/// And after so many it is slowed down further.
const BUSY_WAKES: u32 = 1_000;
/// What a session may keep of its output until somebody takes it, in bytes.
const KEPT_BYTES: usize = 1 << 20;

/// A command in a container, with its terminal or without.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// Its name and arguments.
    pub argv: Vec<String>,
    /// Its environment.
    pub env: BTreeMap<String, String>,
    /// Its directory.
    pub cwd: String,
    /// Whether standard input stays open.
    pub stdin: bool,
    /// Whether it has a terminal.
    pub terminal: bool,
}

/// A machine and what is said with it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Session {
    machine: Machine<Program>,
    /// A shell that somebody types into: what has been typed of a command, and whether the prompt stands.
    typing: Option<Typing>,
    output: Vec<Chunk>,
    ended: Option<i32>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Typing {
    #[serde(with = "serde_bytes")]
    typed: Vec<u8>,
    pending: String,
    prompted: bool,
    ended: bool,
}

/// The processes of a container.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Processes {
    main: Option<Session>,
    others: SortedMap<u64, Session>,
    next: u64,
    last_pid: u64,
    busy: u32,
    /// When they are to be run again.
    wake: Option<Time>,
}

/// What came of running the processes.
#[derive(Clone, Debug, Default)]
pub struct Ran {
    /// What the main process printed.
    pub output: Vec<Chunk>,
    /// Its exit code, once it has ended.
    pub ended: Option<i32>,
    /// Whether any other command has ended.
    pub other_ended: bool,
    /// Signals for a first process that is no machine's: a server of the image.
    pub signals: Vec<i32>,
}

impl Processes {
    /// Starts the container's command as process 1.
    pub fn start(&mut self, command: &Command, inside: &mut Inside<'_>) {
        self.last_pid = 1;
        let session = Session::new(command, 1, inside);
        self.main = Some(session);
        self.wake = Some(inside.now);
    }

    /// Starts another command; answers its number.
    pub fn exec(&mut self, command: &Command, inside: &mut Inside<'_>) -> u64 {
        self.last_pid = self.last_pid.max(6) + 1;
        let session = Session::new(command, self.last_pid, inside);
        self.next += 1;
        self.others.insert(self.next, session);
        self.wake = Some(inside.now);
        self.next
    }

    /// Whether there is a process of the container's own.
    #[must_use]
    pub const fn has_main(&self) -> bool {
        self.main.is_some()
    }

    /// Whether nothing runs and nobody waits for anything.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.main.is_none() && self.others.is_empty()
    }

    /// Whether they compute without pause.
    #[must_use]
    pub fn computes(&self) -> bool {
        self.busy > FREE_WAKES
    }

    /// When to run them again.
    #[must_use]
    pub const fn wake_at(&self) -> Option<Time> {
        self.wake
    }

    /// How many processes have been started.
    #[must_use]
    pub const fn started(&self) -> u64 {
        self.last_pid
    }

    /// Nothing goes on before then: they have used up their share of the processor.
    pub fn hold_until(&mut self, at: Time) {
        self.wake = self.wake.map(|wake| wake.max(at));
    }

    /// How many CPUs programs keep busy by themselves, in thousandths, and how much memory they hold, in bytes.
    #[must_use]
    pub fn load(&self) -> (u64, u64) {
        let sessions = self.main.iter().chain(self.others.values());
        let programs = sessions.flat_map(|session| session.machine.all_processes());
        programs
            .map(Program::load)
            .fold((0, 0), |sum, own| (sum.0 + own.0, sum.1 + own.1))
    }

    /// What processes serve with.
    pub fn servers(&self) -> impl Iterator<Item = &Server> {
        let sessions = self.main.iter().chain(self.others.values());
        sessions
            .flat_map(|session| session.machine.all_processes())
            .filter_map(Program::server)
    }

    /// What processes serve with, to ask it something.
    pub fn servers_mut(&mut self) -> impl Iterator<Item = &mut Server> {
        let sessions = self.main.iter_mut().chain(self.others.values_mut());
        sessions
            .flat_map(|session| session.machine.all_processes_mut())
            .filter_map(Program::server_mut)
    }

    /// Signals the first process from outside: the kubelet asks it to stop.
    pub fn terminate(&mut self, signal: i32, now: Time) {
        if let Some(main) = &mut self.main {
            main.machine.signal(1, signal);
            self.wake = Some(now);
        }
    }

    /// Something that a process waits for has happened.
    pub fn poke(&mut self, now: Time) {
        self.wake = Some(now);
    }

    /// Types into a session: the main one is 0.
    pub fn feed(&mut self, id: u64, bytes: &[u8], ended: bool, now: Time) {
        if let Some(session) = self.session_mut(id) {
            session.feed(bytes, ended);
            self.wake = Some(now);
        }
    }

    fn session_mut(&mut self, id: u64) -> Option<&mut Session> {
        if id == 0 {
            self.main.as_mut()
        } else {
            self.others.get_mut(&id)
        }
    }

    /// Takes what a session has printed, and its status once it has ended: it is forgotten then.
    pub fn take(&mut self, id: u64) -> (Vec<Chunk>, Option<i32>) {
        let Some(session) = self.others.get_mut(&id) else {
            return (Vec::new(), Some(137));
        };
        let output = std::mem::take(&mut session.output);
        let ended = session.ended;
        if ended.is_some() {
            self.others.remove(&id);
        }
        (output, ended)
    }

    /// The status of a session that has ended.
    #[must_use]
    pub fn ended(&self, id: u64) -> Option<i32> {
        self.others.get(&id).map_or(Some(137), |session| session.ended)
    }

    /// Ends a session, whatever runs in it.
    pub fn drop_session(&mut self, id: u64) {
        self.others.remove(&id);
    }

    /// Runs what can run at this moment.
    pub fn run(&mut self, inside: &mut Inside<'_>) -> Ran {
        let now = inside.now;
        let mut ran = Ran::default();
        let mut wake: Option<Time> = None;
        // Signals from one machine to another take another turn.
        for _ in 0..4 {
            inside.processes = Vec::new();
            if !self.others.is_empty() {
                inside.processes.extend(inside.served.clone());
                inside.processes.extend(self.list());
            }
            wake = None;
            for session in self.main.iter_mut().chain(self.others.values_mut()) {
                let running = session.ended.is_none();
                let at = session.run(inside, &mut self.last_pid);
                ran.other_ended |= running && session.ended.is_some();
                wake = [wake, at].into_iter().flatten().min();
            }
            if inside.signals.is_empty() {
                break;
            }
            for (pid, signal) in std::mem::take(&mut inside.signals) {
                let mut sessions = self.main.iter_mut().chain(self.others.values_mut());
                if !sessions.any(|session| session.machine.signal(pid, signal)) && pid == 1 {
                    ran.signals.push(signal);
                }
            }
            wake = Some(now);
        }
        if let Some(main) = &mut self.main {
            ran.output = std::mem::take(&mut main.output);
            ran.ended = main.ended;
        }
        if ran.ended.is_some() {
            self.main = None;
            self.end_all();
        }
        self.wake = wake.map(|at| self.paced(now, at));
        ran
    }

    /// Ends whatever runs: the container is killed.
    pub fn end_all(&mut self) {
        self.main = None;
        for session in self.others.values_mut() {
            session.ended.get_or_insert(137);
            session.machine.kill_all();
        }
        self.wake = None;
    }

    /// The moment of the next wake: later and later for who never pauses.
    fn paced(&mut self, now: Time, at: Time) -> Time {
        if at.since(now) >= PAUSE {
            self.busy = 0;
            return at;
        }
        self.busy = self.busy.saturating_add(1);
        let least = match self.busy {
            0..FREE_WAKES => Duration::ZERO,
            FREE_WAKES..BUSY_WAKES => Duration::from_millis(10),
            _ => Duration::from_millis(100),
        };
        at.max(now + least)
    }

    fn list(&self) -> Vec<(u64, String)> {
        let sessions = self.main.iter().chain(self.others.values());
        let mut rows: Vec<(u64, String)> = sessions.flat_map(|session| session.machine.list()).collect();
        crate::sort::sort(&mut rows);
        rows
    }
}

impl Session {
    fn new(command: &Command, pid: u64, inside: &mut Inside<'_>) -> Self {
        let flavour = match inside.dialect() {
            Dialect::Busybox => Flavour::Ash,
            Dialect::Gnu if command.argv.first().is_some_and(|name| name.ends_with("bash")) => Flavour::Bash,
            Dialect::Gnu => Flavour::Ash,
        };
        let typed_into = command.terminal && command.stdin && is_bare_shell(&command.argv);
        let machine = if typed_into {
            let mut shell = Shell::new(flavour, true, &command.cwd);
            for (name, value) in &command.env {
                shell.variables.export(name, value);
            }
            shell.command = command.argv.join(" ");
            shell.pid = pid;
            Machine::with(shell, true, pid)
        } else {
            let launch = Launch {
                argv: &command.argv,
                env: &command.env,
                cwd: &command.cwd,
                now: inside.now,
            };
            let host: &mut dyn System = inside;
            let mut machine = Machine::command(&launch, (flavour, command.terminal, pid), host);
            machine.end_input(!command.stdin);
            machine
        };
        Self {
            machine,
            typing: typed_into.then(Typing::default),
            output: Vec::new(),
            ended: None,
        }
    }

    fn feed(&mut self, bytes: &[u8], ended: bool) {
        match &mut self.typing {
            Some(typing) => {
                typing.typed.extend_from_slice(bytes);
                typing.ended |= ended;
            }
            None => {
                self.machine.feed(bytes);
                if ended {
                    self.machine.end_input(true);
                }
            }
        }
    }

    fn run(&mut self, inside: &mut Inside<'_>, last_pid: &mut u64) -> Option<Time> {
        if self.ended.is_some() {
            return None;
        }
        let now = inside.now;
        let mut at = None;
        // A shell that is typed into takes one line after the other.
        for _ in 0..100 {
            *self.machine.last_pid() = (*self.machine.last_pid()).max(*last_pid);
            let wake = {
                let host: &mut dyn System = inside;
                self.machine.run(host, now)
            };
            *last_pid = (*self.machine.last_pid()).max(*last_pid);
            at = wake.at;
            self.output.extend(self.machine.take_output());
            self.ended = self.machine.ended();
            if self.ended.is_some() || !self.type_on(inside) {
                break;
            }
        }
        let kept: usize = self.output.iter().map(|chunk| chunk.bytes.len()).sum();
        if kept > KEPT_BYTES {
            self.output.clear();
        }
        at
    }

    /// Gives what was typed to the shell or to its command; whether there is something to run.
    fn type_on(&mut self, inside: &Inside<'_>) -> bool {
        let Some(typing) = &mut self.typing else {
            return false;
        };
        if !self.machine.is_idle() {
            if typing.typed.is_empty() || !self.machine.is_reading() {
                return false;
            }
            self.machine.feed(&std::mem::take(&mut typing.typed));
            return true;
        }
        if let Some(line) = self.machine.take_typed_line() {
            typing.typed.splice(0..0, line.into_bytes());
        }
        if !typing.prompted {
            typing.prompted = true;
            let prompt = if typing.pending.is_empty() {
                prompt(&self.machine, inside)
            } else {
                "> ".to_owned()
            };
            self.output.push(Chunk {
                stream: crate::sh::Stream::Stdout,
                bytes: prompt.into_bytes(),
            });
        }
        let Some(end) = typing.typed.iter().position(|byte| *byte == b'\n') else {
            if typing.ended {
                self.ended = Some(self.machine.shell().map_or(0, |shell| shell.status));
            }
            return false;
        };
        let line: Vec<u8> = typing.typed.drain(..=end).collect();
        typing.pending.push_str(&String::from_utf8_lossy(&line));
        typing.prompted = false;
        match self.machine.submit(&typing.pending) {
            Ok(()) => typing.pending.clear(),
            Err(SyntaxError::Incomplete(_)) => {}
            Err(error) => {
                let text = std::mem::take(&mut typing.pending);
                if let Some(shell) = self.machine.shell_mut() {
                    let (message, status) = syntax::report(&error, &text, shell);
                    shell.status = status;
                    self.output.push(Chunk {
                        stream: crate::sh::Stream::Stderr,
                        bytes: message.into_bytes(),
                    });
                }
            }
        }
        true
    }
}

/// What stands before a line that is typed in a container.
fn prompt(machine: &Machine<Program>, inside: &Inside<'_>) -> String {
    let mark = if inside.identity.uid == 0 { '#' } else { '$' };
    let Some(shell) = machine.shell() else {
        return format!("{mark} ");
    };
    match (inside.dialect(), shell.flavour) {
        (Dialect::Busybox, _) => format!("{} {mark} ", shell.cwd),
        (Dialect::Gnu, Flavour::Bash) => {
            let Identity { user, host, .. } = &inside.identity;
            format!("{user}@{host}:{}{mark} ", shell.cwd)
        }
        (Dialect::Gnu, Flavour::Ash) => format!("{mark} "),
    }
}

/// Whether a command line starts a shell without anything to run.
fn is_bare_shell(argv: &[String]) -> bool {
    let [name, options @ ..] = argv else {
        return false;
    };
    let name = name.rsplit('/').next().unwrap_or(name);
    matches!(name, "sh" | "ash" | "bash" | "dash")
        && options
            .iter()
            .all(|option| matches!(option.as_str(), "-i" | "-l" | "--login" | "-il" | "-li"))
}
