//! `kubectl config`: which context is current, and its namespace.

use serde_json::json;

use super::command::Command;
use super::context::Cx;
use super::failure::Failure;
use super::flags::{Flag, Parsed};
use super::kubeconfig::Context;
use super::machine::Flow;
use super::output::tabwriter::{TABLE, aligned};
use crate::kubectl::value::put;
use crate::manifest::print::{to_json, to_yaml};

/// The group of commands.
pub(crate) const COMMAND: Command = Command {
    commands: &[CURRENT, DELETE, GET, GET_CLUSTERS, SET, USE, VIEW],
    ..Command::named("config", "Modify kubeconfig files")
};

const CURRENT: Command = Command {
    run: Some(current),
    ..Command::named("current-context", "Display the current-context")
};

const DELETE: Command = Command {
    usage: "NAME",
    run: Some(delete),
    ..Command::named(
        "delete-context",
        "Delete the specified context from the kubeconfig",
    )
};

const GET: Command = Command {
    usage: "[(-o|--output=)name)]",
    flags: &[GET_FLAGS],
    run: Some(get),
    ..Command::named("get-contexts", "Describe one or many contexts")
};

const GET_CLUSTERS: Command = Command {
    run: Some(get_clusters),
    ..Command::named("get-clusters", "Display clusters defined in the kubeconfig")
};

const SET: Command = Command {
    usage: "[NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace]",
    flags: &[SET_FLAGS],
    run: Some(set),
    ..Command::named("set-context", "Set a context entry in kubeconfig")
};

const USE: Command = Command {
    aliases: &["use"],
    usage: "CONTEXT_NAME",
    run: Some(use_context),
    ..Command::named("use-context", "Set the current-context in a kubeconfig file")
};

const VIEW: Command = Command {
    flags: &[VIEW_FLAGS],
    run: Some(view),
    ..Command::named(
        "view",
        "Display merged kubeconfig settings or a specified kubeconfig file",
    )
};

const GET_FLAGS: &[Flag] = &[
    Flag::off(
        "no-headers",
        "When using the default or custom-column output format, don't print headers (default print headers).",
    ),
    Flag::text("output", "", "Output format. One of: (name).").short('o'),
];

const SET_FLAGS: &[Flag] = &[Flag::off("current", "Modify the current context")];

const VIEW_FLAGS: &[Flag] = &[
    Flag::off(
        "flatten",
        "Flatten the resulting kubeconfig file into self-contained output (useful for creating portable kubeconfig files)",
    ),
    Flag::switch("merge", "true", "Merge the full hierarchy of kubeconfig files"),
    Flag::off(
        "minify",
        "Remove all information not used by current-context from the output",
    ),
    Flag::text("output", "yaml", "Output format.").short('o'),
    Flag::off("raw", "Display raw byte data and sensitive data"),
];

fn current(cx: &mut Cx<'_>, _parsed: &Parsed) -> Result<Flow, Failure> {
    let current = cx.env.kubeconfig.current.clone();
    if current.is_empty() {
        return Err("current-context is not set".into());
    }
    cx.say(&current);
    Ok(Flow::Done(0))
}

fn get(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let names = &parsed.args;
    let config = cx.env.kubeconfig.clone();
    let mut out = String::new();
    let name_only = parsed.text("output") == "name";
    if !name_only && !parsed.on("no-headers") {
        out.push_str("CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n");
    }
    let unknown = names
        .iter()
        .find(|name| !config.contexts.iter().any(|known| known.name == **name));
    if let Some(name) = unknown {
        return Err(Failure::Message(format!("context {name} not found")));
    }
    for context in config
        .contexts
        .iter()
        .filter(|known| names.is_empty() || names.contains(&known.name))
    {
        if name_only {
            out.push_str(&format!("{}\n", context.name));
            continue;
        }
        let mark = if context.name == config.current { "*" } else { "" };
        let Context {
            name,
            cluster,
            user,
            namespace,
        } = context;
        out.push_str(&format!("{mark}\t{name}\t{cluster}\t{user}\t{namespace}\n"));
    }
    cx.io.stdout(&aligned(&out, TABLE));
    Ok(Flow::Done(0))
}

#[expect(clippy::unnecessary_wraps, reason = "commands have one signature")]
fn get_clusters(cx: &mut Cx<'_>, _parsed: &Parsed) -> Result<Flow, Failure> {
    cx.say("NAME");
    let mut names: Vec<String> = cx
        .env
        .kubeconfig
        .contexts
        .iter()
        .map(|context| context.cluster.clone())
        .collect();
    crate::sort::sort(&mut names);
    names.dedup();
    for name in names {
        cx.say(&name);
    }
    Ok(Flow::Done(0))
}

