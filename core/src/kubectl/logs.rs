//! `kubectl logs`

use serde::{Deserialize, Serialize};

use super::command::Command;
use super::common::SELECTOR;
use super::context::Cx;
use super::failure::Failure;
use super::flags::{Flag, Parsed};
use super::machine::{Flow, Machine, Progress};
use crate::api::labels::format_selector;
use crate::api::meta::MetaExt;
use crate::api::{AnyObject, Kind, Pod, Service};
use crate::apiserver::printing::format_labels;
use crate::apiserver::{Method, ResponseBody, object_path};

const FLAGS: &[Flag] = &[
    Flag::off("all-containers", "Get all containers' logs in the pod(s)."),
    Flag::off("all-pods", "Get logs from all pod(s). Sets prefix to true."),
    Flag::text("container", "", "Print the logs of this container").short('c'),
    Flag::off("follow", "Specify if the logs should be streamed.").short('f'),
    Flag::off(
        "ignore-errors",
        "If watching / following pod logs, allow for any errors that occur to be non-fatal",
    ),
    Flag::off(
        "insecure-skip-tls-verify-backend",
        "Skip verifying the identity of the kubelet that logs are requested from.",
    ),
    Flag::int(
        "limit-bytes",
        "0",
        "Maximum bytes of logs to return. Defaults to no limit.",
    ),
    Flag::int(
        "max-log-requests",
        "5",
        "Specify maximum number of concurrent logs to follow when using by a selector. Defaults to 5.",
    ),
    Flag::duration(
        "pod-running-timeout",
        "20s",
        "The length of time to wait until at least one pod is running",
    ),
    Flag::off(
        "prefix",
        "Prefix each log line with the log source (pod name and container name)",
    ),
    Flag::off(
        "previous",
        "If true, print the logs for the previous instance of the container in a pod if it exists.",
    )
    .short('p'),
    Flag::duration(
        "since",
        "0s",
        "Only return logs newer than a relative duration like 5s, 2m, or 3h. Defaults to all logs.",
    ),
    Flag::text(
        "since-time",
        "",
        "Only return logs after a specific date (RFC3339). Defaults to all logs.",
    ),
    Flag::int(
        "tail",
        "-1",
        "Lines of recent log file to display. Defaults to -1 with no selector, showing all log lines otherwise 10, if a selector is provided.",
    ),
    Flag::off("timestamps", "Include timestamps on each line in the log output"),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    usage: "[-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]",
    flags: &[FLAGS, SELECTOR],
    run: Some(run),
    ..Command::named("logs", "Print the logs for a container in a pod")
};

const USAGE: &str = "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command";

/// The log of one container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Source {
    namespace: String,
    pod: String,
    container: String,
    /// The moment of the last line that has been printed, as the API writes it, and how many lines of that moment have been.
    last: (String, usize),
    ended: bool,
}

/// Logs that are followed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Following {
    parsed: Parsed,
    sources: Vec<Source>,
    begun: bool,
}

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let wrong = |message: &str| Failure::usage("kubectl logs", message);
    let selector = parsed.text("selector");
    let (resource, inline) = match parsed.args.as_slice() {
        [] if selector.is_empty() => return Err(wrong(USAGE)),
        [] => ("", ""),
        [_] if !selector.is_empty() => return Err(wrong("only a selector (-l) or a POD name is allowed")),
        [resource] => (resource.as_str(), ""),
        [resource, container] => (resource.as_str(), container.as_str()),
        _ => return Err(wrong(USAGE)),
    };
    let container = if inline.is_empty() {
        parsed.text("container")
    } else {
        inline
    };
    let pods = pods(cx, parsed, resource, selector)?;
    check(parsed, container, inline)?;
    let mut sources = Vec::new();
    for pod in &pods {
        sources.extend(containers(cx, parsed, pod, container)?);
    }
    let limit = usize::try_from(parsed.int("max-log-requests")).unwrap_or(0);
    if parsed.on("follow") {
        if sources.len() > 1 && sources.len() > limit {
            return Err(Failure::Message(format!(
                "you are attempting to follow {} log streams, but maximum allowed concurrency is {limit}, use --max-log-requests to increase the limit",
                sources.len()
            )));
        }
        return Ok(Flow::Wait(Box::new(Machine::Logs(Following {
            parsed: parsed.clone(),
            sources,
            begun: false,
        }))));
    }
    for source in &sources {
        let text = read(cx, parsed, source, How::Limited)?;
        print(cx, parsed, source, &text);
    }
    Ok(Flow::Done(0))
}

