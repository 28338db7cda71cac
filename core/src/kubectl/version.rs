//! `kubectl version`, `cluster-info`, `api-versions`, `api-resources`, `options`: what client and cluster are.

use serde_json::{Value, json};

use super::command::Command;
use super::context::Cx;
use super::failure::Failure;
use super::flags::{Flag, Parsed};
use super::machine::Flow;
use super::output::tabwriter::{TABLE, aligned};
use super::value::{items, put, text};
use crate::apiserver::{Method, ResponseBody};
use crate::manifest::print::{to_json, to_yaml};

/// The client's own version.
pub(super) const CLIENT: &str = "v1.36.4";
const KUSTOMIZE: &str = "v5.8.1";

const VERSION_FLAGS: &[Flag] = &[
    Flag::off(
        "client",
        "If true, shows client version only (no server required).",
    ),
    Flag::text("output", "", "One of 'yaml' or 'json'.").short('o'),
];

/// `kubectl version`
pub(crate) const VERSION: Command = Command {
    flags: &[VERSION_FLAGS],
    run: Some(version),
    ..Command::named("version", "Print the client and server version information")
};

/// `kubectl cluster-info`
pub(crate) const CLUSTER_INFO: Command = Command {
    run: Some(cluster_info),
    ..Command::named("cluster-info", "Display cluster information")
};

/// `kubectl api-versions`
pub(crate) const API_VERSIONS: Command = Command {
    run: Some(api_versions),
    ..Command::named(
        "api-versions",
        "Print the supported API versions on the server, in the form of \"group/version\"",
    )
};

const RESOURCES_FLAGS: &[Flag] = &[
    Flag::text("api-group", "", "Limit to resources in the specified API group."),
    Flag::off("cached", "Use the cached list of resources if available."),
    Flag::list(
        "categories",
        "Limit to resources that belong to the specified categories.",
    ),
    Flag::switch(
        "namespaced",
        "true",
        "If false, non-namespaced resources will be returned, otherwise returning namespaced resources by default.",
    ),
    Flag::off(
        "no-headers",
        "When using the default or custom-column output format, don't print headers (default print headers).",
    ),
    Flag::text("output", "", "Output format. One of: (json, yaml, name, wide).").short('o'),
    Flag::text(
        "sort-by",
        "",
        "If non-empty, sort list of resources using specified field. One of (name, kind).",
    ),
    Flag::list("verbs", "Limit to resources that support the specified verbs."),
];

/// `kubectl api-resources`
pub(crate) const API_RESOURCES: Command = Command {
    flags: &[RESOURCES_FLAGS],
    run: Some(api_resources),
    ..Command::named("api-resources", "Print the supported API resources on the server")
};

/// `kubectl options`
pub(crate) const OPTIONS: Command = Command {
    run: Some(options),
    ..Command::named("options", "Print the list of flags inherited by all commands")
};

fn fetch(cx: &mut Cx<'_>, path: &str) -> Result<Value, Failure> {
    let request = cx.request(Method::Get, path);
    let response = cx.send(request)?;
    Ok(match &response.body {
        ResponseBody::Text(text) => serde_json::from_str(text).unwrap_or_default(),
        _ => response.to_value().unwrap_or_default(),
    })
}

fn version(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    if !parsed.args.is_empty() {
        return Err(Failure::Message(format!(
            "extra arguments: [{}]",
            parsed.args.join(" ")
        )));
    }
    let server = if parsed.on("client") {
        None
    } else {
        Some(fetch(cx, "/version")?)
    };
    let client = json!({
        "major": "1", "minor": "36", "gitVersion": CLIENT, "gitTreeState": "clean", "compiler": "gc",
        "platform": "linux/amd64",
    });
    let mut all = json!({"clientVersion": client, "kustomizeVersion": KUSTOMIZE});
    match parsed.text("output") {
        "" => {
            cx.say(&format!(
                "Client Version: {CLIENT}\nKustomize Version: {KUSTOMIZE}"
            ));
            if let Some(server) = server {
                cx.say(&format!("Server Version: {}", text(&server, "/gitVersion")));
            }
        }
        format @ ("yaml" | "json") => {
            if let Some(server) = server {
                put(&mut all, &["serverVersion"], server);
            }
            let printed = if format == "yaml" {
                to_yaml(&all)
            } else {
                to_json(&all)
            };
            cx.say(printed.trim_end());
        }
        _ => return Err("--output must be 'yaml' or 'json'".into()),
    }
    Ok(Flow::Done(0))
}

fn cluster_info(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    if let Some(word) = parsed.args.first() {
        return Err(Failure::Message(format!(
            "unknown command {word:?}\nSee 'kubectl cluster-info -h' for help and examples"
        )));
    }
    let server = cx.env.server.clone();
    cx.say(&format!("Kubernetes control plane is running at {server}"));
    let services = cx.list(
        crate::api::Kind::Service,
        "kube-system",
        "kubernetes.io/cluster-service=true",
        "",
    )?;
    for service in &services.items {
        let object = service.to_value();
        let name = match text(&object, "/metadata/labels/kubernetes.io~1name") {
            "" => service.name().to_owned(),
            name => name.to_owned(),
        };
        let port = items(&object, "/spec/ports")
            .first()
            .map(|port| text(port, "/name").to_owned());
        let port = port
            .filter(|port| !port.is_empty())
            .map(|port| format!(":{port}"))
            .unwrap_or_default();
        let path = format!(
            "/api/v1/namespaces/kube-system/services/{}{port}/proxy",
            service.name()
        );
        cx.say(&format!("{name} is running at {server}{path}"));
    }
    cx.say("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.");
    Ok(Flow::Done(0))
}

