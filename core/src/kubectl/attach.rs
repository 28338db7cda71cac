//! `kubectl attach`, and what `kubectl run` does with a Pod it stays with: wait, attach, tell how it ended, remove it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::command::Command;
use super::context::Cx;
use super::exec::Attached;
use super::failure::Failure;
use super::flags::{Flag, Parsed};
use super::logs::{attachable_pod, chosen_container};
use super::machine::{Flow, Machine, Progress};
use crate::api::{Kind, Pod};
use crate::apiserver::{Method, ResponseBody, object_path};
use crate::sim::Time;

const FLAGS: &[Flag] = &[
    Flag::text("container", "", "Container name. If omitted, use the kubectl.kubernetes.io/default-container annotation for selecting the container to be attached or the first container in the pod will be chosen").short('c'),
    Flag::duration("pod-running-timeout", "1m0s", "The length of time to wait until at least one pod is running"),
    Flag::off("quiet", "Only print output from the remote session").short('q'),
    Flag::off("stdin", "Pass stdin to the container").short('i'),
    Flag::off("tty", "Stdin is a TTY").short('t'),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    usage: "(POD | TYPE/NAME) -c CONTAINER",
    flags: &[FLAGS],
    run: Some(run),
    ..Command::named("attach", "Attach to a running container")
};

/// What is said before a session.
pub(crate) const NOTICE: &str = "All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.\nIf you don't see a command prompt, try pressing enter.\n";

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let wrong = |message: &str| Failure::usage("kubectl attach", message);
    let resource = match parsed.args.as_slice() {
        [] => return Err(wrong("at least 1 argument is required for attach")),
        [resource] => resource,
        _ => {
            return Err(wrong(
                "expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw 3: []",
            ));
        }
    };
    let pod = attachable_pod(cx, resource)?;
    let phase = pod.status.phase.as_deref().unwrap_or_default();
    if matches!(phase, "Succeeded" | "Failed") {
        return Err(Failure::Message(format!(
            "cannot attach a container in a completed pod; current phase is {phase}"
        )));
    }
    let container = chosen_container(cx, &pod, parsed.text("container"), parsed.on("quiet"))?;
    let (stdin, terminal) = (parsed.on("stdin"), parsed.on("tty"));
    let spec = pod.spec.containers.iter().find(|spec| spec.name == container);
    if terminal && spec.is_none_or(|spec| spec.tty != Some(true)) {
        cx.io.stderr(&format!(
            "error: Unable to use a TTY - container {container} did not allocate one\n"
        ));
    }
    let terminal = terminal && cx.has_terminal();
    if !parsed.on("quiet") {
        cx.io.stderr(NOTICE);
    }
    let attached = Attached::open(cx, &pod, &container, (None, stdin, terminal))?;
    Ok(Flow::Wait(Box::new(Machine::Attached(attached))))
}

/// Where `kubectl run` stands with its Pod.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Stage {
    /// Until it runs, or has ended.
    Starting,
    Attached(Attached),
    /// Until it is known how it ended.
    Ending,
    /// Until it is gone; with the exit code of the whole.
    Removing(i32),
}

/// A Pod that `kubectl run` stays with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Staying {
    namespace: String,
    name: String,
    stage: Stage,
    until: Time,
    stdin: bool,
    terminal: bool,
    quiet: bool,
    remove: bool,
}

impl Staying {
    /// Stays with the Pod of this name.
    pub(crate) fn new(cx: &Cx<'_>, parsed: &Parsed, name: &str) -> Self {
        let timeout = parsed
            .duration("pod-running-timeout")
            .unwrap_or(Duration::from_secs(60));
        Self {
            namespace: cx.namespace.clone(),
            name: name.to_owned(),
            stage: Stage::Starting,
            until: cx.api.now() + timeout,
            stdin: parsed.on("stdin"),
            terminal: parsed.on("tty"),
            quiet: parsed.on("quiet"),
            remove: parsed.on("rm"),
        }
    }

    fn path(&self) -> String {
        object_path(Kind::Pod, &self.namespace, &self.name)
    }

    fn pod(&self, cx: &mut Cx<'_>) -> Result<Pod, Failure> {
        let object = cx.get_object(Kind::Pod, &self.namespace, &self.name)?;
        object.get::<Pod>().cloned().ok_or(Failure::Exit(1))
    }

