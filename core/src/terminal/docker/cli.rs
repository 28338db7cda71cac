//! `docker`: the client. What takes time (a pull, a build, a container in the foreground, a grace period) is a machine that is stepped.

#![expect(
    clippy::redundant_closure_for_method_calls,
    clippy::let_and_return,
    reason = "each step of a command is said apart"
)]

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::build::{Build, Order, Progress};
use super::images::{Local, familiar};
use super::list::Listing;
use super::run::{self, Wanted};
use super::{Engine, Host};
use crate::runtime::{Command, ImageReference};
use crate::sh::{Io, Poll, Read, Stream, Until};
use crate::sim::Time;
use crate::terminal::host::Connected;
use crate::userland::Start;

/// How long a command takes at the least.
const CALL: Duration = Duration::from_millis(30);
/// How fast images travel, in MiB per second.
const SPEED: u64 = 40;
/// How long a container gets to stop.
const GRACE: Duration = Duration::from_secs(10);

/// A running `docker`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::terminal) struct Docker {
    start: Start,
    task: Task,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Task {
    /// The command is read.
    New,
    /// An image travels; then a container is run, if any.
    Pulling {
        until: Time,
        name: String,
        result: Result<Box<Local>, String>,
        run: Option<Vec<String>>,
    },
    /// In the foreground of a container.
    Attached {
        id: String,
        /// Up to which line its log has been shown.
        shown: usize,
        since: Time,
        proxied: bool,
    },
    /// `docker exec`
    Exec { id: String, session: u64 },
    /// `docker logs -f`
    Following { id: String, shown: usize },
    /// `docker build`
    Building(Box<Build>),
    /// Containers that stop; each name is said when it has.
    Stopping {
        names: Vec<String>,
        begun: bool,
        again: bool,
    },
    /// `docker wait`
    Waiting { names: Vec<String> },
    /// Says something and ends.
    Ending { until: Time, text: String, status: i32 },
}

const NO_DAEMON: &str =
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n";

impl Docker {
    pub(in crate::terminal) fn start(start: Start) -> Self {
        Self {
            start,
            task: Task::New,
        }
    }

    pub(in crate::terminal) fn step(&mut self, io: &mut Io<'_>, connected: &mut Connected<'_>) -> Poll {
        let now = io.now;
        let Some(parts) = connected.api.docker() else {
            io.error("docker: command not found\n");
            return Poll::Exited(127);
        };
        let mut host = Host {
            now,
            rng: parts.rng,
            catalog: parts.catalog,
            files: &mut connected.laptop.folder,
            nothing: parts.nothing,
        };
        let engine = parts.engine;
        if engine.is_down() {
            io.error(NO_DAEMON);
            return Poll::Exited(1);
        }
        engine.wake(&mut host);
        let poll = self.advance(io, engine, &mut host);
        poll
    }

    /// It was interrupted: what it stands in the foreground of is told so.
    pub(in crate::terminal) fn interrupted(&self, engine: &mut Engine, now: Time) {
        if let Task::Attached {
            id, proxied: true, ..
        } = &self.task
            && let Some(index) = engine.find(id)
            && let Some(container) = engine.containers.get_mut(index)
        {
            container.attached = false;
            container.kill(now, 2);
        }
    }

    #[expect(clippy::too_many_lines, reason = "one case after another")]
    fn advance(&mut self, io: &mut Io<'_>, engine: &mut Engine, host: &mut Host<'_>) -> Poll {
        loop {
            match &mut self.task {
                Task::New => {
                    if let Some(status) = self.begin(io, engine, host) {
                        return Poll::Exited(status);
                    }
                }
                Task::Ending { until, text, status } => {
                    if host.now < *until {
                        return Poll::Blocked(Until::time(*until));
                    }
                    if *status == 0 {
                        io.print(&*text);
                    } else {
                        io.error(&*text);
                    }
                    return Poll::Exited(*status);
                }
                Task::Pulling { until, .. } if host.now < *until => {
                    return Poll::Blocked(Until::time(*until));
                }
                Task::Pulling { .. } => {
                    if let Some(status) = self.pulled(io, engine, host) {
                        return Poll::Exited(status);
                    }
                }
                Task::Attached { .. } => return self.attached(io, engine, host),
                Task::Exec { id, session } => {
                    let (id, session) = (id.clone(), *session);
                    return exec_on(&id, session, io, engine, host);
                }
                Task::Following { id, shown } => {
                    let Some(container) = engine.find(id).and_then(|index| engine.containers.get(index))
                    else {
                        return Poll::Exited(0);
                    };
                    let next = show_log(&container.live.log, shown, io, host.now);
                    if !container.is_running() {
                        return Poll::Exited(0);
                    }
                    return Poll::Blocked(Until {
                        at: next,
                        change: true,
                        ..Until::default()
                    });
                }
                Task::Building(build) => {
                    let mut say = String::new();
                    let progress = build.step(engine, host, &mut say);
                    match progress {
                        Progress::Until(at) => {
                            if !build.is_quiet() {
                                io.error(say);
                            }
                            return Poll::Blocked(Until::time(at));
                        }
                        Progress::Done(status) => {
                            if build.is_quiet() && status == 0 {
                                io.print(say);
                            } else {
                                io.error(say);
                            }
                            return Poll::Exited(status);
                        }
                    }
                }
                Task::Stopping { .. } => return self.stopping(io, engine, host),
                Task::Waiting { names } => {
                    while let Some(container) = names
                        .first()
                        .and_then(|name| engine.find(name))
                        .and_then(|index| engine.containers.get(index))
                    {
                        let super::State::Exited { code, .. } = container.state else {
                            return Poll::Blocked(Until {
                                at: container.wake_at(),
                                change: true,
                                ..Until::default()
                            });
                        };
                        io.print(format!("{code}\n"));
                        names.remove(0);
                    }
                    return Poll::Exited(0);
                }
            }
        }
    }

