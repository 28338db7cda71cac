//! `kubectl set image`

use super::{change, containers, split};
use crate::kubectl::command::Command;
use crate::kubectl::common::{ALL, DRY_RUN, FIELD_MANAGER, FILENAME, LOCAL, PRINT, RECORD, SELECTOR};
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::Parsed;
use crate::kubectl::machine::Flow;
use crate::kubectl::value::put;

/// The command.
pub(super) const COMMAND: Command = Command {
    usage: "(-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N",
    flags: &[
        FILENAME,
        PRINT,
        SELECTOR,
        ALL,
        DRY_RUN,
        FIELD_MANAGER,
        LOCAL,
        RECORD,
    ],
    run: Some(run),
    ..Command::named("image", "Update the image of a pod template")
};

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let (resources, pairs) = split(parsed, "image")?;
    let images: Vec<(&str, &str)> = pairs.iter().filter_map(|pair| pair.split_once('=')).collect();
    let mut wrong = Vec::new();
    if parsed.on("all") && !parsed.text("selector").is_empty() {
        wrong.push(Failure::from("cannot set --all and --selector at the same time"));
    }
    if resources.is_empty() && crate::kubectl::common::files(parsed).is_empty() {
        wrong
            .push("one or more resources must be specified as <resource> <name> or <resource>/<name>".into());
    }
    if images.is_empty() {
        wrong.push("at least one image update is required".into());
    } else if images.len() > 1 && images.iter().any(|(name, _)| *name == "*") {
        wrong.push("all containers are already specified by *, but saw more than one container_name=container_image pairs".into());
    }
    if let Some(failure) = Failure::all(wrong) {
        return Err(failure);
    }
    let words = ("image updated", "failed to patch image update to pod template:");
    change(cx, parsed, &resources, words, |_, _, spec| {
        let mut missing = Vec::new();
        for (name, image) in &images {
            let mut found = false;
            for container in containers(spec, if *name == "*" { "*" } else { name }) {
                put(container, &["image"], *image);
                found = true;
            }
            if !found {
                missing.push(Failure::Message(format!(
                    "error: unable to find container named {name:?}"
                )));
            }
        }
        if missing.is_empty() { Ok(()) } else { Err(missing) }
    })?;
    Ok(Flow::Done(0))
}
