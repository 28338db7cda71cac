//! `kubectl set env`

use serde_json::{Value, json};

use super::{change, containers, split};
use crate::api::Kind;
use crate::kubectl::command::Command;
use crate::kubectl::common::{ALL, DRY_RUN, FIELD_MANAGER, FILENAME, LOCAL, PRINT, RECORD, SELECTOR};
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Parsed};
use crate::kubectl::machine::Flow;
use crate::kubectl::resources::{Pick, kind_named};
use crate::kubectl::value::{map, put, text};

const FLAGS: &[Flag] = &[
    Flag::text(
        "containers",
        "*",
        "The names of containers in the selected pod templates to change - may use wildcards",
    )
    .short('c'),
    Flag::array(
        "env",
        "Specify a key-value pair for an environment variable to set into each container.",
    )
    .short('e'),
    Flag::text(
        "from",
        "",
        "The name of a resource from which to inject environment variables",
    ),
    Flag::list(
        "keys",
        "Comma-separated list of keys to import from specified resource",
    ),
    Flag::off(
        "list",
        "If true, display the environment and any changes in the standard format.",
    ),
    Flag::switch(
        "overwrite",
        "true",
        "If true, allow environment to be overwritten, otherwise reject updates that overwrite existing environment.",
    ),
    Flag::text("prefix", "", "Prefix to append to variable names"),
    Flag::off(
        "resolve",
        "If true, show secret or configmap references when listing variables",
    ),
];

/// The command.
pub(super) const COMMAND: Command = Command {
    usage: "RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N",
    flags: &[
        FLAGS,
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
    ..Command::named("env", "Update environment variables on a pod template")
};

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let (resources, mut pairs) = split(parsed, "environment variable")?;
    if resources.is_empty() && crate::kubectl::common::files(parsed).is_empty() {
        return Err(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>".into(),
        );
    }
    if parsed.on("list") && !parsed.text("output").is_empty() {
        return Err("--list and --output may not be specified together".into());
    }
    if !parsed.list("keys").is_empty() && parsed.text("from").is_empty() {
        return Err("when specifying --keys, a configmap or secret must be provided with --from".into());
    }
    pairs.extend(parsed.list("env").iter().cloned());
    let (mut added, mut removed) = (Vec::new(), Vec::new());
    for pair in &pairs {
        match (pair.split_once('='), pair.strip_suffix('-')) {
            (Some((name, value)), _) => added.push(json!({"name": name, "value": value})),
            (None, Some(name)) => removed.push(name.to_owned()),
            (None, None) => return Err(Failure::Message(format!("unknown argument: {pair}"))),
        }
    }
    added.extend(from(cx, parsed)?);
    for variable in &mut added {
        let name = format!("{}{}", parsed.text("prefix"), text(variable, "/name"));
        put(variable, &["name"], json!(name));
    }
    if parsed.on("list") {
        list(cx, parsed, &resources, &added, &removed)?;
        return Ok(Flow::Done(0));
    }
    if added.is_empty() && removed.is_empty() {
        return Err("at least one environment variable must be provided".into());
    }
    let words = ("env updated", "failed to patch env update to pod template:");
    change(cx, parsed, &resources, words, |cx, info, spec| {
        let pattern = parsed.text("containers");
        let chosen = containers(spec, pattern);
        if chosen.is_empty() {
            cx.io.stderr(&format!(
                "Warning: {}/{} does not have any containers matching {pattern:?}\n",
                info.kind.name(),
                info.name
            ));
        }
        for container in chosen {
            let before = container
                .get("env")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            if !parsed.on("overwrite") {
                refuse(&before, &added).map_err(|why| {
                    let name = crate::kubectl::value::full_name(&info.object);
                    vec![Failure::Message(format!("error: {name} {why}\n"))]
                })?;
            }
            let after = updated(&before, &added, &removed);
            if let Some(container) = container.as_object_mut() {
                if after.is_empty() {
                    container.remove("env");
                } else {
                    container.insert("env".to_owned(), Value::Array(after));
                }
            }
        }
        Ok(())
    })?;
    Ok(Flow::Done(0))
}