    fn end(&mut self, host: &Host<'_>, text: impl Into<String>, status: i32) -> Option<i32> {
        self.task = Task::Ending {
            until: host.now + CALL,
            text: text.into(),
            status,
        };
        None
    }

    /// Reads the command and begins; its status if it is over already.
    #[expect(clippy::too_many_lines, reason = "one case after another")]
    fn begin(&mut self, io: &mut Io<'_>, engine: &mut Engine, host: &mut Host<'_>) -> Option<i32> {
        let words: Vec<String> = self.start.argv.iter().skip(1).cloned().collect();
        // `docker container ls`, `docker image ls`
        let (command, rest): (String, Vec<String>) = match words.as_slice() {
            [group, command, rest @ ..] if matches!(group.as_str(), "container" | "image") => {
                let command = match (group.as_str(), command.as_str()) {
                    ("container", "ls" | "list") => "ps",
                    ("image", "ls" | "list") => "images",
                    ("image", "rm") => "rmi",
                    (_, other) => other,
                };
                (command.to_owned(), rest.to_vec())
            }
            [command, rest @ ..] => (command.clone(), rest.to_vec()),
            [] => (String::new(), Vec::new()),
        };
        match command.as_str() {
            "run" => self.run(&rest, io, engine, host),
            "create" => self.create(&rest, engine, host),
            "ps" => {
                let listing = listing(&rest);
                match engine.list(&listing, host.now) {
                    Ok(text) => self.end(host, text, 0),
                    Err(why) => self.end(host, format!("{why}\n"), 64),
                }
            }
            "images" => {
                let quiet = rest.iter().any(|word| word == "-q" || word == "--quiet");
                let format = option(&rest, "--format");
                let name = rest
                    .iter()
                    .find(|word| !word.starts_with('-') && Some(*word) != format.as_ref());
                match engine.list_images(name.map(String::as_str), (quiet, format.as_deref()), host.now) {
                    Ok(text) => self.end(host, text, 0),
                    Err(why) => self.end(host, format!("{why}\n"), 64),
                }
            }
            "pull" => self.pull(&rest, io, engine, host),
            "push" => self.push(&rest, engine, host),
            "tag" => self.tag(&rest, engine, host),
            "rmi" => self.remove_images(&rest, engine, host),
            "logs" => self.logs(&rest, io, engine, host),
            "exec" => self.exec(&rest, io, engine, host),
            "attach" => match existing(engine, &rest) {
                Ok(id) => {
                    self.attach(engine, &id, host.now);
                    None
                }
                Err(why) => self.end(host, why, 1),
            },
            "stop" | "restart" => self.stop(&rest, command == "restart", host),
            "start" => self.start_again(&rest, engine, host),
            "kill" => self.kill(&rest, engine, host),
            "rm" => self.remove(&rest, engine, host),
            "wait" => {
                self.task = Task::Waiting { names: rest };
                None
            }
            "inspect" => {
                let format = option(&rest, "-f").or_else(|| option(&rest, "--format"));
                let names: Vec<String> = operands(&rest, &["-f", "--format", "--type"]);
                let (text, missing) = engine.inspect(&names, format.as_deref(), host);
                io.print(text);
                if missing.is_empty() {
                    return Some(0);
                }
                self.end(host, missing.join("\n") + "\n", 1)
            }
            "build" | "buildx" => self.build(&rest, io, host),
            "login" => self.login(&rest, io, engine, host),
            "logout" => {
                let registry = rest.first().cloned().unwrap_or_else(|| "docker.io".to_owned());
                engine.logins.remove(&registry);
                self.end(host, format!("Removing login credentials for {registry}\n"), 0)
            }
            "volume" => self.volume(&rest, engine, host),
            "stats" => {
                let text = engine.stats(&operands(&rest, &[]), host);
                self.end(host, text, 0)
            }
            "port" => match existing(engine, &rest) {
                Ok(id) => {
                    let container = engine.find(&id).and_then(|index| engine.containers.get(index));
                    let ports = container
                        .map(|container| container.config.ports.clone())
                        .unwrap_or_default();
                    let text: String = ports
                        .iter()
                        .map(|(outer, inner)| {
                            format!("{inner}/tcp -> 0.0.0.0:{outer}\n{inner}/tcp -> [::]:{outer}\n")
                        })
                        .collect();
                    self.end(host, text, 0)
                }
                Err(why) => self.end(host, why, 1),
            },
            "version" | "--version" | "-v" => self.end(host, "Docker version 28.5.1, build e180ab8\n", 0),
            "" | "help" | "--help" => self.end(host, HELP, 0),
            other => self.end(
                host,
                format!(
                    "docker: unknown command: docker {other}\n\nRun 'docker --help' for more information\n"
                ),
                1,
            ),
        }
    }

