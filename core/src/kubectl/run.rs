//! `kubectl run`: one pod from arguments.

use serde_json::{Value, json};

use super::attach::Staying;
use super::command::Command;
use super::common::{DRY_RUN, DryRun, FIELD_MANAGER, PRINT, RECORD, SAVE_CONFIG};
use super::context::Cx;
use super::create::send;
use super::expose::service_for_pod;
use super::failure::Failure;
use super::flags::{Flag, Parsed};
use super::machine::{Flow, Machine};
use crate::api::Kind;
use crate::apiserver::{Body, Method, collection_path};
use crate::kubectl::value::put;

const FLAGS: &[Flag] = &[
    Flag::array("annotations", "Annotations to apply to the pod."),
    Flag::off(
        "attach",
        "If true, wait for the Pod to start running, and then attach to the Pod.",
    ),
    Flag::off(
        "command",
        "If true and extra arguments are present, use them as the 'command' field in the container.",
    ),
    Flag::array("env", "Environment variables to set in the container."),
    Flag::off(
        "expose",
        "If true, create a ClusterIP service associated with the pod.  Requires `--port`.",
    ),
    Flag::text("image", "", "The image for the container to run."),
    Flag::text(
        "image-pull-policy",
        "",
        "The image pull policy for the container.",
    ),
    Flag::text(
        "labels",
        "",
        "Comma separated labels to apply to the pod. Will override previous values.",
    )
    .short('l'),
    Flag::off(
        "leave-stdin-open",
        "If the pod is started in interactive mode or with stdin, leave stdin open after the first attach completes.",
    ),
    Flag::text(
        "override-type",
        "merge",
        "The method used to override the generated object: json, merge, or strategic.",
    ),
    Flag::text(
        "overrides",
        "",
        "An inline JSON override for the generated object.",
    ),
    Flag::duration(
        "pod-running-timeout",
        "1m0s",
        "The length of time to wait until at least one pod is running",
    ),
    Flag::text("port", "", "The port that this container exposes."),
    Flag::off("privileged", "If true, run the container in privileged mode."),
    Flag::off("quiet", "If true, suppress prompt messages.").short('q'),
    Flag::text(
        "restart",
        "Always",
        "The restart policy for this Pod.  Legal values [Always, OnFailure, Never].",
    ),
    Flag::off(
        "rm",
        "If true, delete the pod after it exits.  Only valid when attaching to the container.",
    ),
    Flag::off(
        "stdin",
        "Keep stdin open on the container in the pod, even if nothing is attached.",
    )
    .short('i'),
    Flag::off("tty", "Allocate a TTY for the container in the pod.").short('t'),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    usage: "NAME --image=image [--env=\"key=value\"] [--port=port] [--dry-run=server|client] [--overrides=inline-json] [--command] -- [COMMAND] [args...]",
    flags: &[FLAGS, PRINT, DRY_RUN, FIELD_MANAGER, SAVE_CONFIG, RECORD],
    required: &["image"],
    run: Some(run),
    ..Command::named("run", "Run a particular image on the cluster")
};

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let wrong = |message: &str| Failure::usage("kubectl run", message);
    let name = match parsed.args.first() {
        Some(name) if parsed.dash != Some(0) => name.clone(),
        _ => return Err(wrong("NAME is required for run")),
    };
    let image = parsed.text("image");
    if image.is_empty() {
        return Err("--image is required".into());
    }
    if !is_image(image) {
        return Err(Failure::Message(format!(
            "Invalid image name {image:?}: invalid reference format"
        )));
    }
    if parsed.on("tty") && !parsed.on("stdin") {
        return Err(wrong("-i/--stdin is required for containers with -t/--tty=true"));
    }
    if parsed.on("expose") && parsed.text("port").is_empty() {
        return Err(wrong("--port must be set when exposing a service"));
    }
    let attach = parsed.on("attach") || parsed.on("stdin");
    if parsed.on("rm") && !attach {
        return Err(wrong("--rm should only be used for attached containers"));
    }
    if attach && DryRun::of(cx, parsed)? != DryRun::No {
        return Err(wrong(
            "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
        ));
    }
    let policy = parsed.text("image-pull-policy");
    if !matches!(policy, "" | "Always" | "IfNotPresent" | "Never") {
        return Err(wrong(&format!("invalid image pull policy: {policy}")));
    }
    let restart = parsed.text("restart");
    if !matches!(restart, "Always" | "OnFailure" | "Never") {
        return Err(wrong(&format!("invalid restart policy: {restart}")));
    }
    let mut pod = pod(parsed, &name, image)?;
    override_with(&mut pod, parsed)?;
    if attach {
        let path = collection_path(Kind::Pod, &cx.namespace);
        let request = cx.request(Method::Post, path).with_body(Body::Json(pod));
        cx.send(request)?;
        let staying = Staying::new(cx, parsed, &name);
        return Ok(Flow::Wait(Box::new(Machine::Staying(staying))));
    }
    send(cx, parsed, pod.clone(), "created")?;
    if parsed.on("expose") {
        send(cx, parsed, service_for_pod(&pod, parsed.text("port"))?, "created")?;
    }
    Ok(Flow::Done(0))
}