fn check(parsed: &Parsed, container: &str, inline: &str) -> Result<(), Failure> {
    if !parsed.text("since-time").is_empty() && parsed.given("since") {
        return Err("at most one of `sinceTime` or `sinceSeconds` may be specified".into());
    }
    if parsed.on("all-containers") && !container.is_empty() {
        return Err(Failure::Message(format!(
            "--all-containers=true should not be specified with container name {container}"
        )));
    }
    if parsed.given("container") && !inline.is_empty() {
        return Err("only one of -c or an inline [CONTAINER] arg is allowed".into());
    }
    if parsed.int("limit-bytes") < 0 {
        return Err("--limit-bytes must be greater than 0".into());
    }
    if parsed.int("tail") < -1 {
        return Err("--tail must be greater than or equal to -1".into());
    }
    Ok(())
}

/// The pods whose logs are asked for.
fn pods(cx: &mut Cx<'_>, parsed: &Parsed, resource: &str, selector: &str) -> Result<Vec<Pod>, Failure> {
    let namespace = cx.namespace.clone();
    if resource.is_empty() {
        let found = listed(cx, &namespace, selector)?;
        if found.is_empty() {
            cx.warn(&format!("No resources found in {namespace} namespace."));
        }
        return Ok(found);
    }
    pods_of(cx, resource, parsed.on("all-pods")).map_err(|failure| match failure.status() {
        Some(error) if error.code == 404 && !resource.contains('/') => Failure::Message(format!(
            "error from server (NotFound): {} in namespace {namespace:?}",
            error.message
        )),
        _ => failure,
    })
}

/// The pods that a name or `TYPE/NAME` stands for: one of them, or all.
fn pods_of(cx: &mut Cx<'_>, resource: &str, all: bool) -> Result<Vec<Pod>, Failure> {
    let mut found = selected(cx, resource, "get the logs from")?;
    if let ([first, _, ..], false) = (found.as_slice(), all) {
        let message = format!("Found {} pods, using pod/{}", found.len(), first.name());
        cx.warn(&message);
        found.truncate(1);
    }
    Ok(found)
}

/// The pod that `exec` and its like mean by a name or `TYPE/NAME` (`AttachablePodForObject`).
///
/// # Errors
///
/// When the object does not exist, or has no pods.
pub(crate) fn attachable_pod(cx: &mut Cx<'_>, resource: &str) -> Result<Pod, Failure> {
    let found = selected(cx, resource, "attach to")?;
    let first = found.into_iter().next();
    first.ok_or_else(|| "timed out waiting for the condition".into())
}

/// The pods that a name or `TYPE/NAME` stands for, the most telling first.
fn selected(cx: &mut Cx<'_>, resource: &str, verb: &str) -> Result<Vec<Pod>, Failure> {
    let namespace = cx.namespace.clone();
    let (kind, name) = match resource.split_once('/') {
        Some((word, name)) => (cx.kind_named(word)?, name),
        None => (Kind::Pod, resource),
    };
    let object = cx.get_object(kind, &namespace, name)?;
    let selector = match &object {
        AnyObject::Pod(pod) => return Ok(vec![pod.clone()]),
        AnyObject::Deployment(found) => Some(format_selector(&found.spec.selector)),
        AnyObject::ReplicaSet(found) => Some(format_selector(&found.spec.selector)),
        AnyObject::StatefulSet(found) => Some(format_selector(&found.spec.selector)),
        AnyObject::DaemonSet(found) => Some(format_selector(&found.spec.selector)),
        AnyObject::Job(found) => found.spec.selector.as_ref().map(format_selector),
        AnyObject::ReplicationController(found) => Some(format_labels(found.spec.selector.as_ref())),
        AnyObject::Service(_) => object.get::<Service>().and_then(|found| {
            let selector = found.spec.selector.as_ref().filter(|map| !map.is_empty())?;
            let pairs: Vec<String> = selector
                .iter()
                .map(|(key, value)| format!("{key}={value}"))
                .collect();
            Some(pairs.join(","))
        }),
        _ => None,
    };
    let Some(selector) = selector else {
        return Err(Failure::Message(format!(
            "cannot {verb} *v1.{}: selector for *v1.{} not implemented",
            kind.name(),
            kind.name()
        )));
    };
    let mut found = listed(cx, &namespace, &selector)?;
    crate::sort::sort_by_key(&mut found, telling);
    if found.is_empty() {
        return Err("timed out waiting for the condition".into());
    }
    Ok(found)
}

