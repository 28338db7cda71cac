//! `kubectl debug`: a container to look with, in a running Pod, in a copy of it, or on a node
//! (`k8s.io/kubectl/pkg/cmd/debug`).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::attach::NOTICE;
use super::command::Command;
use super::context::Cx;
use super::exec::Attached;
use super::failure::Failure;
use super::flags::{Flag, Parsed};
use super::machine::{Flow, Machine, Progress};
use super::rest::Write;
use super::value::{items, name, put, text};
use crate::api::{Kind, Pod};
use crate::apiserver::{ContentType, Method, ResponseBody, object_path};
use crate::runtime::ImageReference;

const FLAGS: &[Flag] = &[
    Flag::off(
        "arguments-only",
        "If specified, everything after -- will be passed to the new container as Args instead of Command.",
    ),
    Flag::off(
        "attach",
        "If true, wait for the container to start running, and then attach as if 'kubectl attach ...' were called.  Default false, unless '-i/--stdin' is set, in which case the default is true.",
    ),
    Flag::text("container", "", "Container name to use for debug container.").short('c'),
    Flag::text("copy-to", "", "Create a copy of the target Pod with this name."),
    Flag::list("env", "Environment variables to set in the container."),
    Flag::text("image", "", "Container image to use for debug container."),
    Flag::text(
        "image-pull-policy",
        "",
        "The image pull policy for the container. If left empty, this value will not be specified by the client and defaulted by the server.",
    ),
    Flag::off(
        "keep-annotations",
        "If true, keep the original pod annotations.(This flag only works when used with '--copy-to')",
    ),
    Flag::switch(
        "keep-init-containers",
        "true",
        "Run the init containers for the pod. Defaults to true.(This flag only works when used with '--copy-to')",
    ),
    Flag::off(
        "keep-labels",
        "If true, keep the original pod labels.(This flag only works when used with '--copy-to')",
    ),
    Flag::off(
        "keep-liveness",
        "If true, keep the original pod liveness probes.(This flag only works when used with '--copy-to')",
    ),
    Flag::off(
        "keep-readiness",
        "If true, keep the original pod readiness probes.(This flag only works when used with '--copy-to')",
    ),
    Flag::off(
        "keep-startup",
        "If true, keep the original startup probes.(This flag only works when used with '--copy-to')",
    ),
    Flag::text(
        "profile",
        "general",
        "Options are \"general\", \"baseline\", \"restricted\", \"netadmin\" or \"sysadmin\". Defaults to \"general\"",
    ),
    Flag::off("quiet", "If true, suppress informational messages.").short('q'),
    Flag::off("replace", "When used with '--copy-to', delete the original Pod."),
    Flag::off(
        "same-node",
        "When used with '--copy-to', schedule the copy of target Pod on the same node.",
    ),
    Flag::list(
        "set-image",
        "When used with '--copy-to', a list of name=image pairs for changing container images, similar to how 'kubectl set image' works.",
    ),
    Flag::switch(
        "share-processes",
        "true",
        "When used with '--copy-to', enable process namespace sharing in the copy.",
    ),
    Flag::off(
        "stdin",
        "Keep stdin open on the container(s) in the pod, even if nothing is attached.",
    )
    .short('i'),
    Flag::text(
        "target",
        "",
        "When using an ephemeral container, target processes in this container name.",
    ),
    Flag::off("tty", "Allocate a TTY for the debugging container.").short('t'),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    usage: "(POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ]",
    flags: &[FLAGS],
    run: Some(run),
    ..Command::named(
        "debug",
        "Create debugging sessions for troubleshooting workloads and nodes",
    )
};

