//! Programs that run another: `env`, `timeout`, `nohup`, `sudo`.

use serde::{Deserialize, Serialize};

use super::sleep::duration;
use super::{Start, Wrong};
use crate::sh::{ChildCommand, Io, Poll, Until};
use crate::sim::Time;

/// `env`, `timeout`, `nohup`, `sudo`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::userland) struct Wrap {
    start: Start,
    command: Vec<String>,
    deadline: Option<Time>,
    timed_out: bool,
    child: Option<u32>,
}

impl Wrap {
    pub(in crate::userland) fn start(start: Start, now: Time) -> Result<Self, Wrong> {
        let mut start = start;
        let name = start.argv.first().cloned().unwrap_or_default();
        let mut words = start.argv.get(1..).unwrap_or_default().to_vec();
        let mut deadline = None;
        match name.as_str() {
            "env" => {
                if words.first().is_some_and(|word| word == "-i" || word == "-") {
                    start.env.clear();
                    words.remove(0);
                }
                while let [flag, variable, ..] = words.as_slice()
                    && flag == "-u"
                {
                    start.env.remove(variable);
                    words.drain(..2);
                }
                while let Some((variable, value)) = words.first().and_then(|word| word.split_once('=')) {
                    start.env.insert(variable.to_owned(), value.to_owned());
                    words.remove(0);
                }
            }
            "timeout" => {
                words.retain(|word| !matches!(word.as_str(), "--foreground" | "--preserve-status" | "-v"));
                let hint = "Try 'timeout --help' for more information.\n";
                if words.len() < 2 {
                    return Err((format!("timeout: missing operand\n{hint}"), 125));
                }
                let text = words.remove(0);
                match duration(&text) {
                    Some(length) => deadline = Some(now + length),
                    None => return Err((format!("timeout: invalid time interval ‘{text}’\n{hint}"), 125)),
                }
            }
            _ if words.is_empty() => return Err((format!("{name}: missing operand\n"), 125)),
            _ => {}
        }
        Ok(Self {
            start,
            command: words,
            deadline,
            timed_out: false,
            child: None,
        })
    }

    pub(in crate::userland) fn step(&mut self, io: &mut Io<'_>) -> Poll {
        if self.command.is_empty() {
            let lines: String = self
                .start
                .env
                .iter()
                .map(|(name, value)| format!("{name}={value}\n"))
                .collect();
            io.print(lines);
            return Poll::Exited(0);
        }
        let Some(child) = self.child else {
            let env = self.start.env.clone();
            self.child = Some(io.start(
                ChildCommand::Argv(self.command.clone()),
                env,
                &self.start.cwd,
                (false, true),
            ));
            return Poll::Yield;
        };
        if let Some(status) = io.child_status(child) {
            return Poll::Exited(if self.timed_out { 124 } else { status });
        }
        match self.deadline {
            Some(deadline) if io.now >= deadline => {
                self.timed_out = true;
                self.deadline = None;
                io.kill(child);
                Poll::Blocked(Until::child())
            }
            at => Poll::Blocked(Until { at, ..Until::child() }),
        }
    }
}
