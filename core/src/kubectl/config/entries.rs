//! `get-clusters`, `get-users`, `set-cluster`, `set-credentials`, `delete-cluster`, `delete-context`, `delete-user`.

use serde_json::{Value, json};

use crate::api::base64;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Parsed};
use crate::kubectl::kubeconfig::{Entries, Kubeconfig};
use crate::kubectl::machine::Flow;
use crate::kubectl::value::{map_mut, put};

/// `get-clusters`
pub(super) const GET_CLUSTERS: Command = Command {
    run: Some(|cx, _| list(cx, |config| &config.clusters)),
    ..Command::named("get-clusters", "Display clusters defined in the kubeconfig")
};

/// `get-users`
pub(super) const GET_USERS: Command = Command {
    run: Some(|cx, _| list(cx, |config| &config.users)),
    ..Command::named("get-users", "Display users defined in the kubeconfig")
};

/// `delete-cluster`
pub(super) const DELETE_CLUSTER: Command = Command {
    usage: "NAME",
    run: Some(|cx, parsed| delete(cx, parsed, "cluster", |config| &mut config.clusters)),
    ..Command::named(
        "delete-cluster",
        "Delete the specified cluster from the kubeconfig",
    )
};

/// `delete-context`
pub(super) const DELETE_CONTEXT: Command = Command {
    usage: "NAME",
    run: Some(|cx, parsed| delete(cx, parsed, "context", |config| &mut config.contexts)),
    ..Command::named(
        "delete-context",
        "Delete the specified context from the kubeconfig",
    )
};

/// `delete-user`
pub(super) const DELETE_USER: Command = Command {
    usage: "NAME",
    run: Some(|cx, parsed| delete(cx, parsed, "user", |config| &mut config.users)),
    ..Command::named("delete-user", "Delete the specified user from the kubeconfig")
};

const EMBED: &[Flag] = &[Flag::off(
    "embed-certs",
    "Embed the certificates in kubeconfig instead of naming their files.",
)];

/// `set-cluster`
pub(super) const SET_CLUSTER: Command = Command {
    usage: "NAME [--server=server] [--certificate-authority=path/to/certificate/authority] [--insecure-skip-tls-verify=true] [--tls-server-name=example.com]",
    flags: &[
        EMBED,
        &[Flag::text(
            "proxy-url",
            "",
            "proxy-url for the cluster entry in kubeconfig",
        )],
    ],
    run: Some(set_cluster),
    ..Command::named("set-cluster", "Set a cluster entry in kubeconfig")
};

/// `set-credentials`
pub(super) const SET_CREDENTIALS: Command = Command {
    usage: "NAME [--client-certificate=path/to/certfile] [--client-key=path/to/keyfile] [--token=bearer_token] [--username=basic_user] [--password=basic_password]",
    flags: &[EMBED],
    run: Some(set_credentials),
    ..Command::named("set-credentials", "Set a user entry in kubeconfig")
};

#[expect(clippy::unnecessary_wraps, reason = "commands have one signature")]
fn list(cx: &mut Cx<'_>, entries: fn(&Kubeconfig) -> &Entries) -> Result<Flow, Failure> {
    let names: String = entries(&cx.env.kubeconfig)
        .keys()
        .map(|name| format!("{name}\n"))
        .collect();
    cx.io.stdout(&format!("NAME\n{names}"));
    Ok(Flow::Done(0))
}

fn delete(
    cx: &mut Cx<'_>,
    parsed: &Parsed,
    what: &str,
    entries: fn(&mut Kubeconfig) -> &mut Entries,
) -> Result<Flow, Failure> {
    let [name] = parsed.args.as_slice() else {
        let command = format!("kubectl config delete-{what}");
        return Err(Failure::usage(&command, &format!("{what} name is required")));
    };
    let path = cx.config_path();
    if entries(&mut cx.env.kubeconfig).remove(name).is_none() {
        let message = format!("cannot delete {what} {name}, not in {path}");
        return Err(Failure::Message(message));
    }
    if what == "context" && cx.env.kubeconfig.current == *name {
        cx.warn("warning: this removed your active context, use \"kubectl config use-context\" to select a different one");
    }
    cx.save_config()?;
    cx.say(&format!("deleted {what} {name} from {path}"));
    Ok(Flow::Done(0))
}

