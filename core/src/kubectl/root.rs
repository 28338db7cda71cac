//! All commands.

use super::command::Command;
use super::{
    apply, attach, auth, autoscale, config, cordon, cp, create, debug, delete, describe, diff, drain, edit,
    events, exec, explain, expose, get, kustomize, logs, pairs, patch, port_forward, proxy, replace, rollout,
    run, scale, set, taint, top, version, wait,
};

/// `kubectl` itself.
pub(crate) static ROOT: Command = Command {
    commands: &[
        pairs::ANNOTATE,
        version::API_RESOURCES,
        version::API_VERSIONS,
        apply::COMMAND,
        attach::COMMAND,
        auth::COMMAND,
        autoscale::COMMAND,
        version::CLUSTER_INFO,
        config::COMMAND,
        cordon::CORDON,
        cp::COMMAND,
        create::COMMAND,
        debug::COMMAND,
        delete::COMMAND,
        describe::COMMAND,
        diff::COMMAND,
        drain::COMMAND,
        edit::COMMAND,
        events::COMMAND,
        exec::COMMAND,
        explain::COMMAND,
        expose::COMMAND,
        get::COMMAND,
        kustomize::COMMAND,
        pairs::LABEL,
        logs::COMMAND,
        version::OPTIONS,
        patch::COMMAND,
        port_forward::COMMAND,
        proxy::COMMAND,
        replace::COMMAND,
        rollout::COMMAND,
        run::COMMAND,
        scale::COMMAND,
        set::COMMAND,
        taint::COMMAND,
        top::COMMAND,
        cordon::UNCORDON,
        version::VERSION,
        wait::COMMAND,
    ],
    ..Command::named("kubectl", "kubectl controls the Kubernetes cluster manager")
};
