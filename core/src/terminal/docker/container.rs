//! A container of docker: an instance of the runtime with a name and its ports, and a rule for when it ends.

#![expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the path of the method is longer"
)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Host;
use super::images::Local;
use crate::runtime::{
    Command, Entry, Generated, ImageFacts, Instance, Limits, Mount, Place, Surroundings, Volumes,
};
use crate::sh::Chunk;
use crate::sim::Time;
use crate::sorted::SortedMap;
use crate::userland::{Folder, Identity};

/// The first delay before a container is started again.
const FIRST_DELAY: Duration = Duration::from_millis(100);
/// And the longest.
const LONGEST_DELAY: Duration = Duration::from_secs(60);
/// What has run for so long starts again without delay.
const STABLE: Duration = Duration::from_secs(10);

/// What a container is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum State {
    Created,
    Running {
        since: Time,
    },
    /// It ended and will be started again at this moment.
    Restarting {
        code: i32,
        ended: Time,
        at: Time,
    },
    Exited {
        code: i32,
        at: Time,
    },
}

/// When a container is started again after its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Restart {
    #[default]
    No,
    Always,
    UnlessStopped,
    /// When it failed; at most so often if not 0.
    OnFailure(u32),
}

impl Restart {
    pub(super) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "no" => Self::No,
            "always" => Self::Always,
            "unless-stopped" => Self::UnlessStopped,
            "on-failure" => Self::OnFailure(0),
            _ => Self::OnFailure(text.strip_prefix("on-failure:")?.parse().ok()?),
        })
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Always => "always",
            Self::UnlessStopped => "unless-stopped",
            Self::OnFailure(_) => "on-failure",
        }
    }
}

/// What a container is made with.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Config {
    pub(super) entrypoint: Vec<String>,
    pub(super) command: Vec<String>,
    pub(super) env: BTreeMap<String, String>,
    pub(super) ports: Vec<(u16, u16)>,
    pub(super) mounts: Vec<Mount>,
    pub(super) work_dir: String,
    pub(super) user: Option<i64>,
    pub(super) hostname: String,
    pub(super) stdin: bool,
    pub(super) terminal: bool,
    pub(super) restart: Restart,
    pub(super) memory_bytes: Option<u64>,
    pub(super) cpu_millis: Option<u64>,
}

/// A container of docker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Container {
    pub(super) id: String,
    pub(super) name: String,
    /// The image as it was named.
    pub(super) image: String,
    pub(super) local: Local,
    pub(super) config: Config,
    pub(super) created: Time,
    pub(super) state: State,
    pub(super) live: Instance,
    pub(super) auto_remove: bool,
    pub(super) address: String,
    pub(super) restarts: u32,
    /// Somebody stands in its foreground.
    pub(super) attached: bool,
    /// It was stopped by hand.
    stopped: bool,
    delay: Duration,
    /// What its terminal printed, for who is attached.
    pub(super) printed: Vec<Chunk>,
}

impl Container {
    pub(super) fn new(
        (id, name, image): (String, String, String),
        local: Local,
        config: Config,
        (now, address, auto_remove): (Time, String, bool),
    ) -> Self {
        Self {
            id,
            name,
            image,
            local,
            config,
            created: now,
            state: State::Created,
            live: Instance::default(),
            auto_remove,
            address,
            restarts: 0,
            attached: false,
            stopped: false,
            delay: Duration::ZERO,
            printed: Vec::new(),
        }
    }

