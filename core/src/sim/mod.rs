//! Virtual time and everything that makes a run reproducible: the clock, the event queue, keyed random numbers and the
//! trace of causes. Nothing here knows Kubernetes.

pub mod calendar;
mod go_duration;
mod queue;
mod rng;
mod time;
pub mod trace;
mod zone;

pub use go_duration::go_duration;
pub use queue::EventQueue;
pub use rng::Rng;
pub use time::{EPOCH_SECS, Time};
pub use trace::{Action, Actor, Entry, Trace, TraceId};
pub use zone::{Local, Zone};

use serde::{Deserialize, Serialize};

/// What every component is handed when it acts: the present moment, the seed, and the trace it writes to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sim {
    /// The present moment. Only the cluster's loop advances it.
    pub now: Time,
    /// The source of all randomness.
    pub rng: Rng,
    /// Who did what, to which object, because of which event.
    pub trace: Trace,
    /// The trace entry that made the running component act, recorded as the cause of what it writes.
    pub cause: Option<TraceId>,
}

impl Sim {
    /// A simulation at its first instant.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            now: Time::ZERO,
            rng: Rng::new(seed),
            trace: Trace::default(),
            cause: None,
        }
    }
}
