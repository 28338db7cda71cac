//! `kubectl create`: from files, or one kind of object from arguments, a file each.

mod clusterrole;
mod configmap;
mod cronjob;
pub(super) mod data;
mod deployment;
mod ingress;
mod job;
mod namespace;
mod poddisruptionbudget;
mod priorityclass;
mod quota;
mod role;
mod rolebinding;
mod secret;
mod service;
mod serviceaccount;
mod token;

use serde_json::Value;

use super::apply::configured;
use super::command::Command;
use super::common::{
    self, DRY_RUN, DryRun, FIELD_MANAGER, FILENAME, PRINT, RECORD, SAVE_CONFIG, SELECTOR, VALIDATE,
};
use super::context::Cx;
use super::failure::Failure;
use super::flags::{Flag, Parsed};
use super::machine::Flow;
use super::output::Printer;
use super::resources::infos;
use super::value::{map_mut, text};
use crate::api::{Kind, StatusError};

const FLAGS: &[Flag] = &[
    Flag::off("edit", "Edit the API resource before creating"),
    Flag::text("raw", "", "Raw URI to POST to the server."),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    usage: "-f FILENAME",
    flags: &[
        FLAGS,
        FILENAME,
        PRINT,
        SELECTOR,
        DRY_RUN,
        FIELD_MANAGER,
        VALIDATE,
        SAVE_CONFIG,
        RECORD,
    ],
    run: Some(run),
    commands: &[
        clusterrole::COMMAND,
        rolebinding::CLUSTER_COMMAND,
        configmap::COMMAND,
        cronjob::COMMAND,
        deployment::COMMAND,
        ingress::COMMAND,
        job::COMMAND,
        namespace::COMMAND,
        poddisruptionbudget::COMMAND,
        priorityclass::COMMAND,
        quota::COMMAND,
        role::COMMAND,
        rolebinding::COMMAND,
        secret::COMMAND,
        service::COMMAND,
        serviceaccount::COMMAND,
        token::COMMAND,
    ],
    ..Command::named("create", "Create a resource from a file or from stdin")
};

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let dry_run = DryRun::of(cx, parsed)?;
    let validation = common::validation(parsed)?;
    if parsed.text("filename").is_empty() && parsed.text("kustomize").is_empty() {
        if !parsed.args.is_empty() {
            let message = format!("Unexpected args: [{}]", parsed.args.join(" "));
            return Err(Failure::usage("kubectl create", &message));
        }
        cx.io.stderr("Error: must specify one of -f and -k\n\n");
        return Err(Failure::Exit(1));
    }
    let mut printer = Printer::of(cx, parsed)?;
    let write = common::write(dry_run, validation);
    let enforced = cx.enforced();
    let (mut found, mut failures) = infos(
        cx,
        common::files(parsed),
        enforced.as_deref(),
        common::checks(validation),
    );
    super::apply::select(&mut found, parsed.text("selector"))?;
    if parsed.on("edit") {
        return match Failure::all(failures) {
            Some(failure) => Err(failure),
            None => super::edit::open(cx, parsed, found, super::edit::Mode::Create),
        };
    }
    let mut count = 0;
    for info in found {
        let object = if parsed.on("save-config") {
            configured(&info.object)
        } else {
            info.object
        };
        let created = if dry_run == DryRun::Client {
            Ok(object)
        } else {
            cx.create(info.kind, &info.namespace, object, &write)
        };
        match created {
            Ok(object) => {
                count += 1;
                printer.print(cx, &object, &format!("created{}", dry_run.suffix()))?;
            }
            Err(error) => {
                failures.push(Failure::from(error).during(format!("error when creating {:?}", info.source)));
            }
        }
    }
    match Failure::all(failures) {
        Some(failure) => Err(failure),
        None if count == 0 => Err("no objects passed to create".into()),
        None => Ok(Flow::Done(0)),
    }
}