/// Where a debugging container is put.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Ephemeral,
    Copy,
    Node,
}

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let (targets, args) = match parsed.dash {
        Some(at) => parsed.args.split_at(at.min(parsed.args.len())),
        None => (parsed.args.as_slice(), &[][..]),
    };
    check(cx, parsed, targets, args)?;
    let mut debugging = None;
    for target in targets {
        let (kind, target) = match target.split_once('/') {
            Some((word, name)) => (cx.kind_named(word)?, name),
            None => (Kind::Pod, target.as_str()),
        };
        let namespace = if kind.namespaced() {
            cx.namespace.clone()
        } else {
            String::new()
        };
        let object = cx.get(kind, &namespace, target)?;
        let (pod, container) = match kind {
            Kind::Node => on_node(cx, parsed, &object, args)?,
            Kind::Pod if !parsed.text("copy-to").is_empty() => copy(cx, parsed, &object, args)?,
            Kind::Pod => ephemeral(cx, parsed, &object, args)?,
            _ => {
                let names = cx.names(kind);
                let version = if names.group.is_empty() {
                    format!("/{}", names.version)
                } else {
                    names.api_version()
                };
                return Err(Failure::Message(format!(
                    "\"{version}, Kind={}\" not supported by debug",
                    names.kind
                )));
            }
        };
        debugging = Some(Debugging {
            namespace: cx.namespace.clone(),
            pod,
            container,
            stdin: parsed.on("stdin"),
            terminal: parsed.on("tty"),
            quiet: parsed.on("quiet"),
            attached: None,
        });
    }
    let attach = parsed.on("attach") || !parsed.given("attach") && parsed.on("stdin");
    match debugging.filter(|debugging| attach && !debugging.container.is_empty()) {
        Some(debugging) => Ok(Flow::Wait(Box::new(Machine::Debug(debugging)))),
        None => Ok(Flow::Done(0)),
    }
}

/// Whether the flags go together.
fn check(cx: &mut Cx<'_>, parsed: &Parsed, targets: &[String], args: &[String]) -> Result<(), Failure> {
    let (image, container) = (parsed.text("image"), parsed.text("container"));
    let images = parsed.list("set-image");
    if !matches!(
        parsed.text("profile"),
        "legacy" | "general" | "baseline" | "restricted" | "netadmin" | "sysadmin"
    ) {
        return Err(Failure::Message(format!(
            "unknown profile: {}",
            parsed.text("profile")
        )));
    }
    let wrong = if parsed.on("attach") && image.is_empty() && container.is_empty() {
        "you must specify --container or create a new container using --image in order to attach."
    } else if !parsed.text("copy-to").is_empty() {
        if image.is_empty() && images.is_empty() && args.is_empty() {
            "you must specify --image, --set-image or command arguments."
        } else if !args.is_empty() && container.is_empty() && image.is_empty() {
            "you must specify an existing container or a new image when specifying args."
        } else {
            ""
        }
    } else if parsed.on("replace") {
        "--replace may only be used with --copy-to."
    } else if parsed.on("same-node") {
        "--same-node may only be used with --copy-to."
    } else if !images.is_empty() {
        "--set-image may only be used with --copy-to."
    } else if image.is_empty() {
        "you must specify --image when not using --copy-to."
    } else {
        ""
    };
    if !wrong.is_empty() {
        return Err(wrong.into());
    }
    if !image.is_empty() && ImageReference::parse(image).is_none() {
        return Err(Failure::Message(format!(
            "invalid image name {image:?}: invalid reference format"
        )));
    }
    if targets.is_empty() {
        return Err("NAME or filename is required for debug".into());
    }
    let policy = parsed.text("image-pull-policy");
    if !matches!(policy, "" | "Always" | "IfNotPresent" | "Never") {
        return Err(Failure::Message(format!("invalid image pull policy: {policy}")));
    }
    let target = parsed.text("target");
    if !target.is_empty() {
        if !parsed.text("copy-to").is_empty() {
            return Err("--target is incompatible with --copy-to. Use --share-processes instead.".into());
        }
        if !parsed.on("quiet") {
            cx.say(&format!("Targeting container {target:?}. If you don't see processes from this container it may be because the container runtime doesn't support this feature."));
        }
    }
    if parsed.on("tty") && !parsed.on("stdin") {
        return Err("-i/--stdin is required for containers with -t/--tty=true".into());
    }
    if parsed.text("profile") == "legacy" {
        cx.warn("--profile=legacy is deprecated and planned to be removed in v1.39. It is recommended to specify other profile, for example \"--profile=general\".");
    }
    Ok(())
}

