//! `current-context`, `get-contexts`, `rename-context`, `set-context`, `use-context`.

use serde_json::json;

use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Parsed};
use crate::kubectl::machine::Flow;
use crate::kubectl::output::tabwriter::{TABLE, aligned};
use crate::kubectl::value::{put, text};

/// `current-context`
pub(super) const CURRENT: Command = Command {
    run: Some(current),
    ..Command::named("current-context", "Display the current-context")
};

/// `get-contexts`
pub(super) const GET: Command = Command {
    usage: "[(-o|--output=)name)]",
    flags: &[GET_FLAGS],
    run: Some(get),
    ..Command::named("get-contexts", "Describe one or many contexts")
};

/// `rename-context`
pub(super) const RENAME: Command = Command {
    usage: "CONTEXT_NAME NEW_NAME",
    run: Some(rename),
    ..Command::named("rename-context", "Rename a context from the kubeconfig file")
};

/// `set-context`
pub(super) const SET: Command = Command {
    usage: "[NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace]",
    flags: &[SET_FLAGS],
    run: Some(set),
    ..Command::named("set-context", "Set a context entry in kubeconfig")
};

/// `use-context`
pub(super) const USE: Command = Command {
    aliases: &["use"],
    usage: "CONTEXT_NAME",
    run: Some(use_context),
    ..Command::named("use-context", "Set the current-context in a kubeconfig file")
};

const GET_FLAGS: &[Flag] = &[
    Flag::off(
        "no-headers",
        "When using the default or custom-column output format, don't print headers (default print headers).",
    ),
    Flag::text("output", "", "Output format. One of: (name).").short('o'),
];

const SET_FLAGS: &[Flag] = &[Flag::off("current", "Modify the current context")];

fn current(cx: &mut Cx<'_>, _parsed: &Parsed) -> Result<Flow, Failure> {
    let current = cx.env.kubeconfig.current.clone();
    if current.is_empty() {
        return Err("current-context is not set".into());
    }
    cx.say(&current);
    Ok(Flow::Done(0))
}

fn get(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let config = &cx.env.kubeconfig;
    let name_only = match parsed.text("output") {
        "" => false,
        "name" => true,
        other => {
            return Err(Failure::Message(format!(
                "output must be one of '' or 'name': {other}"
            )));
        }
    };
    let mut out = String::new();
    if !name_only && !parsed.on("no-headers") {
        out.push_str("CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n");
    }
    let asked = &parsed.args;
    for (name, context) in &config.contexts {
        if !asked.is_empty() && !asked.contains(name) {
            continue;
        }
        if name_only {
            out.push_str(&format!("{name}\n"));
            continue;
        }
        let mark = if *name == config.current { "*" } else { "" };
        let [cluster, user, namespace] =
            ["/cluster", "/user", "/namespace"].map(|field| text(context, field));
        out.push_str(&format!("{mark}\t{name}\t{cluster}\t{user}\t{namespace}\n"));
    }
    let unknown = asked.iter().filter(|name| !config.contexts.contains_key(*name));
    let failures = unknown
        .map(|name| Failure::Message(format!("context {name} not found")))
        .collect();
    cx.io.stdout(&aligned(&out, TABLE));
    match Failure::all(failures) {
        Some(failure) => Err(failure),
        None => Ok(Flow::Done(0)),
    }
}

fn unexpected(command: &str, parsed: &Parsed) -> Failure {
    let words = parsed.args.join(" ");
    Failure::usage(
        &format!("kubectl config {command}"),
        &format!("Unexpected args: [{words}]"),
    )
}

fn set(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let name = match (parsed.args.as_slice(), parsed.on("current")) {
        ([], true) => cx.env.kubeconfig.current.clone(),
        ([name], false) => name.clone(),
        ([_], true) => return Err("you cannot specify both a context name and --current".into()),
        ([], false) => return Err("you must specify a non-empty context name or --current".into()),
        _ => return Err(unexpected("set-context", parsed)),
    };
    if name.is_empty() {
        return Err("no current context is set".into());
    }
    let known = cx.env.kubeconfig.contexts.contains_key(&name);
    let context = cx
        .env
        .kubeconfig
        .contexts
        .entry(name.clone())
        .or_insert_with(|| json!({"cluster": "", "user": ""}));
    for flag in ["cluster", "user", "namespace"] {
        if parsed.given(flag) {
            put(context, &[flag], parsed.text(flag));
        }
    }
    cx.save_config()?;
    let done = if known { "modified" } else { "created" };
    cx.say(&format!("Context {name:?} {done}."));
    Ok(Flow::Done(0))
}

fn use_context(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let [name] = parsed.args.as_slice() else {
        return Err(unexpected("use-context", parsed));
    };
    if !cx.env.kubeconfig.contexts.contains_key(name) {
        return Err(Failure::Message(format!(
            "no context exists with the name: {name:?}"
        )));
    }
    cx.env.kubeconfig.current.clone_from(name);
    cx.save_config()?;
    cx.say(&format!("Switched to context {name:?}."));
    Ok(Flow::Done(0))
}

fn rename(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let [old, new] = parsed.args.as_slice() else {
        return Err(unexpected("rename-context", parsed));
    };
    let path = cx.config_path();
    let config = &mut cx.env.kubeconfig;
    if config.contexts.contains_key(new) {
        return Err(Failure::Message(format!(
            "cannot rename the context {old:?}, the context {new:?} already exists in {path}"
        )));
    }
    let Some(context) = config.contexts.remove(old) else {
        return Err(Failure::Message(format!(
            "cannot rename the context {old:?}, it's not in {path}"
        )));
    };
    config.contexts.insert(new.clone(), context);
    if config.current == *old {
        config.current.clone_from(new);
    }
    cx.save_config()?;
    cx.say(&format!("Context {old:?} renamed to {new:?}."));
    Ok(Flow::Done(0))
}