/// The variables with some set and some taken away; those that were there keep their places.
fn updated(before: &[Value], added: &[Value], removed: &[String]) -> Vec<Value> {
    let mut out: Vec<Value> = Vec::new();
    let named = |list: &[Value], name: &str| {
        list.iter()
            .rev()
            .find(|variable| text(variable, "/name") == name)
            .cloned()
    };
    for variable in before.iter().chain(added) {
        let name = text(variable, "/name");
        let known = named(&out, name).is_some();
        if removed.iter().any(|removed| removed == name) || known && named(added, name).is_some() {
            continue;
        }
        out.push(named(added, name).unwrap_or_else(|| variable.clone()));
    }
    out
}

fn refuse(before: &[Value], added: &[Value]) -> Result<(), String> {
    for variable in added {
        let name = text(variable, "/name");
        let there = before.iter().find(|known| text(known, "/name") == name);
        if let Some(there) = there {
            return Err(format!(
                "'{name}' already has a value ({}), and --overwrite is false",
                text(there, "/value")
            ));
        }
    }
    Ok(())
}

/// The variables of a ConfigMap or Secret.
fn from(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Vec<Value>, Failure> {
    let source = parsed.text("from");
    if source.is_empty() {
        return Ok(Vec::new());
    }
    let (word, name) = source
        .split_once('/')
        .ok_or("resource(s) were provided, but no name was specified")?;
    if kind_named(word)? != Kind::ConfigMap {
        return Err("unsupported resource specified in --from".into());
    }
    let namespace = cx.namespace.clone();
    let object = cx.get(Kind::ConfigMap, &namespace, name)?;
    let keys = parsed.list("keys");
    Ok(map(&object, "/data")
        .into_iter()
        .flatten()
        .filter(|(key, _)| keys.is_empty() || keys.contains(key))
        .map(|(key, _)| {
            let variable = key.to_uppercase().replace(['-', '.'], "_");
            json!({"name": variable, "valueFrom": {"configMapKeyRef": {"name": name, "key": key}}})
        })
        .collect())
}

fn list(
    cx: &mut Cx<'_>,
    parsed: &Parsed,
    resources: &[String],
    added: &[Value],
    removed: &[String],
) -> Result<(), Failure> {
    let pick = Pick {
        fetch: true,
        types_alone: parsed.on("all"),
    };
    for mut info in cx.pick(parsed, resources, pick)?.all()? {
        let heading = format!("# {} {}, container", info.kind.name(), info.name);
        let Some(spec) = super::pod_spec(&mut info.object) else {
            continue;
        };
        for container in containers(spec, parsed.text("containers")) {
            cx.say(&format!("{heading} {}", text(container, "/name")));
            let before = container
                .get("env")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            for variable in updated(&before, added, removed) {
                let name = text(&variable, "/name");
                let line = match variable.get("valueFrom") {
                    None => format!("{name}={}", text(&variable, "/value")),
                    Some(source) => format!("# {name} from {}", reference(source)),
                };
                cx.say(&line);
            }
        }
    }
    Ok(())
}

/// Where a value comes from, in words.
fn reference(source: &Value) -> String {
    for (field, words) in [("configMapKeyRef", "configmap"), ("secretKeyRef", "secret")] {
        if let Some(found) = source.get(field) {
            return format!("{words} {}, key {}", text(found, "/name"), text(found, "/key"));
        }
    }
    if let Some(found) = source.get("fieldRef") {
        return format!("field path {}", text(found, "/fieldPath"));
    }
    match source.get("resourceFieldRef") {
        Some(found) => {
            let container = match text(found, "/containerName") {
                "" => String::new(),
                name => format!("{name}/"),
            };
            format!("resource field {container}{}", text(found, "/resource"))
        }
        None => "invalid valueFrom".to_owned(),
    }
}
