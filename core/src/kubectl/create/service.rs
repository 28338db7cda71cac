//! `kubectl create service`

use serde_json::{Value, json};

use super::{finish, name};
use crate::kubectl::command::Command;
use crate::kubectl::common::{DRY_RUN, FIELD_MANAGER, PRINT, SAVE_CONFIG, VALIDATE};
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Parsed};
use crate::kubectl::machine::Flow;
use crate::kubectl::value::put;

/// The group of commands.
pub(crate) const COMMAND: Command = Command {
    aliases: &["svc"],
    commands: &[CLUSTER_IP, EXTERNAL_NAME, LOAD_BALANCER, NODE_PORT],
    ..Command::named("service", "Create a service using a specified subcommand")
};

const TCP: &[Flag] = &[Flag::list(
    "tcp",
    "Port pairs can be specified as '<port>:<targetPort>'.",
)];
const CLUSTER_IP_FLAGS: &[Flag] = &[Flag::text(
    "clusterip",
    "",
    "Assign your own ClusterIP or set to 'None' for a 'headless' service (no loadbalancing).",
)];
const NODE_PORT_FLAGS: &[Flag] = &[Flag::int(
    "node-port",
    "0",
    "Port used to expose the service on each node in a cluster.",
)];
const EXTERNAL_NAME_FLAGS: &[Flag] = &[Flag::text("external-name", "", "External name of service")];

const CLUSTER_IP: Command = Command {
    usage: "NAME [--tcp=<port>:<targetPort>] [--dry-run=server|client|none]",
    flags: &[
        TCP,
        CLUSTER_IP_FLAGS,
        PRINT,
        DRY_RUN,
        FIELD_MANAGER,
        VALIDATE,
        SAVE_CONFIG,
    ],
    run: Some(cluster_ip),
    ..Command::named("clusterip", "Create a ClusterIP service")
};

const EXTERNAL_NAME: Command = Command {
    usage: "NAME --external-name external.name [--dry-run=server|client|none]",
    flags: &[
        TCP,
        EXTERNAL_NAME_FLAGS,
        PRINT,
        DRY_RUN,
        FIELD_MANAGER,
        VALIDATE,
        SAVE_CONFIG,
    ],
    required: &["external-name"],
    run: Some(external_name),
    ..Command::named("externalname", "Create an ExternalName service")
};

const LOAD_BALANCER: Command = Command {
    usage: "NAME [--tcp=port:targetPort] [--dry-run=server|client|none]",
    flags: &[TCP, PRINT, DRY_RUN, FIELD_MANAGER, VALIDATE, SAVE_CONFIG],
    run: Some(load_balancer),
    ..Command::named("loadbalancer", "Create a LoadBalancer service")
};

const NODE_PORT: Command = Command {
    usage: "NAME [--tcp=port:targetPort] [--dry-run=server|client|none]",
    flags: &[
        TCP,
        NODE_PORT_FLAGS,
        PRINT,
        DRY_RUN,
        FIELD_MANAGER,
        VALIDATE,
        SAVE_CONFIG,
    ],
    run: Some(node_port),
    ..Command::named("nodeport", "Create a NodePort service")
};

fn cluster_ip(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    make(cx, parsed, "clusterip", "ClusterIP")
}

fn external_name(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    make(cx, parsed, "externalname", "ExternalName")
}

fn load_balancer(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    make(cx, parsed, "loadbalancer", "LoadBalancer")
}

fn node_port(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    make(cx, parsed, "nodeport", "NodePort")
}

fn make(cx: &mut Cx<'_>, parsed: &Parsed, command: &str, kind: &str) -> Result<Flow, Failure> {
    let name = name(parsed, &format!("kubectl create service {command}"))?;
    let ip = parsed.text("clusterip");
    let tcp = parsed.list("tcp");
    if ip != "None" && tcp.is_empty() && kind != "ExternalName" {
        return Err("at least one tcp port specifier must be provided".into());
    }
    let mut ports = Vec::new();
    for pair in tcp {
        let mut port = port(pair)?;
        if parsed.int("node-port") != 0 {
            put(&mut port, &["nodePort"], json!(parsed.int("node-port")));
        }
        ports.push(port);
    }
    let mut spec = json!({"type": kind, "selector": {"app": name}});
    if !ports.is_empty() {
        put(&mut spec, &["ports"], Value::Array(ports));
    }
    if !ip.is_empty() {
        put(&mut spec, &["clusterIP"], json!(ip));
    }
    if kind == "ExternalName" {
        put(&mut spec, &["externalName"], json!(parsed.text("external-name")));
    }
    let object = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "labels": {"app": name}}, "spec": spec,
        "status": {"loadBalancer": {}},
    });
    finish(cx, parsed, object)
}

fn port(pair: &str) -> Result<Value, Failure> {
    let (port, target) = pair.split_once(':').unwrap_or((pair, pair));
    let number: u16 = port
        .parse()
        .map_err(|_| Failure::Message(format!("strconv.ParseUint: parsing {port:?}: invalid syntax")))?;
    let target = match target.parse::<i64>() {
        Ok(number @ 1..=65_535) => json!(number),
        Ok(_) => return Err("must be between 1 and 65535, inclusive".into()),
        Err(_) => json!(target),
    };
    Ok(json!({"name": pair.replace(':', "-"), "port": number, "targetPort": target, "protocol": "TCP"}))
}
