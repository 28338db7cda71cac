//! `kubectl auth`: who am I, what may I do, and keeping roles as files say (`k8s.io/kubectl/pkg/cmd/auth`).

mod can_i;
mod reconcile;
pub(super) mod rules;
mod whoami;

use super::command::Command;

/// The group of commands.
pub(crate) const COMMAND: Command = Command {
    commands: &[can_i::COMMAND, reconcile::COMMAND, whoami::COMMAND],
    ..Command::named("auth", "Inspect authorization")
};