    fn run(
        &mut self,
        rest: &[String],
        io: &mut Io<'_>,
        engine: &mut Engine,
        host: &mut Host<'_>,
    ) -> Option<i32> {
        let wanted = match run::parse(rest, "run") {
            Ok(wanted) => wanted,
            Err(why) => return self.end(host, why, 125),
        };
        if engine.image(&wanted.image).is_none() || wanted.pull == "always" {
            let Some(reference) = ImageReference::parse(&wanted.image) else {
                return self.end(
                    host,
                    "docker: invalid reference format\n\nRun 'docker run --help' for more information\n",
                    125,
                );
            };
            if wanted.pull == "never" {
                return self.end(host, format!("docker: Error response from daemon: No such image: {}\n\nRun 'docker run --help' for more information\n", wanted.image), 125);
            }
            let full = familiar(&reference.to_string());
            io.error(format!("Unable to find image '{full}' locally\n"));
            self.begin_pull(&reference, Some(rest.to_vec()), io, engine, host);
            return None;
        }
        self.run_now(wanted, io, engine, host)
    }

    fn run_now(
        &mut self,
        mut wanted: Wanted,
        io: &mut Io<'_>,
        engine: &mut Engine,
        host: &mut Host<'_>,
    ) -> Option<i32> {
        if wanted.config.terminal && wanted.config.stdin && !io.is_terminal(0) {
            return self.end(host, "the input device is not a TTY\n", 1);
        }
        wanted.config.terminal = wanted.config.terminal && io.is_terminal(1);
        let detached = wanted.detached;
        let made = engine.create(wanted, &self.start.cwd, host);
        let index = match made {
            Ok(index) => index,
            Err(why) => {
                return self.end(
                    host,
                    format!("docker: {why}\n\nRun 'docker run --help' for more information\n"),
                    125,
                );
            }
        };
        let id = engine
            .containers
            .get(index)
            .map(|container| container.id.clone())
            .unwrap_or_default();
        if let Err(why) = engine.start_container(index, host) {
            let removed = engine
                .containers
                .get(index)
                .is_some_and(|container| container.auto_remove);
            if removed {
                engine.containers.remove(index);
            }
            let status = if why.contains("permission denied") {
                126
            } else if why.contains("not found") || why.contains("no such file") {
                127
            } else {
                125
            };
            if detached {
                io.print(format!("{id}\n"));
            }
            return self.end(
                host,
                format!("docker: {why}\n\nRun 'docker run --help' for more information\n"),
                status,
            );
        }
        if detached {
            return self.end(host, format!("{id}\n"), 0);
        }
        self.attach(engine, &id, host.now);
        None
    }

    fn attach(&mut self, engine: &mut Engine, id: &str, now: Time) {
        if let Some(index) = engine.find(id)
            && let Some(container) = engine.containers.get_mut(index)
        {
            container.attached = true;
        }
        let container = engine.find(id).and_then(|index| engine.containers.get(index));
        let shown = container.map_or(0, |container| {
            let lines = container.live.log.lines();
            lines.iter().filter(|(at, _)| *at < now).count()
        });
        self.task = Task::Attached {
            id: id.to_owned(),
            shown,
            since: now,
            proxied: container.is_some_and(|container| !container.config.terminal),
        };
    }

    fn create(&mut self, rest: &[String], engine: &mut Engine, host: &mut Host<'_>) -> Option<i32> {
        let made = run::parse(rest, "create").and_then(|wanted| {
            engine
                .create(wanted, &self.start.cwd, host)
                .map_err(|why| format!("{why}\n"))
        });
        match made {
            Ok(index) => {
                let id = engine.containers.get(index).map(|container| container.id.clone());
                self.end(host, id.unwrap_or_default() + "\n", 0)
            }
            Err(why) => self.end(host, why, 1),
        }
    }

    fn attached(&mut self, io: &mut Io<'_>, engine: &mut Engine, host: &mut Host<'_>) -> Poll {
        let Task::Attached { id, shown, .. } = &mut self.task else {
            return Poll::Exited(0);
        };
        let Some(index) = engine.find(id) else {
            return Poll::Exited(0);
        };
        let wake = engine.wake_at();
        let Some(container) = engine.containers.get_mut(index) else {
            return Poll::Exited(0);
        };
        let has_main = container
            .live
            .processes
            .as_ref()
            .is_some_and(|processes| processes.has_main());
        if container.config.stdin && has_main {
            loop {
                match io.read(&*host.files, 4_096) {
                    Read::Data(bytes) => feed(container, 0, &bytes, false, host.now),
                    Read::End => {
                        feed(container, 0, &[], true, host.now);
                        break;
                    }
                    Read::Pending | Read::Failed(_) => break,
                }
            }
        }
        let printed = std::mem::take(&mut container.printed);
        let by_server = container.live.server.is_some();
        let mut next = None;
        if printed.is_empty() && by_server {
            next = show_log(&container.live.log, shown, io, host.now);
        }
        for chunk in printed {
            io.write(if chunk.stream == Stream::Stdout { 1 } else { 2 }, &chunk.bytes);
            *shown = container.live.log.lines().len();
        }
        let over = match container.state {
            super::State::Exited { code, .. } => Some(code),
            _ => None,
        };
        if let Some(code) = over {
            // What a server said last.
            show_log(&container.live.log, shown, io, host.now);
            let remove = container.auto_remove;
            if remove {
                engine.containers.remove(index);
            }
            return Poll::Exited(code);
        }
        Poll::Blocked(Until {
            at: [next, wake].into_iter().flatten().min(),
            input: container.config.stdin,
            change: true,
            child: false,
        })
    }

