//! `kubectl exec`: which container; containers do not run commands of users yet, and the command says so.

use super::command::Command;
use super::context::Cx;
use super::failure::Failure;
use super::flags::{Flag, Parsed};
use super::logs::{attachable_pod, chosen_container};
use super::machine::Flow;

const FLAGS: &[Flag] = &[
    Flag::text("container", "", "Container name. If omitted, use the kubectl.kubernetes.io/default-container annotation for selecting the container to be attached or the first container in the pod will be chosen").short('c'),
    Flag::list("filename", "to use to exec into the resource").short('f'),
    Flag::duration("pod-running-timeout", "1m0s", "The length of time to wait until at least one pod is running"),
    Flag::off("quiet", "Only print output from the remote session").short('q'),
    Flag::off("stdin", "Pass stdin to the container").short('i'),
    Flag::off("tty", "Stdin is a TTY").short('t'),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    usage: "(POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]",
    flags: &[FLAGS],
    run: Some(run),
    ..Command::named("exec", "Execute a command in a container")
};

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let wrong = |message: &str| Failure::usage("kubectl exec", message);
    let Some(resource) = parsed.args.first().filter(|_| parsed.dash != Some(0)) else {
        return Err(wrong("pod, type/name or --filename must be specified"));
    };
    if parsed.args.len() < 2 {
        return Err(wrong("you must specify at least one command for the container"));
    }
    if parsed.dash.is_none() {
        return Err(Failure::Message(
            "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\nSee 'kubectl exec -h' for help and examples".to_owned(),
        ));
    }
    let pod = attachable_pod(cx, resource)?;
    let phase = pod.status.phase.as_deref().unwrap_or_default();
    if matches!(phase, "Succeeded" | "Failed") {
        return Err(Failure::Message(format!(
            "cannot exec into a container in a completed pod; current phase is {phase}"
        )));
    }
    chosen_container(cx, &pod, parsed.text("container"), parsed.on("quiet"))?;
    cx.io.stderr("[Timonier] Les commandes dans les conteneurs ne sont pas encore simulées : la commande n’a pas été exécutée.\n");
    Err(Failure::Exit(1))
}