/// Five letters and digits as Kubernetes draws them, of the present moment.
fn suffix(cx: &Cx<'_>) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut rest = cx.api.now().as_micros().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 16;
    let mut word = String::new();
    for _ in 0..5 {
        let place = usize::try_from(rest % 27).unwrap_or(0);
        word.push(LETTERS.get(place).copied().map_or('x', char::from));
        rest /= 27;
    }
    word
}

/// What the flags say of the debugging container.
fn fill(container: &mut Value, parsed: &Parsed, args: &[String]) {
    if !args.is_empty() {
        let key = if parsed.on("arguments-only") {
            "args"
        } else {
            "command"
        };
        put(container, &[key], json!(args));
    }
    let env: Vec<Value> = parsed
        .list("env")
        .iter()
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    if !env.is_empty() {
        put(container, &["env"], env);
    }
    for (flag, key) in [("image", "image"), ("image-pull-policy", "imagePullPolicy")] {
        if !parsed.text(flag).is_empty() {
            put(container, &[key], parsed.text(flag));
        }
    }
    for (flag, key) in [("stdin", "stdin"), ("tty", "tty")] {
        if parsed.on(flag) {
            put(container, &[key], true);
        }
    }
}

/// What a profile makes of the debugging container (`profiles.go`).
fn secure(container: &mut Value, profile: &str, style: Style) {
    let add = match (profile, style) {
        ("general", Style::Ephemeral | Style::Copy) => &["SYS_PTRACE"][..],
        ("netadmin", _) => &["NET_ADMIN", "NET_RAW"][..],
        _ => &[],
    };
    if !add.is_empty() {
        put(container, &["securityContext", "capabilities", "add"], json!(add));
    }
    match profile {
        "sysadmin" => put(container, &["securityContext", "privileged"], true),
        "restricted" => put(
            container,
            &["securityContext"],
            json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]},
                   "runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}}),
        ),
        _ => {}
    }
}

/// The name of the debugging container, which no other of the Pod has.
fn container_name(cx: &mut Cx<'_>, parsed: &Parsed) -> String {
    let asked = parsed.text("container");
    if !asked.is_empty() {
        return asked.to_owned();
    }
    let name = format!("debugger-{}", suffix(cx));
    if !parsed.on("quiet") {
        cx.say(&format!("Defaulting debug container name to {name}."));
    }
    name
}

fn ephemeral(
    cx: &mut Cx<'_>,
    parsed: &Parsed,
    pod: &Value,
    args: &[String],
) -> Result<(String, String), Failure> {
    let container_name = container_name(cx, parsed);
    let mut container = json!({"name": container_name, "terminationMessagePolicy": "File"});
    if !parsed.text("target").is_empty() {
        put(&mut container, &["targetContainerName"], parsed.text("target"));
    }
    fill(&mut container, parsed, args);
    secure(&mut container, parsed.text("profile"), Style::Ephemeral);
    let names = items(pod, "/spec/ephemeralContainers")
        .iter()
        .map(|found| text(found, "/name"));
    let order: Vec<Value> = names
        .chain([container_name.as_str()])
        .map(|name| json!({"name": name}))
        .collect();
    let patch =
        json!({"spec": {"$setElementOrder/ephemeralContainers": order, "ephemeralContainers": [container]}});
    let write = Write {
        subresource: "ephemeralcontainers".to_owned(),
        ..Write::default()
    };
    let place = (Kind::Pod, text(pod, "/metadata/namespace"), name(pod));
    cx.patch(place, ContentType::StrategicMergePatch, patch, &write)?;
    Ok((name(pod).to_owned(), container_name))
}

