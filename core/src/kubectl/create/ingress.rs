//! `kubectl create ingress`

use serde_json::{Value, json};

use super::{finish, name};
use crate::kubectl::command::Command;
use crate::kubectl::common::{DRY_RUN, FIELD_MANAGER, PRINT, SAVE_CONFIG, VALIDATE};
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Parsed};
use crate::kubectl::machine::Flow;
use crate::kubectl::value::put;

const FLAGS: &[Flag] = &[
    Flag::array(
        "annotation",
        "Annotation to insert in the ingress object, in the format annotation=value",
    ),
    Flag::text("class", "", "Ingress Class to be used"),
    Flag::text(
        "default-backend",
        "",
        "Default service for backend, in format of svcname:port",
    ),
    Flag::array(
        "rule",
        "Rule in format host/path=service:port[,tls=secretname]. Paths containing the leading character '*' are considered pathType=Prefix.",
    ),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    aliases: &["ing"],
    usage: "NAME --rule=host/path=service:port[,tls[=secret]]",
    flags: &[FLAGS, PRINT, DRY_RUN, FIELD_MANAGER, VALIDATE, SAVE_CONFIG],
    required: &[],
    run: Some(run),
    ..Command::named("ingress", "Create an ingress with the specified name")
};

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let name = name(parsed, "kubectl create ingress")?;
    let (rules, default) = (parsed.list("rule"), parsed.text("default-backend"));
    if rules.is_empty() && default.is_empty() {
        return Err("not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)".into());
    }
    let mut spec = json!({});
    if !parsed.text("class").is_empty() {
        put(&mut spec, &["ingressClassName"], json!(parsed.text("class")));
    }
    if !default.is_empty() {
        let backend =
            backend(default).ok_or("default-backend should be in format servicename:serviceport")?;
        put(&mut spec, &["defaultBackend"], backend);
    }
    if !rules.is_empty() {
        put(&mut spec, &["rules"], json!(http_rules(rules)?));
        let tls = tls_rules(rules);
        if !tls.is_empty() {
            put(&mut spec, &["tls"], json!(tls));
        }
    }
    let mut metadata = json!({"name": name});
    for annotation in parsed.list("annotation") {
        let (key, value) = annotation.split_once('=').ok_or_else(|| {
            Failure::Message(format!(
                "annotation {annotation} is invalid and should be in format key=[value]"
            ))
        })?;
        put(&mut metadata, &["annotations", key], json!(value));
    }
    let object = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": spec,
        "status": {"loadBalancer": {}},
    });
    finish(cx, parsed, object)
}

fn backend(text: &str) -> Option<Value> {
    let (service, port) = text.split_once(':')?;
    if service.is_empty() || port.is_empty() || port.contains(':') {
        return None;
    }
    let port = match port.parse::<u16>() {
        Ok(number) => json!({"number": number}),
        Err(_) => json!({"name": port}),
    };
    Some(json!({"service": {"name": service, "port": port}}))
}

fn http_rules(rules: &[String]) -> Result<Vec<Value>, Failure> {
    let mut out: Vec<(String, Vec<Value>)> = Vec::new();
    for rule in rules {
        let invalid = || {
            Failure::Message(format!(
                "rule {rule} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]"
            ))
        };
        let plain = rule.split(',').next().unwrap_or(rule);
        let (host, rest) = plain.split_once('/').ok_or_else(invalid)?;
        let (path, service) = rest.split_once('=').ok_or_else(invalid)?;
        let backend = backend(service).ok_or_else(invalid)?;
        let path = format!("/{path}");
        let (path, kind) = match path.strip_suffix('*') {
            Some(prefix) => (prefix, "Prefix"),
            None => (path.as_str(), "Exact"),
        };
        let path = json!({"path": path, "pathType": kind, "backend": backend});
        match out.iter_mut().find(|(known, _)| known == host) {
            Some((_, paths)) => paths.push(path),
            None => out.push((host.to_owned(), vec![path])),
        }
    }
    Ok(out
        .into_iter()
        .map(|(host, paths)| {
            let mut rule = json!({"http": {"paths": paths}});
            if !host.is_empty() {
                put(&mut rule, &["host"], json!(host));
            }
            rule
        })
        .collect())
}

fn tls_rules(rules: &[String]) -> Vec<Value> {
    let mut out: Vec<(String, Vec<String>)> = Vec::new();
    for rule in rules {
        let Some((plain, tls)) = rule.split_once(',') else {
            continue;
        };
        let host = plain.split('/').next().unwrap_or_default().to_owned();
        let secret = tls.split_once('=').map_or("", |(_, secret)| secret).to_owned();
        if out.iter().any(|(_, hosts)| hosts.contains(&host)) {
            continue;
        }
        match out.iter_mut().find(|(known, _)| *known == secret) {
            Some((_, hosts)) => hosts.push(host),
            None => out.push((secret, vec![host])),
        }
    }
    out.into_iter()
        .map(|(secret, hosts)| {
            let hosts: Vec<String> = hosts.into_iter().filter(|host| !host.is_empty()).collect();
            let mut tls = json!({});
            if !hosts.is_empty() {
                put(&mut tls, &["hosts"], json!(hosts));
            }
            if !secret.is_empty() {
                put(&mut tls, &["secretName"], json!(secret));
            }
            tls
        })
        .collect()
}
