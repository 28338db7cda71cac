//! `watch`: runs a command again and again and shows its output from the top of the screen (procps-ng).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::date::long_date;
use super::{Start, System, Wrong};
use crate::sh::{ChildCommand, Io, Poll, Until};
use crate::sim::Time;
use crate::userland::options::Options;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Phase {
    Waiting { until: Option<Time> },
    Running { child: u32, output: String },
}

/// `watch`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::userland) struct Watch {
    start: Start,
    interval: Duration,
    command: Vec<String>,
    /// Whether the command is run as it stands, not by `sh -c`.
    exec: bool,
    title: bool,
    exit_on_error: bool,
    exit_on_change: bool,
    last: Option<String>,
    phase: Phase,
}

impl Watch {
    pub(in crate::userland) fn start(start: Start) -> Result<Self, Wrong> {
        let long = [
            ("interval", 'n', true),
            ("differences", 'd', false),
            ("no-title", 't', false),
            ("errexit", 'e', false),
            ("chgexit", 'g', false),
            ("exec", 'x', false),
            ("color", 'c', false),
        ];
        // Options of the command are its own: they end at the first word that is none.
        let mut own = 1;
        while let Some(word) = start.argv.get(own).filter(|word| word.starts_with('-')) {
            own += if matches!(word.as_str(), "-n" | "--interval") {
                2
            } else {
                1
            };
            if word == "--" {
                break;
            }
        }
        let words = start.argv.get(..own.min(start.argv.len())).unwrap_or_default();
        let options = Options::parse(words, "n:dtegxcbwp", &long).map_err(|message| (message, 1))?;
        let command = start.argv.get(own..).unwrap_or_default().to_vec();
        if command.is_empty() {
            return Err(("Usage:\n watch [options] command\n".to_owned(), 1));
        }
        let text = options.value('n').unwrap_or("2").replace(',', ".");
        let seconds: f64 = text
            .parse()
            .map_err(|_| (format!("watch: failed to parse argument: '{text}'\n"), 1))?;
        let interval =
            Duration::try_from_secs_f64(seconds.clamp(0.1, 2_678_400.0)).unwrap_or(Duration::from_secs(2));
        Ok(Self {
            start,
            interval,
            command,
            exec: options.has('x'),
            title: !options.has('t'),
            exit_on_error: options.has('e'),
            exit_on_change: options.has('g'),
            last: None,
            phase: Phase::Waiting { until: None },
        })
    }

    pub(in crate::userland) fn step(&mut self, io: &mut Io<'_>, host: &dyn System) -> Poll {
        match &mut self.phase {
            Phase::Waiting { until: Some(until) } if io.now < *until => Poll::Blocked(Until::time(*until)),
            Phase::Waiting { .. } => {
                let command = if self.exec {
                    ChildCommand::Argv(self.command.clone())
                } else {
                    ChildCommand::Script(self.command.join(" "))
                };
                let env = self.start.env.clone();
                let child = io.start(command, env, &self.start.cwd, (true, false));
                self.phase = Phase::Running {
                    child,
                    output: String::new(),
                };
                Poll::Yield
            }
            Phase::Running { child, output } => {
                output.push_str(&String::from_utf8_lossy(&io.child_output(*child)));
                let Some(status) = io.child_status(*child) else {
                    return Poll::Blocked(Until::child());
                };
                io.forget(*child);
                let output = std::mem::take(output);
                self.show(&output, io, host);
                if self.exit_on_error && status != 0 {
                    return Poll::Exited(8);
                }
                let changed = self.last.as_ref().is_some_and(|last| *last != output);
                self.last = Some(output);
                if self.exit_on_change && changed {
                    return Poll::Exited(0);
                }
                let until = io.now + self.interval;
                self.phase = Phase::Waiting { until: Some(until) };
                Poll::Blocked(Until::time(until))
            }
        }
    }

    /// Draws the screen anew.
    fn show(&self, output: &str, io: &mut Io<'_>, host: &dyn System) {
        let (columns, rows) = host.window();
        let mut screen = String::from("\u{1b}[H\u{1b}[2J");
        let mut left = rows;
        if self.title {
            let title = format!(
                "Every {:.1}s: {}",
                self.interval.as_secs_f64(),
                self.command.join(" ")
            );
            let right = format!("{}: {}", host.identity().host, long_date(io.now));
            let room = columns.saturating_sub(right.chars().count() + 1);
            let title: String = title.chars().take(room).collect();
            screen.push_str(&format!("{title:<room$} {right}\n\n"));
            left = left.saturating_sub(2);
        }
        let mut lines: Vec<String> = Vec::new();
        for line in output.lines() {
            let characters: Vec<char> = line.replace('\t', "        ").chars().collect();
            if characters.is_empty() {
                lines.push(String::new());
            }
            lines.extend(
                characters
                    .chunks(columns.max(1))
                    .map(|part| part.iter().collect::<String>()),
            );
        }
        lines.truncate(left.saturating_sub(1));
        screen.push_str(&lines.join("\n"));
        if !lines.is_empty() {
            screen.push('\n');
        }
        io.print(screen);
    }
}
