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
    let pod = running_pod(cx, resource)?;
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

/// The Pod of a name in which a command can run.
///
/// # Errors
///
/// When there is none, or it has ended.
pub(crate) fn running_pod(cx: &mut Cx<'_>, resource: &str) -> Result<Pod, Failure> {
    let pod = attachable_pod(cx, resource)?;
    let phase = pod.status.phase.as_deref().unwrap_or_default();
    if matches!(phase, "Succeeded" | "Failed") {
        return Err(Failure::Message(format!(
            "cannot exec into a container in a completed pod; current phase is {phase}"
        )));
    }
    Ok(pod)
}

/// A stream to a container.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Attached {
    stream: StreamId,
    stdin: bool,
    stdin_ended: bool,
    /// What is said instead of standard input.
    #[serde(with = "serde_bytes")]
    fed: Vec<u8>,
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
                fed: Vec::new(),
                exec: command.is_some(),
            }),
            _ => Err(Failure::Exit(1)),
        }
    }

    /// Says this instead of standard input.
    pub(crate) fn feed(&mut self, bytes: Vec<u8>) {
        self.fed = bytes;
        self.stdin = false;
    }

    /// Passes on what there is to say, and tells what came: whether on standard error, and the bytes. Answers the exit code,
    /// once there is one.
    pub(crate) fn take(
        &mut self,
        cx: &mut Cx<'_>,
        tell: &mut dyn FnMut(&mut Cx<'_>, bool, &[u8]),
    ) -> Option<i32> {
        let mut input = std::mem::take(&mut self.fed);
        let mut ended = !input.is_empty();
        if self.stdin && !self.stdin_ended {
            let stdin = cx.io.read_stdin();
            (input, ended) = (stdin.text.into_bytes(), stdin.ended);
            self.stdin_ended = ended;
        }
        let streamed = cx.api.stream(&self.stream, &input, ended);
        for chunk in streamed.output {
            tell(cx, chunk.stream == Stream::Stderr, &chunk.bytes);
        }
        streamed.ended
    }

    pub(crate) fn poll(&mut self, cx: &mut Cx<'_>) -> Progress {
        let ended = self.take(cx, &mut |cx, is_error, bytes| {
            let text = String::from_utf8_lossy(bytes);
            if is_error {
                cx.io.stderr(&text);
            } else {
                cx.io.stdout(&text);
            }
        });
        match ended {
            None if self.stdin && !self.stdin_ended => Progress::Listening,
            None => Progress::Blocked(None),
            Some(code) => self.end(cx, code),
        }
    }

    /// How the command ends whose stream has ended.
    pub(crate) fn end(&self, cx: &mut Cx<'_>, code: i32) -> Progress {
        if code == 0 || !self.exec {
            return Progress::Done(0);
        }
        cx.io
            .stderr(&format!("command terminated with exit code {code}\n"));
        Progress::Done(code)
    }
}
