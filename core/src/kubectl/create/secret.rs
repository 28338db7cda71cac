//! `kubectl create secret`

use std::collections::BTreeMap;

use serde_json::json;

use super::{data, finish, name};
use crate::kubectl::base64;
use crate::kubectl::command::Command;
use crate::kubectl::common::{DRY_RUN, FIELD_MANAGER, PRINT, SAVE_CONFIG, VALIDATE};
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Parsed};
use crate::kubectl::machine::Flow;
use crate::kubectl::value::put;

/// The group of commands.
pub(crate) const COMMAND: Command = Command {
    commands: &[DOCKER, GENERIC, TLS],
    ..Command::named("secret", "Create a secret using a specified subcommand")
};

const GENERIC_FLAGS: &[Flag] = &[
    Flag::off("append-hash", "Append a hash of the secret to its name."),
    Flag::list(
        "from-env-file",
        "Specify the path to a file to read lines of key=val pairs to create a secret.",
    ),
    Flag::list(
        "from-file",
        "Key files can be specified using their file path, in which case a default name will be given to them.",
    ),
    Flag::array(
        "from-literal",
        "Specify a key and literal value to insert in secret (i.e. mykey=somevalue)",
    ),
    Flag::text("type", "", "The type of secret to create"),
];

const DOCKER_FLAGS: &[Flag] = &[
    Flag::text("docker-email", "", "Email for Docker registry"),
    Flag::text(
        "docker-password",
        "",
        "Password for Docker registry authentication",
    ),
    Flag::text(
        "docker-server",
        "https://index.docker.io/v1/",
        "Server location for Docker registry",
    ),
    Flag::text(
        "docker-username",
        "",
        "Username for Docker registry authentication",
    ),
];

const TLS_FLAGS: &[Flag] = &[
    Flag::text("cert", "", "Path to PEM encoded public key certificate."),
    Flag::text(
        "key",
        "",
        "Path to private key associated with given certificate.",
    ),
];

const GENERIC: Command = Command {
    usage: "NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]",
    flags: &[
        GENERIC_FLAGS,
        PRINT,
        DRY_RUN,
        FIELD_MANAGER,
        VALIDATE,
        SAVE_CONFIG,
    ],
    run: Some(generic),
    ..Command::named(
        "generic",
        "Create a secret from a local file, directory, or literal value",
    )
};

const DOCKER: Command = Command {
    usage: "NAME --docker-username=user --docker-password=password --docker-email=email [--docker-server=string] [--dry-run=server|client|none]",
    flags: &[DOCKER_FLAGS, PRINT, DRY_RUN, FIELD_MANAGER, VALIDATE, SAVE_CONFIG],
    run: Some(docker),
    ..Command::named(
        "docker-registry",
        "Create a secret for use with a Docker registry",
    )
};

const TLS: Command = Command {
    usage: "NAME --cert=path/to/cert/file --key=path/to/key/file [--dry-run=server|client|none]",
    flags: &[TLS_FLAGS, PRINT, DRY_RUN, FIELD_MANAGER, VALIDATE, SAVE_CONFIG],
    required: &["cert", "key"],
    run: Some(tls),
    ..Command::named("tls", "Create a TLS secret")
};

fn generic(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let name = name(parsed, "kubectl create secret generic")?;
    let pairs = data::pairs(cx, parsed, "Secret")?;
    finish_secret(cx, parsed, name, parsed.text("type"), pairs)
}

fn docker(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let name = name(parsed, "kubectl create secret docker-registry")?;
    let (user, password) = (parsed.text("docker-username"), parsed.text("docker-password"));
    if user.is_empty() || password.is_empty() {
        return Err("either --from-file or the combination of --docker-username, --docker-password and --docker-server is required".into());
    }
    let mut account = json!({
        "username": user, "password": password,
        "auth": base64::encode(format!("{user}:{password}").as_bytes()),
    });
    if !parsed.text("docker-email").is_empty() {
        put(&mut account, &["email"], json!(parsed.text("docker-email")));
    }
    let mut auths = json!({});
    put(&mut auths, &[parsed.text("docker-server")], account);
    let config = crate::manifest::print::to_json_compact(&json!({"auths": auths}));
    let pairs = BTreeMap::from([(".dockerconfigjson".to_owned(), config)]);
    finish_secret(cx, parsed, name, "kubernetes.io/dockerconfigjson", pairs)
}

fn tls(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let name = name(parsed, "kubectl create secret tls")?;
    let mut pairs = BTreeMap::new();
    for (flag, key) in [("cert", "tls.crt"), ("key", "tls.key")] {
        pairs.insert(key.to_owned(), data::file(cx, parsed.text(flag))?);
    }
    finish_secret(cx, parsed, name, "kubernetes.io/tls", pairs)
}

fn finish_secret(
    cx: &mut Cx<'_>,
    parsed: &Parsed,
    name: &str,
    kind: &str,
    pairs: BTreeMap<String, String>,
) -> Result<Flow, Failure> {
    let mut object = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}});
    for (key, value) in pairs {
        put(
            &mut object,
            &["data", &key],
            json!(base64::encode(value.as_bytes())),
        );
    }
    if !kind.is_empty() {
        put(&mut object, &["type"], json!(kind));
    }
    finish(cx, parsed, object)
}
