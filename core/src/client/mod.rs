//! What the cluster's own components stand on: typed requests, a cache fed by watches, work queues with back-off,
//! expectations and the event recorder. Models `k8s.io/client-go`.

mod cache;
mod digest;
mod events;
mod expectations;
mod informer;
mod leader;
mod queue;
mod requests;

pub use cache::{Cache, Delta};
pub use digest::{PodDigest, is_active, ready_since};
pub use events::{EventRecorder, EventType};
pub use expectations::Expectations;
pub use informer::Informer;
pub use leader::{Election, LeaderElector};
pub use queue::{QueuedItem, WorkQueue};
pub use requests::{Client, DeleteOptions};

use crate::apiserver::ApiServer;
use crate::sim::Sim;

/// What a component acts on: the present moment with its trace, and the API server.
pub struct Env<'a> {
    /// Time, randomness, trace.
    pub sim: &'a mut Sim,
    /// The API server.
    pub api: &'a mut ApiServer,
}
