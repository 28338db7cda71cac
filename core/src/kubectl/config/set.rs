//! `kubectl config set`, `unset`: one value by its path.

use serde_json::{Value, json};

use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Parsed};
use crate::kubectl::kubeconfig::{Entries, Kubeconfig};
use crate::kubectl::machine::Flow;
use crate::kubectl::value::{map_mut, put};

/// `set`
pub(super) const SET: Command = Command {
    usage: "PROPERTY_NAME PROPERTY_VALUE",
    flags: &[&[Flag::off(
        "set-raw-bytes",
        "When writing a []byte PROPERTY_VALUE, write the given string directly without base64 decoding.",
    )]],
    run: Some(set),
    ..Command::named("set", "Set an individual value in a kubeconfig file")
};

/// `unset`
pub(super) const UNSET: Command = Command {
    usage: "PROPERTY_NAME",
    run: Some(unset),
    ..Command::named("unset", "Unset an individual value in a kubeconfig file")
};

/// The entries that a path begins with, and the rest of the path.
fn entries<'c>(config: &'c mut Kubeconfig, path: &str) -> Result<&'c mut Entries, Failure> {
    match path {
        "clusters" => Ok(&mut config.clusters),
        "contexts" => Ok(&mut config.contexts),
        "users" => Ok(&mut config.users),
        other => Err(Failure::Message(format!("unable to locate path {other:?}"))),
    }
}

/// The name of an entry may have dots itself: the longest known one counts.
fn split_entry<'p>(known: &Entries, rest: &'p str) -> (&'p str, Vec<&'p str>) {
    let ends = rest.match_indices('.').map(|(at, _)| at).chain([rest.len()]);
    let mut names = ends.filter_map(|at| rest.split_at_checked(at));
    let longest = names.rfind(|(name, _)| known.contains_key(*name));
    let (name, below) = longest.unwrap_or_else(|| {
        let at = rest.find('.').unwrap_or(rest.len());
        rest.split_at_checked(at).unwrap_or((rest, ""))
    });
    let below = below.split('.').filter(|part| !part.is_empty());
    (name, below.collect())
}

fn set(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let [path, value] = parsed.args.as_slice() else {
        let words = parsed.args.join(" ");
        return Err(Failure::usage(
            "kubectl config set",
            &format!("Unexpected args: [{words}]"),
        ));
    };
    let config = &mut cx.env.kubeconfig;
    match path.split_once('.') {
        None if path == "current-context" => config.current.clone_from(value),
        None => {
            return Err(Failure::Message(format!(
                "unable to parse {path:?}: need at least one field"
            )));
        }
        Some(("preferences", _)) => {}
        Some((head, rest)) => {
            let entries = entries(config, head)?;
            let (name, below) = split_entry(entries, rest);
            if below.is_empty() {
                return Err("unable to set a map entry: need a field of it".into());
            }
            let value = match value.as_str() {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                text => json!(text),
            };
            let entry = entries.entry(name.to_owned()).or_insert_with(|| json!({}));
            put(entry, &below, value);
        }
    }
    cx.save_config()?;
    cx.say(&format!("Property {path:?} set."));
    Ok(Flow::Done(0))
}

fn unset(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let [path] = parsed.args.as_slice() else {
        let words = parsed.args.join(" ");
        return Err(Failure::usage(
            "kubectl config unset",
            &format!("Unexpected args: [{words}]"),
        ));
    };
    let config = &mut cx.env.kubeconfig;
    match path.split_once('.') {
        None if path == "current-context" => config.current.clear(),
        None => entries(config, path)?.clear(),
        Some(("preferences", _)) => {}
        Some((head, rest)) => {
            let entries = entries(config, head)?;
            let (name, below) = split_entry(entries, rest);
            match below.split_last() {
                None => {
                    if entries.remove(name).is_none() {
                        return Err(Failure::Message(format!("current map key `{name}` is invalid")));
                    }
                }
                Some((last, above)) => {
                    if let Some(entry) = entries.get_mut(name) {
                        map_mut(entry, above).remove(*last);
                    }
                }
            }
        }
    }
    cx.save_config()?;
    cx.say(&format!("Property {path:?} unset."));
    Ok(Flow::Done(0))
}
