//! Lifecycle hooks (`pkg/kubelet/lifecycle/handlers.go`): what runs after a container's start and before its end.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::worker::PodWorker;
use super::{Host, processes, requests};
use crate::api::types::core::LifecycleHandler;
use crate::client::Env;
use crate::sim::Time;

/// How long a hook that is a request takes.
const REQUEST_TIME: Duration = Duration::from_millis(10);

/// And how long it may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// A hook that runs: a session of its container, or until a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Running {
    session: Option<u64>,
    until: Time,
}

impl Running {
    /// When to look again; the end of a command is heard of.
    pub(super) fn wake_at(self) -> Option<Time> {
        self.session.is_none().then_some(self.until)
    }
}

/// Starts a hook; `None` if there is nothing to do.
pub(super) fn start(
    worker: &mut PodWorker,
    env: &mut Env<'_>,
    host: &mut Host<'_>,
    index: usize,
    handler: &LifecycleHandler,
) -> Result<Option<Running>, String> {
    let now = env.sim.now;
    let wait = |until| Ok(Some(Running { session: None, until }));
    if let Some(action) = &handler.exec {
        let argv = action.command.clone().unwrap_or_default();
        let session = processes::exec(worker, env, host, index, (&argv, false, false))?;
        return Ok(Some(Running {
            session: Some(session),
            until: Time::MAX,
        }));
    }
    if let Some(sleep) = &handler.sleep {
        return wait(now + Duration::from_secs(sleep.seconds.max(0).unsigned_abs()));
    }
    if let Some(action) = &handler.http_get {
        return match requests::http_get(worker, env, host, index, (action, REQUEST_TIMEOUT)) {
            Ok(_) => wait(now + REQUEST_TIME),
            Err(why) => Err(why),
        };
    }
    Ok(None)
}

/// How a hook ended; `None` as long as it runs.
pub(super) fn result(
    worker: &mut PodWorker,
    index: usize,
    hook: Running,
    now: Time,
) -> Option<Result<(), String>> {
    let Some(session) = hook.session else {
        return (now >= hook.until).then_some(Ok(()));
    };
    let container = worker.containers.get_mut(index)?;
    let Some(processes) = &mut container.live.processes else {
        return Some(Ok(()));
    };
    processes.ended(session)?;
    let (_, status) = processes.take(session);
    Some(match status {
        Some(0) | None => Ok(()),
        Some(code) => Err(format!("command exited with {code}")),
    })
}
