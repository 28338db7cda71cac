//! `kubectl exec`: a command in a container, over a stream to its kubelet.

use serde::{Deserialize, Serialize};

use super::command::Command;
use super::context::Cx;
use super::failure::Failure;
use super::flags::{Flag, Parsed};
use super::logs::{attachable_pod, chosen_container};
use super::machine::{Flow, Machine, Progress};
use crate::api::{Kind, Pod};
use crate::apiserver::{Method, ResponseBody, StreamId, object_path};
use crate::sh::Stream;

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
    let container = chosen_container(cx, &pod, parsed.text("container"), parsed.on("quiet"))?;
    let command = parsed.args.get(1..).unwrap_or_default();
    let attached = Attached::open(
        cx,
        &pod,
        &container,
        (Some(command), parsed.on("stdin"), parsed.on("tty")),
    )?;
    Ok(Flow::Wait(Box::new(Machine::Attached(attached))))
}

/// A stream to a container.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Attached {
    stream: StreamId,
    stdin: bool,
    stdin_ended: bool,
    /// Whether it is a command's, whose exit code counts.
    exec: bool,
}

impl Attached {
    /// Opens a stream: for a command, or to what the container runs.
    ///
    /// # Errors
    ///
    /// When the container does not run, or has no such program.
    pub(crate) fn open(
        cx: &mut Cx<'_>,
        pod: &Pod,
        container: &str,
        (command, stdin, terminal): (Option<&[String]>, bool, bool),
    ) -> Result<Self, Failure> {
        let terminal = terminal && cx.has_terminal();
        let verb = if command.is_some() { "exec" } else { "attach" };
        let path = format!("{}/{verb}", object_path(Kind::Pod, pod.namespace(), pod.name()));
        let mut request = cx.request(Method::Post, path).with_query("container", container);
        for word in command.into_iter().flatten() {
            request = request.with_query("command", word.clone());
        }
        for (name, on) in [("stdin", stdin), ("tty", terminal)] {
            if on {
                request = request.with_query(name, "true");
            }
        }
        let response = cx.send(request).map_err(|error| match error.code {
            // Said over the stream, not by the API server.
            500 => Failure::Message(format!("Internal error occurred: {}", error.message)),
            _ => error.into(),
        })?;
        match response.body {
            ResponseBody::Stream(stream) => Ok(Self {
                stream,
                stdin,
                stdin_ended: false,
                exec: command.is_some(),
            }),
            _ => Err(Failure::Exit(1)),
        }
    }

    pub(crate) fn poll(&mut self, cx: &mut Cx<'_>) -> Progress {
        let mut input = String::new();
        let mut ended = false;
        if self.stdin && !self.stdin_ended {
            let stdin = cx.io.read_stdin();
            (input, ended) = (stdin.text, stdin.ended);
            self.stdin_ended = ended;
        }
        let streamed = cx.api.stream(&self.stream, input.as_bytes(), ended);
        for chunk in streamed.output {
            let text = String::from_utf8_lossy(&chunk.bytes);
            match chunk.stream {
                Stream::Stdout => cx.io.stdout(&text),
                Stream::Stderr => cx.io.stderr(&text),
            }
        }
        match streamed.ended {
            None if self.stdin && !self.stdin_ended => Progress::Listening,
            None => Progress::Blocked(None),
            Some(code) if code == 0 || !self.exec => Progress::Done(0),
            Some(code) => {
                cx.io
                    .stderr(&format!("command terminated with exit code {code}\n"));
                Progress::Done(code)
            }
        }
    }
}
