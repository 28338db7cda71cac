//! Tests of the shell: what real bash printed, and that a machine can be copied or saved anywhere.

mod host;
pub(crate) mod recorded;
mod resume;
mod robust;

use std::time::Duration;

use host::{TestHost, TestProcess};

use super::{Chunk, Flavour, Machine, Shell, Stream, syntax};
use crate::sim::Time;

/// What a script did.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    stdout: String,
    stderr: String,
    exit: i32,
    ended: Time,
}

fn shell(flavour: Flavour, interactive: bool) -> Shell {
    let mut shell = Shell::new(flavour, interactive, "/home/lab");
    shell.variables.export("HOME", "/home/lab");
    shell
}

fn gather(chunks: &[Chunk], stream: Stream) -> String {
    let bytes: Vec<u8> = chunks
        .iter()
        .filter(|chunk| chunk.stream == stream)
        .flat_map(|chunk| chunk.bytes.clone())
        .collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Starts a script that is not interactive.
fn start(text: &str) -> Result<(Machine<TestProcess>, TestHost), (String, i32)> {
    let shell = shell(Flavour::Bash, false);
    let mut machine = Machine::new(shell.clone(), false);
    machine
        .submit(text)
        .map_err(|error| syntax::report(&error, text, &shell))?;
    machine.exit_when_idle();
    Ok((machine, TestHost::new()))
}

/// Runs to the end, or to a moment; gives when it stopped.
fn run_until(machine: &mut Machine<TestProcess>, host: &mut TestHost, from: Time, limit: Time) -> Time {
    let mut now = from;
    loop {
        let wake = machine.run(host, now);
        if machine.ended().is_some() {
            return now;
        }
        match wake.at {
            Some(at) if at <= limit => now = at.max(now),
            _ => return now,
        }
    }
}

fn run(text: &str) -> Outcome {
    let (mut machine, mut host) = match start(text) {
        Ok(started) => started,
        Err((stderr, exit)) => {
            return Outcome {
                stdout: String::new(),
                stderr,
                exit,
                ended: Time::ZERO,
            };
        }
    };
    let ended = run_until(
        &mut machine,
        &mut host,
        Time::ZERO,
        Time::ZERO + Duration::from_secs(3_600),
    );
    outcome(&mut machine, ended)
}

fn outcome(machine: &mut Machine<TestProcess>, ended: Time) -> Outcome {
    let chunks = machine.take_output();
    Outcome {
        stdout: gather(&chunks, Stream::Stdout),
        stderr: gather(&chunks, Stream::Stderr),
        exit: machine.ended().unwrap_or(-1),
        ended,
    }
}