/// The name that a command makes an object of.
///
/// # Errors
///
/// When there is not exactly one before `--`.
pub(crate) fn name<'p>(parsed: &'p Parsed, command: &str) -> Result<&'p str, Failure> {
    let count = parsed.dash.unwrap_or(parsed.args.len());
    match (count, parsed.args.first()) {
        (1, Some(name)) => Ok(name),
        _ => Err(Failure::usage(
            command,
            &format!("exactly one NAME is required, got {count}"),
        )),
    }
}

/// What stood after `--`, or after the name.
pub(crate) fn rest(parsed: &Parsed) -> &[String] {
    parsed.args.get(1..).unwrap_or_default()
}

/// Sends an object that arguments made, and prints it.
///
/// # Errors
///
/// When the API server refuses.
pub(crate) fn finish(cx: &mut Cx<'_>, parsed: &Parsed, object: Value) -> Result<Flow, Failure> {
    send(cx, parsed, object, "created")?;
    Ok(Flow::Done(0))
}

/// Lets a name end with a hash of what the object holds (`--append-hash`).
fn append_hash(parsed: &Parsed, object: &mut Value) {
    if parsed.on("append-hash") {
        let name = format!("{}-{}", super::value::name(object), super::hash::of(object));
        super::value::put(object, &["metadata", "name"], name);
    }
}

/// Sends an object and prints what was done with it.
///
/// # Errors
///
/// When the API server refuses.
pub(crate) fn send(
    cx: &mut Cx<'_>,
    parsed: &Parsed,
    mut object: Value,
    done: &str,
) -> Result<Value, Failure> {
    let dry_run = DryRun::of(cx, parsed)?;
    let validation = common::validation(parsed)?;
    let mut printer = Printer::of(cx, parsed)?;
    let (version, name) = (text(&object, "/apiVersion"), text(&object, "/kind"));
    let kind = Kind::from_manifest(version, name);
    let namespaced = kind.map_or_else(|| !cluster_wide(name), Kind::namespaced);
    if namespaced && cx.explicit {
        map_mut(&mut object, &["metadata"]).insert("namespace".to_owned(), cx.namespace.clone().into());
    }
    if parsed.on("save-config") {
        object = configured(&object);
    }
    if dry_run != DryRun::Client {
        let Some(kind) = kind else {
            let (version, name) = (text(&object, "/apiVersion"), text(&object, "/kind"));
            return Err(Failure::Message(format!(
                "no matches for kind {name:?} in version {version:?}"
            )));
        };
        let namespace = if namespaced {
            cx.namespace.clone()
        } else {
            String::new()
        };
        let write = common::write(dry_run, validation);
        object = cx
            .create(kind, &namespace, object.clone(), &write)
            .map_err(|error| match done {
                "created" => refused(&object, error),
                _ => error.into(),
            })?;
    }
    printer.print(cx, &object, &format!("{done}{}", dry_run.suffix()))?;
    Ok(object)
}

/// Most generators say themselves what they could not create, each in its own words.
fn refused(object: &Value, error: StatusError) -> Failure {
    let what = match text(object, "/kind") {
        "Secret" if text(object, "/type") == "kubernetes.io/tls" => "secret:".to_owned(),
        "Secret" => "secret".to_owned(),
        "ResourceQuota" => "quota:".to_owned(),
        "PodDisruptionBudget" => "poddisruptionbudgets:".to_owned(),
        "Service" => format!("{} service:", text(object, "/spec/type")),
        kind @ ("ConfigMap" | "ServiceAccount" | "Deployment" | "Job" | "CronJob" | "Ingress"
        | "PriorityClass" | "RoleBinding" | "ClusterRoleBinding") => format!("{}:", kind.to_lowercase()),
        _ => return error.into(),
    };
    Failure::Message(format!("failed to create {what} {}", error.message))
}

/// Kinds without namespace that the API server does not serve yet.
fn cluster_wide(kind: &str) -> bool {
    matches!(kind, "PriorityClass" | "ClusterRole" | "ClusterRoleBinding")
}

/// The name of a container: the last part of its image, without tag.
pub(crate) fn container_name(image: &str) -> String {
    let name = image.rsplit('/').next().unwrap_or(image);
    let name = name.split(['@', ':']).next().unwrap_or(name).to_lowercase();
    let kept: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    kept.trim_matches('-').to_owned()
}