fn pod(parsed: &Parsed, name: &str, image: &str) -> Result<Value, Failure> {
    let mut container = json!({"name": name, "image": image, "resources": {}});
    let words = parsed.args.get(1..).unwrap_or_default();
    if !words.is_empty() {
        let field = if parsed.on("command") { "command" } else { "args" };
        put(&mut container, &[field], json!(words));
    }
    let mut env = Vec::new();
    for pair in parsed.list("env") {
        let (key, value) = pair
            .split_once('=')
            .filter(|(key, _)| !key.is_empty())
            .ok_or_else(|| Failure::Message(format!("invalid env: {pair}")))?;
        env.push(json!({"name": key, "value": value}));
    }
    if !env.is_empty() {
        put(&mut container, &["env"], Value::Array(env));
    }
    if !parsed.text("port").is_empty() {
        let port: u16 = parsed.text("port").parse().map_err(|_| {
            Failure::Message(format!(
                "strconv.Atoi: parsing {:?}: invalid syntax",
                parsed.text("port")
            ))
        })?;
        put(&mut container, &["ports"], json!([{"containerPort": port}]));
    }
    if !parsed.text("image-pull-policy").is_empty() {
        put(
            &mut container,
            &["imagePullPolicy"],
            json!(parsed.text("image-pull-policy")),
        );
    }
    if parsed.on("privileged") {
        put(&mut container, &["securityContext"], json!({"privileged": true}));
    }
    if parsed.on("stdin") {
        put(&mut container, &["stdin"], json!(true));
        if !parsed.on("leave-stdin-open") {
            put(&mut container, &["stdinOnce"], json!(true));
        }
    }
    if parsed.on("tty") {
        put(&mut container, &["tty"], json!(true));
    }
    let mut metadata = json!({"name": name, "labels": labels(parsed.text("labels"), name)?});
    for pair in parsed.list("annotations") {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| Failure::Message(format!("unexpected annotation: {pair}")))?;
        put(&mut metadata, &["annotations", key], json!(value));
    }
    Ok(json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": metadata,
        "spec": {
            "containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": parsed.text("restart"),
        },
        "status": {},
    }))
}

fn labels(text: &str, name: &str) -> Result<Value, Failure> {
    if text.is_empty() {
        return Ok(json!({"run": name}));
    }
    let mut labels = json!({});
    for pair in text.split(',') {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| Failure::Message(format!("unexpected label spec: {text}")))?;
        put(&mut labels, &[key], json!(value));
    }
    Ok(labels)
}

/// Merges `--overrides` into the object.
fn override_with(object: &mut Value, parsed: &Parsed) -> Result<(), Failure> {
    let text = parsed.text("overrides");
    if text.is_empty() {
        return Ok(());
    }
    let document: Value =
        serde_json::from_str(text).map_err(|error| Failure::Message(format!("Invalid JSON: {error}")))?;
    let before = std::mem::take(object);
    *object = match parsed.text("override-type") {
        "strategic" => crate::apiserver::patch::strategic(Kind::Pod, before, &document)?,
        "json" => crate::apiserver::patch::json(before, &document)?,
        _ => crate::apiserver::patch::merge(before, &document),
    };
    Ok(())
}

/// Whether a text has the form of an image's name (`distribution/reference`).
fn is_image(text: &str) -> bool {
    let (name, digest) = text.split_once('@').unwrap_or((text, "sha256:0"));
    let last = name.rfind('/').map_or(0, |at| at + 1);
    let (path, file) = name.split_at(last);
    let (file, tag) = file.split_once(':').unwrap_or((file, "latest"));
    let component = |part: &str| {
        let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
        let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        !part.is_empty() && part.chars().all(inside) && part.starts_with(edge) && part.ends_with(edge)
    };
    let host = |part: &str| {
        part.chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':'))
            && !part.is_empty()
    };
    let tag_fits = tag
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
        && !tag.is_empty()
        && !tag.starts_with(['.', '-']);
    let mut parts = path.trim_end_matches('/').split('/').filter(|_| !path.is_empty());
    let first = parts.next().is_none_or(|part| host(part) || component(part));
    first && parts.all(component) && component(file) && tag_fits && digest.contains(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_have_a_form() {
        for image in [
            "nginx",
            "nginx:1.27",
            "ghcr.io/example/api:2.1",
            "localhost:5000/a/b",
            "a@sha256:0123",
        ] {
            assert!(is_image(image), "{image}");
        }
        for image in ["Nginx", "nginx:", "a b", "", "nginx::1", "/nginx"] {
            assert!(!is_image(image), "{image}");
        }
    }
}