fn name<'p>(parsed: &'p Parsed, command: &str) -> Result<&'p str, Failure> {
    match parsed.args.as_slice() {
        [name] => Ok(name),
        words => Err(Failure::usage(
            &format!("kubectl config {command}"),
            &format!("Unexpected args: [{}]", words.join(" ")),
        )),
    }
}

/// A file's place in an entry: its path, or its contents.
fn file(cx: &mut Cx<'_>, parsed: &Parsed, entry: &mut Value, flag: &str) -> Result<(), Failure> {
    let path = parsed.text(flag);
    let data = format!("{flag}-data");
    if path.is_empty() {
        return Ok(());
    }
    if parsed.on("embed-certs") {
        let read = cx.io.read_file(path);
        let contents = read.map_err(|_| {
            format!("could not stat {flag} file {path}: stat {path}: no such file or directory")
        })?;
        put(entry, &[&data], base64::encode(contents.as_bytes()));
        map_mut(entry, &[]).remove(flag);
    } else {
        put(entry, &[flag], path);
        map_mut(entry, &[]).remove(&data);
    }
    Ok(())
}

fn set_cluster(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let name = name(parsed, "set-cluster")?;
    let authority = !parsed.text("certificate-authority").is_empty();
    if authority && parsed.on("insecure-skip-tls-verify") {
        return Err("you cannot specify a certificate authority and insecure mode at the same time".into());
    }
    if parsed.on("embed-certs") && !authority {
        return Err("you must specify a --certificate-authority to embed".into());
    }
    let known = cx.env.kubeconfig.clusters.get(name).cloned();
    let mut entry = known.unwrap_or_else(|| json!({"server": ""}));
    for flag in ["server", "tls-server-name", "proxy-url"] {
        if parsed.given(flag) {
            put(&mut entry, &[flag], parsed.text(flag));
        }
    }
    if parsed.given("insecure-skip-tls-verify") {
        put(
            &mut entry,
            &["insecure-skip-tls-verify"],
            parsed.on("insecure-skip-tls-verify"),
        );
    }
    file(cx, parsed, &mut entry, "certificate-authority")?;
    cx.env.kubeconfig.clusters.insert(name.to_owned(), entry);
    cx.save_config()?;
    cx.say(&format!("Cluster {name:?} set."));
    Ok(Flow::Done(0))
}

fn set_credentials(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let name = name(parsed, "set-credentials")?;
    let filled = |flag: &str| !parsed.text(flag).is_empty();
    if filled("token") && (filled("username") || filled("password")) {
        return Err("you cannot specify more than one authentication method at the same time: --token or --username/--password".into());
    }
    if parsed.on("embed-certs") && !filled("client-certificate") && !filled("client-key") {
        return Err("you must specify a --client-certificate or --client-key to embed".into());
    }
    let mut entry = cx
        .env
        .kubeconfig
        .users
        .get(name)
        .cloned()
        .unwrap_or_else(|| json!({}));
    if filled("token") {
        for other in ["username", "password"] {
            map_mut(&mut entry, &[]).remove(other);
        }
    } else if filled("username") || filled("password") {
        map_mut(&mut entry, &[]).remove("token");
    }
    for flag in ["token", "username", "password"] {
        if parsed.given(flag) {
            put(&mut entry, &[flag], parsed.text(flag));
        }
    }
    file(cx, parsed, &mut entry, "client-certificate")?;
    file(cx, parsed, &mut entry, "client-key")?;
    cx.env.kubeconfig.users.insert(name.to_owned(), entry);
    cx.save_config()?;
    cx.say(&format!("User {name:?} set."));
    Ok(Flow::Done(0))
}