fn on_node(
    cx: &mut Cx<'_>,
    parsed: &Parsed,
    node: &Value,
    args: &[String],
) -> Result<(String, String), Failure> {
    let node = name(node);
    let container_name = match parsed.text("container") {
        "" => "debugger",
        asked => asked,
    };
    let pod_name = format!("node-debugger-{node}-{}", suffix(cx));
    if !parsed.on("quiet") {
        cx.say(&format!(
            "Creating debugging pod {pod_name} with container {container_name} on node {node}."
        ));
    }
    let profile = parsed.text("profile");
    let mut container = json!({"name": container_name, "terminationMessagePolicy": "File"});
    fill(&mut container, parsed, args);
    secure(&mut container, profile, Style::Node);
    let rooted = matches!(profile, "legacy" | "general" | "sysadmin");
    if rooted {
        put(
            &mut container,
            &["volumeMounts"],
            json!([{"mountPath": "/host", "name": "host-root"}]),
        );
    }
    let mut pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": pod_name, "labels": {"app.kubernetes.io/managed-by": "kubectl-debug"}},
        "spec": {"containers": [container], "nodeName": node, "restartPolicy": "Never",
                 "tolerations": [{"operator": "Exists"}]},
    });
    if rooted {
        put(
            &mut pod,
            &["spec", "volumes"],
            json!([{"name": "host-root", "hostPath": {"path": "/"}}]),
        );
    }
    if rooted || profile == "netadmin" {
        for key in ["hostNetwork", "hostPID", "hostIPC"] {
            put(&mut pod, &["spec", key], true);
        }
    }
    let namespace = cx.namespace.clone();
    cx.create(Kind::Pod, &namespace, pod, &Write::default())?;
    Ok((pod_name, container_name.to_owned()))
}

/// Takes out of a copied Pod what is not to be copied.
fn strip(copied: &mut Value, parsed: &Parsed) {
    let Some(spec) = copied.get_mut("spec").and_then(Value::as_object_mut) else {
        return;
    };
    let profile = parsed.text("profile");
    spec.remove("ephemeralContainers");
    if !parsed.on("same-node") {
        spec.remove("nodeName");
    }
    if profile != "legacy" && !parsed.on("keep-init-containers") {
        spec.remove("initContainers");
    }
    if parsed.given("share-processes") {
        spec.insert(
            "shareProcessNamespace".to_owned(),
            parsed.on("share-processes").into(),
        );
    } else if profile != "legacy" {
        spec.entry("shareProcessNamespace").or_insert(true.into());
    }
}

/// Gives copied containers other images, and no probes.
fn set_images(containers: &mut [Value], parsed: &Parsed) {
    let profile = parsed.text("profile");
    let images: Vec<(&str, &str)> = parsed
        .list("set-image")
        .iter()
        .filter_map(|pair| pair.split_once('='))
        .collect();
    for container in containers {
        let named = |wanted: &str| images.iter().find(|(found, _)| *found == wanted);
        if let Some((_, image)) = named(text(container, "/name")).or_else(|| named("*")) {
            put(container, &["image"], *image);
        }
        for probe in ["liveness", "readiness", "startup"] {
            if profile != "legacy"
                && !parsed.on(&format!("keep-{probe}"))
                && let Some(container) = container.as_object_mut()
            {
                container.remove(&format!("{probe}Probe"));
            }
        }
    }
}

fn copy(cx: &mut Cx<'_>, parsed: &Parsed, pod: &Value, args: &[String]) -> Result<(String, String), Failure> {
    let profile = parsed.text("profile");
    let mut copied = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": parsed.text("copy-to"), "namespace": text(pod, "/metadata/namespace")},
        "spec": pod.get("spec"),
    });
    for key in ["labels", "annotations"] {
        let kept = profile == "legacy" && key == "annotations" || parsed.on(&format!("keep-{key}"));
        if let Some(map) = pod.pointer(&format!("/metadata/{key}")).filter(|_| kept) {
            put(&mut copied, &["metadata", key], map.clone());
        }
    }
    strip(&mut copied, parsed);
    let images = !parsed.list("set-image").is_empty();
    let mut containers = items(&copied, "/spec/containers").to_vec();
    set_images(&mut containers, parsed);
    let asked = parsed.text("container");
    let known = containers
        .iter()
        .position(|container| text(container, "/name") == asked);
    let mut chosen = String::new();
    if known.is_some() || !parsed.text("image").is_empty() {
        let place = match known {
            Some(place) => place,
            None => {
                let name = container_name(cx, parsed);
                containers.push(json!({"name": name, "terminationMessagePolicy": "File"}));
                containers.len() - 1
            }
        };
        if let Some(container) = containers.get_mut(place) {
            if let (Some(map), false, false) = (
                container.as_object_mut(),
                args.is_empty(),
                parsed.on("arguments-only"),
            ) {
                map.remove("args");
            }
            fill(container, parsed, args);
            secure(container, profile, Style::Copy);
            text(container, "/name").clone_into(&mut chosen);
        }
    } else if !images {
        return Err("you must specify image when creating new container".into());
    }
    put(&mut copied, &["spec", "containers"], containers);
    let namespace = cx.namespace.clone();
    cx.create(Kind::Pod, &namespace, copied, &Write::default())?;
    if parsed.on("replace") {
        let path = object_path(Kind::Pod, &namespace, name(pod));
        let request = cx
            .request(Method::Delete, path)
            .with_query("gracePeriodSeconds", "0");
        cx.send(request)?;
    }
    Ok((parsed.text("copy-to").to_owned(), chosen))
}

