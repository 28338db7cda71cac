//! `kubectl create deployment`

use serde_json::{Value, json};

use super::{container_name, finish, name, rest};
use crate::kubectl::command::Command;
use crate::kubectl::common::{DRY_RUN, FIELD_MANAGER, PRINT, SAVE_CONFIG, VALIDATE};
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Parsed};
use crate::kubectl::machine::Flow;
use crate::kubectl::value::put;

const FLAGS: &[Flag] = &[
    Flag::list(
        "image",
        "Image names to run. A deployment can have multiple images set for multi-container pod.",
    ),
    Flag::int("port", "-1", "The containerPort that this deployment exposes."),
    Flag::int("replicas", "1", "Number of replicas to create. Default is 1.").short('r'),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    aliases: &["deploy"],
    usage: "NAME --image=image -- [COMMAND] [args...]",
    flags: &[FLAGS, PRINT, DRY_RUN, FIELD_MANAGER, VALIDATE, SAVE_CONFIG],
    required: &["image"],
    run: Some(run),
    ..Command::named("deployment", "Create a deployment with the specified name")
};

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let name = name(parsed, "kubectl create deployment")?;
    let (images, command) = (parsed.list("image"), rest(parsed));
    if images.len() > 1 && !command.is_empty() {
        return Err("cannot specify multiple --image options and command".into());
    }
    let containers: Vec<Value> = images
        .iter()
        .enumerate()
        .map(|(index, image)| {
            let mut container = json!({"name": container_name(image), "image": image, "resources": {}});
            if !command.is_empty() {
                put(&mut container, &["command"], json!(command));
            }
            if index == 0 && parsed.int("port") >= 0 {
                put(
                    &mut container,
                    &["ports"],
                    json!([{"containerPort": parsed.int("port")}]),
                );
            }
            container
        })
        .collect();
    let labels = json!({"app": name});
    let object = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "labels": labels},
        "spec": {
            "replicas": parsed.int("replicas"), "selector": {"matchLabels": labels}, "strategy": {},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
        },
        "status": {},
    });
    finish(cx, parsed, object)
}
