//! `kubectl top`: what Pods and nodes use, as the metrics API tells it (`k8s.io/kubectl/pkg/cmd/top`).

use std::cmp::Reverse;

use serde_json::Value;

use super::command::Command;
use super::common::{ALL_NAMESPACES, SELECTOR};
use super::context::Cx;
use super::failure::Failure;
use super::flags::{Flag, Parsed};
use super::machine::Flow;
use super::output::tabwriter::{TABLE, aligned};
use super::value::{items, text};
use crate::api::quantity::{Amount, amount};
use crate::api::{Kind, Node, StatusError};
use crate::apiserver::Method;
use crate::sort;

const API: &str = "/apis/metrics.k8s.io/v1beta1";
const MIB: i64 = 1 << 20;

const COMMON: &[Flag] = &[
    Flag::off("no-headers", "If present, print output without headers"),
    Flag::text(
        "sort-by",
        "",
        "If non-empty, sort list using specified field. The field can be either 'cpu' or 'memory'.",
    ),
    Flag::switch(
        "use-protocol-buffers",
        "true",
        "Enables using protocol-buffers to access Metrics API.",
    ),
];
const NODE_FLAGS: &[Flag] = &[Flag::off(
    "show-capacity",
    "Print node resources based on Capacity instead of Allocatable(default) of the nodes.",
)];
const POD_FLAGS: &[Flag] = &[
    Flag::off(
        "containers",
        "If present, print usage of containers within a pod.",
    ),
    Flag::text(
        "field-selector",
        "",
        "Selector (field query) to filter on, supports '=', '==', and '!='.",
    ),
    Flag::off("sum", "Print the sum of the resource usage"),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    commands: &[NODE, POD],
    ..Command::named("top", "Display resource (CPU/memory) usage")
};

const NODE: Command = Command {
    aliases: &["nodes", "no"],
    usage: "[NAME | -l label]",
    flags: &[COMMON, NODE_FLAGS, SELECTOR],
    run: Some(node),
    ..Command::named("node", "Display resource (CPU/memory) usage of nodes")
};

const POD: Command = Command {
    aliases: &["pods", "po"],
    usage: "[NAME | -l label]",
    flags: &[COMMON, POD_FLAGS, SELECTOR, ALL_NAMESPACES],
    run: Some(pod),
    ..Command::named("pod", "Display resource (CPU/memory) usage of pods")
};

/// What a row is about, and what it uses.
struct Row {
    names: Vec<String>,
    cpu_millis: i64,
    memory_bytes: i64,
}

impl Row {
    fn new(names: Vec<String>, usage: &Value) -> Self {
        let of = |name: &str| Amount::parse(text(usage, name)).ok();
        Self {
            names,
            cpu_millis: of("/cpu").map_or(0, Amount::millis),
            memory_bytes: of("/memory").map_or(0, Amount::units),
        }
    }

    fn usage(&self) -> [String; 2] {
        [
            format!("{}m", self.cpu_millis),
            format!("{}Mi", self.memory_bytes / MIB),
        ]
    }
}

