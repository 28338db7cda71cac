//! `kubectl expose`: a Service before the pods that an object selects.

use serde_json::{Map, Value, json};

use super::command::Command;
use super::common::{DRY_RUN, FIELD_MANAGER, FILENAME, PRINT, RECORD, SAVE_CONFIG};
use super::context::Cx;
use super::create::send;
use super::failure::Failure;
use super::flags::{Flag, Parsed};
use super::machine::Flow;
use super::resources::{Info, Pick};
use super::value::{items, map, name, put, text};
use crate::api::Kind;

const FLAGS: &[Flag] = &[
    Flag::text(
        "cluster-ip",
        "",
        "ClusterIP to be assigned to the service. Leave empty to auto-allocate, or set to 'None' to create a headless service.",
    ),
    Flag::text(
        "external-ip",
        "",
        "Additional external IP address (not managed by Kubernetes) to accept for the service.",
    ),
    Flag::text(
        "labels",
        "",
        "Labels to apply to the service created by this call.",
    )
    .short('l'),
    Flag::text("load-balancer-ip", "", "IP to assign to the LoadBalancer."),
    Flag::text("name", "", "The name for the newly created object."),
    Flag::text(
        "override-type",
        "merge",
        "The method used to override the generated object: json, merge, or strategic.",
    ),
    Flag::text(
        "overrides",
        "",
        "An inline JSON override for the generated object.",
    ),
    Flag::text(
        "port",
        "",
        "The port that the service should serve on. Copied from the resource being exposed, if unspecified",
    ),
    Flag::text(
        "protocol",
        "",
        "The network protocol for the service to be created. Default is 'TCP'.",
    ),
    Flag::text(
        "selector",
        "",
        "A label selector to use for this service. Only equality-based selector requirements are supported.",
    ),
    Flag::text(
        "session-affinity",
        "",
        "If non-empty, set the session affinity for the service to this; legal values: 'None', 'ClientIP'",
    ),
    Flag::text(
        "target-port",
        "",
        "Name or number for the port on the container that the service should direct traffic to.",
    ),
    Flag::text(
        "type",
        "",
        "Type for this service: ClusterIP, NodePort, LoadBalancer, or ExternalName. Default is 'ClusterIP'.",
    ),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    usage: "(-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name] [--external-ip=external-ip-of-service] [--type=type]",
    flags: &[
        FLAGS,
        FILENAME,
        PRINT,
        DRY_RUN,
        FIELD_MANAGER,
        SAVE_CONFIG,
        RECORD,
    ],
    run: Some(run),
    ..Command::named(
        "expose",
        "Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service",
    )
};

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let pick = Pick {
        fetch: true,
        types_alone: false,
    };
    // `--selector` is the Service's own here.
    let mut words = parsed.clone();
    words.forget("selector");
    let picked = cx.pick(&words, &parsed.args, pick)?;
    let mut failures = picked.failures;
    for info in &picked.infos {
        let sent = service(info, parsed).and_then(|service| send(cx, parsed, service, "exposed"));
        failures.extend(sent.err());
    }
    match Failure::all(failures) {
        Some(failure) => Err(failure),
        None => Ok(Flow::Done(0)),
    }
}

/// (`canBeExposed`)
fn check_exposable(kind: Kind) -> Result<(), Failure> {
    if matches!(
        kind,
        Kind::Pod | Kind::Service | Kind::Deployment | Kind::ReplicaSet | Kind::ReplicationController
    ) {
        return Ok(());
    }
    let info = kind.info();
    let group = if info.group.is_empty() {
        String::new()
    } else {
        format!(".{}", info.group)
    };
    Err(Failure::Message(format!("cannot expose a {}{group}", info.name)))
}

fn service(info: &Info, parsed: &Parsed) -> Result<Value, Failure> {
    check_exposable(info.kind)?;
    let selector = match parsed.text("selector") {
        "" => selector_of(info).map_err(|why| {
            Failure::Message(format!(
                "couldn't retrieve selectors via --selector flag or introspection: {}",
                why.bare()
            ))
        })?,
        text => pairs(text)?,
    };
    let headless = parsed.text("cluster-ip") == "None";
    let asked = match parsed.text("port") {
        "" => ports_of(info),
        text => text.split(',').map(str::to_owned).collect(),
    };
    if asked.is_empty() && !headless {
        return Err("couldn't find port via --port flag or introspection".into());
    }
    let mut ports = Vec::new();
    for (index, port) in asked.iter().enumerate() {
        let number: i64 = port
            .parse()
            .map_err(|_| Failure::Message(format!("strconv.Atoi: parsing {port:?}: invalid syntax")))?;
        let protocol = match parsed.text("protocol") {
            "" => protocol_of(info, number),
            given => given.to_owned(),
        };
        let target = match parsed.text("target-port") {
            "" => json!(number),
            text => text
                .parse::<i64>()
                .map_or_else(|_| json!(text), |number| json!(number)),
        };
        let mut entry = json!({"port": number, "protocol": protocol, "targetPort": target});
        if asked.len() > 1 {
            put(&mut entry, &["name"], json!(format!("port-{}", index + 1)));
        }
        ports.push(entry);
    }
    let labels = match parsed.text("labels") {
        "" => map(&info.object, "/metadata/labels").cloned().unwrap_or_default(),
        text => pairs(text)?,
    };
    let own = match parsed.text("name") {
        "" => info.name.chars().take(63).collect(),
        given => given.to_owned(),
    };
    let mut service = bare(&own, labels, selector);
    if !ports.is_empty() {
        put(&mut service, &["spec", "ports"], Value::Array(ports));
    }
    finish(&mut service, parsed)?;
    Ok(service)
}

