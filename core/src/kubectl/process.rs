//! A running command: plain data that is polled.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::context::{Client, Cx};
use super::io::Io;
use super::kubeconfig::Env;
use crate::sim::Time;

/// How a command stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Poll {
    /// It has ended with this exit code.
    Done(i32),
    /// It waits; poll it again when any of these comes true.
    Blocked {
        /// At this moment.
        wake_at: Option<Time>,
        /// When anything in the cluster has changed.
        on_change: bool,
        /// When something came on standard input, or it ended.
        on_stdin: bool,
    },
}

/// A running command.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Process {
    argv: Vec<String>,
    env: Env,
    stdin: String,
    phase: Phase,
}

/// Where a command stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Phase {
    /// Nothing happened yet.
    New,
    /// The program starts, reads its configuration and asks what is served.
    Starting { until: Time },
    /// It has ended.
    Ended(i32),
}

/// Starts `kubectl` with these arguments (the first is the program's name).
#[must_use]
pub fn start(argv: Vec<String>, env: &Env) -> Process {
    Process {
        argv,
        env: env.clone(),
        stdin: String::new(),
        phase: Phase::New,
    }
}

impl Process {
    /// The arguments it was started with.
    #[must_use]
    pub fn argv(&self) -> &[String] {
        &self.argv
    }

    /// Goes on as far as it can.
    pub fn poll(&mut self, io: &mut dyn Io, api: &mut dyn Client) -> Poll {
        let now = api.now();
        if let Phase::New = self.phase {
            self.phase = Phase::Starting {
                until: now + Duration::from_millis(40),
            };
        }
        match self.phase {
            Phase::Starting { until } if now < until => Poll::Blocked {
                wake_at: Some(until),
                on_change: false,
                on_stdin: false,
            },
            Phase::Ended(code) => Poll::Done(code),
            _ => {
                let cx = Cx {
                    io,
                    api,
                    env: &mut self.env,
                    stdin: &self.stdin,
                };
                cx.io.stderr("error: no command of kubectl is wired yet\n");
                self.phase = Phase::Ended(1);
                Poll::Done(1)
            }
        }
    }
}
