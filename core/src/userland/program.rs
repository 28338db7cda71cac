//! A running program: one of a few shapes of process, each plain data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::busybox;
use super::commands::{self, Filter, instant};
use super::server::Server;
use super::system::{Dialect, System};
use crate::sh::{Io, Launch, Poll, Process, Signalled};

/// Where a program was started, and with what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// Its name and arguments.
    pub argv: Vec<String>,
    /// Its environment.
    pub env: BTreeMap<String, String>,
    /// Its directory.
    pub cwd: String,
}

/// A running program.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Program {
    /// Its command line.
    line: String,
    shape: Shape,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Shape {
    /// Done in one step: `ls`, `mkdir`, `date` ...
    Instant { name: String, start: Start },
    /// Reads files or standard input and writes: `cat`, `grep`, `sort` ...
    Filter(Box<Filter>),
    /// `sleep`
    Sleep(commands::Sleep),
    /// `stress`
    Stress(commands::Stress),
    /// `yes`
    Yes(commands::Yes),
    /// `tail -f`
    Follow(commands::Follow),
    /// `watch`
    Watch(Box<commands::Watch>),
    /// `xargs`
    Xargs(Box<commands::Xargs>),
    /// `env NAME=value command`, `timeout`, `nohup`
    Wrap(Box<commands::Wrap>),
    /// `curl`, `wget`, `nslookup` ...
    Client(Box<commands::Client>),
    /// What an image serves with: nginx, redis-server ...
    Server(Box<Server>),
    /// A program of the system's own, by its number there: kubectl on the laptop.
    Foreign(u64),
    /// A mistake in its options: the message and the status.
    Wrong { message: String, status: i32 },
}

impl Program {
    /// The program of a name; `None` when there is none.
    pub(super) fn start(name: &str, launch: &Launch<'_>, system: &mut dyn System) -> Option<Self> {
        let mut argv = launch.argv.to_vec();
        if let Some(first) = argv.first_mut() {
            name.clone_into(first);
        }
        let start = Start {
            argv,
            env: launch.env.clone(),
            cwd: launch.cwd.to_owned(),
        };
        let line = start.argv.join(" ");
        if let Some(id) = system.start_foreign(name, &start) {
            return Some(Self {
                line,
                shape: Shape::Foreign(id),
            });
        }
        // What an image says that its program answers, that it answers.
        let answered = system.server(&start).is_some_and(|spec| spec.answer.is_some());
        if !answered && let Some(client) = commands::Client::start(name, &start, system) {
            let shape = match client {
                Ok(client) => Shape::Client(Box::new(client)),
                Err((message, status)) => Shape::Wrong { message, status },
            };
            return Some(Self { line, shape });
        }
        if let Some(spec) = system.server(&start) {
            let server = Server::start(spec, system, launch.now);
            return Some(Self {
                line,
                shape: Shape::Server(Box::new(server)),
            });
        }
        let shape = match name {
            "sleep" => commands::Sleep::start(&start, launch.now).map(Shape::Sleep),
            "stress" => commands::Stress::start(&start).map(Shape::Stress),
            "yes" => Ok(Shape::Yes(commands::Yes::start(&start))),
            "watch" => commands::Watch::start(start).map(|watch| Shape::Watch(Box::new(watch))),
            "xargs" => commands::Xargs::start(start).map(|xargs| Shape::Xargs(Box::new(xargs))),
            "env" | "timeout" | "nohup" | "sudo" => {
                commands::Wrap::start(start, launch.now).map(|wrap| Shape::Wrap(Box::new(wrap)))
            }
            "tail" if commands::Follow::wanted(&start) => commands::Follow::start(&start).map(Shape::Follow),
            "tar" if commands::tar_reads(&start) => {
                Filter::start(name, start)?.map(|filter| Shape::Filter(Box::new(filter)))
            }
            _ if instant(name).is_some() => Ok(Shape::Instant {
                name: name.to_owned(),
                start,
            }),
            _ => Filter::start(name, start)?.map(|filter| Shape::Filter(Box::new(filter))),
        };
        Some(Self {
            line,
            shape: shape.unwrap_or_else(|(message, status)| Shape::Wrong { message, status }),
        })
    }

    /// Whether it is a program of the system's own.
    pub(super) const fn is_foreign(&self) -> bool {
        matches!(self.shape, Shape::Foreign(_))
    }

    /// What it serves with, if it is a server.
    #[must_use]
    pub fn server(&self) -> Option<&Server> {
        match &self.shape {
            Shape::Server(server) => Some(server),
            _ => None,
        }
    }

    /// What it serves with, to ask it something.
    pub fn server_mut(&mut self) -> Option<&mut Server> {
        match &mut self.shape {
            Shape::Server(server) => Some(server),
            _ => None,
        }
    }

    /// How many CPUs it keeps busy by itself, in thousandths, and how much memory it holds, in bytes.
    #[must_use]
    pub fn load(&self) -> (u64, u64) {
        match &self.shape {
            Shape::Stress(stress) => stress.load(),
            _ => (0, 0),
        }
    }

    /// The number of a program of the system's own.
    #[must_use]
    pub const fn foreign(&self) -> Option<u64> {
        if let Shape::Foreign(id) = self.shape {
            Some(id)
        } else {
            None
        }
    }
}

impl Signalled for Program {
    fn signal(&mut self, signal: i32) -> bool {
        match &mut self.shape {
            Shape::Server(server) => server.signal(signal),
            _ => false,
        }
    }

    fn command_line(&self) -> String {
        self.line.clone()
    }
}

impl Process<dyn System + '_> for Program {
    fn step(&mut self, io: &mut Io<'_>, host: &mut (dyn System + '_)) -> Poll {
        let busybox = host.dialect() == Dialect::Busybox;
        io.words = busybox.then_some(busybox::words);
        match self.run(io, host) {
            Poll::Exited(status) if busybox => Poll::Exited(busybox::status(&self.line, status)),
            poll => poll,
        }
    }
}

impl Program {
    fn run(&mut self, io: &mut Io<'_>, host: &mut (dyn System + '_)) -> Poll {
        match &mut self.shape {
            Shape::Instant { name, start } => match instant(name) {
                Some(run) => Poll::Exited(run(start, io, host)),
                None => Poll::Exited(127),
            },
            Shape::Filter(filter) => filter.step(io, host),
            Shape::Sleep(sleep) => sleep.step(io),
            Shape::Stress(stress) => stress.step(io),
            Shape::Yes(yes) => yes.step(io),
            Shape::Follow(follow) => follow.step(io, host),
            Shape::Watch(watch) => watch.step(io, host),
            Shape::Xargs(xargs) => xargs.step(io, host),
            Shape::Wrap(wrap) => wrap.step(io),
            Shape::Client(client) => client.step(io, host),
            Shape::Server(server) => server.step(io, host),
            Shape::Foreign(id) => host.step_foreign(*id, io),
            Shape::Wrong { message, status } => {
                // Who asked for help made no mistake.
                if *status == 0 {
                    io.print(message);
                } else {
                    io.error(message);
                }
                Poll::Exited(*status)
            }
        }
    }
}