    pub(super) fn is_running(&self) -> bool {
        matches!(self.state, State::Running { .. })
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.state, State::Exited { .. })
    }

    pub(super) fn short_id(&self) -> &str {
        self.id.get(..12).unwrap_or(&self.id)
    }

    pub(super) fn limits(&self) -> Limits {
        super::limits(self.config.memory_bytes, self.config.cpu_millis)
    }

    /// The ports of the laptop that lead here while it runs.
    pub(super) fn published_ports(&self) -> impl Iterator<Item = u16> {
        let ports = self.config.ports.iter().filter(|_| self.is_running());
        ports.map(|(outer, _)| *outer)
    }

    /// The port of the container that a port of the laptop leads to.
    pub(super) fn published(&self, port: u16) -> Option<u16> {
        let mut ports = self.config.ports.iter().filter(|_| self.is_running());
        ports.find(|(outer, _)| *outer == port).map(|(_, inner)| *inner)
    }

    /// Whether it is started when its machine is.
    pub(super) fn comes_back(&self) -> bool {
        match self.config.restart {
            Restart::No => false,
            Restart::Always => true,
            Restart::UnlessStopped => !self.stopped,
            Restart::OnFailure(_) => matches!(self.state, State::Exited { code, .. } if code != 0),
        }
    }

    pub(super) fn wake_at(&self) -> Option<Time> {
        match self.state {
            State::Restarting { at, .. } => Some(at),
            State::Running { .. } => {
                let ends = self.live.ends_at().map(|(at, _)| at);
                let outgrows = self
                    .config
                    .memory_bytes
                    .and_then(|limit| self.live.outgrows(limit));
                let wakes = self
                    .live
                    .processes
                    .as_ref()
                    .and_then(|processes| processes.wake_at());
                [ends, outgrows, wakes].into_iter().flatten().min()
            }
            State::Created | State::Exited { .. } => None,
        }
    }

    /// Its instance, and where it is.
    pub(super) fn enter<'a>(
        &'a mut self,
        host: &'a mut Host<'_>,
        volumes: &'a mut SortedMap<String, Folder>,
    ) -> (&'a mut Instance, Surroundings<'a>) {
        let facts = self.local.facts();
        let around = surroundings(&self.config, (&self.address, &self.name), facts, host, volumes);
        (&mut self.live, around)
    }

    /// Starts it; the error is runc's.
    pub(super) fn start(
        &mut self,
        host: &mut Host<'_>,
        volumes: &mut SortedMap<String, Folder>,
    ) -> Result<(), String> {
        let now = host.now;
        let facts = self.local.facts();
        let mut env = facts.env.clone();
        env.extend(self.config.env.clone());
        let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        let root = self.config.user.unwrap_or(facts.user) == 0;
        for (name, value) in [
            ("PATH", path),
            ("HOSTNAME", &self.config.hostname),
            ("HOME", if root { "/root" } else { "/" }),
        ] {
            env.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        }
        if self.config.terminal {
            env.insert("TERM".to_owned(), "xterm".to_owned());
        }
        let layer = self.live.layer.take();
        let before = std::mem::replace(&mut self.live, Instance::new(Arc::new(env)));
        // A container that is started again keeps its files and its log.
        self.live.layer = layer;
        self.live.log = before.log;
        let argv = (self.config.entrypoint.clone(), self.config.command.clone());
        let entry = self
            .local
            .entry(&facts, (&argv.0, &argv.1), &self.live.env.clone());
        self.live.line = self.command_line();
        let (cwd, stdin, terminal) = (
            self.config.work_dir.clone(),
            self.config.stdin,
            self.config.terminal,
        );
        let env = (*self.live.env).clone();
        let (live, around) = self.enter(host, volumes);
        let result = match entry {
            Entry::Server(spec) => {
                live.start_server(spec, around);
                Ok(())
            }
            Entry::Command(argv) => live.start_command(
                Command {
                    argv,
                    env,
                    cwd,
                    stdin,
                    terminal,
                },
                around,
            ),
        };
        self.stopped = false;
        self.state = match &result {
            Ok(()) => State::Running { since: now },
            Err(_) => State::Created,
        };
        result
    }

    /// What `docker ps` shows as its command.
    pub(super) fn command_line(&self) -> String {
        let words: Vec<&str> = self
            .config
            .entrypoint
            .iter()
            .chain(&self.config.command)
            .map(String::as_str)
            .collect();
        if words.is_empty() {
            self.local.default_command()
        } else if self.config.entrypoint.is_empty() {
            self.local.with_entrypoint(&words.join(" "))
        } else {
            words.join(" ")
        }
    }

    /// Goes on with what is due.
    pub(super) fn advance(&mut self, host: &mut Host<'_>, volumes: &mut SortedMap<String, Folder>) {
        let now = host.now;
        if let State::Restarting { at, .. } = self.state {
            if at <= now {
                self.restarts += 1;
                let _why = self.start(host, volumes);
            }
            return;
        }
        let due = self
            .live
            .processes
            .as_ref()
            .and_then(|processes| processes.wake_at());
        if due.is_some_and(|at| at <= now) {
            let limits = self.limits();
            let (live, around) = self.enter(host, volumes);
            let ran = live.run(around, limits);
            self.printed.extend(ran.output);
        }
        let limit = self.config.memory_bytes;
        if limit.is_some_and(|limit| self.live.outgrows(limit).is_some_and(|at| at <= now)) {
            self.live.run_out_of_memory(now);
        }
        if let Some((at, code)) = self.live.ends_at().filter(|(at, _)| *at <= now) {
            if code == 0 {
                let (live, around) = self.enter(host, volumes);
                live.save(around);
            }
            self.end(at, code);
        }
    }

    /// It has ended.
    pub(super) fn end(&mut self, now: Time, code: i32) {
        let ran = match self.state {
            State::Running { since } => now.since(since),
            _ => Duration::ZERO,
        };
        self.live.end(now);
        let again = !self.stopped
            && match self.config.restart {
                Restart::No => false,
                Restart::Always | Restart::UnlessStopped => true,
                Restart::OnFailure(most) => code != 0 && (most == 0 || self.restarts < most),
            };
        if !again {
            self.state = State::Exited { code, at: now };
            return;
        }
        self.delay = if ran >= STABLE || self.delay.is_zero() {
            FIRST_DELAY
        } else {
            (self.delay * 2).min(LONGEST_DELAY)
        };
        self.state = State::Restarting {
            code,
            ended: now,
            at: now + self.delay,
        };
    }

    /// Its machine has crashed.
    pub(super) fn die(&mut self, now: Time, code: i32) {
        if matches!(self.state, State::Running { .. } | State::Restarting { .. }) {
            self.live.end(now);
            self.state = State::Exited { code, at: now };
        }
    }

    /// It is asked to stop: SIGTERM now, SIGKILL after the grace.
    pub(super) fn stop(&mut self, now: Time, grace: Duration) {
        self.stopped = true;
        match self.state {
            State::Running { .. } => {
                let extra = Duration::from_millis(120);
                self.live.terminate(15, now, (now + grace + extra, extra));
            }
            State::Restarting { code, ended, .. } => self.state = State::Exited { code, at: ended },
            State::Created | State::Exited { .. } => {}
        }
    }

    /// It gets a signal.
    pub(super) fn kill(&mut self, now: Time, signal: i32) {
        self.stopped = true;
        if signal == 9 {
            self.end(now, 137);
        } else {
            self.live.terminate(signal, now, (Time::MAX, Duration::ZERO));
        }
    }
}