fn group_versions(cx: &mut Cx<'_>) -> Result<Vec<String>, Failure> {
    let mut found = vec!["v1".to_owned()];
    let groups = fetch(cx, "/apis")?;
    for group in items(&groups, "/groups") {
        for version in items(group, "/versions") {
            found.push(text(version, "/groupVersion").to_owned());
        }
    }
    Ok(found)
}

fn api_versions(cx: &mut Cx<'_>, _parsed: &Parsed) -> Result<Flow, Failure> {
    let mut versions = group_versions(cx)?;
    crate::sort::sort(&mut versions);
    for version in versions {
        cx.say(&version);
    }
    Ok(Flow::Done(0))
}

fn api_resources(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    if !parsed.args.is_empty() {
        let message = format!("unexpected arguments: [{}]", parsed.args.join(" "));
        return Err(Failure::usage("kubectl api-resources", &message));
    }
    let mut rows: Vec<(String, Value)> = Vec::new();
    for version in group_versions(cx)? {
        let group = version.split_once('/').map_or("", |(group, _)| group).to_owned();
        if parsed.given("api-group") && parsed.text("api-group") != group {
            continue;
        }
        let path = if version == "v1" {
            "/api/v1".to_owned()
        } else {
            format!("/apis/{version}")
        };
        let list = fetch(cx, &path)?;
        for resource in items(&list, "/resources") {
            // Versions come in the order of preference: each resource is told of in the first it is in.
            let known = rows.iter().any(|(known, row)| {
                known.split_once('/').map_or("", |(group, _)| group) == group
                    && text(row, "/name") == text(resource, "/name")
            });
            if !known && wanted(parsed, resource) {
                rows.push((version.clone(), resource.clone()));
            }
        }
    }
    sort(&mut rows, parsed.text("sort-by"))?;
    let mut out = String::new();
    let wide = parsed.text("output") == "wide";
    match parsed.text("output") {
        "" | "wide" => {
            if !parsed.on("no-headers") {
                out.push_str("NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND");
                out.push_str(if wide { "\tVERBS\tCATEGORIES\n" } else { "\n" });
            }
            for (version, resource) in &rows {
                out.push_str(&row(version, resource, wide));
            }
        }
        "name" => {
            for (version, resource) in &rows {
                let group = version
                    .split_once('/')
                    .map_or(String::new(), |(group, _)| format!(".{group}"));
                out.push_str(&format!("{}{group}\n", text(resource, "/name")));
            }
        }
        other => {
            return Err(Failure::Message(format!("--output {other} is not available")));
        }
    }
    cx.io.stdout(&aligned(&out, TABLE));
    Ok(Flow::Done(0))
}

fn wanted(parsed: &Parsed, resource: &Value) -> bool {
    let has = |field: &str, wanted: &[String]| {
        let found = resource.get(field).and_then(Value::as_array);
        wanted
            .iter()
            .all(|word| found.is_some_and(|list| list.contains(&json!(word))))
    };
    let namespaced = resource.get("namespaced") == Some(&json!(true));
    !text(resource, "/name").contains('/')
        && (!parsed.given("namespaced") || parsed.on("namespaced") == namespaced)
        && has("verbs", parsed.list("verbs"))
        && has("categories", parsed.list("categories"))
}

fn sort(rows: &mut [(String, Value)], by: &str) -> Result<(), Failure> {
    let key = match by {
        "" => {
            crate::sort::sort_by_key(rows, |(version, resource)| {
                let group = version.split_once('/').map_or("", |(group, _)| group).to_owned();
                (group, text(resource, "/name").to_owned())
            });
            return Ok(());
        }
        "name" => "/name",
        "kind" => "/kind",
        _ => return Err("--sort-by accepts only name or kind".into()),
    };
    crate::sort::sort_by_key(rows, |(_, resource)| text(resource, key).to_owned());
    Ok(())
}

fn row(version: &str, resource: &Value, wide: bool) -> String {
    let join = |field: &str| {
        let list: Vec<&str> = items(resource, field).iter().filter_map(Value::as_str).collect();
        list.join(",")
    };
    let mut cells = vec![
        text(resource, "/name").to_owned(),
        join("/shortNames"),
        version.to_owned(),
        (resource.get("namespaced") == Some(&json!(true))).to_string(),
        text(resource, "/kind").to_owned(),
    ];
    if wide {
        cells.push(join("/verbs"));
        cells.push(join("/categories"));
    }
    cells.join("\t") + "\n"
}

#[expect(clippy::unnecessary_wraps, reason = "commands have one signature")]
fn options(cx: &mut Cx<'_>, _parsed: &Parsed) -> Result<Flow, Failure> {
    cx.say("The following options can be passed to any command:\n");
    for flag in super::common::GLOBAL {
        cx.say(&super::help::option(flag));
    }
    Ok(Flow::Done(0))
}
