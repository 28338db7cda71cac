//! `kubectl create token`

use serde_json::json;

use super::name;
use crate::api::Kind;
use crate::apiserver::{Body, Method, object_path};
use crate::kubectl::command::Command;
use crate::kubectl::common::PRINT;
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Parsed};
use crate::kubectl::machine::Flow;
use crate::kubectl::output::Printer;
use crate::kubectl::value::{put, text};

const FLAGS: &[Flag] = &[
    Flag::array(
        "audience",
        "Audience of the requested token. If unset, defaults to requesting a token for use with the Kubernetes API server.",
    ),
    Flag::text(
        "bound-object-kind",
        "",
        "Kind of an object to bind the token to. Supported kinds are Node, Pod, Secret.",
    ),
    Flag::text("bound-object-name", "", "Name of an object to bind the token to."),
    Flag::text("bound-object-uid", "", "UID of an object to bind the token to."),
    Flag::duration(
        "duration",
        "0s",
        "Requested lifetime of the issued token. If not set or if set to 0, the lifetime will be determined by the server automatically.",
    ),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    usage: "SERVICE_ACCOUNT_NAME",
    flags: &[FLAGS, PRINT],
    run: Some(run),
    ..Command::named("token", "Request a service account token")
};

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let name = name(parsed, "kubectl create token")?;
    let spec = spec(parsed)?;
    let body = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec});
    let path = format!("{}/token", object_path(Kind::ServiceAccount, &cx.namespace, name));
    let request = cx.request(Method::Post, path).with_body(Body::Json(body));
    let answer = cx
        .send(request)
        .map_err(|error| Failure::Message(format!("failed to create token: {}", error.message)))?;
    let answer = answer.to_value().unwrap_or_default();
    if !parsed.text("output").is_empty() {
        let mut printer = Printer::of(cx, parsed)?;
        printer.print(cx, &answer, "")?;
        return Ok(Flow::Done(0));
    }
    let token = text(&answer, "/status/token");
    // A line of its own only where somebody reads it.
    let end = if cx.io.terminal_width().is_some() {
        "\n"
    } else {
        ""
    };
    cx.io.stdout(&format!("{token}{end}"));
    Ok(Flow::Done(0))
}

fn spec(parsed: &Parsed) -> Result<serde_json::Value, Failure> {
    let Some(duration) = parsed.duration("duration") else {
        return Err("--duration must be greater than or equal to 0".into());
    };
    if duration.subsec_nanos() != 0 {
        return Err("--duration cannot be expressed in units less than seconds".into());
    }
    let audiences = parsed.list("audience");
    if audiences.iter().any(String::is_empty) {
        return Err("--audience must not be an empty string".into());
    }
    let mut spec = json!({});
    if !audiences.is_empty() {
        put(&mut spec, &["audiences"], json!(audiences));
    }
    if !duration.is_zero() {
        put(&mut spec, &["expirationSeconds"], json!(duration.as_secs()));
    }
    let [kind, name, uid] = ["kind", "name", "uid"].map(|part| parsed.text(&format!("bound-object-{part}")));
    if kind.is_empty() {
        for (part, value) in [("name", name), ("uid", uid)] {
            if !value.is_empty() {
                let message =
                    format!("--bound-object-{part} can only be set if --bound-object-kind is provided");
                return Err(Failure::Message(message));
            }
        }
        return Ok(spec);
    }
    if !matches!(kind, "Node" | "Pod" | "Secret") {
        return Err("supported --bound-object-kind values are Node, Pod, Secret".into());
    }
    if name.is_empty() {
        return Err("--bound-object-name is required if --bound-object-kind is provided".into());
    }
    let bound = json!({"apiVersion": "v1", "kind": kind, "name": name, "uid": uid});
    put(&mut spec, &["boundObjectRef"], bound);
    Ok(spec)
}
