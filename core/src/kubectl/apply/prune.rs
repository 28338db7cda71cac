//! `kubectl apply --prune`: what was applied before and is in no manifest any more goes (`k8s.io/kubectl/pkg/cmd/apply/prune.go`).

use crate::sorted::SortedSet;
use serde_json::Value;

use super::{Apply, LAST_APPLIED};
use crate::api::Kind;
use crate::kubectl::common::DryRun;
use crate::kubectl::context::Cx;
use crate::kubectl::delete::{How, Leaving, cascade, delete_one};
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::Parsed;
use crate::kubectl::resources::Info;
use crate::kubectl::value::text;

/// What is pruned if nobody says what.
const KINDS: &[Kind] = &[
    Kind::ConfigMap,
    Kind::Endpoints,
    Kind::PersistentVolumeClaim,
    Kind::Pod,
    Kind::ReplicationController,
    Kind::Secret,
    Kind::Service,
    Kind::Job,
    Kind::CronJob,
    Kind::Ingress,
    Kind::DaemonSet,
    Kind::Deployment,
    Kind::ReplicaSet,
    Kind::StatefulSet,
    Kind::Namespace,
    Kind::PersistentVolume,
];

/// Whether the flags go together.
///
/// # Errors
///
/// When they do not.
pub(super) fn check(parsed: &Parsed) -> Result<(), Failure> {
    if parsed.on("all") && !parsed.text("selector").is_empty() {
        return Err("cannot set --all and --selector at the same time".into());
    }
    if !parsed.on("prune") {
        return Ok(());
    }
    if parsed.on("force") {
        return Err("--force cannot be used with --prune".into());
    }
    if !parsed.on("all") && parsed.text("selector").is_empty() {
        return Err("all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector".into());
    }
    if parsed.on("server-side") {
        return Err(
            "--prune is in alpha and doesn't currently work on objects created by server-side apply".into(),
        );
    }
    Ok(())
}

/// The kinds that may be pruned.
///
/// # Errors
///
/// When one is not served, or not written as it should be.
pub(super) fn kinds(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Vec<Kind>, Failure> {
    let asked = parsed.list("prune-allowlist");
    if asked.is_empty() {
        if cx.explicit {
            cx.log_warning("prune.go:78", "Deprecated: kubectl apply will no longer prune non-namespaced resources by default when used with the --namespace flag in a future release. To preserve the current behaviour, list the resources you want to target explicitly in the --prune-allowlist flag.");
        }
        return Ok(KINDS.to_vec());
    }
    asked
        .iter()
        .map(|word| {
            let [group, version, kind] = word.split('/').collect::<Vec<_>>()[..] else {
                return Err(Failure::Message(format!(
                    "invalid GroupVersionKind format: {word}, please follow <group/version/kind>"
                )));
            };
            let group = if group == "core" { "" } else { group };
            let api_version = if group.is_empty() {
                version.to_owned()
            } else {
                format!("{group}/{version}")
            };
            cx.kind_in_manifest(&api_version, kind).ok_or_else(|| {
                Failure::Message(format!("no matches for kind {kind:?} in version {api_version:?}"))
            })
        })
        .collect()
}

/// Deletes what is not among the objects that were just applied; answers what is going.
///
/// # Errors
///
/// When the API server refuses.
pub(super) fn run(
    cx: &mut Cx<'_>,
    parsed: &Parsed,
    apply: &mut Apply,
    kinds: &[Kind],
) -> Result<Vec<Leaving>, Failure> {
    let grace = parsed.int("grace-period");
    let how = How {
        grace_period_secs: (grace >= 0).then_some(grace),
        propagation: cascade(cx, parsed.text("cascade"))?,
        dry_run: apply.dry_run,
    };
    let visited: SortedSet<String> = std::mem::take(&mut apply.visited_namespaces);
    let mut leaving = Vec::new();
    for kind in kinds {
        let namespaces = if kind.namespaced() {
            visited.iter().cloned().collect()
        } else {
            vec![String::new()]
        };
        for namespace in namespaces {
            let wrong = |error| {
                let scope = if kind.namespaced() {
                    "namespaced"
                } else {
                    "nonNamespaced"
                };
                let info = kind.info();
                let version = if info.group.is_empty() {
                    format!("/{}", info.version)
                } else {
                    info.api_version()
                };
                Failure::Message(format!(
                    "error pruning {scope} object {version}, Kind={}: {}",
                    kind.name(),
                    Failure::from(error).bare()
                ))
            };
            let listed = cx
                .list(*kind, &namespace, parsed.text("selector"), "")
                .map_err(wrong)?;
            for item in listed.items {
                let object = item.to_value();
                let annotations = object.pointer("/metadata/annotations");
                let applied = annotations.is_some_and(|found| found.get(LAST_APPLIED).is_some());
                if !applied || apply.visited_uids.contains(text(&object, "/metadata/uid")) {
                    continue;
                }
                leaving.extend(prune(cx, apply, *kind, object, how)?);
            }
        }
    }
    Ok(leaving)
}

fn prune(
    cx: &mut Cx<'_>,
    apply: &mut Apply,
    kind: Kind,
    object: Value,
    how: How,
) -> Result<Option<Leaving>, Failure> {
    let info = Info {
        kind,
        namespace: text(&object, "/metadata/namespace").to_owned(),
        name: super::super::value::name(&object).to_owned(),
        source: String::new(),
        object,
    };
    let gone = if how.dry_run == DryRun::Client {
        None
    } else {
        delete_one(cx, &info, how, None)?
    };
    apply.done(cx, info.object, "pruned");
    Ok(gone)
}
