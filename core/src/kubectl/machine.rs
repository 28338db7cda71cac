//! Commands that wait: each is plain data that is polled until it is done.

use serde::{Deserialize, Serialize};

use super::context::Cx;
use super::failure::Failure;
use super::{
    apply, attach, cp, debug, delete, drain, edit, exec, get, logs, port_forward, proxy, replace, rollout,
    wait,
};
use crate::sim::Time;

/// How a command goes on after its first step.
#[derive(Clone, Debug)]
pub(crate) enum Flow {
    /// It has ended with this exit code.
    Done(i32),
    /// It waits.
    Wait(Box<Machine>),
}

/// How a waiting command stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// It has ended with this exit code.
    Done(i32),
    /// It waits for a change, or for this moment.
    Blocked(Option<Time>),
    /// It waits for a change, or for standard input.
    Listening,
}

/// A command that waits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Machine {
    /// `apply`, until what is made anew or pruned is gone.
    Apply(Box<apply::Applying>),
    /// `cp`
    Copy(cp::Copying),
    /// `debug`
    Debug(debug::Debugging),
    /// `delete`, until the objects are gone.
    Delete(delete::Waiting),
    /// `delete -i`, until somebody says yes or no.
    Confirm(delete::Asking),
    /// `drain`, until the Pods are gone.
    Drain(drain::Draining),
    /// `exec`, `attach`
    Attached(exec::Attached),
    /// `run -it`
    Staying(attach::Staying),
    /// `edit`
    Edit(edit::Editing),
    /// `get -w`
    Watch(get::Watching),
    /// `logs -f`
    Logs(logs::Following),
    /// `port-forward`, until it is stopped or the Pod is gone.
    PortForward(port_forward::Forwarding),
    /// `proxy`, until it is stopped.
    Proxy(proxy::Listening),
    /// `replace --force`, until the old objects are gone.
    Replace(replace::Replacing),
    /// `rollout status`
    Rollout(rollout::Watching),
    /// `wait`
    Wait(wait::Waiting),
}

impl Machine {
    /// Goes on as far as it can.
    ///
    /// # Errors
    ///
    /// When the command fails.
    pub(crate) fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Progress, Failure> {
        match self {
            Self::Apply(machine) => machine.poll(cx),
            Self::Copy(machine) => machine.poll(cx),
            Self::Debug(machine) => machine.poll(cx),
            Self::Delete(machine) => machine.poll(cx),
            Self::Confirm(machine) => machine.poll(cx),
            Self::Edit(machine) => machine.poll(cx),
            Self::Drain(machine) => machine.poll(cx),
            Self::Attached(machine) => Ok(machine.poll(cx)),
            Self::Staying(machine) => machine.poll(cx),
            Self::Watch(machine) => machine.poll(cx),
            Self::Logs(machine) => machine.poll(cx),
            Self::PortForward(machine) => machine.poll(cx),
            Self::Proxy(_) => Ok(Progress::Blocked(None)),
            Self::Replace(machine) => machine.poll(cx),
            Self::Rollout(machine) => machine.poll(cx),
            Self::Wait(machine) => machine.poll(cx),
        }
    }
}
