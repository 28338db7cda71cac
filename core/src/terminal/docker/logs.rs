//! `docker logs`, and the log of a container in the foreground.

use super::cli::{Docker, Task};
use super::options::{existing, operands, option};
use super::{Engine, Host};
use crate::runtime::Log;
use crate::sh::Io;
use crate::sim::Time;

impl Docker {
    pub(super) fn logs(
        &mut self,
        rest: &[String],
        io: &mut Io<'_>,
        engine: &Engine,
        host: &Host<'_>,
    ) -> Option<i32> {
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
}

/// Shows the lines that have come; when the next will.
pub(super) fn show_log(log: &Log, shown: &mut usize, io: &mut Io<'_>, now: Time) -> Option<Time> {
    for (at, line) in log.lines().iter().skip(*shown) {
        if *at > now {
            return Some(*at);
        }
        io.print(line);
        *shown += 1;
    }
    None
}
