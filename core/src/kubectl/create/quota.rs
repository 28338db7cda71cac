//! `kubectl create quota`

use serde_json::{Map, Value, json};

use super::{finish, name};
use crate::api::quantity::Amount;
use crate::kubectl::command::Command;
use crate::kubectl::common::{DRY_RUN, FIELD_MANAGER, PRINT, SAVE_CONFIG, VALIDATE};
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Parsed};
use crate::kubectl::machine::Flow;
use crate::kubectl::value::put;

const FLAGS: &[Flag] = &[
    Flag::text(
        "hard",
        "",
        "A comma-delimited set of resource=quantity pairs that define a hard limit.",
    ),
    Flag::text(
        "scopes",
        "",
        "A comma-delimited set of quota scopes that must all match each object tracked by the quota.",
    ),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    aliases: &["resourcequota"],
    usage: "NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2] [--dry-run=server|client|none]",
    flags: &[FLAGS, PRINT, DRY_RUN, FIELD_MANAGER, VALIDATE, SAVE_CONFIG],
    required: &[],
    run: Some(run),
    ..Command::named("quota", "Create a quota with the specified name")
};

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let name = name(parsed, "kubectl create quota")?;
    let mut spec = json!({});
    let hard = resources(parsed.text("hard"))?;
    if !hard.is_empty() {
        put(&mut spec, &["hard"], Value::Object(hard));
    }
    let scopes: Vec<&str> = parsed
        .text("scopes")
        .split(',')
        .filter(|scope| !scope.is_empty())
        .collect();
    if !scopes.is_empty() {
        put(&mut spec, &["scopes"], json!(scopes));
    }
    let object = json!({
        "apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": name}, "spec": spec, "status": {},
    });
    finish(cx, parsed, object)
}

fn resources(text: &str) -> Result<Map<String, Value>, Failure> {
    let mut map = Map::new();
    for pair in text.split(',').filter(|pair| !pair.is_empty()) {
        let parts: Vec<&str> = pair.split('=').collect();
        let [resource, quantity] = parts.as_slice() else {
            return Err(Failure::Message(format!(
                "Invalid argument syntax {pair:?}, expected <resource>=<value>"
            )));
        };
        Amount::parse(quantity).map_err(|error| Failure::Message(error.to_string()))?;
        map.insert((*resource).to_owned(), (*quantity).into());
    }
    Ok(map)
}
