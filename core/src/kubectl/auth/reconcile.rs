//! `kubectl auth reconcile`: roles hold at least the rules of the files, bindings at least their subjects
//! (`k8s.io/component-helpers/auth/rbac/reconciliation`).

use serde_json::{Value, json};

use crate::api::Kind;
use crate::kubectl::command::Command;
use crate::kubectl::common::{self, DRY_RUN, DryRun, FILENAME, PRINT};
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Parsed};
use crate::kubectl::machine::Flow;
use crate::kubectl::output::Printer;
use crate::kubectl::resources::{Info, infos};
use crate::kubectl::value::{items, map, put, text};

const FLAGS: &[Flag] = &[
    Flag::off(
        "remove-extra-permissions",
        "If true, removes extra permissions added to roles",
    ),
    Flag::off(
        "remove-extra-subjects",
        "If true, removes extra subjects added to rolebindings",
    ),
];

/// The command.
pub(super) const COMMAND: Command = Command {
    usage: "-f FILENAME",
    flags: &[FLAGS, FILENAME, PRINT, DRY_RUN],
    run: Some(run),
    ..Command::named(
        "reconcile",
        "Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects",
    )
};

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    if !parsed.args.is_empty() {
        return Err("no arguments are allowed".into());
    }
    if common::files(parsed).is_empty() {
        return Err("must specify -f or --filename".into());
    }
    let dry_run = DryRun::of(cx, parsed)?;
    let mut printer = Printer::of(cx, parsed)?;
    let enforced = cx.enforced();
    let (found, mut failures) = infos(
        cx,
        common::files(parsed),
        enforced.as_deref(),
        common::checks("Strict"),
    );
    for info in found {
        match reconcile(cx, parsed, dry_run, &info) {
            Ok(Some(object)) => printer.print(cx, &object, &format!("reconciled{}", dry_run.suffix()))?,
            // Other kinds are left alone.
            Ok(None) => {}
            Err(failure) => failures.push(failure),
        }
    }
    match Failure::all(failures) {
        Some(failure) => Err(failure),
        None => Ok(Flow::Done(0)),
    }
}

fn reconcile(
    cx: &mut Cx<'_>,
    parsed: &Parsed,
    dry_run: DryRun,
    info: &Info,
) -> Result<Option<Value>, Failure> {
    let (field, exact) = match info.kind {
        Kind::Role | Kind::ClusterRole => ("rules", parsed.on("remove-extra-permissions")),
        Kind::RoleBinding | Kind::ClusterRoleBinding => ("subjects", parsed.on("remove-extra-subjects")),
        _ => return Ok(None),
    };
    let write = common::write(dry_run, "Strict");
    let existing = match cx.get(info.kind, &info.namespace, &info.name) {
        Ok(existing) => existing,
        Err(error) if error.is_not_found() => {
            if dry_run == DryRun::Client {
                return Ok(Some(info.object.clone()));
            }
            let created = cx.create(info.kind, &info.namespace, info.object.clone(), &write)?;
            return Ok(Some(created));
        }
        Err(error) => return Err(error.into()),
    };
    let wanted = merged(&existing, &info.object, field, exact);
    if wanted == existing || dry_run == DryRun::Client {
        return Ok(Some(wanted));
    }
    // A binding cannot change its role: it is made anew.
    if existing.get("roleRef") != wanted.get("roleRef") {
        cx.delete(
            (info.kind, &info.namespace, &info.name),
            None,
            "Background",
            false,
        )?;
        let created = cx.create(info.kind, &info.namespace, info.object.clone(), &write)?;
        return Ok(Some(created));
    }
    Ok(Some(cx.replace(info.kind, &info.namespace, wanted, &write)?))
}

/// What there is, with what the file adds to it.
fn merged(existing: &Value, expected: &Value, field: &str, exact: bool) -> Value {
    let mut wanted = existing.clone();
    for part in ["labels", "annotations"] {
        for (key, value) in map(expected, &format!("/metadata/{part}")).into_iter().flatten() {
            put(&mut wanted, &["metadata", part, key], value.clone());
        }
    }
    for part in ["aggregationRule", "roleRef"] {
        if let Some(value) = expected.get(part) {
            put(&mut wanted, &[part], value.clone());
        }
    }
    let mut list = items(existing, &format!("/{field}")).to_vec();
    let expected = items(expected, &format!("/{field}"));
    if exact {
        list.retain(|one| expected.iter().any(|other| same(field, one, other)));
    }
    for one in expected {
        if !list.iter().any(|other| covers(field, other, one)) {
            list.push(one.clone());
        }
    }
    if !list.is_empty() || existing.get(field).is_some() {
        put(&mut wanted, &[field], json!(list));
    }
    wanted
}

fn same(field: &str, one: &Value, other: &Value) -> bool {
    covers(field, one, other) && covers(field, other, one)
}

/// Whether a rule or subject that is there makes another one needless.
fn covers(field: &str, there: &Value, wanted: &Value) -> bool {
    if field == "subjects" {
        let parts = ["/kind", "/name", "/namespace"];
        return parts
            .into_iter()
            .all(|part| text(there, part) == text(wanted, part));
    }
    let lists = ["/apiGroups", "/resources", "/nonResourceURLs", "/verbs"];
    let named = items(there, "/resourceNames");
    let all = |part: &str| {
        let there = items(there, part);
        there.contains(&json!("*")) || items(wanted, part).iter().all(|one| there.contains(one))
    };
    let names = items(wanted, "/resourceNames");
    let names_fit = named.is_empty() || (!names.is_empty() && names.iter().all(|name| named.contains(name)));
    lists.into_iter().all(all) && names_fit
}
