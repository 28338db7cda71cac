//! `kubectl config`: clusters, users and contexts, and which context is current (`k8s.io/kubectl/pkg/cmd/config`).

mod contexts;
mod entries;
mod set;
mod view;

use super::command::Command;

/// The group of commands.
pub(crate) const COMMAND: Command = Command {
    commands: &[
        contexts::CURRENT,
        entries::DELETE_CLUSTER,
        entries::DELETE_CONTEXT,
        entries::DELETE_USER,
        entries::GET_CLUSTERS,
        contexts::GET,
        entries::GET_USERS,
        contexts::RENAME,
        set::SET,
        entries::SET_CLUSTER,
        contexts::SET,
        entries::SET_CREDENTIALS,
        set::UNSET,
        contexts::USE,
        view::COMMAND,
    ],
    ..Command::named("config", "Modify kubeconfig files")
};