/// Where a container is while its processes run.
pub(super) fn surroundings<'a>(
    config: &'a Config,
    (address, name): (&str, &str),
    image: Arc<ImageFacts>,
    host: &'a mut Host<'_>,
    volumes: &'a mut SortedMap<String, Folder>,
) -> Surroundings<'a> {
    let hostname = if config.hostname.is_empty() {
        name
    } else {
        &config.hostname
    };
    let uid = config.user.unwrap_or(image.user);
    Surroundings {
        now: host.now,
        image,
        read_only: false,
        mounts: &config.mounts,
        volumes: Volumes {
            pod: volumes,
            node: host.files,
            // Nothing of a cluster is mounted here.
            claims: host.nothing,
        },
        generated: Arc::new(Generated {
            hostname: hostname.into(),
            ip: address.to_owned(),
            ..Generated::default()
        }),
        identity: Identity {
            host: hostname.into(),
            user: if uid == 0 { "root" } else { "" }.into(),
            uid,
            gid: if uid == 0 { 0 } else { uid },
        },
    }
}

/// A mount as `-v` says it.
pub(super) fn mount(text: &str, cwd: &str, anonymous: &str) -> Option<Mount> {
    let parts: Vec<&str> = text.split(':').collect();
    let (source, path, mode) = match parts.as_slice() {
        [path] => (None, *path, ""),
        [source, path] => (Some(*source), *path, ""),
        [source, path, mode] => (Some(*source), *path, *mode),
        _ => return None,
    };
    if !path.starts_with('/') || source == Some("") {
        return None;
    }
    let (place, inner) = match source {
        Some(source) if source.starts_with(['/', '.', '~']) => (Place::Node, crate::sh::resolve(cwd, source)),
        Some(name) => (Place::Pod(name.to_owned()), "/".to_owned()),
        None => (Place::Pod(anonymous.to_owned()), "/".to_owned()),
    };
    Some(Mount {
        path: crate::sh::resolve("/", path),
        place,
        inner,
        read_only: mode.split(',').any(|word| word == "ro"),
    })
}