fn finish(service: &mut Value, parsed: &Parsed) -> Result<(), Failure> {
    let mut set = |field: &str, value: Value| put(service, &["spec", field], value);
    if !parsed.text("external-ip").is_empty() {
        set("externalIPs", json!([parsed.text("external-ip")]));
    }
    if !parsed.text("type").is_empty() {
        set("type", json!(parsed.text("type")));
    }
    if parsed.text("type") == "LoadBalancer" && !parsed.text("load-balancer-ip").is_empty() {
        set("loadBalancerIP", json!(parsed.text("load-balancer-ip")));
    }
    if !parsed.text("cluster-ip").is_empty() {
        set("clusterIP", json!(parsed.text("cluster-ip")));
    }
    match parsed.text("session-affinity") {
        "" => {}
        affinity @ ("None" | "ClientIP") => set("sessionAffinity", json!(affinity)),
        other => return Err(Failure::Message(format!("unknown session affinity: {other}"))),
    }
    let overrides = parsed.text("overrides");
    if !overrides.is_empty() {
        let document: Value = serde_json::from_str(overrides)
            .map_err(|error| Failure::Message(format!("Invalid JSON: {error}")))?;
        *service = crate::apiserver::patch::merge(std::mem::take(service), &document);
    }
    Ok(())
}

fn bare(name: &str, labels: Map<String, Value>, selector: Map<String, Value>) -> Value {
    let mut metadata = json!({"name": name});
    if !labels.is_empty() {
        put(&mut metadata, &["labels"], Value::Object(labels));
    }
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"selector": selector},
        "status": {"loadBalancer": {}},
    })
}

/// The Service that `kubectl run --expose` makes.
///
/// # Errors
///
/// When the port is no number.
pub(crate) fn service_for_pod(pod: &Value, port: &str) -> Result<Value, Failure> {
    let number: i64 = port
        .parse()
        .map_err(|_| Failure::Message(format!("strconv.Atoi: parsing {port:?}: invalid syntax")))?;
    let selector = map(pod, "/metadata/labels").cloned().unwrap_or_default();
    let mut service = bare(name(pod), Map::new(), selector);
    put(
        &mut service,
        &["spec", "ports"],
        json!([{"port": number, "protocol": "TCP", "targetPort": number}]),
    );
    Ok(service)
}

fn pairs(text: &str) -> Result<Map<String, Value>, Failure> {
    text.split(',')
        .map(|pair| {
            pair.split_once('=')
                .filter(|(key, _)| !key.is_empty())
                .map(|(key, value)| (key.to_owned(), value.into()))
                .ok_or_else(|| Failure::Message(format!("invalid label spec: {text}")))
        })
        .collect()
}

fn selector_of(info: &Info) -> Result<Map<String, Value>, Failure> {
    let found = |pointer: &str| map(&info.object, pointer).filter(|map| !map.is_empty()).cloned();
    let unexposable = |kind: &str| {
        Failure::Message(format!(
            "invalid {kind}: no selectors, therefore cannot be exposed"
        ))
    };
    match info.kind {
        Kind::Pod => found("/metadata/labels").ok_or("the pod has no labels and cannot be exposed".into()),
        Kind::Service => found("/spec/selector").ok_or("the service has no pod selector set".into()),
        Kind::Deployment | Kind::ReplicaSet => {
            let expressions = items(&info.object, "/spec/selector/matchExpressions");
            if !expressions.is_empty() {
                return Err("couldn't convert expressions to map-based selector format".into());
            }
            found("/spec/selector/matchLabels").ok_or_else(|| unexposable(info.kind.info().singular))
        }
        Kind::ReplicationController => {
            found("/spec/selector").ok_or_else(|| unexposable("replication controller"))
        }
        kind => Err(Failure::Message(format!(
            "cannot extract pod selector from {}",
            kind.name()
        ))),
    }
}

fn containers(info: &Info) -> &[Value] {
    match info.kind {
        Kind::Pod => items(&info.object, "/spec/containers"),
        _ => items(&info.object, "/spec/template/spec/containers"),
    }
}

fn declared_ports(info: &Info) -> Vec<(i64, String)> {
    let read = |port: &Value, field: &str| {
        let number = port.get(field).and_then(Value::as_i64)?;
        let protocol = match text(port, "/protocol") {
            "" => "TCP",
            protocol => protocol,
        };
        Some((number, protocol.to_owned()))
    };
    if info.kind == Kind::Service {
        let ports = items(&info.object, "/spec/ports").iter();
        return ports.filter_map(|port| read(port, "port")).collect();
    }
    containers(info)
        .iter()
        .flat_map(|container| items(container, "/ports"))
        .filter_map(|port| read(port, "containerPort"))
        .collect()
}

fn ports_of(info: &Info) -> Vec<String> {
    declared_ports(info)
        .into_iter()
        .map(|(number, _)| number.to_string())
        .collect()
}

fn protocol_of(info: &Info, port: i64) -> String {
    declared_ports(info)
        .into_iter()
        .find(|(number, _)| *number == port)
        .map_or_else(|| "TCP".to_owned(), |(_, protocol)| protocol)
}