    fn begin_pull(
        &mut self,
        reference: &ImageReference,
        run: Option<Vec<String>>,
        io: &mut Io<'_>,
        engine: &Engine,
        host: &Host<'_>,
    ) {
        let result = engine.fetch(reference, host);
        let (_, path) = (reference.name(), reference.repository.clone());
        let mut takes = Duration::from_millis(700);
        match &result {
            Ok(local) => {
                io.print(format!("{}: Pulling from {path}\n", reference.tag));
                if engine.image(&reference.to_string()).is_none() {
                    takes += Duration::from_millis(local.size_bytes / (SPEED << 20) * 1_000);
                }
            }
            Err(why) if why.contains("i/o timeout") => takes = Duration::from_secs(30),
            Err(_) => {}
        }
        self.task = Task::Pulling {
            until: host.now + takes,
            name: reference.to_string(),
            result: result.map(Box::new),
            run,
        };
    }

    fn pulled(&mut self, io: &mut Io<'_>, engine: &mut Engine, host: &mut Host<'_>) -> Option<i32> {
        let Task::Pulling {
            name, result, run, ..
        } = std::mem::replace(&mut self.task, Task::New)
        else {
            return Some(1);
        };
        let local = match result {
            Ok(local) => local,
            Err(why) if run.is_some() => {
                return self.end(
                    host,
                    format!("docker: {why}\n\nRun 'docker run --help' for more information\n"),
                    125,
                );
            }
            Err(why) => return self.end(host, format!("{why}\n"), 1),
        };
        let known = engine
            .image(&name)
            .is_some_and(|(_, known)| known.digest == local.digest);
        if known {
            io.print(format!(
                "Digest: {}\nStatus: Image is up to date for {}\n",
                local.digest,
                familiar(&name)
            ));
        } else {
            for n in 0..2 + local.size_bytes % 4 {
                let layer = super::digest(host.rng, "docker-pull", &name, n);
                io.print(format!(
                    "{}: Pull complete\n",
                    layer.get(..12).unwrap_or_default()
                ));
            }
            io.print(format!(
                "Digest: {}\nStatus: Downloaded newer image for {}\n",
                local.digest,
                familiar(&name)
            ));
            engine.keep(name.clone(), *local);
        }
        match run {
            Some(words) => match run::parse(&words, "run") {
                Ok(wanted) => self.run_now(wanted, io, engine, host),
                Err(why) => self.end(host, why, 125),
            },
            None => {
                io.print(format!("{name}\n"));
                Some(0)
            }
        }
    }

    fn pull(&mut self, rest: &[String], io: &mut Io<'_>, engine: &Engine, host: &Host<'_>) -> Option<i32> {
        let Some(name) = operands(rest, &["--platform"]).into_iter().next() else {
            return self.end(host, "docker: 'docker pull' requires 1 argument\n\nUsage:  docker pull [OPTIONS] NAME[:TAG|@DIGEST]\n\nSee 'docker pull --help' for more information\n", 1);
        };
        match ImageReference::parse(&name) {
            Some(reference) => {
                if !name.contains(':') && !name.contains('@') {
                    io.print("Using default tag: latest\n");
                }
                self.begin_pull(&reference, None, io, engine, host);
                None
            }
            None => self.end(host, "invalid reference format\n", 1),
        }
    }

    fn push(&mut self, rest: &[String], engine: &Engine, host: &mut Host<'_>) -> Option<i32> {
        let Some(name) = operands(rest, &[]).into_iter().next() else {
            return self.end(host, "docker: 'docker push' requires 1 argument\n\nUsage:  docker push [OPTIONS] NAME[:TAG]\n\nSee 'docker push --help' for more information\n", 1);
        };
        let Some(reference) = ImageReference::parse(&name) else {
            return self.end(host, "invalid reference format\n", 1);
        };
        let refers = format!("The push refers to repository [{}]\n", reference.name());
        let Some((_, local)) = engine.image(&reference.to_string()) else {
            return self.end(
                host,
                format!(
                    "{refers}An image does not exist locally with the tag: {}\n",
                    familiar(&reference.name())
                ),
                1,
            );
        };
        let login = engine.logins.get(&reference.registry);
        if let Err(why) = host.catalog.takes(&reference, login) {
            return self.end(host, format!("{refers}{why}\n"), 1);
        }
        let layer = local.short_id().to_owned();
        host.catalog.push(&reference, local.published());
        let bytes = local.size_bytes;
        let digest = host
            .catalog
            .resolve(
                host.rng,
                &reference.to_string(),
                &credentials(&reference.registry, login),
            )
            .map(|resolved| resolved.digest)
            .unwrap_or_default();
        let text = format!(
            "{refers}{layer}: Pushed\n{}: digest: {digest} size: {}\n",
            reference.tag,
            856 + bytes % 700
        );
        self.task = Task::Ending {
            until: host.now + Duration::from_millis(900),
            text,
            status: 0,
        };
        None
    }