/// A debugging container that is attached to once it runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Debugging {
    namespace: String,
    pod: String,
    container: String,
    stdin: bool,
    terminal: bool,
    quiet: bool,
    attached: Option<Attached>,
}

impl Debugging {
    pub(crate) fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Progress, Failure> {
        if let Some(attached) = &mut self.attached {
            let progress = attached.poll(cx);
            if let Progress::Done(_) = progress {
                self.bid_farewell(cx)?;
            }
            return Ok(progress);
        }
        let object = cx.get_object(Kind::Pod, &self.namespace, &self.pod)?;
        let Some(pod) = object.get::<Pod>() else {
            return Err(Failure::Exit(1));
        };
        let status = &pod.status;
        let lists = [
            &status.init_container_statuses,
            &status.container_statuses,
            &status.ephemeral_container_statuses,
        ];
        let mut statuses = lists.into_iter().flatten().flatten();
        let state = statuses
            .find(|status| status.name == self.container)
            .and_then(|status| status.state.as_ref());
        let Some(state) = state else {
            return Ok(Progress::Blocked(None));
        };
        if state.terminated.is_some() {
            return self.print_log(cx);
        }
        if state.running.is_none() {
            let waiting = state
                .waiting
                .as_ref()
                .and_then(|waiting| waiting.message.as_deref());
            if let Some(why) = waiting.filter(|why| !why.is_empty() && !self.quiet) {
                let warning = format!("Warning: container {}: {why}", self.container);
                if cx.warned.insert(warning.clone()) {
                    cx.warn(&warning);
                }
            }
            return Ok(Progress::Blocked(None));
        }
        self.terminal = self.terminal && cx.has_terminal();
        if !self.quiet {
            cx.io.stderr(NOTICE);
        }
        match Attached::open(cx, pod, &self.container, (None, self.stdin, self.terminal)) {
            Ok(attached) => {
                self.attached = Some(attached);
                self.poll(cx)
            }
            Err(failure) => {
                let why = failure.say().text;
                let why = why.trim().trim_start_matches("error: ");
                cx.warn(&format!(
                    "warning: couldn't attach to pod/{}, falling back to streaming logs: {why}",
                    self.pod
                ));
                self.print_log(cx)
            }
        }
    }

    fn print_log(&self, cx: &mut Cx<'_>) -> Result<Progress, Failure> {
        let path = format!("{}/log", object_path(Kind::Pod, &self.namespace, &self.pod));
        let request = cx
            .request(Method::Get, path)
            .with_query("container", self.container.clone());
        if let ResponseBody::Text(text) = cx.send(request)?.body {
            cx.io.stdout(&text);
        }
        Ok(Progress::Done(0))
    }

    /// How to come back, where that can be.
    fn bid_farewell(&self, cx: &mut Cx<'_>) -> Result<(), Failure> {
        let pod = cx.get(Kind::Pod, &self.namespace, &self.pod)?;
        let always = text(&pod, "/spec/restartPolicy") == "Always";
        if self.quiet || !self.stdin || !self.terminal || !always {
            return Ok(());
        }
        let ephemeral = items(&pod, "/spec/ephemeralContainers")
            .iter()
            .any(|found| text(found, "/name") == self.container);
        let (name, container) = (&self.pod, &self.container);
        cx.say(&if ephemeral {
            format!("Session ended, the ephemeral container will not be restarted but may be reattached using 'kubectl attach {name} -c {container} -i -t' if it is still running")
        } else {
            format!("Session ended, resume using 'kubectl attach {name} -c {container} -i -t' command when the pod is running")
        });
        Ok(())
    }
}
