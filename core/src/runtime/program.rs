//! What the process of a container does, as far as the kubelet can tell: the ports it answers on, the lines it logs, when
//! it ends and how it takes a signal.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How a process ends by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ending {
    /// It does not: a server.
    Never,
    /// It exits after a while.
    After {
        /// How long it runs.
        runs: Duration,
        /// Its exit code.
        code: i32,
    },
}

/// The process of a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// How it ends by itself.
    pub ending: Ending,
    /// From its start until it serves.
    pub startup: Duration,
    /// The TCP ports it answers on once it serves.
    pub ports: Vec<u16>,
    /// Whether it answers on any port: nobody described what it serves.
    pub any_port: bool,
    /// The lines it logs when it starts, each so long after the start.
    pub logs: Vec<(Duration, String)>,
    /// The memory that it uses, in mebibytes.
    pub memory_mib: u32,
    /// How long it takes to stop when asked to; `None` if it does not listen to SIGTERM.
    pub stops_in: Option<Duration>,
}