    fn tag(&mut self, rest: &[String], engine: &mut Engine, host: &Host<'_>) -> Option<i32> {
        let [source, target] = rest else {
            return self.end(host, "docker: 'docker tag' requires 2 arguments\n\nUsage:  docker tag SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]\n\nSee 'docker tag --help' for more information\n", 1);
        };
        let Some(reference) = ImageReference::parse(target) else {
            return self.end(host, format!("Error parsing reference: \"{target}\" is not a valid repository/tag: invalid reference format\n"), 1);
        };
        match engine.image(source).map(|(_, local)| local.clone()) {
            Some(local) => {
                engine.keep(reference.to_string(), local);
                self.end(host, "", 0)
            }
            None => self.end(
                host,
                format!("Error response from daemon: No such image: {}\n", named(source)),
                1,
            ),
        }
    }

    fn remove_images(&mut self, rest: &[String], engine: &mut Engine, host: &Host<'_>) -> Option<i32> {
        let force = rest.iter().any(|word| word == "-f" || word == "--force");
        let (mut text, mut errors) = (String::new(), String::new());
        for word in operands(rest, &[]) {
            let Some((name, local)) = engine.image(&word).map(|(name, local)| (name, local.clone())) else {
                errors.push_str(&format!(
                    "Error response from daemon: No such image: {}\n",
                    named(&word)
                ));
                continue;
            };
            let shared = engine
                .images
                .iter()
                .any(|(other, known)| *other != name && known.id == local.id);
            let user = engine
                .containers
                .iter()
                .find(|container| container.local.id == local.id && !shared);
            if let Some(container) = user.filter(|container| container.is_running() || !force) {
                let (state, must) = if container.is_running() {
                    ("running", "cannot be forced")
                } else {
                    ("stopped", "must be forced")
                };
                let about = if state == "running" {
                    format!(
                        "conflict: unable to remove repository reference \"{word}\" (must force) - container {} is using its referenced image {}",
                        container.short_id(),
                        local.short_id()
                    )
                } else {
                    format!(
                        "conflict: unable to delete {} ({must}) - image is being used by {state} container {}",
                        local.short_id(),
                        container.short_id()
                    )
                };
                errors.push_str(&format!("Error response from daemon: {about}\n"));
                continue;
            }
            engine.images.remove(&name);
            text.push_str(&format!("Untagged: {}\n", familiar(&name)));
            if !shared {
                text.push_str(&format!("Deleted: sha256:{}\n", local.id));
            }
        }
        if errors.is_empty() {
            return self.end(host, text, 0);
        }
        self.end(host, errors, 1)
    }

    fn logs(&mut self, rest: &[String], io: &mut Io<'_>, engine: &Engine, host: &Host<'_>) -> Option<i32> {
        let follow = rest.iter().any(|word| word == "-f" || word == "--follow");
        let stamps = rest.iter().any(|word| word == "-t" || word == "--timestamps");
        let tail = option(rest, "--tail")
            .or_else(|| option(rest, "-n"))
            .and_then(|tail| tail.parse::<usize>().ok());
        let id = match existing(engine, &operands(rest, &["--tail", "-n", "--since", "--until"])) {
            Ok(id) => id,
            Err(why) => return self.end(host, why, 1),
        };
        let container = engine.find(&id).and_then(|index| engine.containers.get(index))?;
        let lines: Vec<_> = container
            .live
            .log
            .lines()
            .iter()
            .filter(|(at, _)| *at <= host.now)
            .collect();
        let skipped = tail.map_or(0, |tail| lines.len().saturating_sub(tail));
        for (at, line) in lines.iter().skip(skipped) {
            if stamps {
                io.print(format!("{:.9} ", at.timestamp_micros()));
            }
            io.print(line);
        }
        if !follow {
            return Some(0);
        }
        self.task = Task::Following {
            id,
            shown: lines.len(),
        };
        None
    }

