//! `kubectl create secret`

use std::collections::BTreeMap;

use serde_json::json;

use super::{data, finish, name};
use crate::api::base64;
use crate::apiserver::validation::pem;
use crate::kubectl::command::Command;
use crate::kubectl::common::{DRY_RUN, FIELD_MANAGER, PRINT, SAVE_CONFIG, VALIDATE};
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Parsed};
use crate::kubectl::machine::Flow;
use crate::kubectl::resources::said;
use crate::kubectl::value::put;
use crate::manifest::print::write_json_string;

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
    Flag::list(
        "from-file",
        "Key files can be specified using their file path, in which case a default name will be given to them.",
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
    usage: "NAME --docker-username=user --docker-password=password --docker-email=email [--docker-server=string] [--from-file=[key=]source] [--dry-run=server|client|none]",
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
    let server = parsed.text("docker-server");
    let from_files = !parsed.list("from-file").is_empty();
    if !from_files && (user.is_empty() || password.is_empty() || server.is_empty()) {
        return Err("either --from-file or the combination of --docker-username, --docker-password and --docker-server is required".into());
    }
    let pairs = if from_files {
        data::pairs(cx, parsed, "Secret")?
    } else {
        let config = docker_config(server, user, password, parsed.text("docker-email"));
        BTreeMap::from([(".dockerconfigjson".to_owned(), config)])
    };
    finish_secret(cx, parsed, name, "kubernetes.io/dockerconfigjson", pairs)
}

/// The JSON of `~/.docker/config.json`, in the order of Go's fields.
fn docker_config(server: &str, user: &str, password: &str, email: &str) -> String {
    let auth = base64::encode(format!("{user}:{password}").as_bytes());
    let mut out = String::from("{\"auths\":{");
    write_json_string(&mut out, server);
    let mut sign = ":{";
    for (key, value) in [
        ("username", user),
        ("password", password),
        ("email", email),
        ("auth", &auth),
    ] {
        if !value.is_empty() {
            out.push_str(sign);
            write_json_string(&mut out, key);
            out.push(':');
            write_json_string(&mut out, value);
            sign = ",";
        }
    }
    out.push_str("}}}");
    out
}

fn tls(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let name = name(parsed, "kubectl create secret tls")?;
    let (certificate, key) = (parsed.text("cert"), parsed.text("key"));
    if certificate.is_empty() || key.is_empty() {
        return Err("key and cert must be specified".into());
    }
    let read = |path: &str| {
        let cannot =
            |error| Failure::Message(format!("Cannot read file {path}, open {path}: {}", said(&error)));
        cx.io.read_file(path).map_err(cannot)
    };
    let (certificate, key) = (read(certificate)?, read(key)?);
    pem::key_pair(certificate.as_bytes(), key.as_bytes()).map_err(Failure::Message)?;
    let pairs = BTreeMap::from([("tls.crt".to_owned(), certificate), ("tls.key".to_owned(), key)]);
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
    super::append_hash(parsed, &mut object);
    finish(cx, parsed, object)
}
