//! `docker exec`: one more program in a container.

use super::attach::feed;
use super::cli::{Docker, Task};
use super::{Engine, Host};
use crate::runtime::Command;
use crate::sh::{Io, Poll, Read, Stream, Until};

impl Docker {
    pub(super) fn exec(
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
}

pub(super) fn exec_on(
    id: &str,
    session: u64,
    io: &mut Io<'_>,
    engine: &mut Engine,
    host: &mut Host<'_>,
) -> Poll {
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
