//! `kubectl rollout history`

use super::{CHANGE_CAUSE, pick, revisions};
use crate::api::ReplicaSet;
use crate::api::Typed;
use crate::api::meta::MetaExt;
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
    let known = revisions(cx, info)?;
    let chosen = known.iter().find(|(number, _)| *number == revision);
    if revision > 0 && chosen.is_none() && !known.is_empty() {
        return Err("unable to find the specified revision".into());
    }
    if !format.is_human() {
        for (_, set) in known
            .iter()
            .filter(|(number, _)| revision == 0 || *number == revision)
        {
            let text = format.render(&set.clone().into_any().to_value())?;
            cx.io.stdout(&text);
        }
        return Ok(());
    }
    let (mut heading, text) = match chosen {
        Some((number, set)) => (format!("with revision #{number}"), template(set)),
        None => (String::new(), table(&known)),
    };
    heading = format!("{}/{} {heading}", full_kind(info.kind), info.name);
    cx.io.stdout(&format!("{heading}\n{text}\n"));
    Ok(())
}

fn cause(set: &ReplicaSet) -> Option<&str> {
    set.metadata
        .annotation(CHANGE_CAUSE)
        .filter(|cause| !cause.is_empty())
}

fn table(known: &[(i64, ReplicaSet)]) -> String {
    if known.is_empty() {
        return "No rollout history found.".to_owned();
    }
    let mut text = "REVISION\tCHANGE-CAUSE\n".to_owned();
    for (number, set) in known {
        text.push_str(&format!("{number}\t{}\n", cause(set).unwrap_or("<none>")));
    }
    aligned(&text, DESCRIPTION)
}

/// The pods of a revision; upstream leaves the tabs as they are.
fn template(set: &ReplicaSet) -> String {
    let mut template = set.spec.template.clone().unwrap_or_default();
    if let Some(cause) = cause(set) {
        template
            .metadata
            .get_or_insert_default()
            .annotations
            .get_or_insert_default()
            .insert(CHANGE_CAUSE.to_owned(), cause.to_owned());
    }
    pod_template(&template)
}