    pub(crate) fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Progress, Failure> {
        loop {
            match &mut self.stage {
                Stage::Starting => {
                    let pod = self.pod(cx)?;
                    match pod.status.phase.as_deref() {
                        Some("Succeeded" | "Failed") => {
                            self.print_log(cx)?;
                            self.stage = Stage::Ending;
                        }
                        Some("Running") => self.attach(cx, &pod)?,
                        _ if cx.api.now() >= self.until => {
                            return Err("timed out waiting for the condition".into());
                        }
                        _ => return Ok(Progress::Blocked(Some(self.until))),
                    }
                }
                Stage::Attached(attached) => match attached.poll(cx) {
                    Progress::Done(_) => self.stage = Stage::Ending,
                    progress => return Ok(progress),
                },
                Stage::Ending => {
                    let pod = self.pod(cx)?;
                    match self.ended(cx, &pod) {
                        Some(code) => self.finish(cx, code)?,
                        None => return Ok(Progress::Blocked(None)),
                    }
                    if !self.remove {
                        return Ok(Progress::Done(self.code()));
                    }
                }
                Stage::Removing(code) => {
                    let code = *code;
                    return Ok(match self.pod(cx) {
                        Ok(_) => Progress::Blocked(None),
                        Err(_) => Progress::Done(code),
                    });
                }
            }
        }
    }

    const fn code(&self) -> i32 {
        if let Stage::Removing(code) = self.stage {
            code
        } else {
            0
        }
    }

    fn attach(&mut self, cx: &mut Cx<'_>, pod: &Pod) -> Result<(), Failure> {
        self.terminal = self.terminal && cx.has_terminal();
        if !self.quiet {
            cx.io.stderr(NOTICE);
        }
        let container = pod
            .spec
            .containers
            .first()
            .map_or("", |container| container.name.as_str());
        match Attached::open(cx, pod, container, (None, self.stdin, self.terminal)) {
            Ok(attached) => self.stage = Stage::Attached(attached),
            Err(failure) => {
                let why = failure.say().text;
                let why = why.trim().trim_start_matches("error: ");
                cx.warn(&format!(
                    "warning: couldn't attach to pod/{}, falling back to streaming logs: {why}",
                    self.name
                ));
                self.print_log(cx)?;
                self.stage = Stage::Ending;
            }
        }
        Ok(())
    }

    fn print_log(&self, cx: &mut Cx<'_>) -> Result<(), Failure> {
        let request = cx.request(Method::Get, format!("{}/log", self.path()));
        if let ResponseBody::Text(text) = cx.send(request)?.body {
            cx.io.stdout(&text);
        }
        Ok(())
    }

    /// The exit code, once it is known.
    fn ended(&self, cx: &mut Cx<'_>, pod: &Pod) -> Option<i32> {
        if pod.spec.restart_policy.as_deref() == Some("Always") {
            if self.stdin && self.terminal && !self.remove {
                cx.say(&format!(
                    "Session ended, resume using 'kubectl attach {0} -c {0} -i -t' command when the pod is running",
                    self.name
                ));
            }
            return Some(0);
        }
        let mut statuses = pod.status.container_statuses.iter().flatten();
        let end = statuses.find_map(|status| status.state.as_ref()?.terminated.as_ref());
        match pod.status.phase.as_deref() {
            Some("Succeeded") => Some(0),
            Some("Failed") => {
                let (code, reason) = end.map_or((1, ""), |end| {
                    (end.exit_code, end.reason.as_deref().unwrap_or(""))
                });
                let (namespace, name) = (&self.namespace, &self.name);
                cx.warn(&format!("pod {namespace}/{name} terminated ({reason})"));
                Some(code)
            }
            _ => None,
        }
    }

    fn finish(&mut self, cx: &mut Cx<'_>, code: i32) -> Result<(), Failure> {
        self.stage = Stage::Removing(code);
        if self.remove {
            let request = cx.request(Method::Delete, self.path());
            cx.send(request)?;
            let (name, namespace) = (&self.name, &self.namespace);
            cx.say(&format!("pod \"{name}\" deleted from {namespace} namespace"));
        }
        Ok(())
    }
}
