//! `kubectl rollout history`

use super::{CHANGE_CAUSE, Revision, has_history, pick, revisions, unsupported};
use crate::api::{AnyObject, Kind};
use crate::kubectl::command::Command;
use crate::kubectl::common::{FILENAME, PRINT, SELECTOR};
use crate::kubectl::context::Cx;
use crate::kubectl::describe::pod_template;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Parsed};
use crate::kubectl::machine::Flow;
use crate::kubectl::output::tabwriter::{DESCRIPTION, aligned};
use crate::kubectl::output::{FORMATS, Format};
use crate::kubectl::resources::{Info, full_kind};

const FLAGS: &[Flag] = &[Flag::int(
    "revision",
    "0",
    "See the details, including podTemplate of the revision specified",
)];

/// The command.
pub(super) const COMMAND: Command = Command {
    usage: "(TYPE NAME | TYPE/NAME) [flags]",
    flags: &[FLAGS, FILENAME, PRINT, SELECTOR],
    run: Some(run),
    ..Command::named("history", "View rollout history")
};

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let revision = parsed.int("revision");
    if revision < 0 {
        return Err(Failure::Message(format!(
            "revision must be a positive integer: {revision}"
        )));
    }
    let format = Format::of(cx, parsed, FORMATS)?;
    let picked = pick(cx, parsed)?;
    let mut failures = picked.failures;
    for info in &picked.infos {
        if let Err(failure) = one(cx, info, revision, &format) {
            failures.push(failure);
        }
    }
    match Failure::all(failures) {
        Some(failure) => Err(failure),
        None => Ok(Flow::Done(0)),
    }
}

fn one(cx: &mut Cx<'_>, info: &Info, revision: i64, format: &Format) -> Result<(), Failure> {
    if !has_history(info.kind) {
        return Err(unsupported(info, "history viewer"));
    }
    let object = cx.get_object(info.kind, &info.namespace, &info.name)?;
    let known = revisions(cx, &object)?;
    let chosen = known.iter().find(|found| found.number == revision);
    if revision > 0 && chosen.is_none() && !known.is_empty() {
        return Err("unable to find the specified revision".into());
    }
    if !format.is_human() {
        let wanted = known
            .iter()
            .filter(|found| revision == 0 || found.number == revision);
        for found in wanted {
            let text = format.render(&at_revision(&object, found).to_value())?;
            cx.io.stdout(&text);
        }
        return Ok(());
    }
    let (mut heading, text) = match chosen {
        Some(found) => (format!("with revision #{}", found.number), template(found)),
        None => (String::new(), table(&known)),
    };
    heading = format!("{}/{} {heading}", full_kind(info.kind), info.name);
    cx.io.stdout(&format!("{heading}\n{text}\n"));
    Ok(())
}

/// What is printed of a revision: the ReplicaSet itself, or the object with the template of the revision.
fn at_revision(object: &AnyObject, revision: &Revision) -> AnyObject {
    let mut object = object.clone();
    match &mut object {
        AnyObject::DaemonSet(set) => set.spec_mut().template = revision.template.clone(),
        AnyObject::StatefulSet(set) => set.spec_mut().template = revision.template.clone(),
        _ => return revision.keeper.clone(),
    }
    object
}

fn table(known: &[Revision]) -> String {
    if known.is_empty() {
        return "No rollout history found.".to_owned();
    }
    let mut text = "REVISION\tCHANGE-CAUSE\n".to_owned();
    for revision in known {
        let cause = revision.cause().unwrap_or("<none>");
        text.push_str(&format!("{}\t{cause}\n", revision.number));
    }
    aligned(&text, DESCRIPTION)
}

/// The pods of a revision; upstream leaves the tabs as they are.
fn template(revision: &Revision) -> String {
    let mut template = revision.template.clone();
    if let (Kind::ReplicaSet, Some(cause)) = (revision.keeper.kind(), revision.cause()) {
        template
            .metadata
            .get_or_insert_default()
            .annotations
            .get_or_insert_default()
            .insert(CHANGE_CAUSE.to_owned(), cause.to_owned());
    }
    pod_template(&template)
}
