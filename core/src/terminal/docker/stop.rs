//! `docker stop`, `restart`, `start`, `kill` and `rm`: containers that are there already end, begin again, go.

use std::time::Duration;

use super::cli::{Docker, Task};
use super::options::{operands, option};
use super::{Container, Engine, Host};
use crate::sh::{Io, Poll, Until};

/// How long a container gets to stop.
const GRACE: Duration = Duration::from_secs(10);

impl Docker {
    pub(super) fn stop(&mut self, rest: &[String], again: bool, host: &Host<'_>) -> Option<i32> {
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

    pub(super) fn stopping(&mut self, io: &mut Io<'_>, engine: &mut Engine, host: &mut Host<'_>) -> Poll {
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

    pub(super) fn start_again(
        &mut self,
        rest: &[String],
        engine: &mut Engine,
        host: &mut Host<'_>,
    ) -> Option<i32> {
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
        self.end_of_all(host, text, errors)
    }

    pub(super) fn kill(&mut self, rest: &[String], engine: &mut Engine, host: &Host<'_>) -> Option<i32> {
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
        self.end_of_all(host, text, errors)
    }

    pub(super) fn remove(&mut self, rest: &[String], engine: &mut Engine, host: &Host<'_>) -> Option<i32> {
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
            let running = engine.containers.get(index).is_some_and(Container::is_running);
            if running && !force {
                errors.push_str(&format!("Error response from daemon: cannot remove container \"{name}\": container is running: stop the container before removing or force remove\n"));
                continue;
            }
            engine.containers.remove(index);
            text.push_str(&format!("{name}\n"));
        }
        engine.spoke = true;
        self.end_of_all(host, text, errors)
    }
}
