//! `kubectl create configmap`

use serde_json::json;

use super::{data, finish, name};
use crate::kubectl::command::Command;
use crate::kubectl::common::{DRY_RUN, FIELD_MANAGER, PRINT, SAVE_CONFIG, VALIDATE};
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Parsed};
use crate::kubectl::machine::Flow;
use crate::kubectl::value::put;

const FLAGS: &[Flag] = &[
    Flag::off("append-hash", "Append a hash of the configmap to its name."),
    Flag::list(
        "from-env-file",
        "Specify the path to a file to read lines of key=val pairs to create a configmap.",
    ),
    Flag::list(
        "from-file",
        "Key file can be specified using its file path, in which case file basename will be used as configmap key.",
    ),
    Flag::array(
        "from-literal",
        "Specify a key and literal value to insert in configmap (i.e. mykey=somevalue)",
    ),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    aliases: &["cm"],
    usage: "NAME [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]",
    flags: &[FLAGS, PRINT, DRY_RUN, FIELD_MANAGER, VALIDATE, SAVE_CONFIG],
    required: &[],
    run: Some(run),
    ..Command::named(
        "configmap",
        "Create a config map from a local file, directory or literal value",
    )
};

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let name = name(parsed, "kubectl create configmap")?;
    let pairs = data::pairs(cx, parsed, "ConfigMap")?;
    let mut object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}});
    if !pairs.is_empty() {
        put(&mut object, &["data"], json!(pairs));
    }
    super::append_hash(parsed, &mut object);
    finish(cx, parsed, object)
}