fn check(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<(), Failure> {
    if !matches!(parsed.text("sort-by"), "" | "cpu" | "memory") {
        return Err("--sort-by accepts only cpu or memory".into());
    }
    if read(cx, API, "").is_err() {
        return Err("Metrics API not available".into());
    }
    Ok(())
}

fn arrange(rows: &mut [Row], by: &str) {
    match by {
        "cpu" => sort::sort_by_key(rows, |row| Reverse(row.cpu_millis)),
        "memory" => sort::sort_by_key(rows, |row| Reverse(row.memory_bytes)),
        _ => sort::sort_by(rows, |a, b| a.names.cmp(&b.names)),
    }
}

fn read(cx: &mut Cx<'_>, path: &str, selector: &str) -> Result<Value, StatusError> {
    let mut request = cx.request(Method::Get, path);
    if !selector.is_empty() {
        request = request.with_query("labelSelector", selector.to_owned());
    }
    Ok(cx.send(request)?.to_value().unwrap_or_default())
}

/// The items of a list, or the one object that is named.
fn fetch(cx: &mut Cx<'_>, parsed: &Parsed, collection: &str) -> Result<Vec<Value>, Failure> {
    let selector = parsed.text("selector");
    match parsed.args.as_slice() {
        [] => Ok(items(&read(cx, collection, selector)?, "/items").to_vec()),
        [_] if !selector.is_empty() => Err("only one of NAME or --selector can be provided".into()),
        [name] => Ok(vec![read(cx, &format!("{collection}/{name}"), "")?]),
        _ => Err(Failure::usage(
            "kubectl top",
            &format!("unexpected arguments: [{}]", parsed.args.join(" ")),
        )),
    }
}

fn node(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    check(cx, parsed)?;
    let found = fetch(cx, parsed, &format!("{API}/nodes"))?;
    if found.is_empty() {
        return Err("metrics not available yet".into());
    }
    let measured = found.iter().map(|item| {
        Row::new(
            vec![text(item, "/metadata/name").to_owned()],
            item.get("usage").unwrap_or(&Value::Null),
        )
    });
    let mut rows: Vec<Row> = measured.collect();
    arrange(&mut rows, parsed.text("sort-by"));
    let mut out = String::new();
    if !parsed.on("no-headers") {
        out.push_str("NAME\tCPU(cores)\tCPU(%)\tMEMORY(bytes)\tMEMORY(%)\n");
    }
    for row in &rows {
        let name = row.names.first().map(String::as_str).unwrap_or_default();
        let object = cx.get_object(Kind::Node, "", name)?;
        let status = object
            .get::<Node>()
            .map(|node| node.status.clone())
            .unwrap_or_default();
        let room = if parsed.on("show-capacity") {
            status.capacity.clone()
        } else {
            status.allocatable.clone()
        };
        let room = room.unwrap_or_default();
        let percent = |used: i64, of: Option<i64>| {
            let share = of.filter(|of| *of > 0).map(|of| used * 100 / of);
            share.map_or_else(|| "<unknown>".to_owned(), |share| format!("{share}%"))
        };
        let cpu = percent(
            row.cpu_millis,
            room.get("cpu").map(|found| amount(found).millis()),
        );
        let memory = percent(
            row.memory_bytes,
            room.get("memory").map(|found| amount(found).units()),
        );
        let [cores, bytes] = row.usage();
        out.push_str(&format!("{name}\t{cores}\t{cpu}\t{bytes}\t{memory}\n"));
    }
    cx.io.stdout(&aligned(&out, TABLE));
    Ok(Flow::Done(0))
}

fn pod(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    check(cx, parsed)?;
    let everywhere = parsed.on("all-namespaces");
    let namespace = cx.namespace.clone();
    let collection = if everywhere {
        format!("{API}/pods")
    } else {
        format!("{API}/namespaces/{namespace}/pods")
    };
    let found = fetch(cx, parsed, &collection)?;
    if found.is_empty() {
        cx.io.stderr(&if everywhere {
            "No resources found\n".to_owned()
        } else {
            format!("No resources found in {namespace} namespace.\n")
        });
        return Ok(Flow::Done(0));
    }
    let by_container = parsed.on("containers");
    let mut rows = Vec::new();
    for item in &found {
        let mut names = Vec::new();
        if everywhere {
            names.push(text(item, "/metadata/namespace").to_owned());
        }
        names.push(text(item, "/metadata/name").to_owned());
        let containers = item.get("containers").and_then(Value::as_array);
        let mut whole = Row::new(names.clone(), &Value::Null);
        for container in containers.into_iter().flatten() {
            let mut named = names.clone();
            named.push(text(container, "/name").to_owned());
            let row = Row::new(named, container.get("usage").unwrap_or(&Value::Null));
            whole.cpu_millis += row.cpu_millis;
            whole.memory_bytes += row.memory_bytes;
            if by_container {
                rows.push(row);
            }
        }
        if !by_container {
            rows.push(whole);
        }
    }
    arrange(&mut rows, parsed.text("sort-by"));
    let mut headers = Vec::new();
    if everywhere {
        headers.push("NAMESPACE");
    }
    headers.push(if by_container { "POD" } else { "NAME" });
    if by_container {
        headers.push("NAME");
    }
    headers.extend(["CPU(cores)", "MEMORY(bytes)"]);
    let mut out = String::new();
    if !parsed.on("no-headers") {
        out.push_str(&format!("{}\n", headers.join("\t")));
    }
    for row in &rows {
        out.push_str(&format!("{}\t{}\n", row.names.join("\t"), row.usage().join("\t")));
    }
    if parsed.on("sum") {
        let blank = "\t".repeat(headers.len() - 3);
        let total = Row {
            names: Vec::new(),
            cpu_millis: rows.iter().map(|row| row.cpu_millis).sum(),
            memory_bytes: rows.iter().map(|row| row.memory_bytes).sum(),
        };
        out.push_str(&format!(
            "{blank}\t________\t________\n{blank}\t{}\n",
            total.usage().join("\t")
        ));
    }
    cx.io.stdout(&aligned(&out, TABLE));
    Ok(Flow::Done(0))
}
