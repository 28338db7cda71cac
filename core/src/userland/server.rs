//! What an image serves with, as a process: it answers on its ports until it is told to stop.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::sh::{Io, Poll, Until};
use crate::sim::Time;

/// The signals on which a server stops.
const STOPPING: [i32; 3] = [2, 3, 15];

/// What a server does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerSpec {
    /// The TCP ports it answers on.
    pub ports: Vec<u16>,
    /// From its start until it serves.
    pub startup: Duration,
    /// How long it takes to stop; `None` if it does not listen to signals.
    pub stops_in: Option<Duration>,
    /// What it prints once it serves.
    pub logs: Vec<String>,
    /// What it says before it ends at once: its version, a client's answer.
    pub answer: Option<String>,
}

/// A running server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Server {
    spec: ServerSpec,
    serves_at: Time,
    announced: bool,
    stopping: bool,
    stops_at: Option<Time>,
}

impl Server {
    pub(super) fn start(spec: ServerSpec, now: Time) -> Self {
        Self {
            serves_at: now + spec.startup,
            spec,
            announced: false,
            stopping: false,
            stops_at: None,
        }
    }

    pub(super) fn ports(&self, now: Time) -> &[u16] {
        if now >= self.serves_at && !self.stopping {
            &self.spec.ports
        } else {
            &[]
        }
    }

    pub(super) fn signal(&mut self, signal: i32) -> bool {
        let stops = self.spec.stops_in.is_some() && STOPPING.contains(&signal);
        self.stopping |= stops;
        stops
    }

    pub(super) fn step(&mut self, io: &mut Io<'_>) -> Poll {
        if let Some(answer) = &self.spec.answer {
            io.print(format!("{answer}\n"));
            return Poll::Exited(0);
        }
        if self.stopping {
            let takes = self.spec.stops_in.unwrap_or_default();
            let at = *self.stops_at.get_or_insert(io.now + takes);
            return if io.now >= at {
                Poll::Exited(0)
            } else {
                Poll::Blocked(Until::time(at))
            };
        }
        if !self.announced && io.now >= self.serves_at {
            self.announced = true;
            io.print(
                self.spec
                    .logs
                    .iter()
                    .map(|line| format!("{line}\n"))
                    .collect::<String>(),
            );
        }
        Poll::Blocked(Until {
            at: (!self.announced).then_some(self.serves_at),
            ..Until::default()
        })
    }
}