    fn exec(
        &mut self,
        rest: &[String],
        io: &Io<'_>,
        engine: &mut Engine,
        host: &mut Host<'_>,
    ) -> Option<i32> {
        let (mut stdin, mut terminal) = (false, false);
        let mut env = Vec::new();
        let mut cwd = String::new();
        let mut words = rest.iter();
        let mut name = None;
        while let Some(word) = words.next() {
            match word.as_str() {
                "-e" | "--env" => env.extend(words.next().cloned()),
                "-w" | "--workdir" => cwd = words.next().cloned().unwrap_or_default(),
                "-u" | "--user" => drop(words.next()),
                "--interactive" => stdin = true,
                "--tty" => terminal = true,
                word if word.starts_with('-') => {
                    stdin |= word.contains('i');
                    terminal |= word.contains('t');
                }
                word => {
                    name = Some(word.to_owned());
                    break;
                }
            }
        }
        let argv: Vec<String> = words.cloned().collect();
        let Some(name) = name.filter(|_| !argv.is_empty()) else {
            return self.end(host, "docker: 'docker exec' requires at least 2 arguments\n\nUsage:  docker exec [OPTIONS] CONTAINER COMMAND [ARG...]\n\nSee 'docker exec --help' for more information\n", 1);
        };
        if terminal && stdin && !io.is_terminal(0) {
            return self.end(host, "the input device is not a TTY\n", 1);
        }
        let Some(index) = engine.find(&name) else {
            return self.end(
                host,
                format!("Error response from daemon: No such container: {name}\n"),
                1,
            );
        };
        let container = engine.containers.get_mut(index)?;
        if !container.is_running() {
            let id = &container.id;
            return self.end(
                host,
                format!("Error response from daemon: container {id} is not running\n"),
                1,
            );
        }
        let mut variables = (*container.live.env).clone();
        variables.extend(
            env.iter()
                .filter_map(|pair| pair.split_once('='))
                .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        if cwd.is_empty() {
            cwd.clone_from(&container.config.work_dir);
        }
        let id = container.id.clone();
        let (live, around) = container.enter(host, &mut engine.volumes);
        let command = Command {
            argv,
            env: variables,
            cwd,
            stdin,
            terminal: terminal && io.is_terminal(1),
        };
        match live.exec(command, around) {
            Ok(session) => {
                self.task = Task::Exec { id, session };
                None
            }
            Err(why) => {
                let status = if why.contains("permission denied") {
                    126
                } else {
                    127
                };
                self.end(host, format!("OCI runtime exec failed: exec failed: unable to start container process: {why}: unknown\n"), status)
            }
        }
    }

    fn stop(&mut self, rest: &[String], again: bool, host: &Host<'_>) -> Option<i32> {
        let names = operands(rest, &["-t", "--time", "--timeout", "-s", "--signal"]);
        if names.is_empty() {
            let command = if again { "restart" } else { "stop" };
            return self.end(host, format!("docker: 'docker {command}' requires at least 1 argument\n\nUsage:  docker {command} [OPTIONS] CONTAINER [CONTAINER...]\n\nSee 'docker {command} --help' for more information\n"), 1);
        }
        self.task = Task::Stopping {
            names,
            begun: false,
            again,
        };
        None
    }

    fn stopping(&mut self, io: &mut Io<'_>, engine: &mut Engine, host: &mut Host<'_>) -> Poll {
        let rest = self.start.argv.clone();
        let grace = option(&rest, "-t")
            .or_else(|| option(&rest, "--time"))
            .or_else(|| option(&rest, "--timeout"));
        let grace = grace
            .and_then(|secs| secs.parse().ok())
            .map_or(GRACE, Duration::from_secs);
        let Task::Stopping { names, begun, again } = &mut self.task else {
            return Poll::Exited(0);
        };
        while let Some(name) = names.first().cloned() {
            let Some(index) = engine.find(&name) else {
                io.error(format!("Error response from daemon: No such container: {name}\n"));
                return Poll::Exited(1);
            };
            if !*begun {
                *begun = true;
                engine.stop_container(index, host, grace);
            }
            engine.wake(host);
            let Some(container) = engine.containers.get(index) else {
                break;
            };
            if container.is_running() {
                return Poll::Blocked(Until {
                    at: container.wake_at(),
                    change: true,
                    ..Until::default()
                });
            }
            if *again && let Err(why) = engine.start_container(index, host) {
                io.error(format!("{why}\n"));
                return Poll::Exited(1);
            }
            io.print(format!("{name}\n"));
            *begun = false;
            names.remove(0);
        }
        Poll::Exited(0)
    }

    fn start_again(&mut self, rest: &[String], engine: &mut Engine, host: &mut Host<'_>) -> Option<i32> {
        let attach = rest
            .iter()
            .any(|word| matches!(word.as_str(), "-a" | "-ai" | "-ia" | "--attach"));
        let (mut text, mut errors) = (String::new(), String::new());
        for name in operands(rest, &[]) {
            let Some(index) = engine.find(&name) else {
                errors.push_str(&format!("Error response from daemon: No such container: {name}\nfailed to start containers: {name}\n"));
                continue;
            };
            let container = engine.containers.get(index)?;
            if container.is_running() {
                text.push_str(&format!("{name}\n"));
                continue;
            }
            let id = container.id.clone();
            match engine.start_container(index, host) {
                Ok(()) if attach => {
                    self.attach(engine, &id, host.now);
                    return None;
                }
                Ok(()) => text.push_str(&format!("{name}\n")),
                Err(why) => errors.push_str(&format!("{why}\nfailed to start containers: {name}\n")),
            }
        }
        if errors.is_empty() {
            self.end(host, text, 0)
        } else {
            self.end(host, errors, 1)
        }
    }

    fn kill(&mut self, rest: &[String], engine: &mut Engine, host: &Host<'_>) -> Option<i32> {
        let signal = option(rest, "-s").or_else(|| option(rest, "--signal"));
        let signal = match signal.as_deref().map(|name| name.trim_start_matches("SIG")) {
            None | Some("KILL" | "9") => 9,
            Some("TERM" | "15") => 15,
            Some("INT" | "2") => 2,
            Some("HUP" | "1") => 1,
            Some("QUIT" | "3") => 3,
            Some(other) => other.parse().unwrap_or(9),
        };
        let (mut text, mut errors) = (String::new(), String::new());
        for name in operands(rest, &["-s", "--signal"]) {
            let container = engine
                .find(&name)
                .and_then(|index| engine.containers.get_mut(index));
            match container {
                None => errors.push_str(&format!("Error response from daemon: cannot kill container: {name}: No such container: {name}\n")),
                Some(container) if !container.is_running() => errors.push_str(&format!("Error response from daemon: cannot kill container: {name}: container {} is not running\n", container.id)),
                Some(container) => {
                    container.kill(host.now, signal);
                    text.push_str(&format!("{name}\n"));
                }
            }
        }
        engine.spoke = true;
        if errors.is_empty() {
            self.end(host, text, 0)
        } else {
            self.end(host, errors, 1)
        }
    }

    fn remove(&mut self, rest: &[String], engine: &mut Engine, host: &Host<'_>) -> Option<i32> {
        let force = rest.iter().any(|word| {
            word.starts_with('-') && !word.starts_with("--") && word.contains('f') || word == "--force"
        });
        let (mut text, mut errors) = (String::new(), String::new());
        for name in operands(rest, &[]) {
            let Some(index) = engine.find(&name) else {
                errors.push_str(&format!(
                    "Error response from daemon: No such container: {name}\n"
                ));
                continue;
            };
            let running = engine
                .containers
                .get(index)
                .is_some_and(super::Container::is_running);
            if running && !force {
                errors.push_str(&format!("Error response from daemon: cannot remove container \"{name}\": container is running: stop the container before removing or force remove\n"));
                continue;
            }
            engine.containers.remove(index);
            text.push_str(&format!("{name}\n"));
        }
        engine.spoke = true;
        if errors.is_empty() {
            self.end(host, text, 0)
        } else {
            self.end(host, errors, 1)
        }
    }

    fn build(&mut self, rest: &[String], io: &mut Io<'_>, host: &Host<'_>) -> Option<i32> {
        let mut order = Order {
            use_cache: true,
            ..Order::default()
        };
        let mut words = rest.iter().skip_while(|word| *word == "build");
        while let Some(word) = words.next() {
            let (flag, value) = match word.split_once('=') {
                Some((flag, value)) if flag.starts_with("--") => (flag, Some(value.to_owned())),
                _ => (word.as_str(), None),
            };
            let mut take = || value.clone().or_else(|| words.next().cloned());
            match flag {
                "-t" | "--tag" => order.tags.extend(take()),
                "-f" | "--file" => order.file = take(),
                "--build-arg" => {
                    if let Some((name, value)) = take().as_deref().and_then(|pair| pair.split_once('=')) {
                        order.arguments.insert(name.to_owned(), value.to_owned());
                    }
                }
                "--no-cache" => order.use_cache = false,
                "-q" | "--quiet" => order.quiet = true,
                "--progress" | "--platform" | "--target" | "--network" => drop(take()),
                flag if flag.starts_with('-') => {}
                context => context.clone_into(&mut order.context),
            }
        }
        if order.context.is_empty() {
            return self.end(host, "ERROR: docker: 'docker buildx build' requires 1 argument\n\nUsage:  docker buildx build [OPTIONS] PATH | URL | -\n\nRun 'docker buildx build --help' for more information\n", 1);
        }
        match Build::new(order, &self.start.cwd, host.files, host.now) {
            Ok(build) => {
                self.task = Task::Building(Box::new(build));
                None
            }
            Err(why) => {
                io.error(why);
                Some(1)
            }
        }
    }

    fn login(
        &mut self,
        rest: &[String],
        io: &mut Io<'_>,
        engine: &mut Engine,
        host: &Host<'_>,
    ) -> Option<i32> {
        let user = option(rest, "-u")
            .or_else(|| option(rest, "--username"))
            .unwrap_or_default();
        let mut password = option(rest, "-p").or_else(|| option(rest, "--password"));
        if rest.iter().any(|word| word == "--password-stdin") {
            let mut text = Vec::new();
            while let Read::Data(bytes) = io.read(&*host.files, 4_096) {
                text.extend(bytes);
            }
            password = Some(String::from_utf8_lossy(&text).trim().to_owned());
        }
        let registry = operands(rest, &["-u", "--username", "-p", "--password"])
            .into_iter()
            .next();
        let registry = registry.unwrap_or_else(|| "docker.io".to_owned());
        let Some(password) = password.filter(|_| !user.is_empty()) else {
            return self.end(
                host,
                "Error: Cannot perform an interactive login from a non TTY device\n",
                1,
            );
        };
        if host.catalog.knows_user(&registry, &user, &password) {
            engine.logins.insert(registry, (user, password));
            self.end(host, "Login Succeeded\n", 0)
        } else {
            self.end(host, format!("Error response from daemon: login attempt to https://{registry}/v2/ failed with status: 401 Unauthorized\n"), 1)
        }
    }

    fn volume(&mut self, rest: &[String], engine: &mut Engine, host: &Host<'_>) -> Option<i32> {
        match rest {
            [action] if action == "ls" => self.end(host, engine.volumes_table(), 0),
            [action, name] if action == "create" => {
                engine.volumes.entry(name.clone()).or_insert_with(crate::userland::Folder::empty);
                self.end(host, format!("{name}\n"), 0)
            }
            [action, name] if action == "rm" => {
                let used = engine.containers.iter().find(|container| {
                    container.config.mounts.iter().any(|mount| mount.place == crate::runtime::Place::Pod(name.clone()))
                });
                match used {
                    Some(container) => self.end(host, format!("Error response from daemon: remove {name}: volume is in use - [{}]\n", container.id), 1),
                    None if engine.volumes.remove(name).is_some() => self.end(host, format!("{name}\n"), 0),
                    None => self.end(host, format!("Error response from daemon: get {name}: no such volume\n"), 1),
                }
            }
            _ => self.end(host, "Usage:  docker volume COMMAND\n\nManage volumes\n\nCommands:\n  create      Create a volume\n  ls          List volumes\n  rm          Remove one or more volumes\n", 0),
        }
    }
}

/// Who somebody is to a registry.
fn credentials(registry: &str, login: Option<&(String, String)>) -> Vec<crate::runtime::Credential> {
    login
        .map(|(user, password)| crate::runtime::Credential {
            registry: registry.to_owned(),
            user: user.clone(),
            password: password.clone(),
        })
        .into_iter()
        .collect()
}

fn named(word: &str) -> String {
    if word.contains(':') {
        word.to_owned()
    } else {
        format!("{word}:latest")
    }
}

fn feed(container: &mut super::Container, session: u64, bytes: &[u8], ended: bool, now: Time) {
    if let Some(processes) = &mut container.live.processes {
        processes.feed(session, bytes, ended, now);
    }
}

/// Shows the lines that have come; when the next will.
fn show_log(log: &crate::runtime::Log, shown: &mut usize, io: &mut Io<'_>, now: Time) -> Option<Time> {
    for (at, line) in log.lines().iter().skip(*shown) {
        if *at > now {
            return Some(*at);
        }
        io.print(line);
        *shown += 1;
    }
    None
}

fn exec_on(id: &str, session: u64, io: &mut Io<'_>, engine: &mut Engine, host: &mut Host<'_>) -> Poll {
    let Some(index) = engine.find(id) else {
        return Poll::Exited(137);
    };
    let mut input = false;
    if let Some(container) = engine.containers.get_mut(index) {
        loop {
            match io.read(&*host.files, 4_096) {
                Read::Data(bytes) => feed(container, session, &bytes, false, host.now),
                Read::End => {
                    feed(container, session, &[], true, host.now);
                    break;
                }
                Read::Pending | Read::Failed(_) => {
                    input = true;
                    break;
                }
            }
        }
    }
    engine.wake(host);
    let Some(container) = engine.containers.get_mut(index) else {
        return Poll::Exited(137);
    };
    let wake = container.wake_at();
    let Some(processes) = &mut container.live.processes else {
        return Poll::Exited(137);
    };
    let (output, ended) = processes.take(session);
    for chunk in output {
        io.write(if chunk.stream == Stream::Stdout { 1 } else { 2 }, &chunk.bytes);
    }
    match ended {
        Some(code) => Poll::Exited(code),
        None => Poll::Blocked(Until {
            at: wake,
            input,
            change: true,
            child: false,
        }),
    }
}

/// The container that the first word names; the error is the daemon's.
fn existing(engine: &Engine, words: &[String]) -> Result<String, String> {
    let name = words
        .iter()
        .find(|word| !word.starts_with('-'))
        .cloned()
        .unwrap_or_default();
    let found = engine.find(&name).and_then(|index| engine.containers.get(index));
    found
        .map(|container| container.id.clone())
        .ok_or_else(|| format!("Error response from daemon: No such container: {name}\n"))
}

/// The value of an option.
fn option(words: &[String], name: &str) -> Option<String> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == name {
            return words.next().cloned();
        }
        if let Some(value) = word.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')) {
            return Some(value.to_owned());
        }
    }
    None
}

