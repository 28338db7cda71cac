//! `docker`: the client. What takes time (a pull, a build, a container in the foreground, a grace period) is a machine that is stepped.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::build::{Build, Progress};
use super::exec::exec_on;
use super::images::Local;
use super::list::listing;
use super::logs::show_log;
use super::options::{existing, operands, option};
use super::{Engine, Host, State};
use crate::sh::{Io, Poll, Until};
use crate::sim::Time;
use crate::terminal::host::Connected;
use crate::userland::Start;

/// How long a command takes at the least.
const CALL: Duration = Duration::from_millis(30);

/// A running `docker`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::terminal) struct Docker {
    pub(super) start: Start,
    pub(super) task: Task,
}

/// What it is at.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Task {
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
        self.advance(io, engine, &mut host)
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
                        let State::Exited { code, .. } = container.state else {
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

    /// Says something when the command has taken its time.
    pub(super) fn end(&mut self, host: &Host<'_>, text: impl Into<String>, status: i32) -> Option<i32> {
        self.task = Task::Ending {
            until: host.now + CALL,
            text: text.into(),
            status,
        };
        None
    }

    /// Ends a command about several things: by what was done, or by what was refused if anything was.
    pub(super) fn end_of_all(&mut self, host: &Host<'_>, done: String, refused: String) -> Option<i32> {
        if refused.is_empty() {
            self.end(host, done, 0)
        } else {
            self.end(host, refused, 1)
        }
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
