//! `kubectl set resources`

use super::{change, containers};
use crate::api::quantity::Amount;
use crate::kubectl::command::Command;
use crate::kubectl::common::{ALL, DRY_RUN, FIELD_MANAGER, FILENAME, LOCAL, PRINT, RECORD, SELECTOR};
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Parsed};
use crate::kubectl::machine::Flow;
use crate::kubectl::value::map_mut;

const FLAGS: &[Flag] = &[
    Flag::text("containers", "*", "The names of containers in the selected pod templates to change, all containers are selected by default - may use wildcards").short('c'),
    Flag::text("limits", "", "The resource requirement requests for this container.  For example, 'cpu=100m,memory=256Mi'."),
    Flag::text("requests", "", "The resource requirement requests for this container.  For example, 'cpu=100m,memory=256Mi'."),
];

/// The command.
pub(super) const COMMAND: Command = Command {
    usage: "(-f FILENAME | TYPE NAME)  ([--limits=LIMITS & --requests=REQUESTS]",
    flags: &[
        FLAGS,
        FILENAME,
        PRINT,
        SELECTOR,
        ALL,
        DRY_RUN,
        FIELD_MANAGER,
        LOCAL,
        RECORD,
    ],
    run: Some(run),
    ..Command::named(
        "resources",
        "Update resource requests/limits on objects with pod templates",
    )
};

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let (limits, requests) = (parsed.text("limits"), parsed.text("requests"));
    if parsed.on("all") && !parsed.text("selector").is_empty() {
        return Err("cannot set --all and --selector at the same time".into());
    }
    if limits.is_empty() && requests.is_empty() {
        return Err(
            "you must specify an update to requests or limits (in the form of --requests/--limits)".into(),
        );
    }
    let (limits, requests) = (quantities(limits)?, quantities(requests)?);
    let pattern = parsed.text("containers");
    let words = (
        "resource requirements updated",
        "failed to patch resources update to pod template",
    );
    change(cx, parsed, &parsed.args, words, |_, _, spec| {
        let chosen = containers(spec, pattern);
        if chosen.is_empty() {
            return Err(vec![Failure::Message(format!(
                "error: unable to find container named {pattern}"
            ))]);
        }
        for container in chosen {
            for (field, pairs) in [("limits", &limits), ("requests", &requests)] {
                if !pairs.is_empty() {
                    let map = map_mut(container, &["resources", field]);
                    for (resource, quantity) in pairs {
                        map.insert(resource.clone(), quantity.clone().into());
                    }
                }
            }
        }
        Ok(())
    })?;
    Ok(Flow::Done(0))
}

fn quantities(text: &str) -> Result<Vec<(String, String)>, Failure> {
    text.split(',')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let parts: Vec<&str> = pair.split('=').collect();
            let [resource, quantity] = parts.as_slice() else {
                return Err(Failure::Message(format!(
                    "Invalid argument syntax {pair:?}, expected <resource>=<value>"
                )));
            };
            Amount::parse(quantity).map_err(|error| Failure::Message(error.to_string()))?;
            Ok(((*resource).to_owned(), (*quantity).to_owned()))
        })
        .collect()
}