/// The most telling first: placed, running, ready, and that for longest (`podutils.ByLogging`).
fn telling(pod: &Pod) -> impl Ord + use<> {
    let phase = match pod.status.phase.as_deref() {
        Some("Running" | "Succeeded" | "Failed") => 0,
        Some("Unknown") => 1,
        _ => 2,
    };
    let mut conditions = pod.status.conditions.iter().flatten();
    let ready = conditions.find(|condition| condition.type_ == "Ready" && condition.status == "True");
    let since = ready.and_then(|ready| ready.last_transition_time.clone());
    let waiting = pod.spec.node_name.as_deref().unwrap_or_default().is_empty();
    (
        waiting,
        phase,
        ready.is_none(),
        since,
        pod.metadata.creation_timestamp.clone(),
    )
}

fn listed(cx: &mut Cx<'_>, namespace: &str, selector: &str) -> Result<Vec<Pod>, Failure> {
    let listed = cx.list(Kind::Pod, namespace, selector, "")?;
    Ok(listed
        .items
        .iter()
        .filter_map(AnyObject::get::<Pod>)
        .cloned()
        .collect())
}

/// The names of all containers of a pod.
pub(crate) fn container_names(pod: &Pod) -> Vec<String> {
    let init = pod.spec.init_containers.iter().flatten();
    let mut names: Vec<String> = pod
        .spec
        .containers
        .iter()
        .map(|container| container.name.clone())
        .collect();
    let ephemeral = pod.spec.ephemeral_containers.iter().flatten();
    names.extend(ephemeral.map(|container| format!("{} (ephem)", container.name)));
    names.extend(init.map(|container| format!("{} (init)", container.name)));
    names
}

/// The container that a command is about when it names none, or the one it names.
///
/// # Errors
///
/// When the pod has no such container.
pub(crate) fn chosen_container(
    cx: &mut Cx<'_>,
    pod: &Pod,
    named: &str,
    quiet: bool,
) -> Result<String, Failure> {
    let names = container_names(pod);
    let known = |name: &str| names.iter().any(|found| found.split(' ').next() == Some(name));
    let mut chosen = named.to_owned();
    if chosen.is_empty()
        && let Some(default) = pod.metadata.annotation("kubectl.kubernetes.io/default-container")
    {
        if known(default) {
            default.clone_into(&mut chosen);
        } else {
            cx.warn(&format!(
                "Default container name {default:?} not found in pod {}",
                pod.name()
            ));
        }
    }
    if chosen.is_empty() {
        chosen = pod
            .spec
            .containers
            .first()
            .map(|container| container.name.clone())
            .unwrap_or_default();
        if names.len() > 1 && !quiet {
            cx.warn(&format!(
                "Defaulted container {chosen:?} out of: {}",
                names.join(", ")
            ));
        }
    }
    if !known(&chosen) {
        return Err(Failure::Message(format!(
            "container {chosen} is not valid for pod {} out of: {}",
            pod.name(),
            names.join(", ")
        )));
    }
    Ok(chosen)
}

fn containers(cx: &mut Cx<'_>, parsed: &Parsed, pod: &Pod, named: &str) -> Result<Vec<Source>, Failure> {
    let names = if parsed.on("all-containers") {
        let init = pod.spec.init_containers.iter().flatten();
        init.chain(&pod.spec.containers)
            .map(|container| container.name.clone())
            .collect()
    } else {
        vec![chosen_container(cx, pod, named, parsed.on("all-pods"))?]
    };
    Ok(names
        .into_iter()
        .map(|container| Source {
            namespace: pod.namespace().to_owned(),
            pod: pod.name().to_owned(),
            container,
            last: (String::new(), 0),
            ended: false,
        })
        .collect())
}

/// Which lines of a container are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// Those that the flags ask for.
    Limited,
    /// Those since the last that was printed, with their moments.
    Stamped,
}

impl Source {
    /// Of lines with their moments those that have not been printed yet. A container keeps its last lines only, so that counting
    /// all of them would not do.
    fn unseen(&self, stamped: &str, with_moments: bool) -> String {
        let (last, seen) = &self.last;
        let mut left = *seen;
        let mut text = String::new();
        for line in stamped.split_inclusive('\n') {
            let (at, rest) = line.split_once(' ').unwrap_or(("", line));
            if at == last && left > 0 {
                left -= 1;
                continue;
            }
            text.push_str(if with_moments { line } else { rest });
        }
        text
    }

