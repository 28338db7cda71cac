//! `kubectl set serviceaccount`

use super::change;
use crate::kubectl::command::Command;
use crate::kubectl::common::{ALL, DRY_RUN, FIELD_MANAGER, FILENAME, LOCAL, PRINT, RECORD};
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::Parsed;
use crate::kubectl::machine::Flow;

/// The command.
pub(super) const COMMAND: Command = Command {
    aliases: &["sa"],
    usage: "(-f FILENAME | TYPE NAME) SERVICE_ACCOUNT",
    flags: &[FILENAME, PRINT, ALL, DRY_RUN, FIELD_MANAGER, LOCAL, RECORD],
    run: Some(run),
    ..Command::named("serviceaccount", "Update the service account of a resource")
};

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let Some((account, resources)) = parsed.args.split_last() else {
        return Err("serviceaccount is required".into());
    };
    let words = ("serviceaccount updated", "failed to patch ServiceAccountName");
    change(cx, parsed, resources, words, |_, _, spec| {
        spec.insert("serviceAccountName".to_owned(), account.as_str().into());
        Ok(())
    })?;
    Ok(Flow::Done(0))
}
