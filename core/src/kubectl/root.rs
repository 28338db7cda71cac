//! All commands.

use super::command::Command;
use super::{
    apply, config, create, delete, describe, expose, get, logs, pairs, patch, replace, rollout, run, scale,
    set, version, wait,
};

/// `kubectl` itself.
pub(crate) static ROOT: Command = Command {
    commands: &[
        pairs::ANNOTATE,
        version::API_RESOURCES,
        version::API_VERSIONS,
        apply::COMMAND,
        version::CLUSTER_INFO,
        config::COMMAND,
        create::COMMAND,
        delete::COMMAND,
        describe::COMMAND,
        expose::COMMAND,
        get::COMMAND,
        pairs::LABEL,
        logs::COMMAND,
        version::OPTIONS,
        patch::COMMAND,
        replace::COMMAND,
        rollout::COMMAND,
        run::COMMAND,
        scale::COMMAND,
        set::COMMAND,
        version::VERSION,
        wait::COMMAND,
    ],
    ..Command::named("kubectl", "kubectl controls the Kubernetes cluster manager")
};