    /// Takes note of where the lines with their moments end.
    fn remember(&mut self, stamped: &str) {
        let moments = || {
            stamped
                .lines()
                .map(|line| line.split_once(' ').map_or("", |(at, _)| at))
        };
        if let Some(last) = moments().next_back() {
            let count = moments().filter(|at| *at == last).count();
            self.last = (last.to_owned(), count);
        }
    }
}

/// The lines of a container: those the flags ask for, or the newest.
fn read(cx: &mut Cx<'_>, parsed: &Parsed, source: &Source, how: How) -> Result<String, Failure> {
    let path = format!("{}/log", object_path(Kind::Pod, &source.namespace, &source.pod));
    let mut request = cx
        .request(Method::Get, path)
        .with_query("container", source.container.clone());
    if parsed.on("previous") {
        request = request.with_query("previous", "true");
    }
    if parsed.on("timestamps") || how == How::Stamped {
        request = request.with_query("timestamps", "true");
    }
    if how == How::Stamped && !source.last.0.is_empty() {
        request = request.with_query("sinceTime", source.last.0.clone());
    }
    if how == How::Limited {
        let tail = match parsed.int("tail") {
            -1 if !parsed.text("selector").is_empty() && !parsed.given("tail") => 10,
            tail => tail,
        };
        if tail >= 0 {
            request = request.with_query("tailLines", tail.to_string());
        }
        if let Some(since) = parsed.duration("since").filter(|since| !since.is_zero()) {
            request = request.with_query("sinceSeconds", since.as_secs().max(1).to_string());
        }
        if parsed.int("limit-bytes") > 0 {
            request = request.with_query("limitBytes", parsed.text("limit-bytes"));
        }
    }
    match cx.send(request)?.body {
        ResponseBody::Text(text) => Ok(text),
        _ => Ok(String::new()),
    }
}

fn print(cx: &mut Cx<'_>, parsed: &Parsed, source: &Source, text: &str) {
    if parsed.on("prefix") || parsed.on("all-pods") {
        let prefixed: String = text
            .split_inclusive('\n')
            .map(|line| format!("[pod/{}/{}] {line}", source.pod, source.container))
            .collect();
        cx.io.stdout(&prefixed);
    } else {
        cx.io.stdout(text);
    }
}

impl Following {
    pub(crate) fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Progress, Failure> {
        let mut sources = std::mem::take(&mut self.sources);
        for source in sources.iter_mut().filter(|source| !source.ended) {
            // What is wrong at the beginning ends the command; later it only ends the stream.
            match self.follow(cx, source) {
                Ok(()) => {}
                Err(failure) if self.begun || self.parsed.on("ignore-errors") => {
                    let _ = failure;
                    source.ended = true;
                }
                Err(failure) => return Err(failure),
            }
        }
        self.begun = true;
        self.sources = sources;
        if self.sources.iter().all(|source| source.ended) {
            return Ok(Progress::Done(0));
        }
        // Containers write without the API server knowing.
        Ok(Progress::Blocked(Some(
            cx.api.now() + std::time::Duration::from_millis(100),
        )))
    }

    fn follow(&self, cx: &mut Cx<'_>, source: &mut Source) -> Result<(), Failure> {
        let pod = cx.get_object(Kind::Pod, &source.namespace, &source.pod)?;
        let first = read(cx, &self.parsed, source, How::Stamped)?;
        let fresh = if self.begun {
            source.unseen(&first, self.parsed.on("timestamps"))
        } else {
            read(cx, &self.parsed, source, How::Limited)?
        };
        source.remember(&first);
        print(cx, &self.parsed, source, &fresh);
        source.ended = pod
            .get::<Pod>()
            .is_some_and(|pod| has_ended(pod, &source.container));
        Ok(())
    }
}

/// Whether a container has ended and writes no more.
fn has_ended(pod: &Pod, container: &str) -> bool {
    let statuses = pod.status.container_statuses.iter().flatten();
    let init = pod.status.init_container_statuses.iter().flatten();
    statuses
        .chain(init)
        .chain(pod.status.ephemeral_container_statuses.iter().flatten())
        .filter(|status| status.name == container)
        .any(|status| {
            status
                .state
                .as_ref()
                .is_some_and(|state| state.terminated.is_some())
        })
}