/// The words that are neither options nor values of these.
fn operands(words: &[String], valued: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if valued.contains(&word.as_str()) {
            words.next();
        } else if !word.starts_with('-') {
            found.push(word.clone());
        }
    }
    found
}

fn listing(words: &[String]) -> Listing {
    let mut listing = Listing {
        format: option(words, "--format"),
        ..Listing::default()
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--all" => listing.all = true,
            "--quiet" => listing.quiet = true,
            "--no-trunc" => listing.full = true,
            "--latest" => listing.last = Some(1),
            "-n" | "--last" => listing.last = words.next().and_then(|number| number.parse().ok()),
            "-f" | "--filter" => listing.filters.extend(words.next().cloned()),
            word if word.starts_with("--filter=") => listing
                .filters
                .extend(word.split_once('=').map(|(_, filter)| filter.to_owned())),
            word if word.starts_with('-') && !word.starts_with("--") => {
                listing.all |= word.contains('a');
                listing.quiet |= word.contains('q');
                if word.contains('l') {
                    listing.last = Some(1);
                }
            }
            _ => {}
        }
    }
    listing
}

const HELP: &str = "\
Usage:  docker [OPTIONS] COMMAND

A self-sufficient runtime for containers

Common Commands:
  run         Create and run a new container from an image
  exec        Execute a command in a running container
  ps          List containers
  build       Build an image from a Dockerfile
  pull        Download an image from a registry
  push        Upload an image to a registry
  images      List images
  login       Authenticate to a registry
  logout      Log out from a registry
  version     Show the Docker version information

Commands:
  attach      Attach local standard input, output, and error streams to a running container
  create      Create a new container
  inspect     Return low-level information on Docker objects
  kill        Kill one or more running containers
  logs        Fetch the logs of a container
  port        List port mappings or a specific mapping for the container
  restart     Restart one or more containers
  rm          Remove one or more containers
  rmi         Remove one or more images
  start       Start one or more stopped containers
  stats       Display a live stream of container(s) resource usage statistics
  stop        Stop one or more running containers
  tag         Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE
  volume      Manage volumes
  wait        Block until one or more containers stop, then print their exit codes

Run 'docker COMMAND --help' for more information on a command.
";
