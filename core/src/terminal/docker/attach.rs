//! `docker run`, `create` and `attach`: a container is made, and stood in the foreground of.

use super::cli::{Docker, Task};
use super::images::familiar;
use super::logs::show_log;
use super::run::{self, Wanted};
use super::{Container, Engine, Host, State};
use crate::runtime::ImageReference;
use crate::sh::{Io, Poll, Read, Stream, Until};
use crate::sim::Time;

impl Docker {
    pub(super) fn run(
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

    pub(super) fn run_now(
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

    pub(super) fn create(
        &mut self,
        rest: &[String],
        engine: &mut Engine,
        host: &mut Host<'_>,
    ) -> Option<i32> {
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

    pub(super) fn attach(&mut self, engine: &mut Engine, id: &str, now: Time) {
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

    pub(super) fn attached(&mut self, io: &mut Io<'_>, engine: &mut Engine, host: &mut Host<'_>) -> Poll {
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
            .is_some_and(crate::runtime::Processes::has_main);
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
            State::Exited { code, .. } => Some(code),
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
}

pub(super) fn feed(container: &mut Container, session: u64, bytes: &[u8], ended: bool, now: Time) {
    if let Some(processes) = &mut container.live.processes {
        processes.feed(session, bytes, ended, now);
    }
}