fn set(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let name = match (parsed.args.as_slice(), parsed.on("current")) {
        ([], true) => cx.env.kubeconfig.current.clone(),
        ([name], false) => name.clone(),
        ([_], true) => return Err("you cannot specify both a context name and --current".into()),
        ([], false) => return Err("you must specify a non-empty context name or --current".into()),
        _ => {
            let words = parsed.args.join(" ");
            return Err(Failure::usage(
                "kubectl config set-context",
                &format!("Unexpected args: [{words}]"),
            ));
        }
    };
    if name.is_empty() {
        return Err("no current context is set".into());
    }
    let contexts = &mut cx.env.kubeconfig.contexts;
    let known = contexts.iter().any(|context| context.name == name);
    if !known {
        contexts.push(Context {
            name: name.clone(),
            cluster: String::new(),
            user: String::new(),
            namespace: String::new(),
        });
    }
    for context in contexts.iter_mut().filter(|context| context.name == name) {
        for (flag, field) in [
            ("cluster", &mut context.cluster),
            ("user", &mut context.user),
            ("namespace", &mut context.namespace),
        ] {
            if parsed.given(flag) {
                parsed.text(flag).clone_into(field);
            }
        }
    }
    cx.io.save_kubeconfig(&cx.env.kubeconfig);
    let done = if known { "modified" } else { "created" };
    cx.say(&format!("Context {name:?} {done}."));
    Ok(Flow::Done(0))
}

fn use_context(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let [name] = parsed.args.as_slice() else {
        return Err(Failure::usage(
            "kubectl config use-context",
            &format!("Unexpected args: [{}]", parsed.args.join(" ")),
        ));
    };
    if !cx
        .env
        .kubeconfig
        .contexts
        .iter()
        .any(|context| context.name == *name)
    {
        return Err(Failure::Message(format!(
            "no context exists with the name: {name:?}"
        )));
    }
    cx.env.kubeconfig.current.clone_from(name);
    cx.io.save_kubeconfig(&cx.env.kubeconfig);
    cx.say(&format!("Switched to context {name:?}."));
    Ok(Flow::Done(0))
}

fn delete(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let [name] = parsed.args.as_slice() else {
        return Err(Failure::usage(
            "kubectl config delete-context",
            "exactly one NAME is required",
        ));
    };
    let config = &mut cx.env.kubeconfig;
    if !config.contexts.iter().any(|context| context.name == *name) {
        return Err(Failure::Message(format!(
            "cannot delete context {name}, not in {}/.kube/config",
            cx.env.home
        )));
    }
    if config.current == *name {
        cx.io.stderr("warning: this removed your active context, use \"kubectl config use-context\" to select a different one\n");
    }
    config.contexts.retain(|context| context.name != *name);
    cx.io.save_kubeconfig(&cx.env.kubeconfig);
    cx.say(&format!(
        "deleted context {name} from {}/.kube/config",
        cx.env.home
    ));
    Ok(Flow::Done(0))
}

#[expect(clippy::unnecessary_wraps, reason = "commands have one signature")]
fn view(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let config = &cx.env.kubeconfig;
    let chosen: Vec<&Context> = config
        .contexts
        .iter()
        .filter(|context| !parsed.on("minify") || context.name == config.current)
        .collect();
    let contexts: Vec<_> = chosen
        .iter()
        .map(|context| {
            let mut fields = json!({"cluster": context.cluster, "user": context.user});
            if !context.namespace.is_empty() {
                put(&mut fields, &["namespace"], json!(context.namespace));
            }
            json!({"context": fields, "name": context.name})
        })
        .collect();
    let names = |field: fn(&Context) -> &str| {
        let mut names: Vec<&str> = chosen
            .iter()
            .map(|context| field(context))
            .filter(|name| !name.is_empty())
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    let clusters: Vec<_> = names(|context| &context.cluster)
        .into_iter()
        .map(|name| {
            let cluster = json!({"certificate-authority-data": "DATA+OMITTED", "server": config.server});
            json!({"cluster": cluster, "name": name})
        })
        .collect();
    let users: Vec<_> = names(|context| &context.user)
        .into_iter()
        .map(|name| {
            let user = json!({"client-certificate-data": "DATA+OMITTED", "client-key-data": "DATA+OMITTED"});
            json!({"name": name, "user": user})
        })
        .collect();
    let value = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": config.current,
        "contexts": contexts, "clusters": clusters, "users": users,
    });
    let text = if parsed.text("output") == "json" {
        to_json(&value) + "\n"
    } else {
        to_yaml(&value)
    };
    cx.io.stdout(&text);
    Ok(Flow::Done(0))
}
